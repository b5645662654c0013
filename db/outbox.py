"""Queueing messages. What is to be said is frozen here; it is rendered and sent by the worker."""

from datetime import datetime
from typing import Any
from uuid import UUID

from db.ids import new_id
from db.models.base import Json
from db.session import Transaction

URGENT, SOON, WHENEVER = 1, 5, 9


def queue_message(
    tx: Transaction,
    kind: str,
    person: Any,
    context: Json,
    dedupe_key: str,
    *,
    action_id: UUID | None = None,
    step_id: UUID | None = None,
    link_id: UUID | None = None,
    priority: int = SOON,
    not_before: datetime | None = None,
) -> None:
    """Queue one mail. `person` has id, name and email; without an address nothing can be sent, and nothing is queued.

    The dedupe key names the cause, so that the same cause never mails twice.
    """
    if not person.email:
        return
    tx.tell(
        {
            "id": new_id(),
            "dedupe_key": dedupe_key,
            "kind": kind,
            "person_id": person.id,
            "to_address": person.email,
            "to_name": person.name,
            "action_id": action_id,
            "step_id": step_id,
            "link_id": link_id,
            "thread_id": action_id,
            "context": context,
            "priority": priority,
            "status": "queued",
            "attempts": 0,
            "next_attempt_at": max(not_before or tx.now, tx.now),
            "created_at": tx.now,
        }
    )
