"""Keys of other systems: found by the hash of what was sent, and listed for those who give them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import ApiKey

_FIND = text(
    "SELECT id, name, token_hash, location_id, purposes, expires_at, revoked_at, last_used_at FROM api_key"
    " WHERE token_hash = :hash"
)
# Once a minute is often enough for a person to read, and spares a write with every request.
_USED = text(
    "UPDATE api_key SET last_used_at = :now WHERE id = :id"
    " AND (last_used_at IS NULL OR last_used_at < CAST(:now AS timestamptz) - interval '1 minute')"
)
_LIST = text(
    "SELECT k.id, k.name, k.location_id, l.name AS location, k.purposes, k.created_at, k.expires_at, k.revoked_at,"
    " k.last_used_at, p.name AS created_by FROM api_key k LEFT JOIN location l ON l.id = k.location_id"
    " LEFT JOIN person p ON p.id = k.created_by WHERE :all OR k.location_id = ANY(:locations)"
    " ORDER BY k.revoked_at IS NOT NULL, k.created_at DESC"
)
_LOCK = text("SELECT id, name, location_id, revoked_at FROM api_key WHERE id = :id FOR UPDATE")
_REVOKE = text("UPDATE api_key SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL")


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key as it is stored; whether it may still be used the caller decides."""

    id: UUID
    name: str
    token_hash: bytes
    location_id: UUID | None
    purposes: list[str]
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


async def insert_key(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """Keep a key; False where the same form gave one before."""
    once = insert(ApiKey).values(values).on_conflict_do_nothing(index_elements=["request_id"])
    return (await connection.execute(once)).rowcount == 1


async def find_key(connection: AsyncConnection, token_hash: bytes) -> KeyFacts | None:
    """The key with this hash."""
    row = (await connection.execute(_FIND, {"hash": token_hash})).one_or_none()
    return None if row is None else KeyFacts(**row._mapping)


async def note_use(connection: AsyncConnection, key_id: UUID, now: datetime) -> None:
    """Remember, to the minute, that a key was used."""
    await connection.execute(_USED, {"id": key_id, "now": now})


async def list_keys(connection: AsyncConnection, locations: list[UUID] | None) -> list[Row[Any]]:
    """Keys for these locations, or every key for None; those that work come first."""
    bound = {"all": locations is None, "locations": locations or []}
    return list((await connection.execute(_LIST, bound)).all())


async def lock_key(connection: AsyncConnection, key_id: UUID) -> Row[Any] | None:
    return (await connection.execute(_LOCK, {"id": key_id})).one_or_none()


async def revoke(connection: AsyncConnection, key_id: UUID, now: datetime) -> bool:
    """End a key; True where it had not been ended before."""
    return (await connection.execute(_REVOKE, {"id": key_id, "now": now})).rowcount == 1
