"""Evidence, sample audits, escalations, extensions, closure and what is checked after it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, Json, one_of
from domain.escalating import Decision, Overtaken
from domain.vocabulary import Category, EvidenceKind, ReAuditStatus


class Blob(Base):
    """A kept file, named by the SHA-256 of its content. Its bytes are on disk before this row commits."""

    __tablename__ = "blob"
    __table_args__ = (one_of("scan", ("clean", "not scanned", "quarantined")),)
    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    scan: Mapped[str]
    stored_at: Mapped[datetime]


class Evidence(Base):
    """One piece of evidence: a file, or a structured statement, or where it is recorded elsewhere.

    Without a submission it is an attachment still being gathered for an open step.
    `effective_on` is when it happened, apart from when it was sent.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        one_of("kind", EvidenceKind),
        one_of("category", Category),
        Index("ix_evidence_step_id", "step_id"),
        Index("ix_evidence_action_id", "action_id"),
        Index("ix_evidence_blob", "blob_sha256"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    step_id: Mapped[UUID] = mapped_column(ForeignKey("step.id"))
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    blob_sha256: Mapped[bytes | None] = mapped_column(ForeignKey("blob.sha256"))
    filename: Mapped[str | None]
    kind: Mapped[str | None]
    category: Mapped[str | None]
    effective_on: Mapped[date | None]
    statement: Mapped[str | None]
    details: Mapped[Json | None]
    added_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


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


class Closure(Base):
    """A closed cycle: who approved it, why, what was measured, and a hash over what that relied on.

    A trigger refuses an approver who owned, evidenced or sampled the cycle, unless a small home's exception is named.
    """

    __tablename__ = "closure"
    __table_args__ = (
        UniqueConstraint("action_id", "cycle"),
        CheckConstraint("approver_id <> owner_id", name="approver_is_not_owner"),
        CheckConstraint("(small_home_id IS NULL) = (small_home_uses IS NULL)", name="exception_says_its_uses"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    cycle: Mapped[int]
    step_id: Mapped[UUID] = mapped_column(ForeignKey("step.id"))
    approver_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    rationale: Mapped[str]
    outcome: Mapped[Json]
    snapshot: Mapped[Json]
    snapshot_hash: Mapped[bytes]
    closed_at: Mapped[datetime]
    small_home_id: Mapped[UUID | None] = mapped_column(ForeignKey("small_home.id"))
    small_home_uses: Mapped[list[Any] | None]


class ReAudit(Base):
    """A check planned at closure, to see whether the improvement held."""

    __tablename__ = "re_audit"
    __table_args__ = (
        UniqueConstraint("action_id", "cycle", "number"),
        one_of("status", ReAuditStatus),
        CheckConstraint("status <> 'open' OR step_id IS NOT NULL", name="open_has_step"),
        Index("ix_re_audit_step_id", "step_id"),
        Index("ix_re_audit_waiting", "due_at", postgresql_where=text("status IN ('planned', 'open')")),
        # Prefect has to be told of it: planned without a run, or decided and its run not ended.
        Index("ix_re_audit_to_tell", "action_id", postgresql_where=text("run_told_at IS NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    cycle: Mapped[int]
    number: Mapped[int]
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="planned")
    step_id: Mapped[UUID | None] = mapped_column(ForeignKey("step.id"))
    decided_at: Mapped[datetime | None]
    flow_run_id: Mapped[UUID | None]
    run_told_at: Mapped[datetime | None]


class RepeatFinding(Base):
    """A new finding with the theme of an action that closed here in the last twelve months.

    A person decides whether the improvement did not hold, which reopens the action, or whether it is another matter.
    """

    __tablename__ = "repeat_finding"
    __table_args__ = (
        UniqueConstraint("closed_action_id", "found_action_id"),
        CheckConstraint("closed_action_id <> found_action_id", name="of_another"),
        CheckConstraint("(decided_at IS NULL) = (reopened IS NULL)", name="decided_has_decision"),
        CheckConstraint("decided_at IS NULL OR decided_by IS NOT NULL", name="decided_by_a_person"),
        CheckConstraint("decided_for_id <> decided_by", name="decided_for_another"),
        Index("ix_repeat_finding_waiting", "asked_id", postgresql_where=text("decided_at IS NULL")),
        Index("ix_repeat_finding_found", "found_action_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    closed_action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    cycle: Mapped[int]
    found_action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    noticed_at: Mapped[datetime]
    asked_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_for_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    reopened: Mapped[bool | None]
    reason: Mapped[str | None]
