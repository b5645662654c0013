"""The tracker: actions within reach, narrowed and turned page by page, as fast with 100,000 as with ten.

Only what is asked for is in the statement, so that each filter finds the index that serves it; one page is found
by the index in its order, and only its rows are joined to what is shown of them.
"""

from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.overdue import CURRENT_DATE, ORIGINAL_DATE, overdue_by
from db.scope import EVERY, Viewer, reach_of
from db.searching import COUNTED, GATHERED, LOOKED_AT, NAMED, few_with, pattern_of
from domain.vocabulary import FINISHED

Rows = list[Row[Any]]
_FINDING = "a.finding_id IN (SELECT f.id FROM finding f WHERE {which})"
_PATHWAY = "a.pathway_version_id IN (SELECT v.id FROM pathway_version v WHERE {which})"
_WAITS = "a.id IN (SELECT w.action_id FROM step w WHERE w.status = 'open' AND w.assignee_id {who})"
_FILTERS = {
    "q": NAMED,
    "status": "a.status = :status",
    "location": "a.location_id IN (SELECT l.id FROM location l WHERE l.name = :location)",
    "owner": "a.owner_id IN (SELECT p.id FROM person p WHERE p.name = :owner)",
    "source": _FINDING.format(which="f.source = :source"),
    "pathway": _PATHWAY.format(which="v.key = :pathway"),
    "version": _PATHWAY.format(which="v.version::text = :version"),
    "statement": "EXISTS (SELECT 1 FROM framework_reference fr WHERE fr.action_id = a.id"
    " AND fr.framework = split_part(:statement, '/', 1) AND fr.statement = split_part(:statement, '/', 2))",
    "strength": "a.strength = :strength",
    "late": overdue_by(CURRENT_DATE),
    "late_original": overdue_by(ORIGINAL_DATE),
    "due_on": "a.due_at >= :day_start AND a.due_at <= :day_end",
    "open": "a.status <> ALL(:finished)",
    "escalated": "EXISTS (SELECT 1 FROM escalation e WHERE e.action_id = a.id AND e.must_answer"
    " AND e.answered_at IS NULL AND (:escalated = 'any' OR e.rung::text = :escalated))",
    "waiting": _WAITS.format(who="= CAST(:waiting AS uuid)"),
}
TRACKER_FILTERS = tuple(_FILTERS)
# What stands in for a filter where its value says so.
_CONDITIONS = _FILTERS | {
    "waiting for nobody": _WAITS.format(who="IS NULL"),
    "waiting for no one": "false",
    "q of many": LOOKED_AT,
}
_ORDER = "ORDER BY a.due_at NULLS FIRST, a.ref"
_SHOWN = """
SELECT a.ref, a.title, a.status, a.risk, a.due_at, a.original_due_at, l.name AS location, p.name AS owner, f.source,
       f.theme, a.strength, a.cycle,
       (SELECT string_agg(DISTINCT coalesce(w.name, 'nobody yet'), ', ') FROM step s
        LEFT JOIN person w ON w.id = s.assignee_id WHERE s.action_id = a.id AND s.status = 'open') AS waits_for
FROM page JOIN action a ON a.id = page.id JOIN finding f ON f.id = a.finding_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person p ON p.id = a.owner_id
"""


def _looks_at_all(reach: str, filters: frozenset[str]) -> bool:
    """Whether all of them are looked at anyway, and so are counted in the same go: no index has them in their order."""
    return "q" in filters or reach != EVERY


@lru_cache
def _page(reach: str, filters: frozenset[str]) -> TextClause:
    where = " AND ".join([reach, *(_CONDITIONS[name] for name in sorted(filters))])
    if _looks_at_all(reach, filters):
        found = f"WITH found AS MATERIALIZED (SELECT a.id, a.due_at, a.ref FROM action a WHERE {where})"
        page = f"SELECT a.id FROM found a {_ORDER} LIMIT :most OFFSET :skip"
        shown = _SHOWN.replace("SELECT", "SELECT (SELECT count(*) FROM found) AS total,", 1)
        return text(f"{found}, page AS MATERIALIZED ({page}) {shown} {_ORDER}")
    page = f"SELECT a.id FROM action a WHERE {where} {_ORDER} LIMIT :most OFFSET :skip"
    return text(f"WITH page AS MATERIALIZED ({page}) {_SHOWN} {_ORDER}")


@lru_cache
def _count(reach: str, filters: frozenset[str]) -> TextClause:
    if reach == EVERY and filters == frozenset({"q of many"}):
        return text(COUNTED)
    # Where little else narrows them, all with these words are gathered; else what is left is looked at.
    conditions = _CONDITIONS | ({"q of many": GATHERED} if filters <= {"q of many", "open"} else {})
    where = " AND ".join([reach, *(conditions[name] for name in sorted(filters))])
    return text(f"SELECT count(*) FROM action a WHERE {where}")


@lru_cache
def _choices(reach: str) -> TextClause:
    if reach == EVERY:
        places = "SELECT l.name FROM location l WHERE EXISTS (SELECT 1 FROM action a WHERE a.location_id = l.id)"
        owners = "SELECT DISTINCT p.name FROM person p WHERE EXISTS (SELECT 1 FROM action a WHERE a.owner_id = p.id)"
        return text(f"SELECT array({places} ORDER BY 1) AS locations, array({owners} ORDER BY 1) AS owners")
    return text(f"""
    WITH seen AS MATERIALIZED (SELECT DISTINCT a.location_id, a.owner_id FROM action a WHERE {reach})
    SELECT array(SELECT l.name FROM location l WHERE l.id IN (SELECT location_id FROM seen) ORDER BY 1) AS locations,
           array(SELECT DISTINCT p.name FROM person p WHERE p.id IN (SELECT owner_id FROM seen) ORDER BY 1) AS owners
    """)


async def tracker(
    connection: AsyncConnection,
    viewer: Viewer,
    now: datetime,
    filters: dict[str, str],
    day: tuple[datetime, datetime],
    page: int,
    most: int = 50,
) -> tuple[Rows, int]:
    """One page of the tracker within the filters, soonest due first, and how many there are in all."""
    asked = {name: value for name in TRACKER_FILTERS if (value := filters.get(name, ""))}
    few = await few_with(connection, asked["q"]) if "q" in asked else None
    bound: dict[str, Any] = {**viewer.scope, **asked, "like": pattern_of(asked.get("q", "")), "found": few, "now": now}
    bound |= {"finished": sorted(map(str, FINISHED)), "day_start": day[0], "day_end": day[1]}
    names = frozenset(_condition(name, value, few is None) for name, value in asked.items())
    reach = reach_of(viewer)
    found = await connection.execute(_page(reach, names), {**bound, "most": most, "skip": (page - 1) * most})
    rows = list(found.all())
    if rows and _looks_at_all(reach, names):
        return rows, rows[0].total
    return rows, (await connection.execute(_count(reach, names), bound)).scalar_one()


def _condition(name: str, value: str, many: bool) -> str:
    """What a filter comes to: words of few or of many; somebody's key, nobody, or no key, which nothing waits for."""
    if name == "q" and many:
        return "q of many"
    if name != "waiting":
        return name
    with suppress(ValueError):
        UUID(value)
        return name
    return "waiting for nobody" if value == "nobody" else "waiting for no one"


async def tracker_choices(connection: AsyncConnection, viewer: Viewer) -> Row[Any]:
    """Locations and owners to filter by."""
    return (await connection.execute(_choices(reach_of(viewer)), viewer.scope)).one()
