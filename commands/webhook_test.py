"""A test call: signed like the real ones and made at once, while somebody looks, so that they see what the other side
answers before anything depends on it.

It waits in no queue, is tried once, and counts for nothing.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.connecting import check_may_connect
from commands.office import Office
from db.ids import new_id
from db.session import Transaction, transaction
from db.trail import Entry
from db.webhooks import lock_webhook
from domain.actors import Actor
from domain.connecting import NOT_REACHED, takes_calls, what_it_means
from domain.errors import AlreadySettled, NotFound
from notifications.webhook_post import NotReached, post
from notifications.webhook_signing import headers_for, test_body


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a test call goes, with what signs it. `id` is that of the call."""

    id: UUID
    webhook_id: UUID
    url: str
    location_id: UUID | None
    secret_version: int
    rotated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of a test call, in words."""

    url: str
    took_it: bool
    words: str


async def send_test_call(
    office: Office, actor: Actor, webhook_id: UUID, now: datetime, *, allow_private: bool = False
) -> Tested:
    """Make one signed call and say what it was answered. Raises NotFound, NotAllowed, and AlreadySettled if stopped.

    The trail says that it is made before it is: a process that dies while it waits for the answer has called all the
    same. What was answered is an entry of its own, under the same key of the call.
    """
    async with transaction(office.engine, actor, now) as tx:
        receiver = await _receiver(tx, office, webhook_id)
        tx.record(_entry("webhook test call", receiver))
    body = test_body(webhook_id, now)
    headers, began = headers_for(office.secret_key, receiver, body, now), time.monotonic()
    try:
        status = await post(receiver.url, headers, body, allow_private=allow_private)
        took_it, said = (
            takes_calls(status),
            f"Answered {status} after {max(0.1, time.monotonic() - began):.1f} seconds.",
        )
        words = f"{said} {what_it_means(status)}"
    except NotReached as why:
        took_it, said = False, f"Not reached: {why}."
        words = f"{said} {NOT_REACHED}"
    async with transaction(office.engine, actor, now) as tx:
        tx.record(_entry("webhook tested", receiver, answer=said))
    return Tested(receiver.url, took_it, words)


def _entry(what: str, receiver: Receiver, **words: str) -> Entry:
    words = {"call": str(receiver.id), **words}
    return Entry(what, "webhook", receiver.webhook_id, None, receiver.location_id, words)


async def _receiver(tx: Transaction, office: Office, webhook_id: UUID) -> Receiver:
    found = await lock_webhook(tx.connection, webhook_id)
    if found is None:
        raise NotFound("There is no such webhook.")
    await check_may_connect(tx, office, found.location_id)
    if found.stopped_at is not None:
        raise AlreadySettled("This webhook was stopped, so nothing is sent to it. Add it again to send to it.")
    return Receiver(new_id(), found.id, found.url, found.location_id, found.secret_version, found.rotated_at)
