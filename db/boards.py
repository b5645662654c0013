"""Numbers and lists for pages, each within what the viewer may see."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.overview_questions import AGES_FROM, questions_within
from db.review_lists import review_counts
from db.scope import MAY_SEE, Viewer, reach_of
from domain.vocabulary import FINISHED

Rows = list[Row[Any]]

# How each thing waits: until it is due, for an answer (then `due_at` is when it was asked), or for one that is late.
_MY_WORK = text("""
SELECT 'step' AS kind, s.id, a.ref, a.title, s.title || coalesce(', for ' || c.name, '') AS what,
       l.name AS location, s.due_at, s.form, s.opened_at, 'due' AS waits
FROM step s JOIN action a ON a.id = s.action_id LEFT JOIN location l ON l.id = a.location_id
LEFT JOIN person c ON c.id = s.assigned_for_id WHERE s.status = 'open' AND s.assignee_id = :me
UNION ALL
SELECT 'escalation', e.id, a.ref, a.title,
       'Answer the escalation' || coalesce(', for ' || c.name, '') || ': ' || s.title, l.name, e.fired_at, '',
       e.fired_at, 'late'
FROM escalation e JOIN step s ON s.id = e.step_id JOIN action a ON a.id = e.action_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person c ON c.id = e.asked_for_id
WHERE e.asked_id = :me AND e.must_answer AND e.answered_at IS NULL
UNION ALL
SELECT 'extension', x.id, a.ref, a.title, 'Decide on more time' || coalesce(', for ' || c.name, '') || ': ' || s.title,
       l.name, x.asked_at, '', x.asked_at, 'answer'
FROM extension x JOIN step s ON s.id = x.step_id JOIN action a ON a.id = x.action_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person c ON c.id = x.decider_for_id
WHERE x.decider_id = :me AND x.decided_at IS NULL AND s.status = 'open'
UNION ALL
SELECT 'barrier', b.id, a.ref, a.title, 'Help with a barrier' || coalesce(', for ' || c.name, '') || ': ' || s.title,
       l.name, b.told_at, '', b.told_at, 'answer'
FROM barrier b JOIN step s ON s.id = b.step_id JOIN action a ON a.id = s.action_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person c ON c.id = b.asked_for_id
WHERE b.asked_id = :me AND b.answered_at IS NULL AND s.status = 'open'
UNION ALL
SELECT 'review', r.id, '', 'Every open action of the location', 'Weekly review' || coalesce(', for ' || c.name, ''),
       l.name, r.due_at, '', r.opened_at, 'due'
FROM review r JOIN location l ON l.id = r.location_id
LEFT JOIN person c ON c.id = r.assigned_for_id WHERE r.status = 'open' AND r.assignee_id = :me
UNION ALL
SELECT 'review', r.id, '', 'Every open action of the location',
       'Answer for the late weekly review' || coalesce(', for ' || c.name, ''), l.name, g.fired_at, '', g.fired_at,
       'late'
FROM review_rung g JOIN review r ON r.id = g.review_id JOIN location l ON l.id = r.location_id
LEFT JOIN person c ON c.id = g.asked_for_id WHERE g.asked_id = :me AND g.must_answer AND g.answered_at IS NULL
UNION ALL
SELECT 'undelivered-mail', u.id, coalesce(a.ref, ''), coalesce(a.title, 'A mail about no action'),
       coalesce('For ' || c.name || ': a', 'A') || ' mail to ' || m.to_name || ' was refused', l.name, u.opened_at, '',
       u.opened_at, 'answer'
FROM undelivered u JOIN message m ON m.id = u.message_id LEFT JOIN action a ON a.id = m.action_id
LEFT JOIN location l ON l.id = u.location_id LEFT JOIN person c ON c.id = u.asked_for_id
WHERE u.asked_id = :me AND u.settled_at IS NULL
UNION ALL
SELECT 'repeat', r.id, a.ref, a.title,
       'Decide' || coalesce(', for ' || p.name || ',', '') || ' whether ' || c.ref || ' held', l.name, r.noticed_at, '',
       r.noticed_at, 'answer'
FROM repeat_finding r JOIN action a ON a.id = r.found_action_id JOIN action c ON c.id = r.closed_action_id
LEFT JOIN location l ON l.id = a.location_id
LEFT JOIN person p ON p.id = r.asked_for_id WHERE r.asked_id = :me AND r.decided_at IS NULL
UNION ALL
SELECT 'small-home', h.id, '', 'Too small to keep duties apart',
       'Decide' || coalesce(', for ' || c.name || ',', '') || ' on the exception for ' || l.name, l.name,
       h.recorded_at, '', h.recorded_at, 'answer'
FROM small_home h JOIN location l ON l.id = h.location_id
LEFT JOIN person c ON c.id = h.asked_for_id WHERE h.asked_id = :me AND h.decided_at IS NULL
ORDER BY due_at, id
""")
_DEAD = text(f"""
SELECT u.id, u.to_address, u.error, u.opened_at, m.to_name, a.ref,
       p.name || coalesce(', for ' || c.name, '') AS asked
FROM undelivered u JOIN message m ON m.id = u.message_id LEFT JOIN action a ON a.id = m.action_id
LEFT JOIN person p ON p.id = u.asked_id LEFT JOIN person c ON c.id = u.asked_for_id
WHERE u.settled_at IS NULL AND (:sees_all OR u.location_id = ANY(:locations) OR (a.id IS NOT NULL AND {MAY_SEE}))
ORDER BY u.opened_at DESC LIMIT 20
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

    async def rows(statement: TextClause, **more: Any) -> Rows:
        return list((await connection.execute(statement, {**bound, **more})).all())

    ask = questions_within(reach_of(viewer))
    return Board(
        totals=(await rows(ask.totals, **fortnight))[0],
        waiting=await rows(ask.waiting, most=8),
        rungs=await rows(ask.rungs),
        ages=await rows(ask.ages, **{"from": list(AGES_FROM)}),
        days=await rows(ask.days, start=start, zone=zone, **fortnight),
        heat=await rows(ask.heat),
        mine=await my_work(connection, viewer.person_id),
        undelivered=await rows(_DEAD),
        reviews=await review_counts(connection, viewer, now),
    )
