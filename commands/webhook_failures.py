"""Calls of a webhook that were given up: whoever connected it is told, once a day at most."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from commands.office import Office
from commands.telling import Mail, tell_there
from db.people import holders, people_of, roles_of
from db.session import Transaction, transaction
from db.trail import Entry
from db.webhooks import failing_webhooks, failures_told
from domain.actors import SYSTEM
from domain.assigning import choose
from domain.vocabulary import Role
from notifications.letters_undelivered import webhook_failed

TELL_EVERY = timedelta(days=1)
NEXT = (Role.ADMINISTRATOR, Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL)
"""Who is told where whoever made the connection administers it no more."""


async def tell_of_failing_webhooks(office: Office, now: datetime) -> int:
    """Mail somebody about each webhook whose calls were given up; how many. Asking again finds nothing new."""
    async with transaction(office.engine, SYSTEM, now) as tx:
        failing = await failing_webhooks(tx.connection, now - TELL_EVERY)
        for webhook in failing:
            await _tell(tx, office, webhook)
            await failures_told(tx.connection, webhook.id, now)
        return len(failing)


async def _tell(tx: Transaction, office: Office, webhook: Any) -> None:
    asked, may_send = await _whom(tx, office, webhook)
    words = {"calls": webhook.dead, "told": str(asked) if asked else None, "reasons": webhook.last_error}
    tx.record(Entry("webhook calls given up", "webhook", webhook.id, None, webhook.location_id, words))
    for person in (await people_of(tx, {asked} if asked else set())).values():
        host = urlsplit(webhook.url).hostname or webhook.url
        stopped = webhook.stopped_because if webhook.stopped_at else None
        letter = webhook_failed(
            person.name, host, webhook.location, webhook.dead, webhook.last_error, stopped, may_send=may_send
        )
        cause = f"{webhook.id}:{tx.now.isoformat()}"
        await tell_there(tx, office, webhook, Mail("webhook failed", person, letter, cause))


async def _whom(tx: Transaction, office: Office, webhook: Any) -> tuple[UUID | None, bool]:
    """Who is told, and whether they may send again: whoever set it up, as long as they administer it."""
    day = office.calendar.day_of(tx.now)
    maker: UUID | None = webhook.created_by
    if maker and any(
        role == Role.ADMINISTRATOR and place in (None, webhook.location_id)
        for role, place in await roles_of(tx.connection, maker, day)
    ):
        return maker, True
    for role in NEXT:
        if choice := choose(await holders(tx, role, webhook.location_id, day)):
            return choice.assignee_id, role is Role.ADMINISTRATOR
    return None, False
