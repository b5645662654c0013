"""Whom people can ask: those who answer for a location, the nearest first."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.vocabulary import Role

ASKED_FIRST = (Role.REGISTERED_MANAGER, Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL, Role.ADMINISTRATOR)
_ROLES = ", ".join(f"'{role}'" for role in ASKED_FIRST)
# Of whatever is at `a.location_id`; with no location yet, those of all locations.
MANAGERS = f"""(SELECT jsonb_agg(jsonb_build_array(p.id, p.name, p.email, ra.role, ra.starts_on, ra.ends_on)
               ORDER BY array_position(ARRAY[{_ROLES}], ra.role::text), ra.location_id IS NULL, ra.starts_on, p.id)
        FROM role_assignment ra JOIN person p ON p.id = ra.person_id
        WHERE ra.role IN ({_ROLES}) AND p.left_at IS NULL AND p.email IS NOT NULL
          AND (ra.location_id = a.location_id OR ra.location_id IS NULL))"""
_OF_LOCATION = text(f"SELECT {MANAGERS} FROM (SELECT CAST(:location_id AS uuid) AS location_id) a")
_OF_PERSON = text(f"""
SELECT {MANAGERS} FROM (SELECT (
    SELECT w.location_id FROM role_assignment w
    WHERE w.person_id = :person_id AND w.starts_on <= :day AND (w.ends_on IS NULL OR w.ends_on >= :day)
    ORDER BY w.location_id IS NULL, w.starts_on, w.location_id LIMIT 1
) AS location_id) a
""")


def whom_to_ask(managers: Iterable[Any] | None, reader_id: UUID, day: date) -> str | None:
    """Whom a reader can ask: the nearest who holds a manager's role that day, and never themselves."""
    for person_id, name, email, role, starts_on, ends_on in managers or ():
        holds = starts_on <= day.isoformat() and (ends_on is None or ends_on >= day.isoformat())
        if holds and person_id != str(reader_id):
            return f"{name}, {role}, {email}."
    return None


async def managers_at(connection: AsyncConnection, location_id: UUID | None) -> list[Any]:
    """Who answers for a location, as `whom_to_ask` reads them."""
    return (await connection.execute(_OF_LOCATION, {"location_id": location_id})).scalar_one() or []


async def managers_of(connection: AsyncConnection, person_id: UUID, day: date) -> list[Any]:
    """Who answers for where a person works that day."""
    bound = {"person_id": person_id, "day": day}
    return (await connection.execute(_OF_PERSON, bound)).scalar_one() or []
