"""Finding links by the hash of their token."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.reading import reading

_FIND = reading(
    "SELECT k.id, k.person_id, k.step_id, k.expires_at,"
    " coalesce(k.revoked_at < coalesce(s.settled_at, 'infinity'), false) AS was_replaced"
    " FROM link k JOIN step s ON s.id = k.step_id WHERE k.token_hash = :hash AND k.purpose = 'step'",
)

_INVITED = text(
    "SELECT p.email FROM link k JOIN person p ON p.id = k.person_id WHERE k.token_hash = :hash"
    " AND k.purpose = 'password' AND k.used_at IS NULL AND k.revoked_at IS NULL AND k.expires_at > :now"
)
_OPEN = text(
    "SELECT id, expires_at FROM link WHERE step_id = :step AND person_id = :person AND purpose = 'step'"
    " AND revoked_at IS NULL ORDER BY created_at DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link, and whether it was replaced, or its step given to somebody else, before the step was answered."""

    id: UUID
    person_id: UUID
    step_id: UUID
    expires_at: datetime
    was_replaced: bool


async def find_link(connection: AsyncConnection, token_hash: bytes) -> FoundLink | None:
    row = await _FIND.one_or_none(connection, {"hash": token_hash})
    return None if row is None else FoundLink(*row)


async def open_link(connection: AsyncConnection, step_id: UUID, person_id: UUID) -> tuple[UUID, datetime] | None:
    """The newest link to a step that somebody has, and until when it works; one that has ended offers a new one."""
    found = (await connection.execute(_OPEN, {"step": step_id, "person": person_id})).one_or_none()
    return None if found is None else (found.id, found.expires_at)


async def address_invited(connection: AsyncConnection, token_hash: bytes, now: datetime) -> str | None:
    """The address that somebody signs in with once they have chosen a password; None where the link does not work."""
    return (await connection.execute(_INVITED, {"hash": token_hash, "now": now})).scalar_one_or_none()
