"""Mails that will not be sent, and who sees to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, one_of


class Undelivered(Base):
    """A mail that will not be sent, as a task for a manager; settled when somebody saw to it.

    One open task for each mail: a corrected address that is refused too makes another.
    """

    __tablename__ = "undelivered"
    __table_args__ = (
        one_of("how", ("sent again", "given to somebody else", "told in another way", "not needed any more")),
        CheckConstraint("(settled_at IS NULL) = (how IS NULL)", name="settled_says_how"),
        CheckConstraint("settled_for_id <> settled_by", name="settled_for_another"),
        Index("uq_undelivered_open", "message_id", unique=True, postgresql_where=text("settled_at IS NULL")),
        Index("ix_undelivered_asked", "asked_id", postgresql_where=text("settled_at IS NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"))
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    asked_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    to_address: Mapped[str]
    error: Mapped[str]
    opened_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    settled_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    how: Mapped[str | None]
    note: Mapped[str | None]
