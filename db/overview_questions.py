"""What the overview asks of the database, of all actions or of those within somebody's reach.

Each question is grouped by keys first and named afterwards. An open step of an action that has closed is a re-audit.
"""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import TextClause, text

from db.overdue import ORIGINAL_DATE
from db.scope import EVERY

_TOTALS = """
WITH place AS (
    SELECT a.location_id, count(*) AS open,
           count(*) FILTER (WHERE a.due_at < :now) AS late,
           count(*) FILTER (WHERE {original} < :now) AS late_by_original,
           count(*) FILTER (WHERE a.status = 'draft') AS drafts,
           count(*) FILTER (WHERE a.owner_id IS NULL) AS unowned,
           count(*) FILTER (WHERE a.due_at BETWEEN :now AND :fortnight) AS due_soon
    FROM action a WHERE {done} GROUP BY a.location_id
)
SELECT {sums},
       count(location_id) AS locations FROM place"""
_WAITING = """
WITH waiting AS (
    SELECT s.assignee_id AS id, count(*) AS steps, min(coalesce(s.given_at, s.opened_at)) AS longest,
           count(*) FILTER (WHERE s.due_at < :now) AS late
    FROM step s{joined} WHERE {waits} GROUP BY s.assignee_id ORDER BY longest LIMIT :most
)
SELECT w.id, coalesce(p.name, 'Nobody yet') AS person, w.steps, w.longest, w.late, x.*
FROM waiting w LEFT JOIN person p ON p.id = w.id CROSS JOIN LATERAL (
    SELECT min(l.name) AS location, count(DISTINCT l.id) AS locations,
           array_agg(DISTINCT s.role ORDER BY s.role) AS roles
    FROM (SELECT * FROM step s WHERE {waits} AND s.assignee_id = w.id
          UNION ALL SELECT * FROM step s WHERE {waits} AND s.assignee_id IS NULL AND w.id IS NULL) s
    JOIN action a ON a.id = s.action_id LEFT JOIN location l ON l.id = a.location_id WHERE {reach}
) x ORDER BY w.longest, person"""
_RUNGS = """
SELECT e.rung, min(e.role) AS role, count(*) AS unanswered, min(e.fired_at) AS longest
FROM escalation e JOIN action a ON a.id = e.action_id
WHERE e.must_answer AND e.answered_at IS NULL AND {reach} GROUP BY e.rung ORDER BY e.rung"""
_AGES = """
SELECT CASE WHEN a.due_at < :now THEN {late_by} END AS current,
       {late_by_original} AS original, count(*) AS number
FROM action a WHERE {done} AND {original} < :now GROUP BY 1, 2"""
_DAYS = """
SELECT CAST(a.due_at AT TIME ZONE :zone AS date) AS day, count(*) AS number FROM action a
WHERE {done} AND a.due_at >= :start AND a.due_at < :fortnight GROUP BY 1"""
_HEAT = """
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
GROUP BY l.id, control HAVING sum(c.number) > 0 ORDER BY 1"""
# How late, in ages that begin with these days: by the present date (nothing where that is still to come), and by
# the original one.
AGES_FROM = (8, 31, 61, 91)
_AGE = "width_bucket(ceil(CAST(extract(epoch FROM :now - {due}) AS float8) / 86400), CAST(:from AS float8[]))"
_WAITS = "s.status = 'open' AND s.control <> 'sustain'"
_SUMMED = ("open", "late", "late_by_original", "drafts", "unowned", "due_soon")
_SUMS = ", ".join(f"CAST(coalesce(sum({name}), 0) AS bigint) AS {name}" for name in _SUMMED)


@dataclass(frozen=True, slots=True)
class Questions:
    """One statement for each part of the overview."""

    totals: TextClause
    waiting: TextClause
    rungs: TextClause
    ages: TextClause
    days: TextClause
    heat: TextClause


@lru_cache
def questions_within(reach: str) -> Questions:
    """What is asked of the actions that fulfil a condition, as `db.scope` words it."""
    parts = {
        "reach": reach,
        "done": f"a.status <> ALL(:finished) AND {reach}",
        # Where every action counts, their steps need not be joined to them.
        "joined": "" if reach == EVERY else f" JOIN action a ON a.id = s.action_id AND {reach}",
        "waits": _WAITS,
        "sums": _SUMS,
        "original": ORIGINAL_DATE,
        "late_by": _AGE.format(due="a.due_at"),
        "late_by_original": _AGE.format(due=ORIGINAL_DATE),
    }
    asked = (_TOTALS, _WAITING, _RUNGS, _AGES, _DAYS, _HEAT)
    return Questions(*(text(one.format(**parts)) for one in asked))
