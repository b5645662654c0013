"""The audit trail: one hash chain, appended to and never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
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


class TrailCheckpoint(Base):
    """How long the chain was at a moment and what its head hash was, signed, also written outside the database."""

    __tablename__ = "trail_checkpoint"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    head_hash: Mapped[bytes]
    signature: Mapped[bytes]
