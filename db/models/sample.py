"""Sample audits: how each was drawn, and what was found in its items."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, one_of


class SampleAudit(Base):
    """A sample drawn with a recorded seed, so that anyone can draw it again, and what was found in it.

    `population_items` is the list it was drawn from, as text, with its hash; `strata` names each group with how
    many it has, in the order they were given. `notes` is what had to be said about the list. A sample in
    which nothing applied is replaced by another, and stays.
    """

    __tablename__ = "sample_audit"
    __table_args__ = (
        CheckConstraint("population_size >= 1", name="population_not_empty"),
        CheckConstraint("size BETWEEN 1 AND population_size", name="size_within_population"),
        CheckConstraint(
            "(population_items IS NULL) = (list_sha256 IS NULL)"
            " AND (population_items IS NULL OR jsonb_array_length(population_items) = population_size)",
            name="list_is_the_population",
        ),
        CheckConstraint("(replaced_at IS NULL) = (replaced_because IS NULL)", name="replaced_says_why"),
        CheckConstraint("replaced_at IS NULL OR passed IS NULL", name="replaced_was_not_decided"),
        Index("uq_sample_audit_stands", "step_id", unique=True, postgresql_where=text("replaced_at IS NULL")),
        Index("ix_sample_audit_step_id", "step_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    step_id: Mapped[UUID] = mapped_column(ForeignKey("step.id"))
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    population: Mapped[str]
    population_size: Mapped[int]
    population_items: Mapped[list[Any] | None]
    list_name: Mapped[str | None]
    list_sha256: Mapped[bytes | None]
    strata: Mapped[list[Any] | None]
    notes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    seed: Mapped[str]
    size: Mapped[int]
    threshold: Mapped[Decimal]
    drawn_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    drawn_at: Mapped[datetime]
    passed: Mapped[bool | None]
    decided_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
    replaced_because: Mapped[str | None]


class SampleItem(Base):
    """One drawn item and what was found: pass, fail or not applicable."""

    __tablename__ = "sample_item"
    __table_args__ = (
        UniqueConstraint("sample_id", "position"),
        UniqueConstraint("sample_id", "item"),
        one_of("result", ("pass", "fail", "not applicable")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sample_id: Mapped[UUID] = mapped_column(ForeignKey("sample_audit.id"))
    position: Mapped[int]
    item: Mapped[int]
    label: Mapped[str]
    stratum: Mapped[str | None]
    result: Mapped[str | None]
    note: Mapped[str | None]
