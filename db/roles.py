"""Rows of roles: who holds which, from when until when, and what of theirs is open."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.ids import new_id
from db.models import RoleAssignment
from db.people import roles_of
from domain.standing import Held, Roles
from domain.vocabulary import FINISHED, Role

_FINISHED = sorted(map(str, FINISHED))
# Two administrators who end each other's role at the same moment take turns here.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7011970)")
_LATER = text(
    "SELECT role, location_id FROM role_assignment WHERE person_id = :id AND (ends_on IS NULL OR ends_on >= :day)"
)
_ONE = text(
    "SELECT r.id, r.person_id, r.role, r.location_id, r.starts_on, r.ends_on, p.name, l.name AS location"
    " FROM role_assignment r JOIN person p ON p.id = r.person_id LEFT JOIN location l ON l.id = r.location_id"
    " WHERE r.id = :id FOR UPDATE OF r"
)
_SAME = text(
    "SELECT starts_on, ends_on FROM role_assignment WHERE person_id = :person_id AND role = :role"
    " AND location_id IS NOT DISTINCT FROM CAST(:location_id AS uuid)"
    " AND daterange(starts_on, ends_on, '[]') && daterange(:starts_on, CAST(:ends_on AS date), '[]')"
    " ORDER BY starts_on LIMIT 1"
)
# Roles that ended of themselves, with something still open that was asked by them.
_ENDED = text("""
SELECT r.id, r.person_id, r.role, r.location_id, r.starts_on, r.ends_on, p.name, l.name AS location
FROM role_assignment r JOIN person p ON p.id = r.person_id LEFT JOIN location l ON l.id = r.location_id
WHERE r.ends_on < :day AND r.ends_on >= CAST(:day AS date) - 31 AND EXISTS (
    SELECT 1 FROM step s WHERE s.status = 'open' AND s.role = r.role
      AND r.person_id IN (s.assignee_id, s.assigned_for_id))
ORDER BY r.id
""")
_END = text("UPDATE role_assignment SET ends_on = :last WHERE id = :id")
_CALL_OFF = text("DELETE FROM role_assignment WHERE id = :id")
_END_ALL = text("""
WITH never AS (DELETE FROM role_assignment WHERE person_id = :id AND starts_on >= :day)
UPDATE role_assignment SET ends_on = CAST(:day AS date) - 1
WHERE person_id = :id AND starts_on < :day AND (ends_on IS NULL OR ends_on >= :day)
""")
_ADMINISTRATORS = text(
    "SELECT count(DISTINCT p.id) FROM role_assignment r JOIN person p ON p.id = r.person_id"
    " WHERE r.role = 'administrator' AND r.location_id IS NULL AND p.left_at IS NULL AND p.id <> :besides"
    " AND r.starts_on <= :day AND r.ends_on IS NULL"
)
# An action that waits for nobody, at a location where somebody new may be asked.
_WAITING = text(
    "SELECT DISTINCT a.id FROM step s JOIN action a ON a.id = s.action_id"
    " WHERE s.status = 'open' AND s.assignee_id IS NULL AND a.status <> ALL(:finished)"
    " AND (CAST(:location_id AS uuid) IS NULL OR a.location_id = :location_id) ORDER BY a.id"
)


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """One role that somebody holds, held, or will hold."""

    id: UUID
    person_id: UUID
    role: str
    location_id: UUID | None
    starts_on: date
    ends_on: date | None
    name: str
    location: str | None

    @property
    def where(self) -> str:
        return self.location or "all locations"


async def held_today(connection: AsyncConnection, person_id: UUID, day: date) -> Roles:
    """What somebody may decide with today."""
    return tuple(Held(Role(role), place) for role, place in await roles_of(connection, person_id, day))


async def held_from(connection: AsyncConnection, person_id: UUID, day: date) -> Roles:
    """The roles of somebody that day or later."""
    found = await connection.execute(_LATER, {"id": person_id, "day": day})
    return tuple(Held(Role(row.role), row.location_id) for row in found)


async def take_turn(connection: AsyncConnection) -> None:
    """Change administrators one at a time, until this transaction ends."""
    await connection.execute(_ONE_AT_A_TIME)


async def other_administrators(connection: AsyncConnection, besides: UUID, day: date) -> int:
    """How many others are administrators for good."""
    return (await connection.execute(_ADMINISTRATORS, {"besides": besides, "day": day})).scalar_one()


async def insert_role(connection: AsyncConnection, values: dict[str, Any]) -> UUID | None:
    """Give a role; None where it is held already in those days: the constraint decides."""
    statement = insert(RoleAssignment).values(id=new_id(), **values).on_conflict_do_nothing()
    return (await connection.execute(statement.returning(RoleAssignment.id))).scalar_one_or_none()


async def held_then(connection: AsyncConnection, values: dict[str, Any]) -> tuple[date, date | None] | None:
    """The days in which the same role is held that meet the wanted ones."""
    row = (await connection.execute(_SAME, values)).one_or_none()
    return None if row is None else (row.starts_on, row.ends_on)


async def lock_role(connection: AsyncConnection, role_id: UUID) -> RoleFacts | None:
    row = (await connection.execute(_ONE, {"id": role_id})).one_or_none()
    return None if row is None else RoleFacts(**row._mapping)


async def set_last_day(connection: AsyncConnection, role: RoleFacts, last: date) -> None:
    """End a role with this day; one that would end before it begins is called off."""
    if last < role.starts_on:
        await connection.execute(_CALL_OFF, {"id": role.id})
    else:
        await connection.execute(_END, {"id": role.id, "last": last})


async def actions_waiting(connection: AsyncConnection, location_id: UUID | None) -> list[UUID]:
    """Open actions with a step that nobody has been asked for: at one location, or at all (None)."""
    found = await connection.execute(_WAITING, {"location_id": location_id, "finished": _FINISHED})
    return list(found.scalars())


async def end_all(connection: AsyncConnection, person_id: UUID, day: date) -> None:
    """End every role of somebody before this day; what would begin later is called off."""
    await connection.execute(_END_ALL, {"id": person_id, "day": day})


async def ended_with_steps(connection: AsyncConnection, day: date) -> list[RoleFacts]:
    """Roles that ended within the month before this day, whose holders still have steps of that role."""
    return [RoleFacts(**row._mapping) for row in await connection.execute(_ENDED, {"day": day})]
