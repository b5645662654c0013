"""Numbers and lists for pages, each within what the viewer may see."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.review_lists import review_counts
from db.scope import MAY_SEE, Viewer
from domain.vocabulary import FINISHED

Rows = list[Row[Any]]
_DONE = "a.status <> ALL(:finished)"

_MY_WORK = text("""
SELECT 'step' AS kind, s.id, a.ref, a.title, s.title AS what, l.name AS location, s.due_at, s.form, s.opened_at
FROM step s JOIN action a ON a.id = s.action_id LEFT JOIN location l ON l.id = a.location_id
WHERE s.status = 'open' AND s.assignee_id = :me
UNION ALL
SELECT 'escalation', e.id, a.ref, a.title,
       'Answer the escalation' || coalesce(', for ' || c.name, '') || ': ' || s.title, l.name, e.fired_at, '',
       e.fired_at
FROM escalation e JOIN step s ON s.id = e.step_id JOIN action a ON a.id = e.action_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person c ON c.id = e.asked_for_id
WHERE e.asked_id = :me AND e.must_answer AND e.answered_at IS NULL
UNION ALL
SELECT 'extension', x.id, a.ref, a.title, 'Decide on more time' || coalesce(', for ' || c.name, '') || ': ' || s.title,
       l.name, x.asked_at, '', x.asked_at
FROM extension x JOIN step s ON s.id = x.step_id JOIN action a ON a.id = x.action_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person c ON c.id = x.decider_for_id
WHERE x.decider_id = :me AND x.decided_at IS NULL AND s.status = 'open'
UNION ALL
SELECT 'barrier', b.id, a.ref, a.title, 'Help with a barrier' || coalesce(', for ' || c.name, '') || ': ' || s.title,
       l.name, b.told_at, '', b.told_at
FROM barrier b JOIN step s ON s.id = b.step_id JOIN action a ON a.id = s.action_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person c ON c.id = b.asked_for_id
WHERE b.asked_id = :me AND b.answered_at IS NULL AND s.status = 'open'
UNION ALL
SELECT 'review', r.id, '', 'Every open action of the location', 'Weekly review', l.name, r.due_at, '', r.opened_at
FROM review r JOIN location l ON l.id = r.location_id WHERE r.status = 'open' AND r.assignee_id = :me
UNION ALL
SELECT 'review', r.id, '', 'Every open action of the location', 'Answer for the late weekly review', l.name, g.fired_at,
       '', g.fired_at
FROM review_rung g JOIN review r ON r.id = g.review_id JOIN location l ON l.id = r.location_id
WHERE g.asked_id = :me AND g.must_answer AND g.answered_at IS NULL
UNION ALL
SELECT 'undelivered-mail', u.id, coalesce(a.ref, ''), coalesce(a.title, 'A mail about no action'),
       'A mail to ' || m.to_name || ' was refused', l.name, u.opened_at, '', u.opened_at
FROM undelivered u JOIN message m ON m.id = u.message_id LEFT JOIN action a ON a.id = m.action_id
LEFT JOIN location l ON l.id = u.location_id WHERE u.asked_id = :me AND u.settled_at IS NULL
UNION ALL
SELECT 'repeat', r.id, a.ref, a.title, 'Decide whether ' || c.ref || ' held', l.name, r.noticed_at, '', r.noticed_at
FROM repeat_finding r JOIN action a ON a.id = r.found_action_id JOIN action c ON c.id = r.closed_action_id
LEFT JOIN location l ON l.id = a.location_id WHERE r.asked_id = :me AND r.decided_at IS NULL
UNION ALL
SELECT 'small-home', h.id, '', 'Too small to keep duties apart', 'Decide on the exception for ' || l.name, l.name,
       h.recorded_at, '', h.recorded_at
FROM small_home h JOIN location l ON l.id = h.location_id WHERE h.asked_id = :me AND h.decided_at IS NULL
ORDER BY due_at, id
""")
_TOTALS = text(f"""
SELECT count(*) AS open, count(*) FILTER (WHERE a.due_at < :now AND a.defined_at IS NOT NULL) AS late,
       count(*) FILTER (WHERE a.original_due_at < :now AND a.defined_at IS NOT NULL) AS late_by_original,
       count(*) FILTER (WHERE a.status = 'draft') AS drafts, count(*) FILTER (WHERE a.owner_id IS NULL) AS unowned,
       count(DISTINCT a.location_id) AS locations,
       count(*) FILTER (WHERE a.due_at BETWEEN :now AND :fortnight) AS due_soon
FROM action a WHERE {_DONE} AND {MAY_SEE}
""")
# Whoever has waited longest is found first; only their rows are looked at more closely.
_WAITING = text(f"""
WITH waiting AS (
    SELECT s.assignee_id AS id, count(*) AS steps, min(s.opened_at) AS longest,
           count(*) FILTER (WHERE s.due_at < :now) AS late
    FROM step s JOIN action a ON a.id = s.action_id
    WHERE s.status = 'open' AND {_DONE} AND {MAY_SEE} GROUP BY s.assignee_id ORDER BY longest LIMIT :most
)
SELECT w.id, coalesce(p.name, 'Nobody yet') AS person, w.steps, w.longest, w.late, x.*
FROM waiting w LEFT JOIN person p ON p.id = w.id CROSS JOIN LATERAL (
    SELECT min(l.name) AS location, count(DISTINCT l.id) AS locations,
           (array_agg(s.role ORDER BY s.opened_at))[1] AS role, (array_agg(s.form ORDER BY s.opened_at))[1] AS form
    FROM (SELECT * FROM step WHERE status = 'open' AND assignee_id = w.id
          UNION ALL SELECT * FROM step WHERE status = 'open' AND assignee_id IS NULL AND w.id IS NULL) s
    JOIN action a ON a.id = s.action_id LEFT JOIN location l ON l.id = a.location_id WHERE {_DONE} AND {MAY_SEE}
) x ORDER BY w.longest, person
""")
_DEAD = text(f"""
SELECT u.id, u.to_address, u.error, u.opened_at, m.to_name, a.ref, p.name AS asked
FROM undelivered u JOIN message m ON m.id = u.message_id LEFT JOIN action a ON a.id = m.action_id
LEFT JOIN person p ON p.id = u.asked_id
WHERE u.settled_at IS NULL AND (:sees_all OR u.location_id = ANY(:locations) OR (a.id IS NOT NULL AND {MAY_SEE}))
ORDER BY u.opened_at DESC LIMIT 20
""")
_RUNGS = text(f"""
SELECT e.rung, min(e.role) AS role, count(*) AS unanswered, min(e.fired_at) AS longest
FROM escalation e JOIN action a ON a.id = e.action_id
WHERE e.must_answer AND e.answered_at IS NULL AND {MAY_SEE} GROUP BY e.rung ORDER BY e.rung
""")
# How late, in ages that begin with these days: by the present date (nothing where that is still to come), and by
# the original one.
AGES_FROM = (8, 31, 61, 91)
_AGE = "width_bucket(ceil(extract(epoch FROM :now - {due}) / 86400), CAST(:from AS numeric[]))"
_AGES = text(f"""
SELECT CASE WHEN a.due_at < :now THEN {_AGE.format(due="a.due_at")} END AS current,
       {_AGE.format(due="a.original_due_at")} AS original, count(*) AS number
FROM action a WHERE {_DONE} AND a.original_due_at < :now AND a.defined_at IS NOT NULL AND {MAY_SEE} GROUP BY 1, 2
""")
_DAYS = text(f"""
SELECT CAST(a.due_at AT TIME ZONE :zone AS date) AS day, count(*) AS number FROM action a
WHERE {_DONE} AND a.due_at >= :start AND a.due_at < :fortnight AND {MAY_SEE} GROUP BY 1
""")
_HEAT = text(f"""
SELECT coalesce(l.name, 'No location yet') AS location, l.id AS location_id,
       CASE WHEN EXISTS (SELECT 1 FROM escalation e WHERE e.action_id = a.id AND e.must_answer
                         AND e.answered_at IS NULL) THEN 'escalate'
            WHEN a.status = 'draft' THEN 'define' WHEN a.status = 'awaiting acceptance' THEN 'assign'
            WHEN a.status IN ('sample audit', 'awaiting approval') THEN 'close' ELSE 'evidence' END AS control,
       count(*) AS number
FROM action a LEFT JOIN location l ON l.id = a.location_id WHERE {_DONE} AND {MAY_SEE} GROUP BY 1, 2, 3 ORDER BY 1
""")


@dataclass(frozen=True, slots=True)
class Board:
    """What the overview is made of."""

    totals: Row[Any]
    waiting: Rows
    rungs: Rows
    ages: Rows
    days: Rows
    heat: Rows
    mine: Rows
    undelivered: Rows
    reviews: Row[Any]


def _bound(viewer: Viewer, now: datetime) -> dict[str, Any]:
    return {**viewer.scope, "now": now, "finished": sorted(map(str, FINISHED))}


async def my_work(connection: AsyncConnection, person_id: UUID) -> Rows:
    """Everything that waits for one person, soonest first."""
    return list((await connection.execute(_MY_WORK, {"me": person_id})).all())


async def overview(connection: AsyncConnection, viewer: Viewer, now: datetime, start: datetime, zone: str) -> Board:
    """The overview's numbers; `start` is the beginning of today in the time zone where the people are."""
    bound = _bound(viewer, now)
    fortnight = {"fortnight": start + timedelta(days=14)}

    async def rows(statement: Any, **more: Any) -> Rows:
        return list((await connection.execute(statement, {**bound, **more})).all())

    scope = viewer.scope
    return Board(
        totals=(await connection.execute(_TOTALS, {**bound, **fortnight})).one(),
        waiting=await rows(_WAITING, most=8),
        rungs=list((await connection.execute(_RUNGS, scope)).all()),
        ages=await rows(_AGES, **{"from": list(AGES_FROM)}),
        days=await rows(_DAYS, start=start, zone=zone, **fortnight),
        heat=list((await connection.execute(_HEAT, {**scope, "finished": bound["finished"]})).all()),
        mine=await my_work(connection, viewer.person_id),
        undelivered=list((await connection.execute(_DEAD, scope)).all()),
        reviews=await review_counts(connection, viewer, now),
    )
