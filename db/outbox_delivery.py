"""The outbox as delivery sees it: claim a few, settle each as soon as its fate is known."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

# A claim that ran out belongs to a worker that died: its messages are sent again.
_CLAIM = text("""
UPDATE message SET status = 'sending', claimed_until = :until, attempts = attempts + 1
WHERE id IN (
    SELECT id FROM message
    WHERE (status = 'queued' AND next_attempt_at <= :now) OR (status = 'sending' AND claimed_until < :now)
    ORDER BY priority, next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED
)
RETURNING id, kind, to_address, to_name, step_id, link_id, thread_id, action_id, context, attempts, created_at
""")
_SENT = text(
    "UPDATE message SET status = 'sent', accepted_at = :now, claimed_until = NULL, last_error = NULL WHERE id = :id"
)
_LATER = text(
    "UPDATE message SET status = 'queued', next_attempt_at = :again, claimed_until = NULL, last_error = :error"
    " WHERE id = :id"
)
_DEAD = text("UPDATE message SET status = 'dead', claimed_until = NULL, last_error = :error WHERE id = :id")
_NEXT = text(
    "SELECT min(CASE WHEN status = 'queued' THEN next_attempt_at ELSE claimed_until END) FROM message"
    " WHERE status IN ('queued', 'sending')"
)


async def claim(connection: AsyncConnection, now: datetime, until: datetime, most: int) -> Sequence[Row[Any]]:
    """Take up to `most` messages that are due, urgent ones first; others' claims are passed over."""
    return (await connection.execute(_CLAIM, {"now": now, "until": until, "most": most})).all()


async def mark_sent(connection: AsyncConnection, message_id: UUID, now: datetime) -> None:
    await connection.execute(_SENT, {"id": message_id, "now": now})


async def try_later(connection: AsyncConnection, message_id: UUID, again: datetime, error: str) -> None:
    await connection.execute(_LATER, {"id": message_id, "again": again, "error": error[:500]})


async def mark_dead(connection: AsyncConnection, message_id: UUID, error: str) -> None:
    await connection.execute(_DEAD, {"id": message_id, "error": error[:500]})


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When there is something to send again; None when the outbox is empty."""
    return (await connection.execute(_NEXT)).scalar_one()
