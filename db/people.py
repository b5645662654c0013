"""Who holds which role where, who is away, and who covers."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.session import PersonFacts, Transaction
from domain.assigning import Candidate

_CANDIDATE = """
SELECT p.id, p.name, p.email, {holds_here} AS holds_here, ab.person_id IS NOT NULL AS is_away, ab.cover_id,
       c.name AS cover_name, c.email AS cover_email
FROM person p {joins}
LEFT JOIN LATERAL (
    SELECT person_id, cover_id FROM absence
    WHERE person_id = p.id AND :day BETWEEN starts_on AND ends_on ORDER BY created_at DESC LIMIT 1
) ab ON true
LEFT JOIN person c ON c.id = ab.cover_id
WHERE p.left_at IS NULL {where}
"""
_HOLDERS = text(
    _CANDIDATE.format(
        holds_here="ra.location_id IS NOT NULL",
        joins="JOIN role_assignment ra ON ra.person_id = p.id",
        where="AND ra.role = :role AND (ra.location_id = :location_id OR ra.location_id IS NULL)"
        " AND ra.starts_on <= :day AND (ra.ends_on IS NULL OR ra.ends_on >= :day)"
        " ORDER BY holds_here DESC, ra.starts_on, p.id",
    )
)
_PERSON = text(_CANDIDATE.format(holds_here="true", joins="", where="AND p.id = :person_id"))
_PEOPLE = text("SELECT id, name, email FROM person WHERE id = ANY(:ids)")
_COVERS = text(
    "SELECT DISTINCT cover_id FROM absence"
    " WHERE person_id = ANY(:people) AND cover_id IS NOT NULL AND :day BETWEEN starts_on AND ends_on"
)
_ROLES = text(
    "SELECT role, location_id FROM role_assignment WHERE person_id = :id"
    " AND starts_on <= :day AND (ends_on IS NULL OR ends_on >= :day)"
)


async def holders(tx: Transaction, role: str, location_id: UUID | None, day: date) -> list[Candidate]:
    """Everyone who holds the role at the location, or at all, on that day; those of the location first."""
    found = await tx.connection.execute(_HOLDERS, {"role": role, "location_id": location_id, "day": day})
    return [_candidate(tx, row) for row in found]


async def person_as_candidate(tx: Transaction, person_id: UUID, day: date) -> list[Candidate]:
    """One person, with their cover; nobody where they have left."""
    found = await tx.connection.execute(_PERSON, {"person_id": person_id, "day": day})
    return [_candidate(tx, row) for row in found]


def _candidate(tx: Transaction, row: Row[Any]) -> Candidate:
    """A candidate; who they and their cover are is kept for the letters that follow."""
    tx.people[row.id] = PersonFacts(row.id, row.name, row.email)
    if row.cover_id is not None:
        tx.people[row.cover_id] = PersonFacts(row.cover_id, row.cover_name, row.cover_email)
    return Candidate(row.id, row.holds_here, row.is_away, row.cover_id)


async def people_of(tx: Transaction, ids: set[UUID]) -> dict[UUID, PersonFacts]:
    """Names and addresses by key; only those not met in this transaction are read."""
    tx.people |= await load_people(tx.connection, ids - tx.people.keys())
    return {key: tx.people[key] for key in ids if key in tx.people}


async def load_people(connection: AsyncConnection, ids: set[UUID]) -> dict[UUID, PersonFacts]:
    """Names and addresses by key."""
    if not ids:
        return {}
    found = await connection.execute(_PEOPLE, {"ids": list(ids)})
    return {row.id: PersonFacts(row.id, row.name, row.email) for row in found}


async def covers_of(connection: AsyncConnection, people: set[UUID], day: date) -> set[UUID]:
    """Everybody who covers for one of these people that day."""
    found = await connection.execute(_COVERS, {"people": list(people), "day": day})
    return set(found.scalars())


async def roles_of(connection: AsyncConnection, person_id: UUID, day: date) -> list[tuple[str, UUID | None]]:
    """The roles a person holds that day, each with its location, or None for all locations."""
    found = await connection.execute(_ROLES, {"id": person_id, "day": day})
    return [(row.role, row.location_id) for row in found]
