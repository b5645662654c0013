"""Rows of imports: which file, which rows, and what became of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import ImportBatch, ImportRow, Location
from db.models.base import Json
from domain.vocabulary import Form

_KNOWN = text(
    "SELECT r.fingerprint, r.cells, a.ref FROM import_row r LEFT JOIN action a ON a.id = r.action_id"
    " WHERE r.fingerprint = ANY(:fingerprints)"
)
_NEWEST = text(
    "SELECT id, filename, rows_done, rows_total, status FROM import_batch WHERE person_id = :person"
    " ORDER BY created_at DESC LIMIT 1"
)
_PROGRESS = text("UPDATE import_batch SET rows_done = :done, last_row_at = clock_timestamp() WHERE id = :id")
_FINISHED = text(
    "UPDATE import_batch SET status = :status, error = :error, finished_at = clock_timestamp() WHERE id = :id"
)
_BECAME = text(
    "WITH became AS (UPDATE import_row SET action_id = :action_id WHERE id = :id RETURNING batch_id)"
    " UPDATE import_batch b SET last_row_at = clock_timestamp() FROM became WHERE b.id = became.batch_id"
)
_FIRST_DUE = text("UPDATE action SET original_due_at = :at WHERE id = :id AND original_due_at IS DISTINCT FROM :at")
_PRESENT = text(
    "SELECT p.id, p.name, p.email, EXISTS (SELECT 1 FROM role_assignment n WHERE n.person_id = p.id) AS has_role"
    " FROM person p WHERE p.left_at IS NULL"
)
_HOLDERS = text(
    "SELECT ra.person_id, ra.role, ra.location_id FROM role_assignment ra JOIN person p ON p.id = ra.person_id"
    " WHERE p.left_at IS NULL AND ra.starts_on <= :day AND (ra.ends_on IS NULL OR ra.ends_on >= :day)"
)
_HISTORY = text(
    "SELECT b.filename, r.sheet, r.row_number, r.cells FROM import_row r JOIN import_batch b ON b.id = r.batch_id"
    " WHERE r.action_id IS NULL ORDER BY b.created_at, r.sheet, r.row_number LIMIT :most"
)

# Whoever tells of a row marks it in the same transaction, so that of two who tell each row is told of by one.
_WAITS = text("""
WITH told AS (
    UPDATE import_row SET told_at = :now WHERE batch_id = :batch AND told_at IS NULL AND action_id IS NOT NULL
    RETURNING action_id
)
SELECT p.id AS person_id, p.name, p.email, a.ref, a.title, s.title AS step, s.due_at, l.opens, l.closes
FROM told JOIN action a ON a.id = told.action_id JOIN step s ON s.action_id = a.id AND s.status = 'open'
JOIN person p ON p.id = s.assignee_id LEFT JOIN location l ON l.id = a.location_id
WHERE s.form = ANY(:forms) ORDER BY p.id, s.due_at, a.ref
""")
_SILENT = text("""
SELECT id, filename FROM import_batch
WHERE status = 'running' AND last_row_at < clock_timestamp() - CAST(:silent_for AS interval)
ORDER BY created_at FOR UPDATE SKIP LOCKED
""")


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A row imported before: the reference of its action, where it became one, and its cells as they were."""

    ref: str | None
    cells: Mapping[str, str]


async def newest_import(connection: AsyncConnection, person_id: UUID) -> Row[Any] | None:
    """The import that somebody began last, and how far it is."""
    return (await connection.execute(_NEWEST, {"person": person_id})).one_or_none()


async def known_rows(connection: AsyncConnection, fingerprints: Iterable[bytes]) -> dict[bytes, KnownRow]:
    """Rows imported before."""
    found = await connection.execute(_KNOWN, {"fingerprints": list(fingerprints)})
    return {bytes(row.fingerprint): KnownRow(row.ref, row.cells) for row in found}


async def insert_batch(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(ImportBatch), values)


async def claim_rows(connection: AsyncConnection, rows: Sequence[Json]) -> set[bytes]:
    """Keep rows that nobody has imported yet; the fingerprints of those that were kept.

    Of two imports of one file at the same moment, the second waits here and finds the rows taken.
    """
    claim = upsert(ImportRow).on_conflict_do_nothing(index_elements=["fingerprint"]).returning(ImportRow.fingerprint)
    return {bytes(kept) for kept in (await connection.execute(claim, rows)).scalars()}


async def row_became(connection: AsyncConnection, row_id: UUID, action_id: UUID) -> None:
    await connection.execute(_BECAME, {"id": row_id, "action_id": action_id})


async def keep_first_due(connection: AsyncConnection, action_id: UUID, at: datetime) -> None:
    """The due date before any revision: what “on time” is measured against."""
    await connection.execute(_FIRST_DUE, {"id": action_id, "at": at})


async def set_progress(connection: AsyncConnection, batch_id: UUID, done: int) -> None:
    await connection.execute(_PROGRESS, {"id": batch_id, "done": done})


async def finish_batch(connection: AsyncConnection, batch_id: UUID, error: str | None = None) -> None:
    status = "failed" if error else "done"
    await connection.execute(_FINISHED, {"id": batch_id, "status": status, "error": error})


async def to_tell_of(connection: AsyncConnection, batch_id: UUID, now: datetime) -> Sequence[Row[Any]]:
    """Every open step of an import that is answered with an account: person by person, the soonest first.

    Each row once: what is given here counts as told when the transaction commits.
    """
    forms = [str(form) for form in Form if form.needs_account]
    return (await connection.execute(_WAITS, {"batch": batch_id, "forms": forms, "now": now})).all()


async def silent_imports(connection: AsyncConnection, silent_for: timedelta) -> Sequence[Row[Any]]:
    """Imports under way of which nothing has been heard for so long. Locked, so that two workers do not both tell."""
    return (await connection.execute(_SILENT, {"silent_for": silent_for})).all()


async def load_history(connection: AsyncConnection, most: int = 500) -> Sequence[Row[Any]]:
    """Closed rows kept as history: file, sheet, row number and cells."""
    return (await connection.execute(_HISTORY, {"most": most})).all()


async def load_places(connection: AsyncConnection) -> list[tuple[UUID, str]]:
    """Every location with its name."""
    return [(row.id, row.name) for row in await connection.execute(select(Location.id, Location.name))]


async def load_people(connection: AsyncConnection) -> list[Row[Any]]:
    """Everybody who has not left: id, name, e-mail, and whether they were ever given a role."""
    return list((await connection.execute(_PRESENT)).all())


async def load_holders(connection: AsyncConnection, day: date) -> list[tuple[UUID, str, UUID | None]]:
    """Who holds which role where on that day."""
    found = await connection.execute(_HOLDERS, {"day": day})
    return [(row.person_id, row.role, row.location_id) for row in found]
