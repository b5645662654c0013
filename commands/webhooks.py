"""Webhooks: set up, given a new secret, stopped; and what did not arrive, sent again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Row

from commands.connecting import check_may_connect
from commands.office import Office
from db.ids import new_id
from db.session import Transaction, transaction
from db.trail import Entry
from db.webhooks import (
    insert_webhook,
    live_webhooks,
    lock_webhook,
    queue_again,
    queue_all_again,
    rotate,
    stop,
    webhook_of,
)
from domain.actors import Actor
from domain.connecting import EventKind, address_refused
from domain.errors import AlreadySettled, Invalid, NotFound
from notifications.webhook_signing import secret_of, shown

MOST = 50


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A webhook and its secret. None where the same form came again: it was shown then."""

    id: UUID
    secret: str | None


async def add_webhook(
    office: Office,
    actor: Actor,
    request_id: UUID,
    url: str,
    kinds: frozenset[EventKind],
    location_id: UUID | None,
    now: datetime,
    own_ports: frozenset[int] = frozenset(),
) -> NewSecret:
    """Tell a receiver of changes from now on. The same form twice is one webhook. Raises Invalid and NotAllowed."""
    check_webhook(url.strip(), kinds, own_ports)
    webhook_id = new_id()
    values = {
        "id": webhook_id,
        "request_id": request_id,
        "url": url.strip(),
        "location_id": location_id,
        "kinds": sorted(kinds),
        "secret_version": 1,
        "created_by": actor.person_id,
        "created_at": now,
    }
    async with transaction(office.engine, actor, now, request_id) as tx:
        await check_may_connect(tx, office, location_id)
        if not await insert_webhook(tx.connection, values):
            return NewSecret(webhook_id, None)
        if await live_webhooks(tx.connection) > MOST:
            raise Invalid({"url": f"There are {MOST} webhooks already. Stop one that nobody needs."})
        words = {"host": urlsplit(url).hostname, "kinds": sorted(kinds)}
        tx.record(Entry("webhook added", "webhook", webhook_id, None, location_id, words))
    return NewSecret(webhook_id, shown(secret_of(office.secret_key, webhook_id, 1)))


async def change_secret(office: Office, actor: Actor, webhook_id: UUID, seen: int, now: datetime) -> NewSecret:
    """Take a new secret; `seen` is the version that it replaces. Calls are signed with both for a day."""
    async with transaction(office.engine, actor, now) as tx:
        location_id = await _administered(tx, office, webhook_id)
        if not await rotate(tx.connection, webhook_id, seen, now):
            raise AlreadySettled("This secret has been changed already, or the webhook was stopped.")
        words = {"version": seen + 1}
        tx.record(Entry("webhook secret changed", "webhook", webhook_id, None, location_id, words))
    return NewSecret(webhook_id, shown(secret_of(office.secret_key, webhook_id, seen + 1)))


async def stop_webhook(office: Office, actor: Actor, webhook_id: UUID, now: datetime) -> None:
    """Tell it nothing more. Stopping it twice changes nothing more."""
    async with transaction(office.engine, actor, now) as tx:
        location_id = await _administered(tx, office, webhook_id)
        if await stop(tx.connection, webhook_id, "", now):
            tx.record(Entry("webhook stopped", "webhook", webhook_id, None, location_id))


async def send_again(office: Office, actor: Actor, delivery_id: UUID, now: datetime) -> None:
    """Send what did not arrive again, under its own id, for another three days."""
    async with transaction(office.engine, actor, now) as tx:
        webhook = await webhook_of(tx.connection, delivery_id)
        if webhook is None:
            raise NotFound("There is nothing of this kind to send.")
        await _check_may_send(tx, office, webhook)
        if await queue_again(tx.connection, delivery_id, now):
            entry = Entry("webhook sent again", "webhook", webhook.id, webhook.action_id, webhook.location_id)
            tx.record(entry)


async def send_all_again(office: Office, actor: Actor, webhook_id: UUID, now: datetime) -> int:
    """Send everything of a webhook that did not arrive again; how much that was."""
    async with transaction(office.engine, actor, now) as tx:
        webhook = await _locked(tx, webhook_id)
        await _check_may_send(tx, office, webhook)
        count = await queue_all_again(tx.connection, webhook_id, now)
        if count:
            words = {"calls": count}
            tx.record(Entry("webhook sent again", "webhook", webhook_id, None, webhook.location_id, words))
        return count


async def _locked(tx: Transaction, webhook_id: UUID) -> Row[Any]:
    webhook = await lock_webhook(tx.connection, webhook_id)
    if webhook is None:
        raise NotFound("There is no such webhook.")
    return webhook


async def _administered(tx: Transaction, office: Office, webhook_id: UUID) -> UUID | None:
    location_id: UUID | None = (await _locked(tx, webhook_id)).location_id
    await check_may_connect(tx, office, location_id)
    return location_id


async def _check_may_send(tx: Transaction, office: Office, webhook: Row[Any]) -> None:
    await check_may_connect(tx, office, webhook.location_id)
    if webhook.stopped_at is not None:
        raise AlreadySettled("This webhook was stopped. Set it up again to send to it.")


def check_webhook(url: str, kinds: frozenset[EventKind], own_ports: frozenset[int]) -> None:
    """Raises Invalid naming what is wrong with each field."""
    fields: dict[str, str] = {}
    if why := address_refused(url, own_ports):
        fields["url"] = why
    if not kinds:
        fields["kinds"] = "Choose at least one thing to be told of."
    if fields:
        raise Invalid(fields)
