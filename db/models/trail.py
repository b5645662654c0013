"""The audit trail: one hash chain, appended to and never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Json


class TrailEntry(Base):
    """Who did what, how they were identified, what changed and why.

    The hash covers a salted digest of `words`, not the words, so that lawful erasure leaves the chain whole.
    A trigger refuses UPDATE and DELETE (erasing `words` and `salt` alone is allowed to its own command).
    """

    __tablename__ = "trail_entry"
    __table_args__ = (Index("ix_trail_entry_action_id", "action_id", "seq"), Index("ix_trail_entry_at", "at"))
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    role: Mapped[str | None]
    identified_by: Mapped[str]
    location_id: Mapped[UUID | None]
    action_id: Mapped[UUID | None]
    object_type: Mapped[str]
    object_id: Mapped[UUID | None]
    what: Mapped[str]
    request_id: Mapped[UUID | None]
    version: Mapped[str]
    words: Mapped[Json | None]
    salt: Mapped[bytes | None]
    words_digest: Mapped[bytes]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]


class TrailPending(Base):
    """Entries of a transaction that has not committed: a deferred trigger chains them onto the trail at its commit.

    So the chain's lock is held for the commit alone, and never while a client thinks. Rows live
    and die inside one transaction, so nothing is lost by not logging them.
    """

    __tablename__ = "trail_pending"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 - SQLAlchemy's own form
    n: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    role: Mapped[str | None]
    identified_by: Mapped[str]
    location_id: Mapped[UUID | None]
    action_id: Mapped[UUID | None]
    object_type: Mapped[str]
    object_id: Mapped[UUID | None]
    what: Mapped[str]
    request_id: Mapped[UUID | None]
    version: Mapped[str]
    words: Mapped[Json | None]
    salt: Mapped[bytes | None]
    words_digest: Mapped[bytes]
    body_digest: Mapped[bytes]


class TrailCheckpoint(Base):
    """How long the chain was at a moment and what its head hash was, signed, also written outside the database."""

    __tablename__ = "trail_checkpoint"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    head_hash: Mapped[bytes]
    signature: Mapped[bytes]
