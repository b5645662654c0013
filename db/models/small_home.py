"""Small homes: where people may check or approve what they did, for a time, confirmed by somebody else."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base


class SmallHome(Base):
    """An exception from separation of duties at one location: recorded, confirmed or not by another person, ended."""

    __tablename__ = "small_home"
    __table_args__ = (
        CheckConstraint("length(reason) > 0", name="has_reason"),
        CheckConstraint("ends_on <= recorded_on + interval '12 months'", name="ends_within_a_year"),
        CheckConstraint("ends_on >= recorded_on", name="ends_after_it_begins"),
        CheckConstraint("decided_by <> recorded_by", name="decided_by_another"),
        CheckConstraint("decided_for_id <> decided_by", name="decided_for_another"),
        CheckConstraint(
            "(decided_at IS NULL) = (confirmed IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="decided_has_decision",
        ),
        CheckConstraint(
            "ended_at IS NULL OR (ended_by IS NOT NULL AND coalesce(length(ended_reason), 0) > 0)",
            name="ended_has_reason",
        ),
        Index("ix_small_home_confirmed", "location_id", postgresql_where=text("confirmed")),
        Index("uq_small_home_waiting", "location_id", unique=True, postgresql_where=text("decided_at IS NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    location_id: Mapped[UUID] = mapped_column(ForeignKey("location.id"))
    request_id: Mapped[UUID] = mapped_column(unique=True)
    reason: Mapped[str]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    recorded_on: Mapped[date]
    ends_on: Mapped[date]
    asked_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    asked_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    confirmed: Mapped[bool | None]
    decision_reason: Mapped[str | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]
