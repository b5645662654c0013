"""What was sent before: the same files on other actions, and statements that this action's may repeat."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.scope import MAY_SEE, Viewer

_FILES = text(f"""
SELECT DISTINCT o.blob_sha256, o.action_id, a.ref, {MAY_SEE} AS may_see
FROM evidence v JOIN evidence o ON o.blob_sha256 = v.blob_sha256 AND o.action_id <> v.action_id
JOIN submission u ON u.id = o.submission_id AND u.kept_as IN ('answer', 'late') JOIN action a ON a.id = o.action_id
WHERE v.action_id = :id AND v.submission_id IS NOT NULL AND v.withdrawn_at IS NULL AND o.withdrawn_at IS NULL
ORDER BY a.ref
""")
# Keys grow with time, so the newest actions of a home are found without looking at all it ever had.
_STATEMENTS = text(f"""
SELECT v.action_id, v.submission_id, v.statement, s.title, u.received_at AS sent_at, a.ref, {MAY_SEE} AS may_see
FROM ((SELECT id FROM action WHERE location_id = :location AND id <> :id ORDER BY id DESC LIMIT :most)
      UNION ALL SELECT CAST(:id AS uuid)) near
JOIN action a ON a.id = near.id JOIN evidence v ON v.action_id = a.id
JOIN submission u ON u.id = v.submission_id AND u.kept_as IN ('answer', 'late') JOIN step s ON s.id = v.step_id
WHERE v.statement IS NOT NULL AND v.withdrawn_at IS NULL ORDER BY u.received_at DESC, v.id
""")
MOST_ACTIONS = 100
"""How many of a home's other actions, newest first, are searched for the same words."""


@dataclass(frozen=True, slots=True)
class SentBefore:
    """A statement of this action or another of its location; `ref` only where the reader may see that action."""

    action_id: UUID
    submission_id: UUID
    statement: str
    title: str
    sent_at: datetime
    ref: str | None


@dataclass(frozen=True, slots=True)
class UsedElsewhere:
    """On which other actions a file is evidence: those the reader may see by name, the others counted."""

    refs: tuple[str, ...] = ()
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Reuse:
    """What a reader may learn of earlier use; a person of one home learns no reference of another."""

    files: dict[bytes, UsedElsewhere]
    statements: tuple[SentBefore, ...]
    """Newest first, those of this action among them."""


async def load_reuse(connection: AsyncConnection, viewer: Viewer, action_id: UUID, location_id: UUID | None) -> Reuse:
    """Read it for this reader."""
    bound: dict[str, Any] = {**viewer.scope, "id": action_id}
    used: dict[bytes, UsedElsewhere] = {}
    for row in await connection.execute(_FILES, bound):
        known = used.get(bytes(row.blob_sha256), UsedElsewhere())
        used[bytes(row.blob_sha256)] = (
            UsedElsewhere((*known.refs, row.ref), known.hidden)
            if row.may_see
            else UsedElsewhere(known.refs, known.hidden + 1)
        )
    found = await connection.execute(_STATEMENTS, {**bound, "location": location_id, "most": MOST_ACTIONS})
    return Reuse(used, tuple(_sent(row) for row in found))


def _sent(row: Any) -> SentBefore:
    ref = row.ref if row.may_see else None
    return SentBefore(row.action_id, row.submission_id, row.statement, row.title, row.sent_at, ref)
