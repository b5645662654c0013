"""What somebody has in hand: open steps and open actions of theirs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.vocabulary import FINISHED

_FINISHED = sorted(map(str, FINISHED))
_OPEN = (
    "FROM step s JOIN action a ON a.id = s.action_id"
    " WHERE s.status = 'open' AND a.status NOT IN ('cancelled', 'superseded')"
)
_OF_PERSON = text(
    f"SELECT s.id, s.action_id {_OPEN} AND :person IN (s.assignee_id, s.assigned_for_id) ORDER BY a.id, s.id"
)
# What somebody has by a role that they hold there no more; what was given to them by name stays theirs.
_BY_ROLE = text(f"""
SELECT s.id, s.action_id {_OPEN} AND :person IN (s.assignee_id, s.assigned_for_id)
AND :person = coalesce(s.assigned_for_id, s.assignee_id) AND s.role = :role
AND (CAST(:location_id AS uuid) IS NULL OR a.location_id = :location_id)
AND NOT EXISTS (SELECT 1 FROM role_assignment r WHERE r.person_id = :person AND r.role = s.role
                AND (r.location_id IS NULL OR r.location_id = a.location_id)
                AND r.starts_on <= :day AND (r.ends_on IS NULL OR r.ends_on >= :day))
ORDER BY a.id, s.id
""")
_OWN_STEPS = text(
    "SELECT s.id, s.action_id FROM step s WHERE s.action_id = :action AND s.status = 'open' AND s.role = 'owner'"
    " AND s.form <> 'acceptance'"
)
_OWNED = text("SELECT id FROM action WHERE owner_id = :person AND status <> ALL(:finished) ORDER BY id")
_RELEASE = text("""
WITH freed AS (
    UPDATE step SET assignee_id = NULL, assigned_for_id = NULL, given_at = :now
    WHERE id = ANY(:ids) AND status = 'open' AND assignee_id IS NOT NULL RETURNING id
), ended AS (
    UPDATE link SET revoked_at = :now WHERE step_id IN (SELECT id FROM freed) AND revoked_at IS NULL
)
SELECT f.id, s.key FROM freed f JOIN step s ON s.id = f.id
""")
_GIVE = text(
    "UPDATE step SET assignee_id = :person, assigned_for_id = :covered, given_at = :now"
    " WHERE id = :id AND status = 'open'"
)
_IDLE = text("""
SELECT s.id, s.title, s.role, a.ref, a.location_id, l.name AS location, l.opens, l.closes
FROM step s JOIN action a ON a.id = s.action_id JOIN location l ON l.id = a.location_id
WHERE s.id = ANY(:ids) AND s.status = 'open' AND s.assignee_id IS NULL AND s.role <> 'owner'
ORDER BY a.location_id, a.ref, s.id
""")
_SET_OWNER = text("UPDATE action SET owner_id = :owner, updated_at = :now WHERE id = :id")
_LIST = text("""
SELECT s.id, s.title, s.due_at, a.ref, a.title AS action_title, coalesce(l.name, 'no location yet') AS location
FROM step s JOIN action a ON a.id = s.action_id LEFT JOIN location l ON l.id = a.location_id
WHERE s.status = 'open' AND s.assignee_id = :person AND s.assigned_for_id IS NULL ORDER BY s.due_at, s.id LIMIT 500
""")


@dataclass(frozen=True, slots=True)
class InHand:
    """An open step, and its action."""

    id: UUID
    action_id: UUID


async def give_to(
    connection: AsyncConnection, step_id: UUID, person_id: UUID, covered_id: UUID | None, now: datetime
) -> None:
    """Give an open step to somebody, and say whom they cover for, if anybody."""
    await connection.execute(_GIVE, {"id": step_id, "person": person_id, "covered": covered_id, "now": now})


async def steps_of_person(connection: AsyncConnection, person_id: UUID) -> list[InHand]:
    """Every open step that somebody has, for themselves or through a cover."""
    return _all(await connection.execute(_OF_PERSON, {"person": person_id}))


async def steps_by_role(
    connection: AsyncConnection, person_id: UUID, role: str, location_id: UUID | None, day: date
) -> list[InHand]:
    """The open steps that somebody has by a role which they do not hold any more."""
    bound = {"person": person_id, "role": role, "location_id": location_id, "day": day}
    return _all(await connection.execute(_BY_ROLE, bound))


async def steps_of_owner(connection: AsyncConnection, action_id: UUID) -> list[InHand]:
    """What the owner of an action has to do now, the acceptance aside."""
    return _all(await connection.execute(_OWN_STEPS, {"action": action_id}))


async def owned_by(connection: AsyncConnection, person_id: UUID) -> list[UUID]:
    """The open actions that somebody owns."""
    return list((await connection.execute(_OWNED, {"person": person_id, "finished": _FINISHED})).scalars())


async def release_steps(connection: AsyncConnection, ids: list[UUID], now: datetime) -> list[Row[Any]]:
    """Take open steps from whoever has them, and end their links; (id, key) of those that were with somebody."""
    return list((await connection.execute(_RELEASE, {"ids": ids, "now": now})).all()) if ids else []


async def left_idle(connection: AsyncConnection, ids: list[UUID]) -> list[Row[Any]]:
    """Which of these steps wait for nobody now; not those that wait for an owner's yes."""
    return list((await connection.execute(_IDLE, {"ids": ids})).all()) if ids else []


async def set_owner(connection: AsyncConnection, action_id: UUID, owner_id: UUID | None, now: datetime) -> None:
    await connection.execute(_SET_OWNER, {"id": action_id, "owner": owner_id, "now": now})


async def open_steps_with(connection: AsyncConnection, person_id: UUID) -> list[Row[Any]]:
    """What somebody was asked for themselves and has not answered, soonest first."""
    return list((await connection.execute(_LIST, {"person": person_id})).all())


def _all(found: Any) -> list[InHand]:
    return [InHand(row.id, row.action_id) for row in found]
