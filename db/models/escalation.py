"""The ladder of late steps: which rungs fired, and how each was answered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, one_of
from domain.escalating import Decision, Overtaken


class Escalation(Base):
    """One rung of one step's ladder that fired. Each fires once; an answer gives risk, control and date.

    `asked_id` may cover for `asked_for_id`, who is away; `answered_for_id` is whom an answer stood in for.
    """

    __tablename__ = "escalation"
    __table_args__ = (
        UniqueConstraint("step_id", "rung"),
        one_of("answer_kind", Decision),
        CheckConstraint("(answer_kind IS NULL) = (answered_at IS NULL)", name="answered_has_kind"),
        CheckConstraint(
            "answer_kind IS NULL OR answer_kind = 'overtaken'"
            " OR (coalesce(length(risk_now), 0) > 0 AND coalesce(length(interim_control), 0) > 0)",
            name="answer_has_risk_and_control",
        ),
        CheckConstraint(
            "(answer_kind IS DISTINCT FROM 'revised date' OR revised_due_at IS NOT NULL)"
            " AND (answer_kind IS DISTINCT FROM 'support given' OR coalesce(length(support), 0) > 0)"
            " AND (answer_kind IS DISTINCT FROM 'reassigned' OR reassigned_to IS NOT NULL)",
            name="answer_has_its_facts",
        ),
        one_of("overtaken_because", Overtaken),
        CheckConstraint(
            "(overtaken_because IS NOT NULL) = (answer_kind IS NOT DISTINCT FROM 'overtaken')",
            name="overtaken_says_why",
        ),
        CheckConstraint("answered_for_id <> answered_by", name="answered_for_another"),
        Index("ix_escalation_action_id", "action_id"),
        Index(
            "ix_escalation_unanswered",
            "asked_id",
            postgresql_where=text("must_answer AND answered_at IS NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    step_id: Mapped[UUID] = mapped_column(ForeignKey("step.id"))
    rung: Mapped[int]
    role: Mapped[str]
    must_answer: Mapped[bool]
    asked_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    told: Mapped[list[Any]]
    due_when_fired: Mapped[datetime]
    expected_at: Mapped[datetime]
    fired_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answer_kind: Mapped[str | None]
    risk_now: Mapped[str | None]
    interim_control: Mapped[str | None]
    revised_due_at: Mapped[datetime | None]
    support: Mapped[str | None]
    reassigned_to: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    overtaken_because: Mapped[str | None]
    shown_hash: Mapped[bytes | None]
