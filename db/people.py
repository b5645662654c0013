"""Who holds which role where, who is away, and who covers."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.reading import reading
from db.session import PersonFacts, Transaction
from domain.assigning import Candidate, Cover
from domain.standing import BY_LINK
from domain.vocabulary import Role

# Whoever is away on a `day`; an absence that was called off counts no more.
AWAY = "ab.person_id = {who} AND :day BETWEEN ab.starts_on AND ab.ends_on AND ab.cancelled_at IS NULL"
_BY_LINK = ", ".join(f"'{role}'" for role in sorted(BY_LINK))
# Whoever has chosen a password, or holds a role whose holders do: they can always have a link for that.
SIGNS_IN = f"""(p.password_hash IS NOT NULL OR EXISTS (SELECT 1 FROM role_assignment k
       WHERE k.person_id = p.id AND k.role NOT IN ({_BY_LINK}) AND (k.ends_on IS NULL OR k.ends_on >= :day)))"""
# Whoever works at a location that day; and whoever was given no role at all, wherever that is: they may own an action,
# and do what is asked by link.
MAY_OWN_AT = """(EXISTS (
    SELECT 1 FROM role_assignment r WHERE r.person_id = p.id AND r.role NOT IN ('commissioner', 'inspector')
      AND {where}
      AND r.starts_on <= :day AND (r.ends_on IS NULL OR r.ends_on >= :day))
    OR NOT EXISTS (SELECT 1 FROM role_assignment n WHERE n.person_id = p.id))"""
MAY_OWN = MAY_OWN_AT.format(where="(r.location_id = :location OR r.location_id IS NULL)")
_CANDIDATE = f"""
SELECT p.id, p.name, p.email, {{holds_here}} AS holds_here, {SIGNS_IN} AS signs_in,
       EXISTS (SELECT 1 FROM absence ab WHERE {AWAY.format(who="p.id")}) AS is_away
FROM person p {{joins}} WHERE p.left_at IS NULL {{where}}
"""
_HOLDERS = reading(
    _CANDIDATE.format(
        holds_here="ra.location_id IS NOT NULL",
        joins="JOIN role_assignment ra ON ra.person_id = p.id",
        where="AND ra.role = :role AND (ra.location_id = :location_id OR ra.location_id IS NULL)"
        " AND ra.starts_on <= :day AND (ra.ends_on IS NULL OR ra.ends_on >= :day)"
        " ORDER BY holds_here DESC, ra.starts_on, p.id",
    ),
)
_PERSON = reading(_CANDIDATE.format(holds_here="true", joins="", where="AND p.id = :person_id"))
_CHOSEN = reading(_CANDIDATE.format(holds_here="true", joins="", where=f"AND p.id = :person_id AND {MAY_OWN}"))
MOST_COVERS = 5
# Cover by cover, as far as covers are away themselves.
_CHAIN = text(f"""
WITH RECURSIVE chain AS (
    SELECT ab.person_id AS for_id, ab.cover_id AS person_id, 1 AS place FROM absence ab
    WHERE {AWAY.format(who="ANY(:ids)")} AND ab.cover_id IS NOT NULL
    UNION ALL
    SELECT chain.for_id, ab.cover_id, chain.place + 1
    FROM chain JOIN absence ab ON {AWAY.format(who="chain.person_id")}
    WHERE ab.cover_id IS NOT NULL AND chain.place < {MOST_COVERS}
)
SELECT chain.for_id, p.id, p.name, p.email, p.left_at IS NOT NULL AS has_left,
       EXISTS (SELECT 1 FROM role_assignment ra WHERE ra.person_id = p.id AND ra.role <> ALL(:readers)
               AND (ra.location_id = :location_id OR ra.location_id IS NULL OR CAST(:location_id AS uuid) IS NULL)
               AND ra.starts_on <= :day AND (ra.ends_on IS NULL OR ra.ends_on >= :day)) AS works_here,
       EXISTS (SELECT 1 FROM absence ab WHERE {AWAY.format(who="p.id")}) AS is_away,
       p.email IS NOT NULL OR {SIGNS_IN} AS signs_in
FROM chain JOIN person p ON p.id = chain.person_id ORDER BY chain.for_id, chain.place
""")
_PEOPLE = text("SELECT id, name, email FROM person WHERE id = ANY(:ids)")
_WITH_PASSWORD = text("SELECT id FROM person WHERE id = ANY(:ids) AND password_hash IS NOT NULL")
_COVERS = text(
    "SELECT DISTINCT cover_id FROM absence"
    " WHERE person_id = ANY(:people) AND cover_id IS NOT NULL AND :day BETWEEN starts_on AND ends_on"
    " AND cancelled_at IS NULL"
)
_BY_ADDRESS = text("SELECT id FROM person WHERE email = :email AND left_at IS NULL")
_ROLES = text(
    "SELECT role, location_id FROM role_assignment WHERE person_id = :id"
    " AND starts_on <= :day AND (ends_on IS NULL OR ends_on >= :day)"
)


async def holders(tx: Transaction, role: str, location_id: UUID | None, day: date) -> list[Candidate]:
    """Everyone who holds the role at the location, or at all, on that day; those of the location first."""
    found = await _HOLDERS.all(tx.connection, {"role": role, "location_id": location_id, "day": day})
    return await _candidates(tx, found, location_id, day)


async def person_as_candidate(tx: Transaction, person_id: UUID, location_id: UUID | None, day: date) -> list[Candidate]:
    """One person, with who covers for them at that location; nobody where they have left."""
    if person_id in tx.at_work:
        return [Candidate(person_id, True, False, ())]
    found = await _PERSON.all(tx.connection, {"person_id": person_id, "day": day})
    return await _candidates(tx, found, location_id, day)


async def chosen_person(tx: Transaction, person_id: UUID, location_id: UUID | None, day: date) -> list[Candidate]:
    """The same for somebody named in a form: nobody where the lists of people to choose from do not have them."""
    bound = {"person_id": person_id, "location": location_id, "day": day}
    return await _candidates(tx, await _CHOSEN.all(tx.connection, bound), location_id, day)


async def _candidates(
    tx: Transaction, rows: Sequence[Row[Any]], location_id: UUID | None, day: date
) -> list[Candidate]:
    """Candidates; who they and their covers are is kept for the letters that follow."""
    tx.people |= {row.id: PersonFacts(row.id, row.name, row.email) for row in rows}
    away = {row.id for row in rows if row.is_away}
    covers = await _covers(tx, away, location_id, day) if away else {}
    return [Candidate(r.id, r.holds_here, r.is_away, tuple(covers.get(r.id, ())), r.signs_in) for r in rows]


async def _covers(tx: Transaction, away: set[UUID], location_id: UUID | None, day: date) -> dict[UUID, list[Cover]]:
    readers = [Role.COMMISSIONER.value, Role.INSPECTOR.value]
    bound = {"ids": list(away), "location_id": location_id, "day": day, "readers": readers}
    found: dict[UUID, list[Cover]] = {}
    for row in await tx.connection.execute(_CHAIN, bound):
        tx.people[row.id] = PersonFacts(row.id, row.name, row.email)
        cover = Cover(row.id, row.has_left, row.works_here, row.is_away, row.signs_in)
        found.setdefault(row.for_id, []).append(cover)
    return found


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


async def with_password(connection: AsyncConnection, ids: set[UUID]) -> set[UUID]:
    """Which of these people have chosen a password."""
    return set((await connection.execute(_WITH_PASSWORD, {"ids": list(ids)})).scalars()) if ids else set()


async def covers_of(connection: AsyncConnection, people: set[UUID], day: date) -> set[UUID]:
    """Everybody who covers for one of these people that day."""
    found = await connection.execute(_COVERS, {"people": list(people), "day": day})
    return set(found.scalars())


async def person_with_address(connection: AsyncConnection, email: str) -> UUID | None:
    """Who has this e-mail address; nobody who has left."""
    found = await connection.execute(_BY_ADDRESS, {"email": email.strip().lower()})
    return found.scalar_one_or_none()


async def roles_of(connection: AsyncConnection, person_id: UUID, day: date) -> list[tuple[str, UUID | None]]:
    """The roles a person holds that day, each with its location, or None for all locations."""
    found = await connection.execute(_ROLES, {"id": person_id, "day": day})
    return [(row.role, row.location_id) for row in found]
