"""The trail's chain: appending to it, and checking it.

Each entry's hash covers the one before it. Words of people are covered through a salted digest,
so that erasing them by law leaves the chain whole. One writer at a time: a deferred trigger takes
the chain's lock and numbers and hashes the entries when their transaction commits.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import TrailEntry
from db.models.base import Json
from domain.actors import Actor

VERSION = "1"
START = bytes(32)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


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
    return _CANONICAL.encode(value).encode()


def digest_words(salt: bytes, words: Json) -> bytes:
    """The salted digest that stands for people's words in the chain."""
    return hmac.digest(salt, canonical(words), "sha256")


def body_digest(row: dict[str, Any]) -> bytes:
    """The digest of one entry's body: every column but its place in the chain and the words themselves."""
    at: datetime = row["at"]
    covered = {
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
    return hashlib.sha256(canonical(covered)).digest()


def entry_hash(row: dict[str, Any]) -> bytes:
    """The hash of one entry: the one before it, its number in eight bytes, and its body."""
    return hashlib.sha256(row["previous_hash"] + row["seq"].to_bytes(8, "big") + body_digest(row)).digest()


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


PENDING = (
    *("at", "actor_id", "role", "identified_by", "location_id", "action_id", "object_type", "object_id", "what"),
    *("request_id", "version", "words", "salt", "words_digest", "body_digest"),
)
"""The columns of `trail_pending` that are written; the database chains the rows at commit, in their order."""


def pending_row(entry: Entry, actor: Actor, at: datetime, request_id: UUID | None) -> dict[str, Any]:
    """What is written of one entry, its digests included."""
    salt = secrets.token_bytes(16)
    words: Json = json.loads(canonical(entry.words or {}))
    row: dict[str, Any] = {
        "at": at,
        "actor_id": actor.person_id or actor.key_id,
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
    }
    row["body_digest"] = body_digest(row)
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
