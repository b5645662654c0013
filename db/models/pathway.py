"""Pathway versions, which never change once published, and the drafts that the next ones come from."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, Json, metadata, one_of

PUBLISHED_GUARD = """
CREATE FUNCTION published_pathway_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'Pathway %, version %, is published and cannot be changed or deleted. Publish the next.',
            OLD.key, OLD.version;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$
"""

PUBLISHED_TRIGGER = """
CREATE TRIGGER published_pathway_stays BEFORE UPDATE OR DELETE ON pathway_version
FOR EACH ROW EXECUTE FUNCTION published_pathway_stays()
"""

for statement in (PUBLISHED_GUARD, PUBLISHED_TRIGGER):
    event.listen(metadata, "after_create", DDL(statement.replace("%", "%%")))


class PathwayVersion(Base):
    """One version of a pathway. A published version never changes; an action pins the one it was defined under.

    `source` is the text it was published from, comments and all; `published_by` is empty for an operator.
    """

    __tablename__ = "pathway_version"
    __table_args__ = (UniqueConstraint("key", "version"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str]
    version: Mapped[int]
    definition: Mapped[Json]
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    source: Mapped[str | None]
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class PathwayDraft(Base):
    """What the next version of a pathway is to be. A pathway has one open draft at most."""

    __tablename__ = "pathway_draft"
    __table_args__ = (
        one_of("ended_as", ("published", "discarded")),
        CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="ended_has_how"),
        Index("uq_pathway_draft_open", "key", unique=True, postgresql_where=text("ended_at IS NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str]
    started_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]


class PathwayDraftSave(Base):
    """One save of a draft; the draft is its highest revision.

    What came after somebody else's save has no revision: it is kept, and is not the draft.
    """

    __tablename__ = "pathway_draft_save"
    __table_args__ = (UniqueConstraint("draft_id", "revision"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    draft_id: Mapped[UUID] = mapped_column(ForeignKey("pathway_draft.id"))
    revision: Mapped[int | None]
    text: Mapped[str]
    saved_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime]
    request_id: Mapped[UUID] = mapped_column(unique=True)
