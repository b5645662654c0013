"""Rows of evidence: attachments being gathered for an open step, and what was submitted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Blob, Evidence
from db.models.base import Json
from db.recordset import as_json, insert_from
from db.scope import MAY_SEE, Viewer

_ATTACHED = (
    "FROM evidence v JOIN blob b ON b.sha256 = v.blob_sha256"
    " WHERE v.step_id = :step_id AND v.person_id = :person_id AND v.submission_id IS NULL AND v.withdrawn_at IS NULL"
)
# For statements that read a step as well, and bind `step_id` and `person_id`.
ATTACHED = (
    "(SELECT jsonb_agg(jsonb_build_array(v.id, v.filename, encode(v.blob_sha256, 'hex'), b.size, b.media_type,"
    f" v.added_at) ORDER BY v.added_at, v.id) {_ATTACHED})"
)
_GATHERED = text(
    f"SELECT v.id, v.filename, v.blob_sha256, b.size, b.media_type, v.added_at {_ATTACHED} ORDER BY v.added_at, v.id"
)
_ADDED = text(
    "SELECT count(*) FILTER (WHERE submission_id IS NULL AND withdrawn_at IS NULL) AS here, count(*) AS ever"
    " FROM evidence WHERE step_id = :step_id AND person_id = :person_id AND filename IS NOT NULL"
)
_RECEIVED = text("SELECT EXISTS (SELECT 1 FROM submission WHERE step_id = :step_id AND request_id = :request_id)")
_WITHDRAW = text(
    "UPDATE evidence SET withdrawn_at = :now WHERE id = :id AND step_id = :step_id AND person_id = :person_id"
    " AND submission_id IS NULL AND withdrawn_at IS NULL"
)
_SUBMITTED = (
    *("id", "action_id", "step_id", "submission_id", "person_id", "kind", "category", "effective_on", "statement"),
    *("details", "added_at"),
)
# For the statement that keeps the submission; it binds `submission` and what `Shown.bound` gives.
SUBMIT = f"""
stated AS ({insert_from(Evidence, "evidence", _SUBMITTED)}),
attached AS (
    UPDATE evidence SET submission_id = :submission, kind = :kind, category = :category, effective_on = :effective_on
    WHERE id = ANY(:files)
)
"""

_FILE = "SELECT v.filename, v.blob_sha256, b.media_type FROM evidence v JOIN blob b ON b.sha256 = v.blob_sha256"
_SEEN_FILE = text(
    f"{_FILE} JOIN action a ON a.id = v.action_id WHERE v.id = :id AND v.withdrawn_at IS NULL AND {MAY_SEE}"
)
_OWN_FILE = text(f"{_FILE} WHERE v.id = :id AND v.step_id = :step AND v.withdrawn_at IS NULL AND v.person_id = :person")
_OWNED = text("SELECT sha256 FROM blob WHERE sha256 = ANY(:digests)")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file kept for a step and not yet submitted."""

    id: UUID
    filename: str
    blob_sha256: bytes
    size: int
    media_type: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """What an answer shows: the row of its statement, and the files that go with it."""

    statement: Json
    files: list[UUID]

    @property
    def category(self) -> str:
        return self.statement["category"]

    def bound(self, submission_id: UUID) -> Json:
        """The values of `SUBMIT`."""
        described = {name: self.statement[name] for name in ("kind", "category", "effective_on")}
        rows = as_json([self.statement | {"submission_id": submission_id}])
        return {"evidence": rows, "files": self.files, **described}


def attached(found: list[list[Any]] | None) -> list[Attachment]:
    """What `ATTACHED` found, oldest first."""
    return [
        Attachment(UUID(f[0]), f[1], bytes.fromhex(f[2]), f[3], f[4], datetime.fromisoformat(f[5])) for f in found or []
    ]


async def gathered(connection: AsyncConnection, step_id: UUID, person_id: UUID) -> list[Attachment]:
    """What this person has attached to the step so far, oldest first."""
    found = await connection.execute(_GATHERED, {"step_id": step_id, "person_id": person_id})
    return [Attachment(**row._mapping) for row in found]


async def files_added(connection: AsyncConnection, step_id: UUID, person_id: UUID) -> tuple[int, int]:
    """How many files of this person wait with the step, and how many were ever added: removed ones stay on record."""
    row = (await connection.execute(_ADDED, {"step_id": step_id, "person_id": person_id})).one()
    return row.here, row.ever


async def is_received(connection: AsyncConnection, step_id: UUID, request_id: UUID) -> bool:
    """Whether this very form was kept as an answer to the step."""
    return (await connection.execute(_RECEIVED, {"step_id": step_id, "request_id": request_id})).scalar_one()


async def file_seen(connection: AsyncConnection, evidence_id: UUID, viewer: Viewer) -> Row[Any] | None:
    """A file of an action that this viewer may see."""
    return (await connection.execute(_SEEN_FILE, {"id": evidence_id, **viewer.scope})).one_or_none()


async def own_file(connection: AsyncConnection, evidence_id: UUID, step_id: UUID, person_id: UUID) -> Row[Any] | None:
    """A file that this person attached to a step themselves."""
    bound = {"id": evidence_id, "step": step_id, "person": person_id}
    return (await connection.execute(_OWN_FILE, bound)).one_or_none()


async def keep_blob(connection: AsyncConnection, values: Json) -> None:
    """Record a stored file; the same content twice is one blob."""
    await connection.execute(upsert(Blob).on_conflict_do_nothing(), values)


async def owned_files(connection: AsyncConnection, digests: list[bytes]) -> set[bytes]:
    """Which of these files the record speaks of."""
    return {bytes(row.sha256) for row in await connection.execute(_OWNED, {"digests": digests})}


async def insert_evidence(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    await connection.execute(insert(Evidence), rows)


async def withdraw_attachment(
    connection: AsyncConnection, evidence_id: UUID, step_id: UUID, person_id: UUID, now: datetime
) -> bool:
    gone = await connection.execute(
        _WITHDRAW, {"id": evidence_id, "step_id": step_id, "person_id": person_id, "now": now}
    )
    return gone.rowcount == 1
