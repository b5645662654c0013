"""Checkpoints of the trail: in their table, and in a file outside the database that is only ever appended to."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import TrailCheckpoint
from domain.anchors import Anchor, first_wrong, make_anchor

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7011967)")
_HEAD = text("SELECT seq, hash FROM trail_entry ORDER BY seq DESC LIMIT 1")
_LAST = text("SELECT max(at) FROM trail_checkpoint")
_ALL = text("SELECT seq, at, head_hash, signature FROM trail_checkpoint ORDER BY seq")
_UNANCHORED = text(
    "SELECT at FROM trail_entry WHERE seq > coalesce((SELECT max(seq) FROM trail_checkpoint), 0) ORDER BY seq LIMIT 1"
)
_HASHES = text("SELECT seq, hash FROM trail_entry WHERE seq = ANY(:seqs)")
READABLE_BY_US = 0o600


@dataclass(frozen=True, slots=True)
class Astray:
    """Where trail and anchors disagree, in words."""

    reason: str


async def take_checkpoint(
    connection: AsyncConnection, key: bytes, now: datetime, since: datetime | None
) -> Anchor | None:
    """Put the head of the trail on record, unless that was done since then, or nothing was added to it."""
    await connection.execute(_ONE_AT_A_TIME)
    last: datetime | None = (await connection.execute(_LAST)).scalar_one()
    head = (await connection.execute(_HEAD)).one_or_none()
    if head is None or (since is not None and last is not None and last >= since):
        return None
    anchor = make_anchor(key, head.seq, now, bytes(head.hash))
    known = await table_anchors(connection)
    if any(one.seq == anchor.seq for one in known):
        return None
    facts = {"seq": anchor.seq, "at": now, "head_hash": anchor.head_hash, "signature": anchor.signature}
    await connection.execute(insert(TrailCheckpoint), facts)
    return anchor


async def unanchored_since(connection: AsyncConnection) -> datetime | None:
    """When the oldest entry was written that no checkpoint covers; None where all are covered."""
    return (await connection.execute(_UNANCHORED)).scalar_one_or_none()


async def table_anchors(connection: AsyncConnection) -> list[Anchor]:
    """The checkpoints that the database has, oldest first."""
    found = await connection.execute(_ALL)
    return [Anchor(row.seq, row.at, bytes(row.head_hash), bytes(row.signature)) for row in found]


def write_down(file: Path, anchors: list[Anchor], key: bytes) -> int:
    """Append those our file does not have yet, and see them on disk; how many they were.

    A line that was cut off by a crash is ended first, so that what follows it can be read.
    """
    text_now = file.read_text(encoding="utf-8") if file.exists() else ""
    good, _ = first_wrong(text_now.splitlines(), key)
    there = {anchor.seq for anchor in good}
    new = [anchor for anchor in anchors if anchor.is_ours(key) and anchor.seq not in there]
    if not new:
        return 0
    file.parent.mkdir(parents=True, exist_ok=True)
    is_cut = bool(text_now) and not text_now.endswith("\n")
    lines = ("\n" if is_cut else "") + "".join(anchor.line() for anchor in new)
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, READABLE_BY_US)
    try:
        os.write(handle, lines.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return len(new)


async def compare(connection: AsyncConnection, anchors: list[Anchor], length: int) -> Astray | None:
    """Whether the trail still holds what every anchor says it held; the first that disagrees, in words."""
    found = await connection.execute(_HASHES, {"seqs": [anchor.seq for anchor in anchors]})
    hashes = {row.seq: bytes(row.hash) for row in found}
    agreed = 0
    for anchor in sorted(anchors, key=lambda one: one.seq):
        when = f"{anchor.at:%-d %B %Y}"
        if anchor.seq > length:
            return Astray(
                f"it has {length} entries, and had {anchor.seq} on {when}: its end was cut off,"
                " or an older copy of the database was put back"
            )
        if hashes.get(anchor.seq) != anchor.head_hash:
            after = f"after entry {agreed}" if agreed else "from its start"
            return Astray(
                f"entry {anchor.seq} is not the one that was there on {when}: the trail was written anew {after}"
            )
        agreed = anchor.seq
    return None
