"""Everything that a list of people is compared with, read once."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.roster import Period

_PEOPLE = text("SELECT id, name, email FROM person WHERE left_at IS NULL")
_LOCATIONS = text("SELECT id, name FROM location")
_ROLES = text(
    "SELECT r.person_id, r.role, r.location_id, r.starts_on, r.ends_on FROM role_assignment r"
    " WHERE r.ends_on IS NULL OR r.ends_on >= :day"
)
_ONE_AT_A_TIME = text("LOCK TABLE location, person IN SHARE ROW EXCLUSIVE MODE")
_EXPORT = text("""
SELECT p.name, p.email, r.role, coalesce(l.name, 'all locations') AS location, r.starts_on, r.ends_on
FROM person p LEFT JOIN role_assignment r ON r.person_id = p.id AND (r.ends_on IS NULL OR r.ends_on >= :day)
     AND (:everywhere OR r.location_id = ANY(:places) OR r.location_id IS NULL)
LEFT JOIN location l ON l.id = r.location_id
WHERE p.left_at IS NULL AND (:everywhere OR r.id IS NOT NULL) ORDER BY p.name, p.id, r.starts_on, r.role, l.name
""")

Held = dict[tuple[UUID, str, UUID | None], list[Period]]


@dataclass(slots=True)
class OnRecord:
    """People by address and by name, locations by name, and who holds what when."""

    addresses: dict[str, tuple[UUID, str]] = field(default_factory=dict[str, tuple[UUID, str]])
    names: dict[str, list[UUID]] = field(default_factory=dict[str, list[UUID]])
    locations: dict[str, UUID] = field(default_factory=dict[str, UUID])
    held: Held = field(default_factory=Held)


async def load_on_record(connection: AsyncConnection, day: date) -> OnRecord:
    """Who is here, and which roles they hold that day and later."""
    found = OnRecord(locations={row.name: row.id for row in await connection.execute(_LOCATIONS)})
    for row in await connection.execute(_PEOPLE):
        found.names.setdefault(row.name.casefold(), []).append(row.id)
        if row.email:
            found.addresses[row.email] = (row.id, row.name)
    for row in await connection.execute(_ROLES, {"day": day}):
        key = (row.person_id, row.role, row.location_id)
        found.held.setdefault(key, []).append(Period(row.starts_on, row.ends_on))
    return found


async def one_list_at_a_time(connection: AsyncConnection) -> None:
    """Two imports of one list at the same moment take turns, until this transaction ends."""
    await connection.execute(_ONE_AT_A_TIME)


async def people_with_roles(connection: AsyncConnection, scope: dict[str, object], day: date) -> list[tuple[str, ...]]:
    """One row for each role of each person within reach: name, e-mail, role, location, from, to."""
    found = await connection.execute(_EXPORT, {**scope, "day": day})
    return [
        (
            row.name,
            row.email or "",
            row.role or "",
            row.location if row.role else "",
            row.starts_on.isoformat() if row.starts_on else "",
            row.ends_on.isoformat() if row.ends_on else "",
        )
        for row in found
    ]
