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
        "what was asked for a step ends where it goes to somebody else",
        "SELECT FROM (SELECT step_id, asked_by, asked_at FROM extension WHERE decided_at IS NULL"
        # What a weekly review said is in its way was not asked by whoever had it.
        " UNION ALL SELECT step_id, told_by, told_at FROM barrier t WHERE answered_at IS NULL"
        " AND NOT EXISTS (SELECT FROM review_line l WHERE l.barrier_id = t.id)) x"
        " JOIN step s ON s.id = x.step_id WHERE s.status = 'open' AND {of_s} AND x.asked_at < s.given_at"
        # A cover does it for them, and still needs the answer.
        " AND s.assigned_for_id IS NULL AND x.asked_by IS DISTINCT FROM s.assignee_id",
    ),
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
        " AND NOT EXISTS (SELECT FROM message m WHERE m.step_id = s.id AND m.person_id = p.id)"
        # Of what came with a tracker one mail tells, once all of it is in.
        " AND NOT EXISTS (SELECT FROM import_row r WHERE r.action_id = s.action_id AND s.form = 'owner'"
        " AND coalesce(s.given_at, s.opened_at) <= coalesce(r.told_at, s.opened_at))",
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
        "one answer counts for a step",
        "SELECT FROM submission u JOIN step s ON s.id = u.step_id WHERE u.kept_as IN ('answer', 'withdrawn')"
        " AND {of_s} GROUP BY u.step_id HAVING count(*) > 1",
    ),
    (
        "no rung fires for what is answered",
        "SELECT FROM escalation e JOIN step s ON s.id = e.step_id WHERE s.status <> 'open'"
        " AND e.fired_at > s.settled_at AND {of_s}",
    ),
    (
        "the trail tells of every escalation that was answered, once",
        "SELECT FROM action b WHERE {of_a} AND"
        " (SELECT count(*) FROM escalation e WHERE e.action_id = b.id AND e.answered_by IS NOT NULL)"
        " <> (SELECT count(*) FROM trail_entry t WHERE t.action_id = b.id AND t.what = 'escalation answered')",
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
    (
        "the files of an answer are those on its record",
        "SELECT FROM submission u JOIN step s ON s.id = u.step_id WHERE s.control = 'evidence' AND {of_s}"
        " AND ARRAY(SELECT f ->> 'sha256' FROM jsonb_array_elements(u.answer -> 'files') f ORDER BY 1)"
        " <> ARRAY(SELECT encode(v.blob_sha256, 'hex') FROM evidence v"
        " WHERE v.submission_id = u.id AND v.blob_sha256 IS NOT NULL ORDER BY 1)",
    ),
    (
        "a file that was removed goes with no answer",
        "SELECT FROM evidence v JOIN submission u ON u.id = v.submission_id JOIN step s ON s.id = u.step_id"
        " WHERE v.withdrawn_at < u.received_at AND {of_s}",
    ),
    (
        "the trail tells of every file",
        "SELECT FROM action b WHERE {of_a} AND"
        " (SELECT count(*) FROM evidence v WHERE v.action_id = b.id AND v.blob_sha256 IS NOT NULL)"
        " <> (SELECT count(*) FROM trail_entry t WHERE t.action_id = b.id AND t.what = 'file added')",
    ),
)
EVERYWHERE: Rules = (
    (
        "what came with a tracker is told of",
        "SELECT FROM import_row r JOIN import_batch b ON b.id = r.batch_id WHERE r.action_id IS NOT NULL"
        " AND r.told_at IS NULL AND (b.status <> 'running' OR b.created_at < n.now - interval '6 days')"
        " UNION ALL SELECT FROM import_row r JOIN step s ON s.action_id = r.action_id AND s.status = 'open'"
        " JOIN person p ON p.id = s.assignee_id AND p.email IS NOT NULL"
        " WHERE s.form IN ('owner', 'definition') AND coalesce(s.given_at, s.opened_at) <= r.told_at AND NOT EXISTS"
        " (SELECT FROM message m WHERE m.kind = 'imported' AND m.person_id = p.id AND m.created_at = r.told_at)"
        " AND NOT EXISTS (SELECT FROM message m WHERE m.step_id = s.id AND m.person_id = p.id)",
    ),
    (
        "nobody is asked by a role that they lost",
        "SELECT FROM step s JOIN action a ON a.id = s.action_id JOIN role_assignment r ON r.role = s.role"
        " AND r.person_id = coalesce(s.assigned_for_id, s.assignee_id)"
        " AND (r.location_id IS NULL OR r.location_id = a.location_id)"
        " WHERE s.status = 'open' AND a.status NOT IN ('cancelled', 'superseded')"
        # Time sees to it within a day, and the worker may be away for two.
        " AND r.ends_on < (n.now AT TIME ZONE 'Europe/London')::date - 5"
        " AND coalesce(s.given_at, s.opened_at) < CAST(r.ends_on AS timestamp) AT TIME ZONE 'Europe/London'"
        " AND NOT EXISTS (SELECT FROM role_assignment h WHERE h.person_id = r.person_id AND h.role = r.role"
        " AND (h.location_id IS NULL OR h.location_id = a.location_id) AND (h.ends_on IS NULL"
        " OR h.ends_on >= (n.now AT TIME ZONE 'Europe/London')::date))",
    ),
    (
        "no link at a former address opens anything",
        "SELECT FROM link l JOIN message m ON m.link_id = l.id JOIN person p ON p.id = l.person_id"
        " WHERE l.revoked_at IS NULL AND l.expires_at > n.now AND m.to_address IS DISTINCT FROM p.email",
    ),
    (
        "a file sent twice is one piece of evidence",
        "SELECT FROM evidence v WHERE v.blob_sha256 IS NOT NULL AND v.withdrawn_at IS NULL"
        " AND v.added_at < n.now - interval '1 day'"
        " GROUP BY v.step_id, v.person_id, v.blob_sha256, v.filename, v.submission_id HAVING count(*) > 1",
    ),
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
       (SELECT coalesce(jsonb_agg(jsonb_build_array(u.request_id, u.step_id, u.kept_as, u.answer, u.person_id)), '[]')
        FROM submission u JOIN step s ON s.id = u.step_id WHERE s.action_id = :id) AS answers,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(v.id, u.request_id)), '[]') FROM evidence v
        LEFT JOIN submission u ON u.id = v.submission_id
        WHERE v.action_id = :id AND v.blob_sha256 IS NOT NULL) AS files,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(t.words -> 'version', t.words -> 'map') ORDER BY t.seq), '[]')
        FROM trail_entry t WHERE t.action_id = :id AND t.what = 'moved to another pathway version'
        AND t.at >= a.defined_at) AS moves,
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
