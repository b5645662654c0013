"""Moving an action to another version of its pathway: what changes in its rows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_PIN = text("UPDATE action SET pathway_version_id = :version, updated_at = :now WHERE id = :id")
_RENAME = text("UPDATE step SET key = :new WHERE action_id = :id AND cycle = :cycle AND key = :old")
_RENAME_RETURNED = text("""
UPDATE step SET returned_keys = (
    SELECT jsonb_agg(CASE WHEN k = :old THEN CAST(:new AS text) ELSE k END)
    FROM jsonb_array_elements_text(returned_keys) k
) WHERE action_id = :id AND cycle = :cycle AND jsonb_exists(returned_keys, :old)
""")
_RETITLE = text("UPDATE step SET title = :title, role = :role WHERE id = :id AND status = 'open'")
_ADDRESS = text(
    "UPDATE step SET title = :title, role = :role, assignee_id = :assignee, assigned_for_id = :covered, given_at = :now"
    " WHERE id = :id AND status = 'open'"
)
_LIVE = text("SELECT id, ref FROM action WHERE status NOT IN ('sustained', 'cancelled', 'superseded') ORDER BY ref")
_BY_REF = text("SELECT id FROM action WHERE ref = :ref")


@dataclass(frozen=True, slots=True)
class LiveAction:
    """An action that somebody still has something to do for, now or after closure."""

    id: UUID
    ref: str


async def pin(connection: AsyncConnection, action_id: UUID, version_id: UUID, now: datetime) -> None:
    """Let the action follow this version from now on."""
    await connection.execute(_PIN, {"id": action_id, "version": version_id, "now": now})


async def rename_step(connection: AsyncConnection, action_id: UUID, cycle: int, old: str, new: str) -> None:
    """Give every round of a step in this cycle another key, and say so where it was sent back."""
    values = {"id": action_id, "cycle": cycle, "old": old, "new": new}
    await connection.execute(_RENAME, values)
    await connection.execute(_RENAME_RETURNED, values)


async def retitle_step(connection: AsyncConnection, step_id: UUID, title: str, role: str) -> None:
    await connection.execute(_RETITLE, {"id": step_id, "title": title, "role": role})


async def address_step(
    connection: AsyncConnection,
    step_id: UUID,
    title: str,
    role: str,
    assignee: UUID | None,
    covered: UUID | None,
    now: datetime,
) -> None:
    """Ask somebody else for an open step."""
    values = {"id": step_id, "title": title, "role": role, "assignee": assignee, "covered": covered, "now": now}
    await connection.execute(_ADDRESS, values)


async def live_actions(connection: AsyncConnection) -> list[LiveAction]:
    """Every action that is not over."""
    return [LiveAction(**row._mapping) for row in await connection.execute(_LIVE)]


async def find_action(connection: AsyncConnection, ref: str) -> UUID | None:
    """An action's key by its reference."""
    return (await connection.execute(_BY_REF, {"ref": ref})).scalar_one_or_none()
