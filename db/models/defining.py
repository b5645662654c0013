"""What a definition refers to, and what somebody is still writing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, Json


class FrameworkReference(Base):
    """A statement of one version of a framework that an action is about. `place` keeps the order it was chosen in."""

    __tablename__ = "framework_reference"
    __table_args__ = (Index("ix_framework_reference_statement", "framework", "statement"),)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"), primary_key=True)
    framework: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    statement: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int]
    chosen_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    chosen_at: Mapped[datetime]


class CrosswalkChange(Base):
    """What somebody made of one row of the crosswalk: its counterparts from then on, over what ships.

    The newest of a row counts. Without counterparts (NULL, not an empty list) it says again what ships.
    """

    __tablename__ = "crosswalk_change"
    __table_args__ = (
        CheckConstraint("length(reason) > 0", name="says_why"),
        Index("ix_crosswalk_change_row", "from_framework", "statement", "to_framework", "changed_at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    from_framework: Mapped[str]
    statement: Mapped[str]
    to_framework: Mapped[str]
    counterparts: Mapped[list[Any] | None]
    reason: Mapped[str]
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
    request_id: Mapped[UUID] = mapped_column(unique=True)


class DefinitionDraft(Base):
    """What one person has typed of a new action so far; nobody else sees it.

    Once it has become an action it holds that action's key and no words any more.
    """

    __tablename__ = "definition_draft"
    __table_args__ = (Index("ix_definition_draft_person_id", "person_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    typed: Mapped[Json]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    action_id: Mapped[UUID | None] = mapped_column(ForeignKey("action.id"))
