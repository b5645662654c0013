"""Opening steps, and the links that they are answered by."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Link, Step
from db.recordset import as_json, insert_from

_STEP_OPENED = (
    *("id", "action_id", "cycle", "key", "round", "control", "form", "title", "role", "assignee_id"),
    *("assigned_for_id", "status", "opened_at", "due_at", "original_due_at"),
)
_LINK_OPENED = ("id", "token_hash", "person_id", "step_id", "purpose", "created_at", "expires_at")
_OPENED = f"opened AS ({insert_from(Step, 'steps', _STEP_OPENED)}) {insert_from(Link, 'links', _LINK_OPENED)}"
_OPEN = text(f"WITH {_OPENED}")
_OPEN_AND_MOVE = text(
    f"WITH moved AS (UPDATE action SET status = :status, updated_at = :now WHERE id = :action_id), {_OPENED}"
)


@dataclass(frozen=True, slots=True)
class NewStatus:
    """The status that an action gets with the steps that are opened for it."""

    action_id: UUID
    status: str
    now: datetime


async def open_steps(
    connection: AsyncConnection, steps: list[dict[str, Any]], links: list[dict[str, Any]], moved: NewStatus | None
) -> None:
    """Open steps together with the links that some of them are answered by, and with what the action becomes."""
    rows = {"steps": as_json(steps), "links": as_json(links)}
    if moved is None:
        await connection.execute(_OPEN, rows)
    else:
        await connection.execute(_OPEN_AND_MOVE, rows | asdict(moved))


async def insert_links(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(insert(Link), rows)
