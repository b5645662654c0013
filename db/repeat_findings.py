"""Themes found again, and what was decided about them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import RepeatFinding
from db.models.base import Json
from db.scope import MAY_SEE, Viewer

# Themes are compared by their keys: case, spaces and hyphens make no other theme.
_CLOSED = text("""
SELECT c.id AS action_id, c.ref, c.cycle, f.theme, k.closed_at
FROM action n JOIN finding nf ON nf.id = n.finding_id
JOIN finding f ON f.location_id = nf.location_id AND f.theme_key = nf.theme_key
JOIN action c ON c.finding_id = f.id AND c.id <> n.id AND c.location_id = n.location_id
JOIN closure k ON k.action_id = c.id AND k.cycle = c.cycle
WHERE n.id = :id AND c.status IN ('closed – monitoring', 'sustained') AND k.closed_at <= n.created_at
ORDER BY k.closed_at DESC LIMIT 1
""")
_LOAD = text("""
SELECT r.id, r.closed_action_id, r.found_action_id, r.asked_id, r.asked_for_id, r.decided_at, r.reopened, r.reason,
       c.ref AS closed_ref, n.ref AS found_ref, f.summary AS found_summary, f.theme
FROM repeat_finding r JOIN action c ON c.id = r.closed_action_id JOIN action n ON n.id = r.found_action_id
JOIN finding f ON f.id = n.finding_id
WHERE r.id = :id
""")
_DECIDE = text("""
UPDATE repeat_finding SET decided_at = :now, decided_by = :by, decided_for_id = :for, reopened = :reopens,
    reason = :reason
WHERE id = :id AND decided_at IS NULL
""")
_PAGE = text(f"""
SELECT r.id, r.noticed_at, r.decided_at, r.reopened, r.reason, p.name AS asked, c.name AS asked_for,
       d.name || coalesce(', for ' || e.name || ',', '') AS decided_by,
       a.ref AS closed_ref, a.title AS closed_title, a.what_will_change, a.status, a.location_id, k.closed_at,
       k.rationale, coalesce(l.name, 'no location yet') AS location, cf.summary AS closed_summary, cf.theme,
       n.ref AS found_ref, n.title AS found_title, n.status AS found_status, f.summary AS found_summary, f.found_on
FROM repeat_finding r JOIN action a ON a.id = r.closed_action_id JOIN finding cf ON cf.id = a.finding_id
JOIN closure k ON k.action_id = a.id AND k.cycle = r.cycle
JOIN action n ON n.id = r.found_action_id JOIN finding f ON f.id = n.finding_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person d ON d.id = r.decided_by
LEFT JOIN person e ON e.id = r.decided_for_id LEFT JOIN person p ON p.id = r.asked_id
LEFT JOIN person c ON c.id = r.asked_for_id
WHERE r.id = :id AND (:viewer IN (r.asked_id, r.asked_for_id) OR {MAY_SEE})
""")
_OF_ACTION = text("""
SELECT r.id, r.decided_at, r.reopened, r.reason, c.ref AS closed_ref, c.status AS closed_status, n.ref AS found_ref,
       n.status AS found_status, n.id = :id AS is_found
FROM repeat_finding r JOIN action c ON c.id = r.closed_action_id JOIN action n ON n.id = r.found_action_id
WHERE :id IN (r.closed_action_id, r.found_action_id) ORDER BY r.noticed_at
""")


@dataclass(frozen=True, slots=True)
class Repeat:
    """A closed action that has the theme of a new finding, at the same location."""

    action_id: UUID
    ref: str
    cycle: int
    theme: str
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class RepeatFacts:
    """A theme found again, to decide on."""

    id: UUID
    closed_action_id: UUID
    found_action_id: UUID
    asked_id: UUID | None
    asked_for_id: UUID | None
    decided_at: datetime | None
    reopened: bool | None
    reason: str | None
    closed_ref: str
    found_ref: str
    found_summary: str
    theme: str


async def last_closed_with_theme(connection: AsyncConnection, action_id: UUID) -> Repeat | None:
    """The action that closed last, before this one was made, with its theme and at its location."""
    row = (await connection.execute(_CLOSED, {"id": action_id})).one_or_none()
    return None if row is None else Repeat(**row._mapping)


async def insert_repeat(connection: AsyncConnection, values: Json) -> bool:
    """Note a repeat; False when it was noticed before."""
    done = await connection.execute(insert(RepeatFinding).values(values).on_conflict_do_nothing())
    return done.rowcount == 1


async def load_repeat(connection: AsyncConnection, repeat_id: UUID) -> RepeatFacts | None:
    row = (await connection.execute(_LOAD, {"id": repeat_id})).one_or_none()
    return None if row is None else RepeatFacts(**row._mapping)


async def decide_repeat(
    connection: AsyncConnection,
    repeat_id: UUID,
    reopens: bool,
    reason: str,
    by: UUID,
    for_id: UUID | None,
    now: datetime,
) -> bool:
    """Record the decision, and whom it stood in for; False when one was made before."""
    values = {"id": repeat_id, "reopens": reopens, "reason": reason, "by": by, "for": for_id, "now": now}
    return (await connection.execute(_DECIDE, values)).rowcount == 1


async def load_repeat_page(connection: AsyncConnection, repeat_id: UUID, viewer: Viewer) -> Row[Any] | None:
    """A theme found again with both actions, where this viewer was asked or may see the closed one."""
    return (await connection.execute(_PAGE, {"id": repeat_id, **viewer.scope})).one_or_none()


async def repeats_of(connection: AsyncConnection, action_id: UUID) -> list[Row[Any]]:
    """Where an action's theme was found again, or where it is itself such a finding; oldest first."""
    return list((await connection.execute(_OF_ACTION, {"id": action_id})).all())
