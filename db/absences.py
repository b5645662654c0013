"""Rows of absence: who is away from when to when, and who covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Absence
from db.models.base import Json
from db.rosters import Reach

_FACTS = """
SELECT ab.id, ab.person_id, ab.cover_id, ab.starts_on, ab.ends_on, p.name, p.email, c.name AS cover
FROM absence ab JOIN person p ON p.id = ab.person_id LEFT JOIN person c ON c.id = ab.cover_id
"""
_ONE = text(f"{_FACTS} WHERE ab.id = :id AND ab.cancelled_at IS NULL")
_LOCK = text(f"{_FACTS} WHERE ab.id = :id AND ab.cancelled_at IS NULL FOR UPDATE OF ab")
_KEPT = text("SELECT id FROM absence WHERE request_id = :request_id")
_MEETING = text(
    "SELECT starts_on, ends_on FROM absence WHERE person_id = :person AND cancelled_at IS NULL"
    " AND daterange(starts_on, ends_on, '[]') && daterange(:starts_on, :ends_on, '[]')"
    " AND id IS DISTINCT FROM CAST(:besides AS uuid) ORDER BY starts_on LIMIT 1"
)
_CHANGE = text("UPDATE absence SET starts_on = :starts_on, ends_on = :ends_on, cover_id = :cover WHERE id = :id")
_CALL_OFF = text("UPDATE absence SET cancelled_at = :now WHERE id = :id")
_LIST = text(f"""
{_FACTS} WHERE ab.cancelled_at IS NULL AND ab.ends_on >= :since AND p.left_at IS NULL
AND (ab.person_id = :viewer OR ab.cover_id = :viewer OR :everywhere OR EXISTS (
    SELECT 1 FROM role_assignment w WHERE w.person_id = p.id AND w.location_id = ANY(:places)
      AND (w.ends_on IS NULL OR w.ends_on >= :since)))
ORDER BY ab.starts_on, p.name, ab.id LIMIT 500
""")
# Everybody who could stand in where this person works.
_COVERS = text("""
SELECT DISTINCT p.id, p.name FROM person p JOIN role_assignment r ON r.person_id = p.id
WHERE p.left_at IS NULL AND p.id <> :person AND r.role NOT IN ('commissioner', 'inspector')
  AND (r.ends_on IS NULL OR r.ends_on >= :day)
  AND (r.location_id IS NULL OR EXISTS (
       SELECT 1 FROM role_assignment t WHERE t.person_id = :person AND (t.ends_on IS NULL OR t.ends_on >= :day)
         AND (t.location_id = r.location_id OR t.location_id IS NULL)))
ORDER BY p.name, p.id
""")
_NOT_COVERED = text("""
SELECT DISTINCT coalesce(l.name, 'all locations') FROM role_assignment t LEFT JOIN location l ON l.id = t.location_id
WHERE t.person_id = :person AND (t.ends_on IS NULL OR t.ends_on >= :day) AND NOT EXISTS (
    SELECT 1 FROM role_assignment r WHERE r.person_id = :cover AND r.role NOT IN ('commissioner', 'inspector')
      AND (r.ends_on IS NULL OR r.ends_on >= :day) AND (r.location_id IS NULL OR r.location_id = t.location_id))
ORDER BY 1
""")


@dataclass(frozen=True, slots=True)
class AbsenceFacts:
    """Somebody is away, both days included."""

    id: UUID
    person_id: UUID
    cover_id: UUID | None
    starts_on: date
    ends_on: date
    name: str
    email: str | None
    cover: str | None


async def load_absence(connection: AsyncConnection, absence_id: UUID, *, lock: bool = False) -> AbsenceFacts | None:
    """One absence that was not called off."""
    row = (await connection.execute(_LOCK if lock else _ONE, {"id": absence_id})).one_or_none()
    return None if row is None else AbsenceFacts(**row._mapping)


async def absence_kept(connection: AsyncConnection, request_id: UUID) -> UUID | None:
    """What this very form recorded before."""
    return (await connection.execute(_KEPT, {"request_id": request_id})).scalar_one_or_none()


async def away_then(
    connection: AsyncConnection, person_id: UUID, starts_on: date, ends_on: date, besides: UUID | None = None
) -> tuple[date, date] | None:
    """Another absence of the same person that meets these days."""
    bound = {"person": person_id, "starts_on": starts_on, "ends_on": ends_on, "besides": besides}
    row = (await connection.execute(_MEETING, bound)).one_or_none()
    return None if row is None else (row.starts_on, row.ends_on)


async def insert_absence(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(Absence), values)


async def change_absence_row(
    connection: AsyncConnection, absence_id: UUID, starts_on: date, ends_on: date, cover_id: UUID | None
) -> None:
    values = {"id": absence_id, "starts_on": starts_on, "ends_on": ends_on, "cover": cover_id}
    await connection.execute(_CHANGE, values)


async def call_off(connection: AsyncConnection, absence_id: UUID, now: datetime) -> None:
    await connection.execute(_CALL_OFF, {"id": absence_id, "now": now})


async def list_absences(connection: AsyncConnection, viewer: UUID, reach: Reach, since: date) -> Sequence[Row[Any]]:
    """Absences from a day on: one's own, those one covers, and those of the people one looks after."""
    return (await connection.execute(_LIST, {**reach.scope, "viewer": viewer, "since": since})).all()


async def who_could_cover(connection: AsyncConnection, person_id: UUID, day: date) -> list[tuple[str, str]]:
    """Who works where this person does: (key, name), by name."""
    found = await connection.execute(_COVERS, {"person": person_id, "day": day})
    return [(str(row.id), row.name) for row in found]


async def not_covered(connection: AsyncConnection, person_id: UUID, cover_id: UUID, day: date) -> list[str]:
    """Where this person works and the cover does not."""
    bound = {"person": person_id, "cover": cover_id, "day": day}
    return list((await connection.execute(_NOT_COVERED, bound)).scalars())
