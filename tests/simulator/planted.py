"""Bugs, as the rows they would leave behind; each with the law that must see it.

The rows are those of a world that lived without breaking a law. Whatever the database itself would refuse
is let through here: what watches must not rely on what it watches.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Planted:
    """What is done to the rows; it says which action it did it to. `remembers` is how much the watcher knows of it."""

    rule: str
    sql: str
    remembers: bool = False


_STEP = "(SELECT s.id FROM step s JOIN submission u ON u.step_id = s.id WHERE {where} ORDER BY s.id LIMIT 1)"
_ANSWERED = _STEP.format(
    where="u.kept_as = 'answer' AND u.identified_by = 'link' AND s.form IN ('evidence', 'briefing')"
)
_OF_STEP = "SELECT s.action_id FROM step s JOIN done ON done.step_id = s.id"
_STANDS = "a.id = c.action_id AND a.cycle = c.cycle"
_CLOSED = f"(SELECT c.id FROM closure c JOIN action a ON {_STANDS} ORDER BY c.id LIMIT 1)"
_RUNG = "(SELECT id FROM escalation ORDER BY fired_at LIMIT 1)"
_OPEN = (
    "(SELECT s.id FROM step s WHERE s.status = 'open' AND s.assignee_id IS NOT NULL AND s.form <> 'definition' LIMIT 1)"
)

OF_ACTION = (
    Planted(
        "every acknowledged answer is there",
        f"WITH done AS (DELETE FROM submission WHERE step_id = {_ANSWERED} RETURNING step_id) {_OF_STEP}",
        remembers=True,
    ),
    Planted(
        "every acknowledged answer is there word for word",
        'WITH done AS (UPDATE submission SET answer = answer || \'{"statement": "Another one."}\''
        f" WHERE step_id = {_ANSWERED} AND kept_as = 'answer' RETURNING step_id) {_OF_STEP}",
        remembers=True,
    ),
    Planted(
        "no rung fires early",
        f"UPDATE escalation SET fired_at = expected_at - interval '1 hour' WHERE id = {_RUNG} RETURNING action_id",
    ),
    Planted(
        "each rung fires within a minute",
        f"UPDATE escalation SET fired_at = fired_at + interval '99 days' WHERE id = {_RUNG} RETURNING action_id",
    ),
    Planted(
        "a settled step has its answer",
        f"WITH done AS (DELETE FROM submission WHERE step_id = {_ANSWERED} RETURNING step_id) {_OF_STEP}",
    ),
    Planted(
        "an answer counts only where its step is settled with it",
        f"UPDATE step SET status = 'void', outcome = NULL WHERE id = {_ANSWERED} RETURNING action_id",
    ),
    Planted(
        "no used, expired or revoked link acts",
        "WITH done AS (UPDATE link SET revoked_at = created_at"
        f" WHERE step_id = {_ANSWERED} RETURNING step_id) {_OF_STEP}",
    ),
    Planted(
        "an escalation ends with its step",
        "WITH one AS (SELECT e.id FROM escalation e JOIN step s ON s.id = e.step_id WHERE s.status <> 'open' LIMIT 1)"
        " UPDATE escalation SET must_answer = true, answered_at = NULL, answer_kind = NULL, overtaken_because = NULL"
        " WHERE id IN (SELECT id FROM one) RETURNING action_id",
    ),
    Planted(
        "whoever is asked is told",
        f"WITH done AS (DELETE FROM message WHERE step_id = {_OPEN} RETURNING step_id) {_OF_STEP}",
    ),
    Planted(
        "nobody who has left is asked",
        "UPDATE person p SET left_at = now() FROM step s"
        f" WHERE s.id = {_OPEN} AND p.id = s.assignee_id RETURNING s.action_id",
    ),
    Planted(
        "the trail tells of every answer",
        "DELETE FROM trail_entry WHERE seq = (SELECT max(seq) FROM trail_entry WHERE what = 'step settled: submitted')"
        " RETURNING action_id",
    ),
    Planted(
        "the trail tells of every rung, closure and reopening",
        "DELETE FROM trail_entry WHERE seq = (SELECT max(seq) FROM trail_entry WHERE what = 'closed')"
        " RETURNING action_id",
    ),
    Planted(
        "a closure is approved by who is neither owner, submitter nor sampler",
        "UPDATE closure c SET approver_id = s.settled_by, owner_id = c.approver_id FROM step s"
        f" WHERE c.id = {_CLOSED} AND s.action_id = c.action_id AND s.cycle = c.cycle AND s.control = 'evidence'"
        " AND s.status = 'settled' RETURNING c.action_id",
    ),
    Planted("a closed cycle has its closure", f"DELETE FROM closure WHERE id = {_CLOSED} RETURNING action_id"),
    Planted(
        "a closure has its samples passed",
        "UPDATE step SET outcome = 'submitted' WHERE id = (SELECT s.id FROM step s JOIN closure c"
        " ON c.action_id = s.action_id AND c.cycle = s.cycle WHERE s.outcome = 'passed' AND s.control = 'check'"
        " ORDER BY s.id LIMIT 1) RETURNING action_id",
    ),
    Planted(
        "an open action waits for somebody",
        "DELETE FROM step WHERE status = 'open' AND action_id = (SELECT a.id FROM action a JOIN step s"
        " ON s.action_id = a.id AND s.status = 'open' WHERE a.status = 'in progress' ORDER BY a.id LIMIT 1)"
        " RETURNING action_id",
    ),
    Planted(
        "the original date stands",
        "UPDATE action SET original_due_at = original_due_at + interval '1 day'"
        " WHERE id = (SELECT id FROM action WHERE defined_at IS NOT NULL ORDER BY id LIMIT 1) RETURNING id",
        remembers=True,
    ),
    Planted(
        "what is settled stays settled",
        f"UPDATE step SET due_at = due_at - interval '1 day' WHERE id = {_ANSWERED} RETURNING action_id",
        remembers=True,
    ),
)
EVERYWHERE = (
    Planted("the chain verifies and grows", "UPDATE trail_entry SET words = '{}' WHERE seq = 7"),
    Planted("the chain verifies and grows", "DELETE FROM trail_entry WHERE seq > 100"),
    Planted("no mail is left lying", "UPDATE message SET status = 'queued', accepted_at = NULL"),
    Planted(
        "nobody gets two reminders a day, or one on a day off",
        "UPDATE message SET created_at = date_trunc('week', created_at) - interval '12 hours' WHERE kind = 'digest'",
    ),
    Planted("nobody is asked at night", "UPDATE message SET next_attempt_at = date_trunc('day', next_attempt_at)"),
    Planted("a review climbs in time", "UPDATE review_rung SET fired_at = expected_at - interval '1 minute'"),
)
