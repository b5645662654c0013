"""Who works where, as what, and when they are away."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, one_of
from domain.vocabulary import Identified, Role


def _same(words: str) -> str:
    """A range of one number that stands for equality of these words: such an index needs no extension."""
    number = f"hashtextextended({words}, 0)"
    return f"int8range({number}, {number}, '[]')"


class Location(Base):
    """A home or service that CQC knows as a location."""

    __tablename__ = "location"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    opens: Mapped[time] = mapped_column(default=time(7), server_default=text("'07:00'"))
    closes: Mapped[time] = mapped_column(default=time(21), server_default=text("'21:00'"))
    created_at: Mapped[datetime]


class Person(Base):
    """Somebody who does, checks or reads. A leaver keeps the row and loses every way in."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    left_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class RoleAssignment(Base):
    """A role held at one location, or at all (no location), from a date, to a date (inclusive)."""

    __tablename__ = "role_assignment"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates_in_order"),
        Index(
            "uq_role_assignment_current",
            "person_id",
            "role",
            "location_id",
            unique=True,
            postgresql_where=text("ends_on IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_role_assignment_role", "role", "location_id"),
        ExcludeConstraint(
            (text(_same("person_id::text || role || coalesce(location_id::text, '')")), "&&"),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="ex_role_assignment_held_once",
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class Absence(Base):
    """A person is away from a date to a date (inclusive), and names who covers. Why they are away is nobody’s business.

    One that was called off is kept with the moment it was. One that ended early ends on its last day.
    """

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
        CheckConstraint("cover_id IS NULL OR cover_id <> person_id", name="cover_is_another"),
        Index("ix_absence_person_id", "person_id"),
        Index("ix_absence_cover_id", "cover_id"),
        ExcludeConstraint(
            (text(_same("person_id::text")), "&&"),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            where=text("cancelled_at IS NULL"),
            name="ex_absence_away_once",
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    cover_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    created_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    request_id: Mapped[UUID | None] = mapped_column(unique=True)
    cancelled_at: Mapped[datetime | None]


class Session(Base):
    """A signed-in browser. Only the hash of its token is known here."""

    __tablename__ = "session"
    __table_args__ = (one_of("identified_by", Identified), Index("ix_session_person_id", "person_id"))
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    identified_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInTry(Base):
    """One wrong try at a password, kept a day, so that guessing is slowed for the pair of address and place."""

    __tablename__ = "sign_in_try"
    __table_args__ = (Index("ix_sign_in_try_key_at", "key", "at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[bytes]
    at: Mapped[datetime]
