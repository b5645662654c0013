"""The trail's chain: appending to it, and checking it.

Each entry's hash covers the one before it. Words of people are covered through a salted digest,
so that erasing them by law leaves the chain whole. One writer at a time, by advisory lock, taken
last in a transaction so that it is held for as short as can be.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import TrailEntry
from db.models.base import Json
from domain.actors import Actor

VERSION = "1"
START = bytes(32)
_HEAD = text("SELECT seq, hash FROM trail_head()")


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, before it is chained. `words` holds what changed (old and new) and the reason."""

    what: str
    object_type: str
    object_id: UUID | None = None
    action_id: UUID | None = None
    location_id: UUID | None = None
    words: Json | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that does not fit, and why."""

    seq: int
    reason: str


def canonical(value: Json) -> bytes:
    """One byte string for one value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode()


def digest_words(salt: bytes, words: Json) -> bytes:
    """The salted digest that stands for people's words in the chain."""
    return hmac.digest(salt, canonical(words), "sha256")


def entry_hash(row: dict[str, Any]) -> bytes:
    """The hash of one entry: the one before it and every column but the words themselves."""
    at: datetime = row["at"]
    covered = {
        "seq": row["seq"],
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": _text(row["actor_id"]),
        "role": row["role"],
        "identified_by": row["identified_by"],
        "location_id": _text(row["location_id"]),
        "action_id": _text(row["action_id"]),
        "object_type": row["object_type"],
        "object_id": _text(row["object_id"]),
        "what": row["what"],
        "request_id": _text(row["request_id"]),
        "version": row["version"],
        "words_digest": row["words_digest"].hex(),
    }
    return hashlib.sha256(row["previous_hash"] + canonical(covered)).digest()


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


async def append(
    connection: AsyncConnection, entries: Sequence[Entry], actor: Actor, at: datetime, request_id: UUID | None
) -> None:
    """Chain entries onto the trail. Takes the trail's lock until the transaction ends: call it last."""
    if not entries:
        return
    head = (await connection.execute(_HEAD)).one_or_none()
    seq, previous = (head.seq, bytes(head.hash)) if head else (0, START)
    rows: list[dict[str, Any]] = []
    for entry in entries:
        seq += 1
        row = _row(entry, actor, at, request_id, seq, previous)
        previous = row["hash"]
        rows.append(row)
    await connection.execute(insert(TrailEntry), rows)


def _row(
    entry: Entry, actor: Actor, at: datetime, request_id: UUID | None, seq: int, previous: bytes
) -> dict[str, Any]:
    salt = secrets.token_bytes(16)
    words: Json = json.loads(canonical(entry.words or {}))
    row: dict[str, Any] = {
        "seq": seq,
        "at": at,
        "actor_id": actor.person_id,
        "role": actor.role,
        "identified_by": str(actor.identified_by),
        "location_id": entry.location_id,
        "action_id": entry.action_id,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "what": entry.what,
        "request_id": request_id,
        "version": VERSION,
        "words": words,
        "salt": salt,
        "words_digest": digest_words(salt, words),
        "previous_hash": previous,
    }
    row["hash"] = entry_hash(row)
    return row


async def verify(connection: AsyncConnection) -> tuple[int, Fault | None]:
    """Walk the chain from its start: how many entries hold, and the first that does not."""
    seq, previous = 0, START
    async for row in _rows(connection):
        fault = _fault_in(row, seq + 1, previous)
        if fault:
            return seq, fault
        seq, previous = row["seq"], row["hash"]
    return seq, None


async def _rows(connection: AsyncConnection) -> AsyncIterator[dict[str, Any]]:
    statement = select(TrailEntry.__table__).order_by(TrailEntry.seq)
    async with connection.stream(statement) as result:
        async for row in result.mappings():
            yield dict(row)


def _fault_in(row: dict[str, Any], seq: int, previous: bytes) -> Fault | None:
    if row["seq"] != seq:
        return Fault(seq, f"entry {seq} is missing; the next one there is is {row['seq']}")
    if row["previous_hash"] != previous:
        return Fault(seq, "it does not follow the entry before it")
    if row["salt"] is not None and digest_words(row["salt"], row["words"]) != row["words_digest"]:
        return Fault(seq, "its words were changed")
    if entry_hash(row) != row["hash"]:
        return Fault(seq, "it was changed")
    return None
