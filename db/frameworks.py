"""Which statements of a framework each action is about."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import FrameworkReference
from db.scope import MAY_SEE, Viewer
from domain.frameworks import Reference

_USED = text(f"""
SELECT DISTINCT r.framework, r.version, r.statement
FROM framework_reference r JOIN action a ON a.id = r.action_id WHERE {MAY_SEE}
""")


async def load_references(connection: AsyncConnection, action_id: UUID) -> tuple[Reference, ...]:
    """What an action is about, in the order it was chosen."""
    table = FrameworkReference
    chosen = select(table.framework, table.version, table.statement).where(table.action_id == action_id)
    return tuple(Reference(*row) for row in await connection.execute(chosen.order_by(table.place)))


async def replace_references(
    connection: AsyncConnection, action_id: UUID, references: Sequence[Reference], by: UUID | None, now: datetime
) -> tuple[Reference, ...]:
    """Make these an action's references; those that stay keep who chose them and when. Returns what was there."""
    before = await load_references(connection, action_id)
    wanted = tuple(dict.fromkeys(references))
    if wanted == before:
        return before
    table = FrameworkReference
    gone = [one for one in before if one not in wanted]
    for one in gone:
        where = (table.action_id == action_id, table.framework == one.framework, table.statement == one.statement)
        await connection.execute(delete(table).where(*where))
    rows = [{"action_id": action_id, **asdict(one), "place": place} for place, one in enumerate(wanted)]
    if rows:
        keep = upsert(table).values([{**row, "chosen_by": by, "chosen_at": now} for row in rows])
        key = ["action_id", "framework", "statement"]
        moved = keep.on_conflict_do_update(index_elements=key, set_={"place": keep.excluded.place})
        await connection.execute(moved)
    return before


async def statements_used(connection: AsyncConnection, viewer: Viewer) -> list[Reference]:
    """Every statement that an action within reach is about."""
    return [Reference(*row) for row in await connection.execute(_USED, viewer.scope)]
