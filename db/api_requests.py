"""Idempotency keys: a request that was answered is answered the same again, and has no second effect."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.people import MAY_OWN

KEPT_FOR = timedelta(days=7)
_TAKE = text(
    "INSERT INTO api_request (key_id, idempotency_key, id, body_hash, created_at)"
    " VALUES (:key_id, :idempotency_key, :id, :body_hash, :now) ON CONFLICT DO NOTHING"
)
_KEPT = text("SELECT body_hash, answer FROM api_request WHERE key_id = :key_id AND idempotency_key = :idempotency_key")
_ANSWER = text("UPDATE api_request SET answer = :answer WHERE key_id = :key_id AND idempotency_key = :idempotency_key")
_FORGET = text("DELETE FROM api_request WHERE created_at < :before")

_LOCATION = text("SELECT 1 FROM location WHERE id = :id")
_CALLED = text("SELECT id FROM location WHERE name = :name")
_OWNER = text(f"SELECT p.id FROM person p WHERE p.email = lower(:email) AND p.left_at IS NULL AND {MAY_OWN}")
_FINDING = text("SELECT finding_id FROM action WHERE id = :id")


class OtherBody(Exception):
    """The same idempotency key came with another body before."""


async def take(
    connection: AsyncConnection, key_id: UUID, idempotency_key: str, request_id: UUID, body_hash: bytes, now: datetime
) -> str | None:
    """Take an idempotency key for this transaction: None, or the answer that was given under it before.

    A second request under the same key waits here until the first has committed or rolled back.
    Raises OtherBody.
    """
    bound = {"key_id": key_id, "idempotency_key": idempotency_key}
    taken = await connection.execute(_TAKE, {**bound, "id": request_id, "body_hash": body_hash, "now": now})
    if taken.rowcount == 1:
        return None
    kept = (await connection.execute(_KEPT, bound)).one()
    if bytes(kept.body_hash) != body_hash:
        raise OtherBody
    return kept.answer


async def keep_answer(connection: AsyncConnection, key_id: UUID, idempotency_key: str, answer: str) -> None:
    """Keep what is answered, in the transaction whose effect it reports."""
    await connection.execute(_ANSWER, {"key_id": key_id, "idempotency_key": idempotency_key, "answer": answer})


async def forget_old(connection: AsyncConnection, now: datetime) -> int:
    """Forget requests that nobody sends again any more; how many."""
    return (await connection.execute(_FORGET, {"before": now - KEPT_FOR})).rowcount


async def is_location(connection: AsyncConnection, location_id: UUID) -> bool:
    return (await connection.execute(_LOCATION, {"id": location_id})).scalar_one_or_none() is not None


async def owner_there(connection: AsyncConnection, email: str, location_id: UUID, day: date) -> UUID | None:
    """Somebody with this address who may own an action at the location that day, as the pages have it."""
    bound = {"email": email, "location": location_id, "day": day}
    return (await connection.execute(_OWNER, bound)).scalar_one_or_none()


async def finding_of(connection: AsyncConnection, action_id: UUID) -> UUID:
    return (await connection.execute(_FINDING, {"id": action_id})).scalar_one()


async def location_called(connection: AsyncConnection, name: str) -> UUID | None:
    return (await connection.execute(_CALLED, {"name": name.strip()})).scalar_one_or_none()
