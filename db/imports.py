"""Rows of imports: which file, which rows, and what became of each."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import ImportBatch, ImportRow
from db.models.base import Json

_KNOWN = text(
    "SELECT r.fingerprint, a.ref FROM import_row r LEFT JOIN action a ON a.id = r.action_id"
    " WHERE r.fingerprint = ANY(:fingerprints)"
)
_PROGRESS = text(
    "UPDATE import_batch SET rows_done = :done, status = :status,"
    " finished_at = CASE WHEN :status = 'running' THEN NULL ELSE clock_timestamp() END WHERE id = :id"
)


async def known_rows(connection: AsyncConnection, fingerprints: Iterable[bytes]) -> dict[bytes, str | None]:
    """Rows imported before, each with the reference of its action, where it became one."""
    found = await connection.execute(_KNOWN, {"fingerprints": list(fingerprints)})
    return {bytes(row.fingerprint): row.ref for row in found}


async def insert_batch(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(ImportBatch), values)


async def insert_row(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(ImportRow), values)


async def set_progress(connection: AsyncConnection, batch_id: UUID, done: int, status: str) -> None:
    await connection.execute(_PROGRESS, {"id": batch_id, "done": done, "status": status})
