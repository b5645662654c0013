"""Opening steps, and the links that they are answered by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Link, Step
from db.models.base import Json
from db.recordset import as_json, insert_from

_STEP_OPENED = (
    *("id", "action_id", "cycle", "key", "round", "control", "form", "title", "role", "assignee_id"),
    *("assigned_for_id", "status", "opened_at", "due_at", "original_due_at"),
)
_LINK_OPENED = ("id", "token_hash", "person_id", "step_id", "purpose", "created_at", "expires_at")
# Parts of a statement that ends with another: it binds what `Opening.bound` gives.
OPENED = f"""
moved AS (UPDATE action SET status = :becomes, updated_at = :changed_at WHERE id = :moved),
opened AS ({insert_from(Step, "steps", _STEP_OPENED)}),
linked AS ({insert_from(Link, "links", _LINK_OPENED)})
"""
_OPEN = text(f"WITH {OPENED} SELECT")


@dataclass(frozen=True, slots=True)
class NewStatus:
    """The status that an action gets with the steps that are opened for it."""

    action_id: UUID
    status: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """Steps to open, the links that some of them are answered by, and what the action becomes with them."""

    steps: list[Json]
    links: list[Json]
    becomes: NewStatus | None

    def bound(self) -> Json:
        """The values of `OPENED`."""
        to = self.becomes
        return {
            "steps": as_json(self.steps),
            "links": as_json(self.links),
            "moved": to.action_id if to else None,
            "becomes": to.status if to else None,
            "changed_at": to.now if to else None,
        }


async def open_steps(connection: AsyncConnection, opening: Opening) -> None:
    """Open steps at once. `Transaction.open_last` opens them with all else that a command leaves behind."""
    await connection.execute(_OPEN, opening.bound())


async def insert_links(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(insert(Link), rows)
