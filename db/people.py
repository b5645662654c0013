"""Who holds which role where, who is away, and who covers."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.assigning import Candidate

_CANDIDATE = """
SELECT p.id, {holds_here} AS holds_here, ab.person_id IS NOT NULL AS is_away, ab.cover_id
FROM person p {joins}
LEFT JOIN LATERAL (
    SELECT person_id, cover_id FROM absence
    WHERE person_id = p.id AND :day BETWEEN starts_on AND ends_on ORDER BY created_at DESC LIMIT 1
) ab ON true
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
_ROLES = text(
    "SELECT role, location_id FROM role_assignment WHERE person_id = :id"
    " AND starts_on <= :day AND (ends_on IS NULL OR ends_on >= :day)"
)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """Whom to tell, and where."""

    id: UUID
    name: str
    email: str | None


async def holders(connection: AsyncConnection, role: str, location_id: UUID | None, day: date) -> list[Candidate]:
    """Everyone who holds the role at the location, or at all, on that day; those of the location first."""
    found = await connection.execute(_HOLDERS, {"role": role, "location_id": location_id, "day": day})
    return [Candidate(row.id, row.holds_here, row.is_away, row.cover_id) for row in found]


async def person_as_candidate(connection: AsyncConnection, person_id: UUID, day: date) -> list[Candidate]:
    """One person, with their cover; nobody where they have left."""
    found = await connection.execute(_PERSON, {"person_id": person_id, "day": day})
    return [Candidate(row.id, True, row.is_away, row.cover_id) for row in found]


async def load_people(connection: AsyncConnection, ids: set[UUID]) -> dict[UUID, PersonFacts]:
    """Names and addresses by key."""
    if not ids:
        return {}
    found = await connection.execute(_PEOPLE, {"ids": list(ids)})
    return {row.id: PersonFacts(row.id, row.name, row.email) for row in found}


async def roles_of(connection: AsyncConnection, person_id: UUID, day: date) -> list[tuple[str, UUID | None]]:
    """The roles a person holds that day, each with its location, or None for all locations."""
    found = await connection.execute(_ROLES, {"id": person_id, "day": day})
    return [(row.role, row.location_id) for row in found]
