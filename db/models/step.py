"""What people are asked, what they answered, and the links by which they answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, Json, one_of
from domain.vocabulary import Control, Form, Identified, Outcome, StepStatus


class Step(Base):
    """One human task of an action, in one round of one cycle.

    `assignee_id` is who is asked; `assigned_for_id` is whom they cover, where they do.
    `given_at` is when it went to whoever has it, where that was after it opened; `opened_at` stays.
    Settling is one guarded update on `status = 'open'`: its row count says who won.
    `return_reasons` says for each of `returned_keys` why it goes back; `reasons` says it in general.
    """

    __tablename__ = "step"
    __table_args__ = (
        UniqueConstraint("action_id", "cycle", "key", "round"),
        one_of("control", Control),
        one_of("form", Form),
        one_of("status", StepStatus),
        one_of("outcome", Outcome),
        CheckConstraint("(status = 'settled') = (outcome IS NOT NULL)", name="settled_has_outcome"),
        CheckConstraint("(status = 'open') = (settled_at IS NULL)", name="open_is_unsettled"),
        Index("ix_step_open_due", "due_at", postgresql_where=text("status = 'open'")),
        Index("ix_step_open_assignee", "assignee_id", postgresql_where=text("status = 'open'")),
        # What somebody has or had part in, for lists of what they may see.
        Index("ix_step_assignee", "assignee_id", "action_id"),
        Index("ix_step_assigned_for", "assigned_for_id", postgresql_where=text("assigned_for_id IS NOT NULL")),
        Index(
            "ix_step_open_judging",
            "role",
            "action_id",
            postgresql_where=text("status = 'open' AND form IN ('sample', 'approval')"),
        ),
        Index("ix_step_settled_by", "settled_by", "action_id", postgresql_where=text("settled_by IS NOT NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    cycle: Mapped[int]
    key: Mapped[str]
    round: Mapped[int]
    control: Mapped[str]
    form: Mapped[str]
    title: Mapped[str]
    role: Mapped[str]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    assigned_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    status: Mapped[str] = mapped_column(default=StepStatus.OPEN.value)
    outcome: Mapped[str | None]
    opened_at: Mapped[datetime]
    given_at: Mapped[datetime | None]
    opened_because: Mapped[Json | None]
    due_at: Mapped[datetime]
    original_due_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    returned_keys: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    reasons: Mapped[str | None]
    return_reasons: Mapped[Json] = mapped_column(server_default=text("'{}'"), default=dict)
    shown_hash: Mapped[bytes | None]


class Submission(Base):
    """What a person sent, kept byte for byte, whether or not it was the answer that counted.

    Whoever sent it may take it back before anybody looked; it stays here as withdrawn, and counts for nothing.
    """

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("step_id", "request_id"),
        one_of("identified_by", Identified),
        one_of("kept_as", ("answer", "late", "draft", "withdrawn")),
        CheckConstraint(
            "(kept_as = 'withdrawn') = (withdrawn_at IS NOT NULL)"
            " AND (withdrawn_at IS NULL) = (withdrawn_because IS NULL)",
            name="withdrawn_has_reason",
        ),
        Index("uq_submission_answer", "step_id", unique=True, postgresql_where=text("kept_as = 'answer'")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    step_id: Mapped[UUID] = mapped_column(ForeignKey("step.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    identified_by: Mapped[str]
    request_id: Mapped[UUID]
    kept_as: Mapped[str]
    answer: Mapped[Json]
    form_version: Mapped[str]
    after_due: Mapped[bool]
    received_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]


class Link(Base):
    """A way in from an e-mail, to one step, for one person. The token itself is nowhere in the database."""

    __tablename__ = "link"
    __table_args__ = (
        one_of("purpose", ("step", "password")),
        CheckConstraint("(purpose = 'step') = (step_id IS NOT NULL)", name="step_link_has_step"),
        Index("ix_link_step_id", "step_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    step_id: Mapped[UUID | None] = mapped_column(ForeignKey("step.id"))
    purpose: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class LinkSession(Base):
    """The short-lived cookie that a link's first opening is exchanged for; opens that link's step and nothing else."""

    __tablename__ = "link_session"
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    link_id: Mapped[UUID] = mapped_column(ForeignKey("link.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
