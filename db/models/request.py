"""What owners ask for: help with what is in the way, and more time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base


class Barrier(Base):
    """What is in an owner's way, who was asked to help, and what they did about it.

    Giving the step to somebody else answers it without an `answer`: whoever has it then says what is in their way.
    `asked_id` may cover for `asked_for_id`, who is away; `answered_for_id` is whom the answer stood in for.
    """

    __tablename__ = "barrier"
    __table_args__ = (
        Index("ix_barrier_step_id", "step_id"),
        Index("ix_barrier_waiting", "asked_id", postgresql_where=text("answered_at IS NULL")),
        CheckConstraint("answered_for_id <> answered_by", name="answered_for_another"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    step_id: Mapped[UUID] = mapped_column(ForeignKey("step.id"))
    told_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    told_at: Mapped[datetime]
    barrier: Mapped[str]
    request_id: Mapped[UUID] = mapped_column(unique=True)
    asked_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]


class Extension(Base):
    """More time asked for, and decided by somebody else. The original date stays for ever.

    Giving the step to somebody else ends it without a `decision_reason`: whoever has it then asks for themselves.
    `decider_id` may cover for `decider_for_id`, who is away; `decided_for_id` is whom the decision stood in for.
    """

    __tablename__ = "extension"
    __table_args__ = (
        Index("uq_extension_pending", "step_id", unique=True, postgresql_where=text("decided_at IS NULL")),
        Index("ix_extension_waiting", "decider_id", postgresql_where=text("decided_at IS NULL")),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="decided_by_another"),
        CheckConstraint("decided_for_id NOT IN (decided_by, asked_by)", name="decided_for_another"),
        CheckConstraint("(decided_at IS NULL) = (granted IS NULL)", name="decided_has_decision"),
        CheckConstraint(
            "granted IS NOT TRUE OR (coalesce(length(risk_now), 0) > 0 AND coalesce(length(interim_control), 0) > 0"
            " AND revised_due_at IS NOT NULL)",
            name="granted_has_three_facts",
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    step_id: Mapped[UUID] = mapped_column(ForeignKey("step.id"))
    request_id: Mapped[UUID] = mapped_column(unique=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    reason: Mapped[str]
    wanted_due_at: Mapped[datetime]
    decider_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decider_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    granted: Mapped[bool | None]
    decision_reason: Mapped[str | None]
    risk_now: Mapped[str | None]
    interim_control: Mapped[str | None]
    revised_due_at: Mapped[datetime | None]
