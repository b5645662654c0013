"""Opening steps, and the links that they are answered by."""

from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Link, Step
from db.recordset import as_json, insert_from

_STEP_OPENED = (
    *("id", "action_id", "cycle", "key", "round", "control", "form", "title", "role", "assignee_id"),
    *("assigned_for_id", "status", "opened_at", "due_at", "original_due_at"),
)
_LINK_OPENED = ("id", "token_hash", "person_id", "step_id", "purpose", "created_at", "expires_at")
_OPEN = text(f"""
WITH opened AS ({insert_from(Step, "steps", _STEP_OPENED)}) {insert_from(Link, "links", _LINK_OPENED)}
""")


async def open_steps(connection: AsyncConnection, steps: list[dict[str, Any]], links: list[dict[str, Any]]) -> None:
    """Open steps together with the links that some of them are answered by."""
    await connection.execute(_OPEN, {"steps": as_json(steps), "links": as_json(links)})


async def insert_links(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(insert(Link), rows)
