"""Rows of evidence: attachments being gathered for an open step, and what was submitted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Blob, Evidence
from db.models.base import Json

_GATHERED = text(
    "SELECT v.id, v.filename, v.blob_sha256, b.size, b.media_type, v.added_at FROM evidence v"
    " JOIN blob b ON b.sha256 = v.blob_sha256 WHERE v.step_id = :step_id AND v.person_id = :person_id"
    " AND v.submission_id IS NULL AND v.withdrawn_at IS NULL ORDER BY v.added_at, v.id"
)
_WITHDRAW = text(
    "UPDATE evidence SET withdrawn_at = :now WHERE id = :id AND step_id = :step_id AND person_id = :person_id"
    " AND submission_id IS NULL AND withdrawn_at IS NULL"
)
_SUBMIT = text(
    "UPDATE evidence SET submission_id = :submission_id, kind = :kind, category = :category,"
    " effective_on = :effective_on, flags = CAST(:flags AS jsonb) WHERE id = :id"
)
_ELSEWHERE = text(
    "SELECT v.blob_sha256, array_agg(DISTINCT a.ref) AS refs FROM evidence v JOIN action a ON a.id = v.action_id"
    " JOIN submission u ON u.id = v.submission_id AND u.kept_as <> 'withdrawn'"
    " WHERE v.blob_sha256 = ANY(:hashes) AND v.action_id <> :action_id"
    " AND v.withdrawn_at IS NULL GROUP BY v.blob_sha256"
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file kept for a step and not yet submitted."""

    id: UUID
    filename: str
    blob_sha256: bytes
    size: int
    media_type: str
    added_at: datetime


async def gathered(connection: AsyncConnection, step_id: UUID, person_id: UUID) -> list[Attachment]:
    """What this person has attached to the step so far, oldest first."""
    found = await connection.execute(_GATHERED, {"step_id": step_id, "person_id": person_id})
    return [Attachment(**row._mapping) for row in found]


async def keep_blob(connection: AsyncConnection, values: Json) -> None:
    """Record a stored file; the same content twice is one blob."""
    await connection.execute(upsert(Blob).on_conflict_do_nothing(), values)


async def insert_evidence(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    await connection.execute(insert(Evidence), rows)


async def withdraw_attachment(
    connection: AsyncConnection, evidence_id: UUID, step_id: UUID, person_id: UUID, now: datetime
) -> bool:
    gone = await connection.execute(
        _WITHDRAW, {"id": evidence_id, "step_id": step_id, "person_id": person_id, "now": now}
    )
    return gone.rowcount == 1


async def submit_attachments(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    await connection.execute(_SUBMIT, rows)


async def used_on_other_actions(
    connection: AsyncConnection, hashes: list[bytes], action_id: UUID
) -> dict[bytes, list[str]]:
    """For each file already submitted to other actions, their references."""
    if not hashes:
        return {}
    found = await connection.execute(_ELSEWHERE, {"hashes": hashes, "action_id": action_id})
    return {bytes(row.blob_sha256): list(row.refs) for row in found}
