"""The outbox: what people are to be told, written with the change that causes it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, Json, one_of


class Message(Base):
    """One mail to one person. Rendered at delivery from its kind and the facts frozen here."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("status", ("queued", "sending", "sent", "dead")),
        CheckConstraint("(status = 'sent') = (accepted_at IS NOT NULL)", name="sent_was_accepted"),
        Index(
            "ix_message_due",
            "priority",
            "next_attempt_at",
            postgresql_where=text("status IN ('queued', 'sending')"),
        ),
        Index("ix_message_action_id", "action_id"),
        Index("ix_message_dead", "created_at", postgresql_where=text("status = 'dead'")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    to_address: Mapped[str]
    to_name: Mapped[str]
    action_id: Mapped[UUID | None] = mapped_column(ForeignKey("action.id"))
    step_id: Mapped[UUID | None] = mapped_column(ForeignKey("step.id"))
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("link.id"))
    thread_id: Mapped[UUID | None]
    context: Mapped[Json]
    priority: Mapped[int] = mapped_column(default=5)
    status: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]


class ImportBatch(Base):
    """One import of a provider's tracker: the file, how it was read, who did it.

    `last_row_at` is its last sign of life, by the clock of the database.
    """

    __tablename__ = "import_batch"
    __table_args__ = (one_of("status", ("preview", "running", "done", "failed")),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    filename: Mapped[str]
    sha256: Mapped[bytes]
    layout: Mapped[Json]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    status: Mapped[str]
    rows_total: Mapped[int]
    rows_done: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    last_row_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    finished_at: Mapped[datetime | None]


class ImportRow(Base):
    """One row as it stood in the provider's file, every cell kept, and what became of it.

    `became` says what the import made of it; history is a row closed elsewhere, which is no action here.
    `told_at` says that whoever has to act on it was told, or had nothing to be told.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        one_of("outcome", ("new", "attention")),
        one_of("became", ("action", "draft", "history")),
        Index("ix_import_row_action_id", "action_id"),
        Index("ix_import_row_batch_id", "batch_id", "sheet", "row_number"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("import_batch.id"))
    fingerprint: Mapped[bytes] = mapped_column(unique=True)
    sheet: Mapped[str]
    row_number: Mapped[int]
    cells: Mapped[Json]
    codes: Mapped[list[Any]]
    outcome: Mapped[str]
    became: Mapped[str]
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    action_id: Mapped[UUID | None] = mapped_column(ForeignKey("action.id"))
    told_at: Mapped[datetime | None]
