"""The outbox as delivery sees it: claim a few, keep the claim, settle each as soon as its fate is known.

A claim is a lease. One that ran out belongs to a worker that died, and its messages are sent again;
`attempts` tells two claims of one message apart, so that a late word of the first cannot undo the second.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.reading import reading

_CLAIMED = (
    *("id", "kind", "to_address", "to_name", "step_id", "link_id", "thread_id", "action_id", "context", "attempts"),
    *("priority", "created_at"),
)
# A claim need not wait for the disk: a crash of the database that forgets it leaves the message queued, and what is
# claimed was on the disk before, or nobody could have seen it.
_CLAIM = reading(
    f"""
UPDATE message SET status = 'sending', claimed_until = :until, attempts = attempts + 1
WHERE id IN (
    SELECT id FROM message
    WHERE ((status = 'queued' AND next_attempt_at <= :now) OR (status = 'sending' AND claimed_until < :now))
      AND id <> ALL(CAST(:taken AS uuid[]))
    ORDER BY priority, next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED
) AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'
RETURNING {", ".join(_CLAIMED)}
""",
)
_RENEW = text("UPDATE message SET claimed_until = :until WHERE id = ANY(CAST(:ids AS uuid[])) AND status = 'sending'")
# What the server accepted is sent, whoever has the claim by now.
_SENT = reading("""
UPDATE message SET status = 'sent', accepted_at = :now, claimed_until = NULL, last_error = NULL
WHERE id = ANY(CAST(:ids AS uuid[])) AND status <> 'sent'
""")
_LATER = text("""
UPDATE message SET status = 'queued', next_attempt_at = :again, claimed_until = NULL, last_error = :error
WHERE id = :id AND status = 'sending' AND attempts = :attempts
""")
_GIVE_BACK = text("""
UPDATE message SET status = 'queued', attempts = attempts - 1, claimed_until = NULL, last_error = :error
WHERE id = :id AND status = 'sending' AND attempts = :attempts
""")
_PUT_OFF = text("""
UPDATE message SET status = 'queued', attempts = attempts - 1, claimed_until = NULL, next_attempt_at = :again
WHERE id = :id AND status = 'sending' AND attempts = :attempts
""")
_DEAD = text("""
UPDATE message SET status = 'dead', claimed_until = NULL, last_error = :error
WHERE id = :id AND status = 'sending' AND attempts = :attempts
""")
_NEXT = reading(
    "SELECT min(CASE WHEN status = 'queued' THEN next_attempt_at ELSE claimed_until END) AS due FROM message"
    " WHERE status IN ('queued', 'sending')"
)


async def claim(
    connection: AsyncConnection, now: datetime, until: datetime, most: int, taken: Sequence[UUID] = ()
) -> Sequence[Row[Any]]:
    """Take up to `most` messages that are due, urgent ones first; others' claims are passed over.

    `taken` are those still in the caller's own hands, whatever the database remembers of their claim.
    """
    rows = await _CLAIM.all(connection, {"now": now, "until": until, "most": most, "taken": list(taken)})
    return sorted(rows, key=lambda row: (row.priority, row.created_at))


async def renew(connection: AsyncConnection, message_ids: Sequence[UUID], until: datetime) -> None:
    """Keep the claim on messages that are still being handed over."""
    await connection.execute(_RENEW, {"ids": list(message_ids), "until": until})


async def mark_sent(connection: AsyncConnection, message_ids: Sequence[UUID], now: datetime) -> None:
    """The server has them."""
    await _SENT.all(connection, {"ids": list(message_ids), "now": now})


async def try_later(connection: AsyncConnection, row: Any, again: datetime, error: str) -> None:
    """The server would not take it now."""
    await connection.execute(_LATER, {**_claim_of(row), "again": again, "error": error[:500]})


async def give_back(connection: AsyncConnection, row: Any, error: str) -> None:
    """The server could not be reached; that says nothing of this message, so it does not count as an attempt."""
    await connection.execute(_GIVE_BACK, {**_claim_of(row), "error": error[:500]})


async def put_off(connection: AsyncConnection, row: Any, again: datetime) -> None:
    """It comes at another hour; nobody has tried to send it."""
    await connection.execute(_PUT_OFF, {**_claim_of(row), "again": again})


async def mark_dead(connection: AsyncConnection, row: Any, error: str) -> bool:
    """It will not be sent; True when this call is what ended it."""
    return (await connection.execute(_DEAD, {**_claim_of(row), "error": error[:500]})).rowcount == 1


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When there is something to send again; None when the outbox is empty."""
    return (await _NEXT.one(connection, {})).due


def _claim_of(row: Any) -> dict[str, Any]:
    return {"id": row.id, "attempts": row.attempts}
