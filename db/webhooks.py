"""Webhooks as those who set them up see them: where they lead, what is on its way, and what did not arrive."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Webhook

_STOPPED = "the webhook was stopped"
# What did not arrive was tried in vain; what waited when its webhook was stopped was dropped untried, or half tried.
_IN_VAIN, _DROPPED = f"d.status = 'dead' AND d.last_error <> '{_STOPPED}'", f"d.last_error = '{_STOPPED}'"
_LIST = text(f"""
SELECT w.id, w.url, w.location_id, l.name AS location, w.kinds, w.secret_version, w.rotated_at, w.created_at,
       w.stopped_at, w.stopped_because, w.failures_told_at, p.name AS created_by,
       count(d.id) FILTER (WHERE d.status IN ('queued', 'sending')) AS waiting,
       count(d.id) FILTER (WHERE {_IN_VAIN}) AS dead, count(d.id) FILTER (WHERE {_DROPPED}) AS dropped,
       count(d.id) FILTER (WHERE d.status = 'delivered') AS delivered, max(d.delivered_at) AS last_delivered_at,
       coalesce(max(d.died_at) > coalesce(max(d.delivered_at), '-infinity'), false) AS is_refused,
       (SELECT e.last_error FROM webhook_delivery e WHERE e.webhook_id = w.id AND e.status = 'queued'
        AND e.last_error IS NOT NULL ORDER BY e.seq LIMIT 1) AS last_error
FROM webhook w LEFT JOIN location l ON l.id = w.location_id LEFT JOIN person p ON p.id = w.created_by
LEFT JOIN webhook_delivery d ON d.webhook_id = w.id
WHERE :all OR w.location_id = ANY(:locations) GROUP BY w.id, l.name, p.name
ORDER BY w.stopped_at IS NOT NULL, w.created_at
""")
_DEAD = text("""
SELECT d.id, d.kind, d.facts->>'ref' AS ref, d.created_at, d.attempts, d.last_error, w.url, w.id AS webhook_id
FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
WHERE d.status = 'dead' AND w.stopped_at IS NULL AND (:all OR w.location_id = ANY(:locations))
ORDER BY d.seq DESC LIMIT 100
""")
_LOCK = text(
    "SELECT id, url, location_id, secret_version, rotated_at, stopped_at FROM webhook WHERE id = :id FOR UPDATE"
)
_LIVE = text("SELECT count(*) FROM webhook WHERE stopped_at IS NULL")
_ROTATE = text(
    "UPDATE webhook SET secret_version = secret_version + 1, rotated_at = :now"
    " WHERE id = :id AND secret_version = :seen AND stopped_at IS NULL"
)
_STOP = text("UPDATE webhook SET stopped_at = :now, stopped_because = :why WHERE id = :id AND stopped_at IS NULL")
_END = text(
    f"UPDATE webhook_delivery SET status = 'dead', claimed_until = NULL, last_error = '{_STOPPED}'"
    " WHERE webhook_id = :id AND status IN ('queued', 'sending')"
)
_OF_DELIVERY = text(
    "SELECT w.id, w.location_id, w.stopped_at, d.facts->>'ref' AS ref, d.action_id FROM webhook_delivery d"
    " JOIN webhook w ON w.id = d.webhook_id WHERE d.id = :id"
)
_QUEUE = (
    "WITH again AS (UPDATE webhook_delivery SET status = 'queued', attempts = 0, next_attempt_at = :now,"
    " died_at = NULL, give_up_at = CAST(:now AS timestamptz) + interval '3 days'"
    " WHERE status = 'dead' AND {which} RETURNING id)"
    " SELECT pg_notify('webhook', '') FROM again"
)
_AGAIN = text(_QUEUE.format(which="id = :id"))
_ALL_AGAIN = text(_QUEUE.format(which="webhook_id = :id"))
# Calls that were given up since somebody was told, once a day at most; a stop by us is news of its own.
_TO_TELL = text(f"""
SELECT w.id, w.url, w.location_id, l.name AS location, l.opens, l.closes, w.created_by, w.stopped_at, w.stopped_because,
       x.dead, x.last_error
FROM webhook w LEFT JOIN location l ON l.id = w.location_id
CROSS JOIN LATERAL (
    SELECT count(*) AS dead, max(d.died_at) AS newest, (array_agg(d.last_error ORDER BY d.seq DESC))[1] AS last_error
    FROM webhook_delivery d WHERE d.webhook_id = w.id AND {_IN_VAIN}
) x
WHERE (w.stopped_at IS NULL OR w.stopped_because <> '')
  AND (w.failures_told_at IS NULL OR w.failures_told_at <= :before)
  AND x.newest > coalesce(w.failures_told_at, '-infinity') ORDER BY w.id
FOR UPDATE OF w SKIP LOCKED
""")
_WERE_TOLD = text("UPDATE webhook SET failures_told_at = :now WHERE id = :id")


def _within(locations: list[UUID] | None) -> dict[str, Any]:
    return {"all": locations is None, "locations": locations or []}


async def list_webhooks(connection: AsyncConnection, locations: list[UUID] | None) -> list[Row[Any]]:
    """Webhooks of these locations, or every one for None; those that work come first."""
    return list((await connection.execute(_LIST, _within(locations))).all())


async def dead_deliveries(connection: AsyncConnection, locations: list[UUID] | None) -> list[Row[Any]]:
    """What did not arrive and is not tried any more, newest first."""
    return list((await connection.execute(_DEAD, _within(locations))).all())


async def lock_webhook(connection: AsyncConnection, webhook_id: UUID) -> Row[Any] | None:
    return (await connection.execute(_LOCK, {"id": webhook_id})).one_or_none()


async def insert_webhook(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """Keep a webhook; False where the same form added one before."""
    once = insert(Webhook).values(values).on_conflict_do_nothing(index_elements=["request_id"])
    return (await connection.execute(once)).rowcount == 1


async def live_webhooks(connection: AsyncConnection) -> int:
    return (await connection.execute(_LIVE)).scalar_one()


async def rotate(connection: AsyncConnection, webhook_id: UUID, seen: int, now: datetime) -> bool:
    """Take the next secret; False where another hand did so since `seen`."""
    return (await connection.execute(_ROTATE, {"id": webhook_id, "seen": seen, "now": now})).rowcount == 1


async def stop(connection: AsyncConnection, webhook_id: UUID, why: str, now: datetime) -> bool:
    """Tell it nothing more; what waits is dead. False where it had been stopped before."""
    if (await connection.execute(_STOP, {"id": webhook_id, "why": why, "now": now})).rowcount == 0:
        return False
    await connection.execute(_END, {"id": webhook_id})
    return True


async def webhook_of(connection: AsyncConnection, delivery_id: UUID) -> Row[Any] | None:
    return (await connection.execute(_OF_DELIVERY, {"id": delivery_id})).one_or_none()


async def queue_again(connection: AsyncConnection, delivery_id: UUID, now: datetime) -> bool:
    """Send a dead delivery again, under its own id; True where it was dead."""
    return (await connection.execute(_AGAIN, {"id": delivery_id, "now": now})).one_or_none() is not None


async def queue_all_again(connection: AsyncConnection, webhook_id: UUID, now: datetime) -> int:
    """Send every dead delivery of a webhook again; how many."""
    return len((await connection.execute(_ALL_AGAIN, {"id": webhook_id, "now": now})).all())


async def failing_webhooks(connection: AsyncConnection, before: datetime) -> list[Row[Any]]:
    """Webhooks with calls given up that nobody has been told of since `before`. Locked, so that one worker tells."""
    return list((await connection.execute(_TO_TELL, {"before": before})).all())


async def failures_told(connection: AsyncConnection, webhook_id: UUID, now: datetime) -> None:
    await connection.execute(_WERE_TOLD, {"id": webhook_id, "now": now})
