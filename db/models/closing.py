"""Closure, and what is watched after it: re-audits, and findings that come back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, Json, one_of
from domain.vocabulary import ReAuditStatus


class Closure(Base):
    """A closed cycle: who approved it, why, what was measured, and a hash over what that relied on.

    A trigger refuses an approver who owned, evidenced or sampled the cycle, unless a small home's exception is named.
    """

    __tablename__ = "closure"
    __table_args__ = (
        UniqueConstraint("action_id", "cycle"),
        CheckConstraint("approver_id <> owner_id", name="approver_is_not_owner"),
        CheckConstraint("(small_home_id IS NULL) = (small_home_uses IS NULL)", name="exception_says_its_uses"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    cycle: Mapped[int]
    step_id: Mapped[UUID] = mapped_column(ForeignKey("step.id"))
    approver_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    rationale: Mapped[str]
    outcome: Mapped[Json]
    snapshot: Mapped[Json]
    snapshot_hash: Mapped[bytes]
    closed_at: Mapped[datetime]
    small_home_id: Mapped[UUID | None] = mapped_column(ForeignKey("small_home.id"))
    small_home_uses: Mapped[list[Any] | None]


class ReAudit(Base):
    """A check planned at closure, to see whether the improvement held."""

    __tablename__ = "re_audit"
    __table_args__ = (
        UniqueConstraint("action_id", "cycle", "number"),
        one_of("status", ReAuditStatus),
        CheckConstraint("status <> 'open' OR step_id IS NOT NULL", name="open_has_step"),
        Index("ix_re_audit_step_id", "step_id"),
        Index("ix_re_audit_waiting", "due_at", postgresql_where=text("status IN ('planned', 'open')")),
        # Prefect has to be told of it: planned without a run, or decided and its run not ended.
        Index("ix_re_audit_to_tell", "action_id", postgresql_where=text("run_told_at IS NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    cycle: Mapped[int]
    number: Mapped[int]
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="planned")
    step_id: Mapped[UUID | None] = mapped_column(ForeignKey("step.id"))
    decided_at: Mapped[datetime | None]
    flow_run_id: Mapped[UUID | None]
    run_told_at: Mapped[datetime | None]


class RepeatFinding(Base):
    """A new finding with the theme of an action that closed here in the last twelve months.

    A person decides whether the improvement did not hold, which reopens the action, or whether it is another matter.
    """

    __tablename__ = "repeat_finding"
    __table_args__ = (
        UniqueConstraint("closed_action_id", "found_action_id"),
        CheckConstraint("closed_action_id <> found_action_id", name="of_another"),
        CheckConstraint("(decided_at IS NULL) = (reopened IS NULL)", name="decided_has_decision"),
        CheckConstraint("decided_at IS NULL OR decided_by IS NOT NULL", name="decided_by_a_person"),
        CheckConstraint("decided_for_id <> decided_by", name="decided_for_another"),
        Index("ix_repeat_finding_waiting", "asked_id", postgresql_where=text("decided_at IS NULL")),
        Index("ix_repeat_finding_found", "found_action_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    closed_action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    cycle: Mapped[int]
    found_action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    noticed_at: Mapped[datetime]
    asked_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    reopened: Mapped[bool | None]
    reason: Mapped[str | None]
