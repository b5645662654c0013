"""Weekly reviews and their rungs that wait for somebody who is away."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.covering import Asked

_WAITING = """
SELECT g.id, g.review_id, g.rung, g.role, g.asked_id, g.asked_for_id FROM review_rung g
WHERE g.must_answer AND g.answered_at IS NULL
"""
_OF_PERSON = text(f"{_WAITING} AND g.asked_id = :person ORDER BY g.review_id, g.rung")
_ONE = text(f"{_WAITING} AND g.id = :id")
_ASTRAY = text(f"""
{_WAITING} AND (g.asked_id IS NULL
    OR EXISTS (SELECT 1 FROM person p WHERE p.id = g.asked_id AND p.left_at IS NOT NULL)
    OR EXISTS (SELECT 1 FROM absence ab WHERE ab.person_id = g.asked_id AND ab.cancelled_at IS NULL
               AND :day BETWEEN ab.starts_on AND ab.ends_on
               AND (ab.cover_id IS NOT NULL OR g.asked_for_id IS NOT NULL)))
ORDER BY g.fired_at, g.id LIMIT 2000
""")
_GIVE = text("""
UPDATE review_rung SET asked_id = :to, asked_for_id = :for
WHERE id = :id AND answered_at IS NULL AND asked_id IS NOT DISTINCT FROM :was
""")
_OPEN = text(
    "SELECT id FROM review WHERE status = 'open' AND assignee_id = :person AND assigned_for_id IS NULL ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class WaitingRung:
    """A rung of a review's ladder that waits for an answer."""

    id: UUID
    review_id: UUID
    rung: int
    role: str
    asked: Asked


async def rungs_waiting_for(connection: AsyncConnection, person_id: UUID) -> list[WaitingRung]:
    return [_waiting(row) for row in await connection.execute(_OF_PERSON, {"person": person_id})]


async def rungs_astray(connection: AsyncConnection, day: date) -> list[WaitingRung]:
    """What waits for somebody who is away that day, who has left, or for nobody; oldest first."""
    return [_waiting(row) for row in await connection.execute(_ASTRAY, {"day": day})]


async def load_waiting_rung(connection: AsyncConnection, rung_id: UUID) -> WaitingRung | None:
    row = (await connection.execute(_ONE, {"id": rung_id})).one_or_none()
    return None if row is None else _waiting(row)


async def give_rung(connection: AsyncConnection, rung: WaitingRung, person_id: UUID, covered_id: UUID | None) -> bool:
    """Let somebody else answer; False where it was answered, or given to another, meanwhile."""
    values = {"id": rung.id, "to": person_id, "for": covered_id, "was": rung.asked.person_id}
    return (await connection.execute(_GIVE, values)).rowcount == 1


async def open_reviews_of(connection: AsyncConnection, person_id: UUID) -> list[UUID]:
    """The open reviews that somebody does themselves."""
    return list((await connection.execute(_OPEN, {"person": person_id})).scalars())


def _waiting(row: Row[Any]) -> WaitingRung:
    return WaitingRung(row.id, row.review_id, row.rung, row.role, Asked(row.asked_id, row.asked_for_id))
