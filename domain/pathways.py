"""Pathways: which steps an action goes through, who does them, by when, and what happens when nobody does.

A pathway is versioned data, never code. Steps are found by key, never by position, so that a
version published later cannot make one person's answer count as another's.
"""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from domain.spans import Exact, Span, WorkingDays, parse_span
from domain.vocabulary import Category, Control, EvidenceKind, Form, Risk, Role


def _span(stated: object) -> object:
    return parse_span(stated) if isinstance(stated, str) else stated


SpanText = Annotated[Span, BeforeValidator(_span), PlainSerializer(str, return_type=str)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]

OWNER = "owner"
RE_AUDIT = "re-audit"
Who = Annotated[str, Field(description="“owner”, or a role")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _known(who: str) -> str:
    if who != OWNER and who not in set(Role):
        raise ValueError(f"“{who}” is neither “owner” nor a role. Roles: {', '.join(Role)}.")
    return who


KnownWho = Annotated[str, BeforeValidator(_known)]


class EvidenceStep(_Strict):
    """One thing somebody does and shows. Evidence steps run in parallel unless `after` names others."""

    key: Key
    title: str
    form: Form = Form.EVIDENCE
    who: KnownWho = OWNER
    due: SpanText | None = None
    """From the opening of the step; without it, the action's own due date."""
    counts: tuple[str, ...] = ()
    """What counts as evidence, in the words the person reads."""
    kinds: tuple[EvidenceKind, ...] = ()
    category: Category
    after: tuple[Key, ...] = ()
    required: bool = True


class SampleStep(_Strict):
    """A sample of later records, drawn by somebody other than the owner, that tests whether practice changed."""

    key: Key = "sample"
    title: str
    who: KnownWho
    due: SpanText
    size: int | None = Field(default=None, ge=1, le=500)
    """A fixed number; without it the default sizes for the population."""
    threshold: Decimal = Field(default=Decimal("0.9"), gt=0, le=1)
    category: Category = Category.OUTCOMES
    """Which CQC category a passed sample is evidence of."""
    of: str
    """What the sample is drawn from, in words: “daily records since the briefing”."""


class ApprovalStep(_Strict):
    """The decision that improvement was shown, by somebody who did none of the work and none of the checking."""

    key: Key = "approval"
    title: str
    who: KnownWho
    due: SpanText


class Rung(_Strict):
    """One rung of the ladder: after how much lateness, who is told, and who must answer."""

    after: SpanText
    tell: tuple[KnownWho, ...] = ()
    answer: KnownWho | None = None


class Assigning(_Strict):
    """Who finds an owner where there is none, and how long people have to answer."""

    by: KnownWho = Role.REGISTERED_MANAGER
    due: SpanText
    accept_within: SpanText


class Defining(_Strict):
    """Who completes a draft, and how long they have."""

    by: KnownWho = Role.QUALITY_LEAD
    due: SpanText


class ReAuditPlan(_Strict):
    """When improvement is checked again after closure, by whom, and what follows when it did not hold."""

    who: KnownWho
    due: SpanText
    """From the day of the re-audit, which is when it is asked for."""
    after: dict[Risk, tuple[SpanText, ...]]
    """When the re-audits are, from closure."""
    missed_after: SpanText = WorkingDays(5)
    """From the last rung of its ladder: a re-audit nobody did by then counts as missed, and the action reopens."""
    reopened_for: SpanText = WorkingDays(20)
    """How long a reopened action has; its original date stays beside it."""


class Pathway(_Strict):
    """One version of a pathway."""

    key: Key
    version: int = Field(ge=1)
    title: str
    define: Defining
    assign: Assigning
    evidence: tuple[EvidenceStep, ...] = Field(min_length=1)
    checks: tuple[SampleStep, ...] = ()
    approvals: tuple[ApprovalStep, ...] = Field(min_length=1)
    return_within: SpanText
    """How long people have for evidence that was sent back, and to say why an improvement did not hold."""
    categories_needed: int = Field(default=2, ge=1, le=6)
    ladders: dict[Risk, tuple[Rung, ...]]
    re_audits: ReAuditPlan

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        keys = [step.key for step in (*self.evidence, *self.checks, *self.approvals)]
        if twice := {key for key in keys if keys.count(key) > 1} | ({*keys} & RESERVED):
            raise ValueError(f"Each step needs a key of its own; taken: {', '.join(sorted(twice))}.")
        _check_order(self.evidence)
        if lacking := [risk for risk in Risk if not self.ladders.get(risk)]:
            raise ValueError(f"No escalation ladder for {', '.join(lacking)} risk.")
        for risk, ladder in self.ladders.items():
            _check_ladder(risk, ladder)
        return self

    def control_of(self, key: str) -> Control | None:
        """Which control a step belongs to; None for a key this version does not know."""
        if key in FIXED:
            return FIXED[key]
        for control, steps in (
            (Control.EVIDENCE, self.evidence),
            (Control.CHECK, self.checks),
            (Control.CLOSE, self.approvals),
        ):
            if any(step.key == key for step in steps):
                return control
        return None


FIXED = {
    "define": Control.DEFINE,
    "owner": Control.ASSIGN,
    "accept": Control.ASSIGN,
    "why-reopened": Control.EVIDENCE,
    RE_AUDIT: Control.SUSTAIN,
}
RESERVED = frozenset(FIXED)


def _check_order(steps: tuple[EvidenceStep, ...]) -> None:
    seen: set[str] = set()
    for step in steps:
        if unknown := set(step.after) - seen:
            raise ValueError(
                f"Step “{step.key}” comes after {', '.join(sorted(unknown))}, which is no earlier evidence step."
            )
        seen.add(step.key)


def _check_ladder(risk: Risk, ladder: tuple[Rung, ...]) -> None:
    if not any(rung.answer for rung in ladder):
        raise ValueError(f"The ladder for {risk} risk asks nobody for an answer.")
    for lower, higher in pairwise(ladder):
        if type(lower.after) is type(higher.after) and not _shorter(lower.after, higher.after):
            raise ValueError(f"The ladder for {risk} risk goes back: {higher.after} comes after {lower.after}.")


def _shorter(one: Span, other: Span) -> bool:
    if isinstance(one, Exact) and isinstance(other, Exact):
        return one.length < other.length
    if isinstance(one, Exact) or isinstance(other, Exact):
        return True
    return one.count < other.count
