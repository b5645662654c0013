"""Drafts of pathways: every save is kept, and the highest revision is the draft."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import PathwayDraft, PathwayDraftSave
from db.models.base import Json

_OPEN = text("SELECT id FROM pathway_draft WHERE key = :key AND ended_at IS NULL FOR UPDATE")
_KEYS = text("SELECT key FROM pathway_draft WHERE ended_at IS NULL ORDER BY key")
_SAVES = text("""
SELECT s.id, s.draft_id, d.key, s.revision, s.text, p.name AS saved_by, s.saved_at, s.request_id
FROM pathway_draft_save s JOIN pathway_draft d ON d.id = s.draft_id JOIN person p ON p.id = s.saved_by
WHERE d.key = :key AND d.ended_at IS NULL ORDER BY s.saved_at DESC, s.revision DESC NULLS LAST
""")
_END = text("UPDATE pathway_draft SET ended_at = :now, ended_as = :how WHERE id = :id AND ended_at IS NULL")


@dataclass(frozen=True, slots=True)
class Save:
    """One save of a draft. Without a revision it came after somebody else's, and is not the draft."""

    id: UUID
    draft_id: UUID
    key: str
    revision: int | None
    text: str
    saved_by: str
    saved_at: datetime
    request_id: UUID


async def lock_draft(connection: AsyncConnection, key: str) -> UUID | None:
    """The open draft of a pathway, taken until the transaction ends: one save or publishing at a time."""
    return (await connection.execute(_OPEN, {"key": key})).scalar_one_or_none()


async def load_saves(connection: AsyncConnection, key: str) -> list[Save]:
    """Every save of a pathway's open draft, the newest first; none where it has no open draft."""
    return [Save(**row._mapping) for row in await connection.execute(_SAVES, {"key": key})]


def current(saves: list[Save]) -> Save | None:
    """The draft as it stands."""
    return max((save for save in saves if save.revision is not None), key=lambda s: s.revision or 0, default=None)


async def open_drafts(connection: AsyncConnection) -> list[str]:
    """The pathways that somebody is drafting a version of."""
    return list((await connection.execute(_KEYS)).scalars())


async def insert_draft(connection: AsyncConnection, values: Json) -> bool:
    """Start a draft; False where the pathway has one already."""
    made = await connection.execute(upsert(PathwayDraft).on_conflict_do_nothing(), values)
    return made.rowcount == 1


async def insert_save(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(PathwayDraftSave), values)


async def end_draft(connection: AsyncConnection, draft_id: UUID, how: str, now: datetime) -> None:
    await connection.execute(_END, {"id": draft_id, "how": how, "now": now})
