"""Queueing messages. What is to be said is frozen here; it is rendered and sent by the worker."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.ids import new_id
from db.models.base import Json
from db.session import PersonFacts, Transaction
from domain.waking_hours import HOURS, Timing

_FIRST_TRY = "status = 'queued' AND attempts = 0 AND next_attempt_at > :now"
_WAITING = text(f"SELECT count(*) AS mails, min(next_attempt_at) AS until FROM message WHERE {_FIRST_TRY}")
_WAIT_NO_LONGER = text(f"UPDATE message SET next_attempt_at = :now, context = context - '{HOURS}' WHERE {_FIRST_TRY}")
_RENEWED = text(
    "SELECT EXISTS (SELECT 1 FROM message m JOIN link k ON k.id = m.link_id AND k.revoked_at IS NULL"
    " WHERE m.action_id = :action_id AND m.step_id = :step_id AND m.person_id = :person_id"
    " AND m.kind = 'link renewed' AND m.status <> 'dead' AND m.created_at > :since)"
)
_NOTIFY = text("SELECT pg_notify('mail', '')")
URGENT, SOON, WHENEVER = 1, 5, 9


def queue_message(tx: Transaction, person: PersonFacts, mail: Json, when: Timing | None = None) -> None:
    """Queue one mail to somebody; at once, where nothing else is said. Without an address nothing can be sent.

    `mail` has its kind, context, dedupe key, priority, and the action, step and link it is about. The dedupe key names
    the cause, so that the same cause never mails twice.
    """
    if not person.email:
        return
    when = when or Timing(tx.now)
    # Its hours are kept with it, so that it comes at no other hour where it can't be sent at first.
    context = {**mail["context"], HOURS: when.hours} if when.hours else mail["context"]
    tx.tell(
        {
            **mail,
            "id": new_id(),
            "person_id": person.id,
            "to_address": person.email,
            "to_name": person.name,
            "thread_id": mail["action_id"],
            "context": context,
            "status": "queued",
            "attempts": 0,
            "next_attempt_at": max(when.at, tx.now),
            "created_at": tx.now,
        }
    )


async def link_just_renewed(
    connection: AsyncConnection, action_id: UUID, step_id: UUID, person_id: UUID, since: datetime
) -> bool:
    """Whether they were mailed a fresh link for a step since then that still works."""
    asked = {"action_id": action_id, "step_id": step_id, "person_id": person_id, "since": since}
    return (await connection.execute(_RENEWED, asked)).scalar_one()


async def mail_that_waits(connection: AsyncConnection, now: datetime) -> Row[Any]:
    """How many mails wait for a later hour, and until when the first of them does."""
    return (await connection.execute(_WAITING, {"now": now})).one()


async def wait_no_longer(connection: AsyncConnection, now: datetime) -> int:
    """Make due what waits for its first try; how many mails that were."""
    count = (await connection.execute(_WAIT_NO_LONGER, {"now": now})).rowcount
    await connection.execute(_NOTIFY)
    return count
