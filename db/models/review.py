"""The weekly tracker review of each location, what was said of each action, and the ladder when nobody did it."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, one_of
from domain.escalating import Overtaken
from domain.reviewing import ReviewStatus, Said


class ReviewSchedule(Base):
    """When a location's weekly review opens, where that is not Monday at nine. Monday is 0."""

    __tablename__ = "review_schedule"
    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_known"),)
    location_id: Mapped[UUID] = mapped_column(ForeignKey("location.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[time]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]


class Review(Base):
    """One location's review of one week; planned ahead, so that it can be seen coming.

    `week` is the Monday it belongs to. One for each location and week, and one open at a time.
    """

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("location_id", "week"),
        one_of("status", ReviewStatus),
        CheckConstraint("EXTRACT(ISODOW FROM week) = 1", name="week_begins_on_monday"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_says_when"),
        CheckConstraint("status IN ('planned', 'not needed') OR opened_at IS NOT NULL", name="opened_says_when"),
        Index("uq_review_open", "location_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_review_live", "opens_at", postgresql_where=text("status IN ('planned', 'open')")),
        Index("ix_review_untold", "id", postgresql_where=text("ended_in_prefect_at IS NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    location_id: Mapped[UUID] = mapped_column(ForeignKey("location.id"))
    week: Mapped[date]
    status: Mapped[str] = mapped_column(default=ReviewStatus.PLANNED.value)
    opens_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    role: Mapped[str | None]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    assigned_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    request_id: Mapped[UUID | None] = mapped_column(unique=True)
    flow_run_id: Mapped[UUID | None]
    ended_in_prefect_at: Mapped[datetime | None]


class ReviewLine(Base):
    """One action in one review, and what was said of it."""

    __tablename__ = "review_line"
    __table_args__ = (
        UniqueConstraint("review_id", "action_id"),
        one_of("said", Said),
        Index("ix_review_line_action_id", "action_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"))
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    said: Mapped[str | None]
    note: Mapped[str | None]
    saved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime | None]
    barrier_id: Mapped[UUID | None] = mapped_column(ForeignKey("barrier.id"))


class ReviewRung(Base):
    """One rung of one review's ladder that fired. Each fires once.

    `asked_id` may cover for `asked_for_id`, who is away; `answered_for_id` is whom an answer stood in for.
    """

    __tablename__ = "review_rung"
    __table_args__ = (
        UniqueConstraint("review_id", "rung"),
        one_of("overtaken_because", Overtaken),
        CheckConstraint(
            "answered_at IS NULL OR overtaken_because IS NOT NULL"
            " OR (coalesce(length(answer), 0) > 0 AND answered_by IS NOT NULL)",
            name="answered_says_what",
        ),
        CheckConstraint("answered_for_id <> answered_by", name="answered_for_another"),
        Index("ix_review_rung_unanswered", "asked_id", postgresql_where=text("must_answer AND answered_at IS NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"))
    rung: Mapped[int]
    role: Mapped[str]
    must_answer: Mapped[bool]
    asked_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    told: Mapped[list[Any]]
    expected_at: Mapped[datetime]
    fired_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str | None]
    overtaken_because: Mapped[str | None]
