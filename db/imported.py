"""What an import kept, to look at: each row with every cell, and what became of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.scope import MAY_SEE, Viewer

Rows = list[Row[Any]]
BECAME = ("action", "draft", "history")
# A row is seen by whoever imported it, through a role where it belongs, or through the action it became.
_SEEN = f"""(:sees_all OR r.location_id = ANY(:locations) OR b.person_id = :viewer
    OR (a.id IS NOT NULL AND {MAY_SEE}))"""
_FROM = "FROM import_row r JOIN import_batch b ON b.id = r.batch_id LEFT JOIN action a ON a.id = r.action_id"
_COUNTS = """count(*) AS rows, count(*) FILTER (WHERE r.became = 'action') AS actions,
       count(*) FILTER (WHERE r.became = 'draft') AS drafts, count(*) FILTER (WHERE r.became = 'history') AS history"""
_BATCHES = text(f"""
SELECT b.id, b.filename, b.status, b.created_at, p.name AS person, {_COUNTS}
{_FROM} LEFT JOIN person p ON p.id = b.person_id WHERE {_SEEN}
GROUP BY b.id, p.name ORDER BY b.created_at DESC, b.id LIMIT :most
""")
_BATCH = text(f"""
SELECT b.id, b.filename, b.status, b.created_at, b.layout, p.name AS person, {_COUNTS}
{_FROM} LEFT JOIN person p ON p.id = b.person_id WHERE b.id = :batch AND {_SEEN} GROUP BY b.id, p.name
""")
_ROWS = text(f"""
SELECT r.id, r.sheet, r.row_number, r.cells, r.codes, r.became, a.ref, a.title, a.status, l.name AS location,
       count(*) OVER () AS total
{_FROM} LEFT JOIN location l ON l.id = r.location_id
WHERE r.batch_id = :batch AND (:became = '' OR r.became = :became)
  AND (:sheet = '' OR r.sheet = :sheet) AND (:row = 0 OR r.row_number = :row)
  AND (:q = '' OR r.cells::text ILIKE :like) AND {_SEEN}
ORDER BY r.sheet, r.row_number, r.id LIMIT :most OFFSET :skip
""")


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows of an import to show; empty is all."""

    became: str = ""
    sheet: str = ""
    row: int = 0
    q: str = ""


async def load_batches(connection: AsyncConnection, viewer: Viewer, most: int = 50) -> Rows:
    """Imports of which somebody may see at least one row, newest first, with how many rows of each kind they see."""
    return list((await connection.execute(_BATCHES, {**viewer.scope, "most": most})).all())


async def load_batch(connection: AsyncConnection, viewer: Viewer, batch_id: UUID) -> Row[Any] | None:
    """One import; None where there is none, or no row of it is the viewer's to see."""
    return (await connection.execute(_BATCH, {**viewer.scope, "batch": batch_id})).one_or_none()


async def load_rows(
    connection: AsyncConnection, viewer: Viewer, batch_id: UUID, only: RowFilter, page: int, most: int
) -> Rows:
    """One page of an import's rows, as they stood in the file; `total` stands on every row."""
    like = only.q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    bound: dict[str, Any] = {"became": only.became, "sheet": only.sheet, "row": only.row, "q": only.q}
    bound |= {"like": f"%{like}%", "batch": batch_id, "most": most, "skip": (page - 1) * most}
    return list((await connection.execute(_ROWS, {**viewer.scope, **bound})).all())
