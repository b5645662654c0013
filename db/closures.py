"""What an action relied on when it closed, and the closing itself."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Closure, ReAudit
from db.models.base import Json
from db.trail import canonical

_SNAPSHOT = text("""
SELECT jsonb_build_object(
  'evidence', (SELECT jsonb_agg(jsonb_build_object('id', v.id, 'step', s.key, 'round', s.round, 'kind', v.kind,
        'category', v.category, 'on', v.effective_on, 'file', encode(v.blob_sha256, 'hex'),
        'statement', v.statement, 'details', v.details) ORDER BY v.id)
     FROM evidence v JOIN step s ON s.id = v.step_id JOIN submission u ON u.id = v.submission_id
     WHERE v.action_id = :id AND s.cycle = :cycle AND v.withdrawn_at IS NULL AND u.kept_as = 'answer'),
  'samples', (SELECT jsonb_agg(jsonb_build_object('id', m.id, 'seed', m.seed, 'of', m.population_size,
        'size', m.size, 'passed', m.passed) ORDER BY m.id)
     FROM sample_audit m JOIN step s ON s.id = m.step_id WHERE m.action_id = :id AND s.cycle = :cycle))
""")
_CLOSE = text("UPDATE cycle SET closed_at = :now WHERE action_id = :id AND number = :cycle AND closed_at IS NULL")
_PEOPLE = text(
    "SELECT DISTINCT p.id, p.name, p.email FROM step s JOIN person p"
    " ON p.id IN (s.assignee_id, s.settled_by, s.assigned_for_id)"
    " WHERE s.action_id = :id AND s.cycle = :cycle AND s.status = 'settled' AND p.left_at IS NULL"
)


async def snapshot(connection: AsyncConnection, action_id: UUID, cycle: int) -> tuple[Json, bytes]:
    """The evidence and samples of a cycle, and a hash over them."""
    found: Json = (await connection.execute(_SNAPSHOT, {"id": action_id, "cycle": cycle})).scalar_one()
    return found, hashlib.sha256(canonical(found)).digest()


async def insert_closure(connection: AsyncConnection, values: Json, cycle: int, now: datetime) -> bool:
    """Close the open cycle; False when it was closed already."""
    closed = await connection.execute(_CLOSE, {"id": values["action_id"], "cycle": cycle, "now": now})
    if closed.rowcount == 0:
        return False
    await connection.execute(insert(Closure), values)
    return True


async def insert_re_audits(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(insert(ReAudit), rows)


async def took_part(connection: AsyncConnection, action_id: UUID, cycle: int) -> list[Any]:
    """Everyone who did or decided something in a cycle."""
    return list((await connection.execute(_PEOPLE, {"id": action_id, "cycle": cycle})).all())
