"""Weekly reviews as pages and the command line list them, each within what the viewer may see."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.scope import Viewer

Rows = list[Row[Any]]
_SEEN = "(:sees_all OR r.location_id = ANY(:locations))"
_LIST = """
SELECT r.id, l.name AS location, r.week, r.status, r.opens_at, r.due_at, r.sent_at, p.name AS person,
       c.name AS covering, s.name AS sender,
       (SELECT count(*) FROM review_line n WHERE n.review_id = r.id) AS actions,
       (SELECT count(*) FROM review_line n WHERE n.review_id = r.id AND n.said IS NOT NULL) AS filled,
       (SELECT max(g.rung) FROM review_rung g WHERE g.review_id = r.id) AS rung
FROM review r JOIN location l ON l.id = r.location_id LEFT JOIN person p ON p.id = r.assignee_id
LEFT JOIN person c ON c.id = r.assigned_for_id LEFT JOIN person s ON s.id = r.sent_by
"""
_ALL = text(f"{_LIST} ORDER BY r.week DESC, l.name, r.id LIMIT :most")
_MINE = text(f"{_LIST} WHERE {_SEEN} ORDER BY r.week DESC, l.name, r.id LIMIT :most")
_HEAD = text(f"""
{_LIST.replace("FROM review r", ", r.location_id, r.assignee_id, r.assigned_for_id, r.opened_at FROM review r")}
WHERE r.id = :id AND r.opened_at IS NOT NULL AND (
    {_SEEN} OR :viewer IN (r.assignee_id, r.assigned_for_id)
    OR EXISTS (SELECT 1 FROM review_rung g WHERE g.review_id = r.id AND :viewer IN (g.asked_id, g.asked_for_id))
)
""")
_SCHEDULES = text("""
SELECT l.id, l.name AS location, coalesce(s.weekday, 0) AS weekday, coalesce(s.at, time '09:00') AS at,
       (SELECT min(r.opens_at) FROM review r WHERE r.location_id = l.id AND r.status = 'planned') AS next_at
FROM location l LEFT JOIN review_schedule s ON s.location_id = l.id
WHERE :sees_all OR l.id = ANY(:locations) ORDER BY l.name
""")
_COUNTS = text(f"""
SELECT count(*) FILTER (WHERE r.status = 'open') AS waiting,
       count(*) FILTER (WHERE r.status = 'open' AND r.due_at < :now) AS late
FROM review r WHERE r.status = 'open' AND {_SEEN}
""")


async def list_reviews(connection: AsyncConnection, most: int = 500) -> Rows:
    """Every review, newest week first; for the operator's shell."""
    return list((await connection.execute(_ALL, {"most": most})).all())


async def reviews_seen(connection: AsyncConnection, viewer: Viewer, most: int = 60) -> Rows:
    """The reviews of the locations this viewer sees, newest week first."""
    return list((await connection.execute(_MINE, {**_scope(viewer), "most": most})).all())


async def review_head(connection: AsyncConnection, viewer: Viewer, review_id: UUID) -> Row[Any] | None:
    """One review that has opened, for those of its location and whoever it was asked of."""
    bound = {**_scope(viewer), "id": review_id, "viewer": viewer.person_id}
    return (await connection.execute(_HEAD, bound)).one_or_none()


async def schedules_seen(connection: AsyncConnection, viewer: Viewer) -> Rows:
    """When the reviews of the locations this viewer sees open."""
    return list((await connection.execute(_SCHEDULES, _scope(viewer))).all())


async def review_counts(connection: AsyncConnection, viewer: Viewer, now: datetime) -> Row[Any]:
    """How many reviews wait, and how many of them are late."""
    return (await connection.execute(_COUNTS, {**_scope(viewer), "now": now})).one()


def _scope(viewer: Viewer) -> dict[str, Any]:
    return {"sees_all": viewer.sees_all, "locations": viewer.locations}
