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
_OPEN_STEP = "FROM step s JOIN action a ON a.id = s.action_id LEFT JOIN location l ON l.id = a.location_id"

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
_WAITING = text(f"""
SELECT p.id, coalesce(p.name, 'Nobody yet') AS person, count(*) AS steps, min(s.opened_at) AS longest,
       count(*) FILTER (WHERE s.due_at < :now) AS late, min(l.name) AS location, count(DISTINCT l.id) AS locations,
       (array_agg(s.role ORDER BY s.opened_at))[1] AS role, (array_agg(s.form ORDER BY s.opened_at))[1] AS form
{_OPEN_STEP} LEFT JOIN person p ON p.id = s.assignee_id
WHERE s.status = 'open' AND {_DONE} AND {MAY_SEE} GROUP BY p.id ORDER BY longest, person LIMIT :most
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
_AGES = text(f"""
SELECT a.due_at, a.original_due_at FROM action a
WHERE {_DONE} AND a.original_due_at < :now AND a.defined_at IS NOT NULL AND {MAY_SEE}
""")
_DAYS = text(f"""
SELECT a.due_at FROM action a WHERE {_DONE} AND a.due_at >= :start AND a.due_at < :fortnight AND {MAY_SEE}
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
_FILTERS = """
    (:q = '' OR a.ref ILIKE :like OR a.title ILIKE :like OR f.summary ILIKE :like OR f.theme ILIKE :like
     OR f.external_ref ILIKE :like)
AND (:status = '' OR a.status = :status) AND (:location = '' OR l.name = :location)
AND (:owner = '' OR p.name = :owner) AND (:source = '' OR f.source = :source) AND (:pathway = '' OR v.key = :pathway)
AND (:version = '' OR v.version::text = :version)
AND (:statement = '' OR EXISTS (SELECT 1 FROM framework_reference fr WHERE fr.action_id = a.id
     AND fr.framework = split_part(:statement, '/', 1) AND fr.statement = split_part(:statement, '/', 2)))
AND (:strength = '' OR a.strength = :strength)
AND (:late = '' OR (a.due_at < :now AND a.defined_at IS NOT NULL AND a.status <> ALL(:finished)))
AND (:late_original = '' OR (a.original_due_at < :now AND a.defined_at IS NOT NULL AND a.status <> ALL(:finished)))
AND (:due_on = '' OR (a.due_at >= :day_start AND a.due_at <= :day_end))
AND (:open = '' OR a.status <> ALL(:finished))
AND (:escalated = '' OR EXISTS (SELECT 1 FROM escalation e WHERE e.action_id = a.id AND e.must_answer
     AND e.answered_at IS NULL AND (:escalated = 'any' OR e.rung::text = :escalated)))
AND (:waiting = '' OR EXISTS (SELECT 1 FROM step w WHERE w.action_id = a.id AND w.status = 'open'
     AND coalesce(w.assignee_id::text, 'nobody') = :waiting))
"""
_TRACKER = text(f"""
SELECT a.ref, a.title, a.status, a.risk, a.due_at, a.original_due_at, l.name AS location, p.name AS owner, f.source,
       f.theme, a.strength, count(*) OVER () AS total, a.cycle,
       (SELECT string_agg(DISTINCT coalesce(w.name, 'nobody yet'), ', ') FROM step s
        LEFT JOIN person w ON w.id = s.assignee_id WHERE s.action_id = a.id AND s.status = 'open') AS waits_for
FROM action a JOIN finding f ON f.id = a.finding_id JOIN pathway_version v ON v.id = a.pathway_version_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person p ON p.id = a.owner_id
WHERE {_FILTERS} AND {MAY_SEE}
ORDER BY a.due_at IS NULL DESC, a.due_at, a.ref LIMIT :most OFFSET :skip
""")
_CHOICES = text(f"""
SELECT array(SELECT DISTINCT l.name FROM action a JOIN location l ON l.id = a.location_id WHERE {MAY_SEE} ORDER BY 1)
         AS locations,
       array(SELECT DISTINCT p.name FROM action a JOIN person p ON p.id = a.owner_id
             WHERE {MAY_SEE} ORDER BY 1) AS owners
""")

TRACKER_FILTERS = (
    "q", "status", "location", "owner", "source", "pathway", "version", "late", "late_original", "due_on", "open",
    "escalated", "waiting", "statement", "strength",
)  # fmt: skip


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


async def overview(connection: AsyncConnection, viewer: Viewer, now: datetime, start: datetime) -> Board:
    """The overview's numbers; `start` is the beginning of today where the people are."""
    bound = _bound(viewer, now)
    fortnight = {"fortnight": start + timedelta(days=14)}

    async def rows(statement: Any, **more: Any) -> Rows:
        return list((await connection.execute(statement, {**bound, **more})).all())

    scope = viewer.scope
    return Board(
        totals=(await connection.execute(_TOTALS, {**bound, **fortnight})).one(),
        waiting=await rows(_WAITING, most=8),
        rungs=list((await connection.execute(_RUNGS, scope)).all()),
        ages=await rows(_AGES),
        days=list(
            (
                await connection.execute(_DAYS, {**scope, "finished": bound["finished"], "start": start, **fortnight})
            ).all()
        ),
        heat=list((await connection.execute(_HEAT, {**scope, "finished": bound["finished"]})).all()),
        mine=await my_work(connection, viewer.person_id),
        undelivered=list((await connection.execute(_DEAD, scope)).all()),
        reviews=await review_counts(connection, viewer, now),
    )


async def tracker(
    connection: AsyncConnection,
    viewer: Viewer,
    now: datetime,
    filters: dict[str, str],
    day: tuple[datetime, datetime],
    page: int,
    most: int = 50,
) -> Rows:
    """One page of the tracker within the filters; `total` stands on every row."""
    known = {name: filters.get(name, "") for name in TRACKER_FILTERS}
    like = known["q"].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    bound = _bound(viewer, now) | known | {"like": f"%{like}%", "day_start": day[0], "day_end": day[1]}
    return list((await connection.execute(_TRACKER, {**bound, "most": most, "skip": (page - 1) * most})).all())


async def tracker_choices(connection: AsyncConnection, viewer: Viewer) -> Row[Any]:
    """Locations and owners to filter by."""
    return (await connection.execute(_CHOICES, viewer.scope)).one()
