"""What is shown: files as they are kept, and pieces of evidence."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, Json, one_of
from domain.vocabulary import Category, EvidenceKind


class Blob(Base):
    """A kept file, named by the SHA-256 of its content. Its bytes are on disk before this row commits."""

    __tablename__ = "blob"
    __table_args__ = (one_of("scan", ("clean", "not scanned", "quarantined")),)
    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    scan: Mapped[str]
    stored_at: Mapped[datetime]


class Evidence(Base):
    """One piece of evidence: a file, or a structured statement, or where it is recorded elsewhere.

    Without a submission it is an attachment still being gathered for an open step.
    `effective_on` is when it happened, apart from when it was sent.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        one_of("kind", EvidenceKind),
        one_of("category", Category),
        Index("ix_evidence_step_id", "step_id"),
        Index("ix_evidence_action_id", "action_id"),
        Index("ix_evidence_blob", "blob_sha256"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    step_id: Mapped[UUID] = mapped_column(ForeignKey("step.id"))
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    blob_sha256: Mapped[bytes | None] = mapped_column(ForeignKey("blob.sha256"))
    filename: Mapped[str | None]
    kind: Mapped[str | None]
    category: Mapped[str | None]
    effective_on: Mapped[date | None]
    statement: Mapped[str | None]
    details: Mapped[Json | None]
    added_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
