"""The webhooks' outbox as delivery sees it: claim what is due, a few for each receiver, and settle each by its fate.

Of what is told about one action, only the earliest that is open can be claimed, so a receiver hears
of it in order. A claim is a lease, as for mail; `attempts` tells two claims of one delivery apart.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

KEPT_FOR = timedelta(days=30)
_IS_FIRST = """NOT EXISTS (SELECT 1 FROM webhook_delivery e WHERE e.webhook_id = d.webhook_id
    AND e.action_id = d.action_id AND e.seq < d.seq AND e.status IN ('queued', 'sending'))"""
_CLAIM = text(f"""
WITH due AS (
    SELECT x.id FROM webhook w
    LEFT JOIN unnest(CAST(:busy AS uuid[]), CAST(:taken AS integer[])) AS f(id, taken) ON f.id = w.id
    CROSS JOIN LATERAL (
        SELECT d.id FROM webhook_delivery d WHERE d.webhook_id = w.id AND {_IS_FIRST}
        AND ((d.status = 'queued' AND d.next_attempt_at <= :now) OR (d.status = 'sending' AND d.claimed_until < :now))
        ORDER BY d.next_attempt_at, d.seq LIMIT greatest(:each - coalesce(f.taken, 0), 0) FOR UPDATE OF d SKIP LOCKED
    ) x
    WHERE w.stopped_at IS NULL
)
UPDATE webhook_delivery d SET status = 'sending', claimed_until = :until, attempts = d.attempts + 1
FROM due, webhook w WHERE d.id = due.id AND w.id = d.webhook_id
RETURNING d.id, d.seq, d.webhook_id, d.kind, d.facts, d.attempts, d.give_up_at, w.url, w.secret_version, w.rotated_at
""")
_NEXT = text(f"""
SELECT min(CASE WHEN d.status = 'queued' THEN d.next_attempt_at ELSE d.claimed_until END)
FROM webhook_delivery d WHERE d.status IN ('queued', 'sending') AND d.webhook_id <> ALL(CAST(:full AS uuid[]))
AND {_IS_FIRST}
""")
_DELIVERED = text(
    "UPDATE webhook_delivery SET status = 'delivered', delivered_at = :now, claimed_until = NULL, last_error = NULL"
    " WHERE id = :id AND status <> 'delivered'"
)
_LATER = text(
    "UPDATE webhook_delivery SET status = 'queued', next_attempt_at = :again, claimed_until = NULL, last_error = :error"
    " WHERE id = :id AND status = 'sending' AND attempts = :attempts"
)
_DEAD = text(
    "UPDATE webhook_delivery SET status = 'dead', died_at = clock_timestamp(), claimed_until = NULL,"
    " last_error = :error"
    " WHERE id = :id AND status = 'sending' AND attempts = :attempts"
)
_FORGET = text("DELETE FROM webhook_delivery WHERE status = 'delivered' AND delivered_at < :before")


async def claim(
    connection: AsyncConnection, now: datetime, until: datetime, each: int, in_flight: Mapping[UUID, int]
) -> Sequence[Row[Any]]:
    """Take what is due, up to `each` for one receiver with what is in flight to it already."""
    bound = {"now": now, "until": until, "each": each, "busy": list(in_flight), "taken": list(in_flight.values())}
    rows = (await connection.execute(_CLAIM, bound)).all()
    return sorted(rows, key=lambda row: row.seq)


async def next_due(connection: AsyncConnection, full: Sequence[UUID]) -> datetime | None:
    """When something can be sent to a receiver that has room; None when there is nothing."""
    return (await connection.execute(_NEXT, {"full": list(full)})).scalar_one()


async def mark_delivered(connection: AsyncConnection, delivery_id: UUID, now: datetime) -> None:
    """The receiver has it, whoever has the claim by now."""
    await connection.execute(_DELIVERED, {"id": delivery_id, "now": now})


async def try_later(connection: AsyncConnection, row: Any, again: datetime, error: str) -> None:
    bound = {"id": row.id, "attempts": row.attempts, "again": again, "error": error[:300]}
    await connection.execute(_LATER, bound)


async def mark_dead(connection: AsyncConnection, row: Any, error: str) -> bool:
    """It is not tried any more; True when this call is what ended it."""
    bound = {"id": row.id, "attempts": row.attempts, "error": error[:300]}
    return (await connection.execute(_DEAD, bound)).rowcount == 1


async def forget_delivered(connection: AsyncConnection, now: datetime) -> int:
    """Forget what arrived a month ago; how many."""
    return (await connection.execute(_FORGET, {"before": now - KEPT_FOR})).rowcount
