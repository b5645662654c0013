"""Numbers and lists for pages, each within what the viewer may see."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.review_lists import review_counts
from db.scope import EVERY, MAY_SEE, Viewer, reach_of
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
SELECT 'review', r.id, '', 'Every open action of the location',
       'Answer for the late weekly review' || coalesce(', for ' || c.name, ''), l.name, g.fired_at, '', g.fired_at
FROM review_rung g JOIN review r ON r.id = g.review_id JOIN location l ON l.id = r.location_id
LEFT JOIN person c ON c.id = g.asked_for_id WHERE g.asked_id = :me AND g.must_answer AND g.answered_at IS NULL
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
# How late, in ages that begin with these days: by the present date (nothing where that is still to come), and by
# the original one.
AGES_FROM = (8, 31, 61, 91)
_AGE = "width_bucket(ceil(CAST(extract(epoch FROM :now - {due}) AS float8) / 86400), CAST(:from AS float8[]))"
_DEAD = text(f"""
SELECT u.id, u.to_address, u.error, u.opened_at, m.to_name, a.ref, p.name AS asked
FROM undelivered u JOIN message m ON m.id = u.message_id LEFT JOIN action a ON a.id = m.action_id
LEFT JOIN person p ON p.id = u.asked_id
WHERE u.settled_at IS NULL AND (:sees_all OR u.location_id = ANY(:locations) OR (a.id IS NOT NULL AND {MAY_SEE}))
ORDER BY u.opened_at DESC LIMIT 20
""")


@dataclass(frozen=True, slots=True)
class Questions:
    """What the overview asks, of all actions or of those within somebody's reach.

    Each is grouped by keys first and named afterwards. An open step of an action that has closed is a re-audit.
    """

    totals: TextClause
    waiting: TextClause
    rungs: TextClause
    ages: TextClause
    days: TextClause
    heat: TextClause


@lru_cache
def _questions(reach: str) -> Questions:
    done = f"{_DONE} AND {reach}"
    # Where every action counts, their steps need not be joined to them.
    joined = "" if reach == EVERY else f" JOIN action a ON a.id = s.action_id AND {reach}"
    waits = "s.status = 'open' AND s.control <> 'sustain'"
    return Questions(
        totals=text(f"""
        WITH place AS (
            SELECT a.location_id, count(*) AS open,
                   count(*) FILTER (WHERE a.due_at < :now AND a.defined_at IS NOT NULL) AS late,
                   count(*) FILTER (WHERE a.original_due_at < :now AND a.defined_at IS NOT NULL) AS late_by_original,
                   count(*) FILTER (WHERE a.status = 'draft') AS drafts,
                   count(*) FILTER (WHERE a.owner_id IS NULL) AS unowned,
                   count(*) FILTER (WHERE a.due_at BETWEEN :now AND :fortnight) AS due_soon
            FROM action a WHERE {done} GROUP BY a.location_id
        )
        SELECT {_sums("open", "late", "late_by_original", "drafts", "unowned", "due_soon")},
               count(location_id) AS locations FROM place"""),
        waiting=text(f"""
        WITH waiting AS (
            SELECT s.assignee_id AS id, count(*) AS steps, min(s.opened_at) AS longest,
                   count(*) FILTER (WHERE s.due_at < :now) AS late
            FROM step s{joined} WHERE {waits} GROUP BY s.assignee_id ORDER BY longest LIMIT :most
        )
        SELECT w.id, coalesce(p.name, 'Nobody yet') AS person, w.steps, w.longest, w.late, x.*
        FROM waiting w LEFT JOIN person p ON p.id = w.id CROSS JOIN LATERAL (
            SELECT min(l.name) AS location, count(DISTINCT l.id) AS locations,
                   (array_agg(s.role ORDER BY s.opened_at))[1] AS role,
                   (array_agg(s.form ORDER BY s.opened_at))[1] AS form
            FROM (SELECT * FROM step s WHERE {waits} AND s.assignee_id = w.id
                  UNION ALL SELECT * FROM step s WHERE {waits} AND s.assignee_id IS NULL AND w.id IS NULL) s
            JOIN action a ON a.id = s.action_id LEFT JOIN location l ON l.id = a.location_id WHERE {reach}
        ) x ORDER BY w.longest, person"""),
        rungs=text(f"""
        SELECT e.rung, min(e.role) AS role, count(*) AS unanswered, min(e.fired_at) AS longest
        FROM escalation e JOIN action a ON a.id = e.action_id
        WHERE e.must_answer AND e.answered_at IS NULL AND {reach} GROUP BY e.rung ORDER BY e.rung"""),
        ages=text(f"""
        SELECT CASE WHEN a.due_at < :now THEN {_AGE.format(due="a.due_at")} END AS current,
               {_AGE.format(due="a.original_due_at")} AS original, count(*) AS number
        FROM action a WHERE {done} AND a.original_due_at < :now AND a.defined_at IS NOT NULL GROUP BY 1, 2"""),
        days=text(f"""
        SELECT CAST(a.due_at AT TIME ZONE :zone AS date) AS day, count(*) AS number FROM action a
        WHERE {done} AND a.due_at >= :start AND a.due_at < :fortnight GROUP BY 1"""),
        heat=text(f"""
        WITH escalated AS MATERIALIZED (
            SELECT DISTINCT a.id, a.location_id, a.status FROM escalation e JOIN action a ON a.id = e.action_id
            WHERE e.must_answer AND e.answered_at IS NULL AND {done}
        ), counted AS (
            SELECT a.location_id, a.status, count(*) AS number FROM action a WHERE {done} GROUP BY 1, 2
            UNION ALL SELECT location_id, status, -count(*) FROM escalated GROUP BY 1, 2
            UNION ALL SELECT location_id, 'escalated', count(*) FROM escalated GROUP BY 1
        )
        SELECT coalesce(l.name, 'No location yet') AS location, l.id AS location_id,
               CASE WHEN c.status = 'escalated' THEN 'escalate' WHEN c.status = 'draft' THEN 'define'
                    WHEN c.status = 'awaiting acceptance' THEN 'assign'
                    WHEN c.status IN ('sample audit', 'awaiting approval') THEN 'close' ELSE 'evidence' END AS control,
               CAST(sum(c.number) AS bigint) AS number
        FROM counted c LEFT JOIN location l ON l.id = c.location_id
        GROUP BY l.id, control HAVING sum(c.number) > 0 ORDER BY 1"""),
    )


def _sums(*names: str) -> str:
    return ", ".join(f"CAST(coalesce(sum({name}), 0) AS bigint) AS {name}" for name in names)


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

    ask = _questions(reach_of(viewer))
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
