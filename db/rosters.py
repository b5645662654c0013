"""Who works where: people and locations, as pages and files show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Location, Person
from db.models.base import Json

Rows = Sequence[Row[Any]]
# Bound with `Reach.scope`: people of these locations, those of all locations, or everybody.
_WITHIN = """(:everywhere OR EXISTS (SELECT 1 FROM role_assignment w WHERE w.person_id = p.id
    AND (w.location_id = ANY(:places) OR w.location_id IS NULL)))"""
_ROLES = """
    (SELECT coalesce(jsonb_agg(jsonb_build_object('role', r.role, 'where', coalesce(l.name, 'all locations'),
            'from', r.starts_on, 'to', r.ends_on) ORDER BY r.starts_on, r.role, l.name), '[]')
     FROM role_assignment r LEFT JOIN location l ON l.id = r.location_id
     WHERE r.person_id = p.id AND (r.ends_on IS NULL OR r.ends_on >= :day)
       AND (:everywhere OR r.location_id = ANY(:places) OR r.location_id IS NULL))
"""
_FILTERS = """
    (:q = '' OR p.name ILIKE :like OR p.email ILIKE :like)
AND (:who = 'all' OR (:who = 'left') = (p.left_at IS NOT NULL))
AND ((:role = '' AND :location = '') OR EXISTS (
     SELECT 1 FROM role_assignment f LEFT JOIN location fl ON fl.id = f.location_id
     WHERE f.person_id = p.id AND (:role = '' OR f.role = :role) AND (f.ends_on IS NULL OR f.ends_on >= :day)
       AND (:location = '' OR fl.name = :location OR (:location = 'all locations' AND f.location_id IS NULL))))
"""
_LIST = text(f"""
SELECT p.id, p.name, p.email, p.left_at, p.password_hash IS NOT NULL AS signs_in, {_ROLES} AS roles,
       (SELECT ab.ends_on FROM absence ab WHERE ab.person_id = p.id AND ab.cancelled_at IS NULL
        AND :day BETWEEN ab.starts_on AND ab.ends_on) AS away_until, count(*) OVER () AS total
FROM person p WHERE {_WITHIN} AND {_FILTERS} ORDER BY p.name, p.id LIMIT :most OFFSET :skip
""")
_PERSON = text(f"""
SELECT p.id, p.name, p.email, p.left_at, p.password_hash IS NOT NULL AS signs_in
FROM person p WHERE p.id = :id AND {_WITHIN}
""")
_HELD = text("""
SELECT r.id, r.role, r.location_id, coalesce(l.name, 'all locations') AS location, r.starts_on, r.ends_on
FROM role_assignment r LEFT JOIN location l ON l.id = r.location_id
WHERE r.person_id = :id AND (:everywhere OR r.location_id = ANY(:places) OR r.location_id IS NULL)
ORDER BY r.ends_on IS NULL DESC, r.ends_on DESC, r.starts_on DESC
""")
_ROLE = text("""
SELECT r.id, r.role, coalesce(l.name, 'all locations') AS location, r.starts_on, r.ends_on
FROM role_assignment r LEFT JOIN location l ON l.id = r.location_id
WHERE r.id = :id AND r.person_id = :person AND (:everywhere OR r.location_id = ANY(:places) OR r.location_id IS NULL)
""")
_LOCATIONS = text("""
SELECT l.id, l.name, l.opens, l.closes,
       (SELECT count(DISTINCT r.person_id) FROM role_assignment r JOIN person p ON p.id = r.person_id
        WHERE r.location_id = l.id AND p.left_at IS NULL AND r.starts_on <= :day
          AND (r.ends_on IS NULL OR r.ends_on >= :day)) AS people
FROM location l WHERE :everywhere OR l.id = ANY(:places) ORDER BY l.name
""")
_LOCATION = text("SELECT id, name, opens, closes FROM location WHERE id = :id")
_CHANGE_LOCATION = text("UPDATE location SET name = :name, opens = :opens, closes = :closes WHERE id = :id")
_NAMED = text("SELECT id FROM location WHERE lower(name) = lower(:name) AND id <> :besides")
_HERE = text("SELECT 1 FROM person WHERE id = :id AND left_at IS NULL")
_LOCK = text("SELECT id, name, email, left_at FROM person WHERE id = :id FOR UPDATE")
_BY_EMAIL = text("SELECT id, name, email, left_at FROM person WHERE email = :email")
_LEFT = text("UPDATE person SET left_at = :now WHERE id = :id")
# Whoever comes back begins anew: the password of before opens nothing.
_BACK = text("UPDATE person SET left_at = NULL, password_hash = NULL WHERE id = :id AND left_at IS NOT NULL")
_UNREACHABLE = text("SELECT id FROM person WHERE name = :name AND email IS NULL LIMIT 1")
_CALLED = text("SELECT id FROM location WHERE name = :name")
_NAMED_SO = text("SELECT id FROM person WHERE lower(name) = lower(:name) AND left_at IS NULL ORDER BY id LIMIT 1")
_CHANGE = text("UPDATE person SET name = :name, email = :email WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose people somebody may see: those of these locations, or everybody's (None)."""

    places: frozenset[UUID] | None

    @property
    def scope(self) -> Json:
        return {"everywhere": self.places is None, "places": list(self.places or ())}


@dataclass(frozen=True, slots=True)
class Someone:
    """One person, as stored."""

    id: UUID
    name: str
    email: str | None
    left_at: Any


async def list_people(
    connection: AsyncConnection, reach: Reach, filters: dict[str, str], day: date, most: int, skip: int
) -> Rows:
    """People within reach and the filters, with their roles of that day and later; `total` stands on every row."""
    known = {name: filters.get(name, "") for name in ("q", "role", "location", "who")}
    like = known["q"].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    bound = {**reach.scope, **known, "like": f"%{like}%", "day": day, "most": most, "skip": skip}
    return (await connection.execute(_LIST, bound)).all()


async def load_person(connection: AsyncConnection, reach: Reach, person_id: UUID) -> Row[Any] | None:
    """One person within reach."""
    return (await connection.execute(_PERSON, {**reach.scope, "id": person_id})).one_or_none()


async def roles_held(connection: AsyncConnection, reach: Reach, person_id: UUID) -> Rows:
    """Every role somebody holds, held or will hold within reach."""
    return (await connection.execute(_HELD, {**reach.scope, "id": person_id})).all()


async def load_role(connection: AsyncConnection, reach: Reach, person_id: UUID, role_id: UUID) -> Row[Any] | None:
    """One role of one person within reach."""
    bound = {**reach.scope, "id": role_id, "person": person_id}
    return (await connection.execute(_ROLE, bound)).one_or_none()


async def list_locations(connection: AsyncConnection, reach: Reach, day: date) -> Rows:
    """Locations within reach, with how many people hold a role there."""
    return (await connection.execute(_LOCATIONS, {**reach.scope, "day": day})).all()


async def load_location(connection: AsyncConnection, location_id: UUID) -> Row[Any] | None:
    return (await connection.execute(_LOCATION, {"id": location_id})).one_or_none()


async def named_alike(connection: AsyncConnection, name: str, besides: UUID) -> bool:
    """Whether another location has this name, in whatever case."""
    return (await connection.execute(_NAMED, {"name": name, "besides": besides})).first() is not None


async def change_location_row(
    connection: AsyncConnection, location_id: UUID, name: str, opens: time, closes: time
) -> None:
    await connection.execute(_CHANGE_LOCATION, {"id": location_id, "name": name, "opens": opens, "closes": closes})


async def insert_location(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(Location), values)


async def location_called(connection: AsyncConnection, name: str) -> UUID | None:
    """The location of exactly this name."""
    return (await connection.execute(_CALLED, {"name": name})).scalar_one_or_none()


async def is_here(connection: AsyncConnection, person_id: UUID) -> bool:
    """Whether there is such a person who has not left."""
    return (await connection.execute(_HERE, {"id": person_id})).first() is not None


async def lock_person(connection: AsyncConnection, person_id: UUID) -> Someone | None:
    """Take a person's row until the transaction ends."""
    row = (await connection.execute(_LOCK, {"id": person_id})).one_or_none()
    return None if row is None else Someone(**row._mapping)


async def person_with(connection: AsyncConnection, email: str) -> Someone | None:
    """Whoever has this address, leavers included."""
    row = (await connection.execute(_BY_EMAIL, {"email": email})).one_or_none()
    return None if row is None else Someone(**row._mapping)


async def insert_person(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(Person), values)


async def change_person_row(connection: AsyncConnection, person_id: UUID, name: str, email: str | None) -> None:
    await connection.execute(_CHANGE, {"id": person_id, "name": name, "email": email})


async def set_left(connection: AsyncConnection, person_id: UUID, now: datetime) -> None:
    await connection.execute(_LEFT, {"id": person_id, "now": now})


async def comes_back(connection: AsyncConnection, person_id: UUID) -> bool:
    """Let somebody who had left be here again; False where they never left."""
    return (await connection.execute(_BACK, {"id": person_id})).rowcount == 1


async def person_without_address(connection: AsyncConnection, name: str) -> UUID | None:
    """Somebody of exactly this name whom no mail reaches, leavers included."""
    return (await connection.execute(_UNREACHABLE, {"name": name})).scalar_one_or_none()


async def person_named(connection: AsyncConnection, name: str) -> UUID | None:
    """Somebody of this name who has not left."""
    return (await connection.execute(_NAMED_SO, {"name": name})).scalar_one_or_none()
