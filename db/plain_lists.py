"""Actions and people as a terminal and a script read them: one row each, as stored."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Plain = dict[str, Any]
_ACTIONS = text(
    "SELECT a.ref, a.status, a.title, l.name AS location, p.name AS owner, a.risk, a.due_at, a.original_due_at"
    " FROM action a LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person p ON p.id = a.owner_id"
    " WHERE :status = '' OR a.status = :status ORDER BY a.ref"
)
_ACTION = text(
    "SELECT a.ref, a.status, a.title, a.what_will_change, l.name AS location, p.name AS owner, a.risk, a.due_at,"
    " a.original_due_at, a.cycle, a.draft_reasons, r.waiting_for, r.waiting_until FROM action a"
    " LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person p ON p.id = a.owner_id"
    " LEFT JOIN action_run r ON r.action_id = a.id WHERE a.ref = :ref"
)
_STEPS = text(
    "SELECT s.cycle, s.key, s.round, s.title, s.status, s.outcome, p.name AS with_whom, s.due_at, s.settled_at"
    " FROM step s JOIN action a ON a.id = s.action_id LEFT JOIN person p ON p.id = s.assignee_id"
    " WHERE a.ref = :ref ORDER BY s.opened_at, s.id"
)
_EVERYBODY = text(
    "SELECT p.name, p.email, p.left_at, array_agg(r.role || coalesce(' at ' || l.name, '')) AS roles"
    " FROM person p LEFT JOIN role_assignment r ON r.person_id = p.id AND r.ends_on IS NULL"
    " LEFT JOIN location l ON l.id = r.location_id GROUP BY p.id ORDER BY p.name"
)


async def list_actions(connection: AsyncConnection, status: str = "") -> list[Plain]:
    """Every action, or those with one status."""
    return [dict(row._mapping) for row in await connection.execute(_ACTIONS, {"status": status})]


async def action_with_steps(connection: AsyncConnection, ref: str) -> Plain | None:
    """One action with every step it ever had."""
    row = (await connection.execute(_ACTION, {"ref": ref})).one_or_none()
    if row is None:
        return None
    steps = await connection.execute(_STEPS, {"ref": ref})
    return {**row._mapping, "steps": [dict(step._mapping) for step in steps]}


async def list_everybody(connection: AsyncConnection) -> list[Plain]:
    """Everybody, leavers included, with the roles that have no last day."""
    return [dict(row._mapping) for row in await connection.execute(_EVERYBODY)]
