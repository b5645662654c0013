"""What was found, what will change, and the cycles an action goes through."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, Json, one_of
from domain.strength import Strength
from domain.vocabulary import Reopened, Risk, Source, Status


class Finding(Base):
    """What an audit, incident, complaint or other source showed.

    `theme` is as people wrote it; `theme_key` (`domain.themes.theme_key`) is what makes two themes the same one.
    """

    __tablename__ = "finding"
    __table_args__ = (
        one_of("source", Source),
        CheckConstraint("(theme IS NULL) = (theme_key IS NULL)", name="theme_has_key"),
        Index("ix_finding_location_theme", "location_id", "theme_key"),
        Index("ix_finding_theme", "theme_key", "created_at", postgresql_where=text("theme_key IS NOT NULL")),
        Index("ix_finding_external_ref", "external_ref", postgresql_where=text("external_ref IS NOT NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    source: Mapped[str | None]
    theme: Mapped[str | None]
    theme_key: Mapped[str | None]
    summary: Mapped[str]
    found_on: Mapped[date | None]
    external_ref: Mapped[str | None]
    created_at: Mapped[datetime]


class Action(Base):
    """One improvement action. Due instants are the end of the day in the provider's time zone unless set finer.

    The original due instant is written once, when the action is defined, and measured against for ever.
    `strength` is what the words suggest, unless `strength_is_chosen` says that a person set it.
    """

    __tablename__ = "action"
    __table_args__ = (
        one_of("status", Status),
        one_of("risk", Risk),
        one_of("strength", Strength),
        CheckConstraint(
            "status IN ('draft', 'cancelled', 'superseded') OR (location_id IS NOT NULL"
            " AND risk IS NOT NULL AND due_at IS NOT NULL AND original_due_at IS NOT NULL"
            " AND defined_at IS NOT NULL)",
            name="defined_before_leaving_draft",
        ),
        CheckConstraint(
            "(status IN ('cancelled', 'superseded')) = (ended_at IS NOT NULL)"
            " AND (ended_at IS NULL OR coalesce(length(ended_reason), 0) > 0)",
            name="ended_has_reason",
        ),
        CheckConstraint(
            "(status = 'superseded') = (superseded_by_id IS NOT NULL) AND superseded_by_id <> id",
            name="superseded_by_another",
        ),
        CheckConstraint("strength IS NOT NULL OR NOT strength_is_chosen", name="chosen_strength_is_there"),
        Index("ix_action_status_due", "status", "due_at"),
        Index("ix_action_location_status", "location_id", "status"),
        # The tracker's order: what has no date stands first.
        Index("ix_action_due", text("due_at NULLS FIRST"), "ref", "id"),
        Index("ix_action_owner_id", "owner_id"),
        Index(
            "ix_action_open_pathway",
            "pathway_version_id",
            postgresql_where=text("status NOT IN ('closed – monitoring', 'sustained', 'cancelled', 'superseded')"),
        ),
        Index("ix_action_finding_id", "finding_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ref: Mapped[str] = mapped_column(unique=True)
    finding_id: Mapped[UUID] = mapped_column(ForeignKey("finding.id"))
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    pathway_version_id: Mapped[UUID] = mapped_column(ForeignKey("pathway_version.id"))
    title: Mapped[str]
    what_will_change: Mapped[str]
    measure: Mapped[Json | None]
    outcome_test: Mapped[str | None]
    risk: Mapped[str | None]
    closure_criteria: Mapped[str | None]
    strength: Mapped[str | None]
    strength_is_chosen: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    status: Mapped[str]
    cycle: Mapped[int] = mapped_column(default=1)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[datetime | None]
    original_due_at: Mapped[datetime | None]
    draft_reasons: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    defined_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    defined_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    superseded_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("action.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Cycle(Base):
    """One pass from open to closed. An action has one open cycle at most.

    `reopened` is what opened it again, `opened_because` the words with it, `due_at` when it was first due.
    """

    __tablename__ = "cycle"
    __table_args__ = (
        UniqueConstraint("action_id", "number"),
        Index("uq_cycle_open", "action_id", unique=True, postgresql_where=text("closed_at IS NULL")),
        one_of("reopened", Reopened),
        CheckConstraint("(number = 1) = (reopened IS NULL)", name="later_cycles_say_why"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    number: Mapped[int]
    opened_at: Mapped[datetime]
    opened_because: Mapped[str | None]
    reopened: Mapped[str | None]
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class ActionRun(Base):
    """The engine's side of an action: its flow run, who holds the lease, and whether a wake was asked for."""

    __tablename__ = "action_run"
    __table_args__ = (
        Index("ix_action_run_wake", "wake_requested_at", postgresql_where=text("wake_requested_at IS NOT NULL")),
        Index("ix_action_run_flow_run_id", "flow_run_id"),
    )
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"), primary_key=True)
    flow_run_id: Mapped[UUID | None]
    lease_holder: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    wake_requested_at: Mapped[datetime | None]
    wake_seen_at: Mapped[datetime | None]
    waiting_for: Mapped[str | None]
    waiting_until: Mapped[datetime | None]
    view_shown_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    retry_at: Mapped[datetime | None]


class RefCounter(Base):
    """The last number given to an action in a year: FT-2026-0042."""

    __tablename__ = "ref_counter"
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
