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
_FILE = (
    "(SELECT v.id FROM evidence v JOIN submission u ON u.id = v.submission_id WHERE v.blob_sha256 IS NOT NULL"
    " AND u.kept_as = 'answer' AND v.withdrawn_at IS NULL ORDER BY v.added_at LIMIT 1)"
)
_LATE = (
    "(SELECT u.id FROM submission u JOIN submission o ON o.step_id = u.step_id AND o.kept_as = 'answer'"
    " WHERE u.kept_as = 'late' ORDER BY u.received_at LIMIT 1)"
)
_SUBMITTED = (
    "(SELECT s.id FROM step s JOIN action a ON a.id = s.action_id AND a.cycle = s.cycle"
    " WHERE s.outcome = 'submitted' AND s.form IN ('evidence', 'briefing') ORDER BY s.id LIMIT 1)"
)
_TODAY = "(SELECT max(at)::date FROM trail_entry)"
_BY_ROLE = (
    "(SELECT s.id FROM step s JOIN action a ON a.id = s.action_id JOIN role_assignment r ON r.role = s.role"
    " AND r.person_id = s.assignee_id AND (r.location_id IS NULL OR r.location_id = a.location_id)"
    " AND r.ends_on IS NULL WHERE s.status = 'open' AND s.assigned_for_id IS NULL ORDER BY s.id LIMIT 1)"
)
_LINKED = (
    "(SELECT l.person_id FROM link l JOIN message m ON m.link_id = l.id"
    " JOIN step s ON s.id = l.step_id AND s.status = 'open' WHERE l.revoked_at IS NULL ORDER BY l.id DESC LIMIT 1)"
)

_AGAIN = "INSERT INTO evidence (id, action_id, step_id, person_id, blob_sha256, filename, added_at, submission_id)"

OF_ACTION = (
    Planted(
        "an answer has every file that came with it",
        "WITH done AS (UPDATE submission SET answer = answer || '{\"files\": []}' WHERE id ="
        f" (SELECT submission_id FROM evidence WHERE id = {_FILE}) RETURNING step_id) {_OF_STEP}",
        remembers=True,
    ),
    Planted(
        "the files of an answer are those on its record",
        f"UPDATE evidence SET submission_id = NULL WHERE id = {_FILE} RETURNING action_id",
    ),
    Planted(
        "a file that was removed goes with no answer",
        f"UPDATE evidence SET withdrawn_at = added_at - interval '1 minute' WHERE id = {_FILE} RETURNING action_id",
    ),
    Planted(
        "the trail tells of every file",
        "DELETE FROM trail_entry WHERE seq = (SELECT max(seq) FROM trail_entry WHERE what = 'file added')"
        " RETURNING action_id",
    ),
    Planted(
        "one answer counts for a step",
        "WITH done AS (UPDATE submission SET kept_as = 'withdrawn', identified_by = 'login'"
        f" WHERE id = {_LATE} RETURNING step_id) {_OF_STEP}",
    ),
    Planted(
        "what was asked for a step ends where it goes to somebody else",
        "WITH one AS (SELECT b.id, b.step_id FROM barrier b WHERE NOT EXISTS"
        " (SELECT FROM review_line l WHERE l.barrier_id = b.id) ORDER BY b.told_at LIMIT 1), asked AS"
        " (UPDATE barrier b SET answered_at = NULL, told_by = '00000000-0000-0000-0000-000000000001' FROM one"
        " WHERE b.id = one.id RETURNING b.step_id, b.told_at) UPDATE step s SET status = 'open',"
        " assigned_for_id = NULL, given_at = asked.told_at + interval '1 hour' FROM asked WHERE s.id = asked.step_id"
        " RETURNING s.action_id",
    ),
    Planted(
        "no rung fires for what is answered",
        "UPDATE escalation e SET fired_at = s.settled_at + interval '1 hour',"
        " expected_at = s.settled_at + interval '1 hour' FROM step s WHERE s.id = e.step_id AND e.id ="
        " (SELECT o.id FROM escalation o JOIN step t ON t.id = o.step_id WHERE t.status = 'settled'"
        " ORDER BY o.fired_at LIMIT 1) RETURNING e.action_id",
    ),
    Planted(
        "the trail tells of every escalation that was answered, once",
        "DELETE FROM trail_entry WHERE seq = (SELECT max(seq) FROM trail_entry WHERE what = 'escalation answered')"
        " RETURNING action_id",
    ),
    Planted(
        "an action follows another version only by a move on the trail",
        "UPDATE action SET pathway_version_id = (SELECT v.id FROM pathway_version v WHERE v.key <> 'general' LIMIT 1)"
        " WHERE id = (SELECT a.id FROM action a JOIN pathway_version v ON v.id = a.pathway_version_id"
        " WHERE v.key = 'general' AND a.defined_at IS NOT NULL ORDER BY a.id LIMIT 1) RETURNING id",
        remembers=True,
    ),
    Planted(
        "an open step is one that its version asks for",
        f"UPDATE step SET key = 'nobody-knows' WHERE id = {_OPEN} RETURNING action_id",
    ),
    Planted(
        "an answer goes on meaning what it meant",
        "UPDATE step SET form = CASE WHEN form = 'evidence' THEN 'briefing' ELSE 'evidence' END"
        f" WHERE id = {_SUBMITTED} RETURNING action_id",
    ),
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
        f" ON c.action_id = s.action_id AND c.cycle = s.cycle JOIN action a ON {_STANDS}"
        " WHERE s.outcome = 'passed' AND s.control = 'check' ORDER BY s.id LIMIT 1) RETURNING action_id",
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
CHAIN = ("UPDATE trail_entry SET words = '{}' WHERE seq = 7", "DELETE FROM trail_entry WHERE seq > 100")
EVERYWHERE = (
    Planted(
        "a file sent twice is one piece of evidence",
        f"{_AGAIN} SELECT gen_random_uuid(), action_id, step_id, person_id, blob_sha256, filename, added_at,"
        f" submission_id FROM evidence WHERE id = {_FILE}",
    ),
    Planted("what came with a tracker is told of", "UPDATE import_row SET told_at = NULL"),
    Planted(
        "what came with a tracker is told of",
        "WITH gone AS (DELETE FROM message WHERE kind = 'imported' OR step_id IS NOT NULL) UPDATE step s"
        " SET status = 'open', given_at = NULL FROM import_row r WHERE r.action_id = s.action_id"
        " AND r.told_at IS NOT NULL AND s.form IN ('owner', 'definition') AND s.assignee_id IS NOT NULL",
    ),
    Planted(
        "nobody is asked by a role that they lost",
        "WITH old AS (UPDATE step SET opened_at = opened_at - interval '90 days', given_at = NULL"
        f" WHERE id = {_BY_ROLE} RETURNING assignee_id, role) UPDATE role_assignment r"
        f" SET starts_on = {_TODAY} - 300, ends_on = {_TODAY} - 20 FROM old"
        " WHERE old.assignee_id = r.person_id AND old.role = r.role",
    ),
    Planted(
        "no link at a former address opens anything",
        f"UPDATE person SET email = 'another@example.org' WHERE id = {_LINKED}",
    ),
    Planted("no mail is left lying", "UPDATE message SET status = 'queued', accepted_at = NULL"),
    Planted(
        "nobody gets two reminders a day, or one on a day off",
        "UPDATE message SET created_at = date_trunc('week', created_at) - interval '12 hours' WHERE kind = 'digest'",
    ),
    Planted("nobody is asked at night", "UPDATE message SET next_attempt_at = date_trunc('day', next_attempt_at)"),
    Planted("a review climbs in time", "UPDATE review_rung SET fired_at = expected_at - interval '1 minute'"),
)
TRACKERS = (
    Planted(
        "a row of a tracker is taken in once",
        "UPDATE import_row SET cells = jsonb_set(cells, '{Ref}', (SELECT o.cells -> 'Ref' FROM import_row o"
        " ORDER BY o.id LIMIT 1)) WHERE id = (SELECT id FROM import_row ORDER BY id DESC LIMIT 1)",
    ),
    Planted("every row of a tracker is there, cell for cell", "DELETE FROM import_row"),
    Planted(
        "every row of a tracker is there, cell for cell",
        "UPDATE import_row SET cells = jsonb_set(cells, '{Finding}', '\"Another one\"')",
    ),
    Planted(
        "a row of a tracker becomes what was said",
        "UPDATE import_row SET became = CASE WHEN became = 'history' THEN 'action' ELSE 'history' END",
    ),
    Planted("what came with a tracker is told of once", "UPDATE import_row SET told_at = NULL"),
)
UPLOADS = (
    Planted(
        "a form sent again brings its files once",
        f"{_AGAIN} SELECT gen_random_uuid(), action_id, step_id, person_id, blob_sha256, filename, added_at, NULL"
        " FROM evidence WHERE blob_sha256 IS NOT NULL AND withdrawn_at IS NULL",
    ),
)
