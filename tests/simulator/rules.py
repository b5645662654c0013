"""What must hold of the rows, each rule under its name: one statement for one action, or for all of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.journal import JOURNAL
from db.reading import reading

Rules = tuple[tuple[str, str], ...]

# Each finds what breaks it; `{of}` narrows it to one action.
OF_ACTION: Rules = (
    (
        "a settled step has its answer",
        "SELECT FROM step s WHERE s.status = 'settled' AND s.key <> 'define' AND {of_s} AND NOT EXISTS"
        " (SELECT FROM submission u WHERE u.step_id = s.id AND u.kept_as IN ('answer', 'withdrawn'))",
    ),
    (
        "an answer counts only where its step is settled with it",
        "SELECT FROM submission u JOIN step s ON s.id = u.step_id WHERE u.kept_as = 'answer' AND {of_s}"
        " AND (s.status <> 'settled' OR s.settled_by <> u.person_id OR s.settled_at <> u.received_at)",
    ),
    (
        "no used, expired or revoked link acts",
        "SELECT FROM submission u JOIN step s ON s.id = u.step_id"
        " WHERE u.kept_as IN ('answer', 'withdrawn') AND u.identified_by = 'link' AND {of_s}"
        " AND NOT EXISTS (SELECT FROM link l WHERE l.step_id = u.step_id AND l.person_id = u.person_id"
        " AND l.created_at <= u.received_at AND l.expires_at > u.received_at"
        " AND (l.revoked_at IS NULL OR l.revoked_at >= u.received_at))",
    ),
    (
        "an escalation ends with its step",
        "SELECT FROM escalation e JOIN step s ON s.id = e.step_id"
        " WHERE e.must_answer AND e.answered_at IS NULL AND s.status <> 'open' AND {of_s}",
    ),
    (
        "whoever is asked is told",
        "SELECT FROM step s JOIN person p ON p.id = s.assignee_id AND p.email IS NOT NULL"
        " WHERE s.status = 'open' AND s.key <> 'define' AND {of_s}"
        " AND NOT EXISTS (SELECT FROM message m WHERE m.step_id = s.id AND m.person_id = p.id)",
    ),
    (
        "nobody who has left is asked",
        "SELECT FROM step s JOIN person p ON p.id = s.assignee_id AND p.left_at IS NOT NULL"
        " WHERE s.status = 'open' AND {of_s}",
    ),
    (
        "a closed cycle has its closure",
        "SELECT FROM cycle y WHERE {of_y} AND (y.closed_at IS NULL) = EXISTS"
        " (SELECT FROM closure c WHERE c.action_id = y.action_id AND c.cycle = y.number)",
    ),
    (
        "the trail tells of every answer",
        "SELECT FROM action b WHERE {of_a} AND"
        " (SELECT count(*) FROM step s WHERE s.action_id = b.id AND s.status = 'settled' AND s.key <> 'define')"
        " <> (SELECT count(*) FROM trail_entry t WHERE t.action_id = b.id AND t.what LIKE 'step settled%')",
    ),
    (
        "the trail tells of every rung, closure and reopening",
        "SELECT FROM action b WHERE {of_a} AND"
        " (SELECT count(*) FROM escalation e WHERE e.action_id = b.id)"
        " + (SELECT count(*) FROM closure c WHERE c.action_id = b.id) + b.cycle - 1 <> (SELECT count(*)"
        " FROM trail_entry t WHERE t.action_id = b.id AND t.what IN ('escalated', 'closed', 'reopened'))",
    ),
    (
        "a closure is approved by who is neither owner, submitter nor sampler",
        "SELECT FROM closure c JOIN step s ON s.action_id = c.action_id AND s.cycle = c.cycle"
        " AND s.control IN ('evidence', 'check') AND s.status = 'settled' AND s.settled_by = c.approver_id"
        " WHERE c.small_home_id IS NULL AND {of_s} UNION ALL"
        " SELECT FROM closure c JOIN step s ON s.action_id = c.action_id AND s.key = 'accept'"
        " AND s.outcome = 'accepted' AND s.settled_by = c.approver_id AND s.cycle <= c.cycle WHERE {of_s}",
    ),
)
EVERYWHERE: Rules = (
    (
        "a review climbs in time",
        "SELECT FROM review_rung g WHERE g.fired_at < g.expected_at AND NOT EXISTS"
        " (SELECT FROM review r WHERE r.id = g.review_id AND r.status = 'missed')",
    ),
    (
        "nobody gets two reminders a day, or one on a day off",
        "SELECT FROM message m WHERE m.kind = 'digest'"
        " AND (extract(isodow FROM m.created_at AT TIME ZONE 'Europe/London') > 5"
        " OR extract(hour FROM m.created_at AT TIME ZONE 'Europe/London') < 8)"
        " UNION ALL SELECT FROM message m WHERE m.kind = 'digest'"
        " GROUP BY m.person_id, (m.created_at AT TIME ZONE 'Europe/London')::date HAVING count(*) > 1",
    ),
    (
        "nobody is asked at night",
        "SELECT FROM message m JOIN action a ON a.id = m.action_id JOIN location l ON l.id = a.location_id"
        " WHERE m.kind IN ('assignment', 'evidence asked', 'account step', 'escalation', 'told late', 'returned')"
        " AND a.risk <> 'critical' AND l.opens <> l.closes"
        " AND (m.attempts = 0 OR (m.attempts = 1 AND m.status = 'sent'))"
        # What a manager had sent again, to an address they corrected, goes at once.
        " AND NOT EXISTS (SELECT FROM undelivered u WHERE u.message_id = m.id)"
        " AND (m.next_attempt_at AT TIME ZONE 'Europe/London')::time NOT BETWEEN l.opens AND l.closes",
    ),
)
AT_REST: Rules = (
    (
        # Its server is away for ten hours at most.
        "no mail is left lying",
        "SELECT FROM message m WHERE m.status IN ('queued', 'sending')"
        " AND m.next_attempt_at < n.now - interval '12 hours'",
    ),
)
_NARROW = {"of_s": "s.action_id = :id", "of_a": "b.id = :id", "of_y": "y.action_id = :id"}
_ALL = {"of_s": "true", "of_a": "true", "of_y": "true"}


def _broken(rules: Rules, of: dict[str, str]) -> str:
    return ", ".join(f"CASE WHEN EXISTS ({sql.format(**of)}) THEN '{name}' END" for name, sql in rules)


_FACTS = reading(f"""
SELECT {JOURNAL},
       (SELECT coalesce(jsonb_agg(jsonb_build_array(e.step_id, e.rung, e.fired_at, e.due_when_fired, s.opened_at,
               e.expected_at) ORDER BY e.fired_at, e.id), '[]')
        FROM escalation e JOIN step s ON s.id = e.step_id WHERE e.action_id = :id) AS rungs,
       (SELECT jsonb_agg(jsonb_build_array(c.number, c.closed_at) ORDER BY c.number)
        FROM cycle c WHERE c.action_id = :id) AS cycles,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(u.request_id, u.step_id, u.kept_as, u.answer)), '[]')
        FROM submission u JOIN step s ON s.id = u.step_id WHERE s.action_id = :id) AS answers,
       (SELECT count(*) FROM closure c WHERE c.action_id = :id) AS closures,
       (SELECT c.outcome ->> 'reached' = 'reached' FROM closure c WHERE c.action_id = :id
        ORDER BY c.cycle DESC LIMIT 1) AS reached,
       array_remove(ARRAY[{_broken(OF_ACTION, _NARROW)}], NULL) AS broken
FROM action a WHERE a.id = :id
""")


async def facts_of(connection: AsyncConnection, action_id: UUID) -> Any:
    """An action's journal, as the product reads it, and what the watcher wants to know besides, in one look."""
    return await _FACTS.one(connection, {"id": action_id})


async def violations(connection: AsyncConnection, rules: Rules, now: datetime) -> list[str]:
    """Which of these rules anything breaks."""
    asked = f"SELECT array_remove(ARRAY[{_broken(rules, _ALL)}], NULL) FROM (SELECT CAST(:now AS timestamptz)) n(now)"
    found = await connection.execute(text(asked), {"now": now})
    return list(found.scalar_one())
