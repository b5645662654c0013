"""Pathways: which steps an action goes through, who does them, by when, and what happens when nobody does.

A pathway is versioned data, never code. Steps are found by key, never by position, so that a
version published later cannot make one person's answer count as another's.
"""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    field_validator,
    model_validator,
)

from domain.fitting import can_agree, climb, in_order, must_fit, own_keys
from domain.spans import Days, Exact, NotASpan, Span, WorkingDays, parse_span
from domain.vocabulary import Category, Control, EvidenceKind, Form, Risk, Role


def _span(stated: object) -> Span:
    if isinstance(stated, WorkingDays | Days | Exact):
        return stated
    if not isinstance(stated, str):
        raise NotASpan(str(stated))
    return parse_span(stated)


SpanText = Annotated[Span, BeforeValidator(_span), PlainSerializer(str, return_type=str)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]

OWNER = "owner"
RE_AUDIT = "re-audit"
Who = Annotated[str, Field(description="“owner”, or a role")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


READERS = (Role.COMMISSIONER, Role.INSPECTOR)
DOERS = tuple(role for role in Role if role not in READERS)


def _known(who: object) -> object:
    if who in READERS:
        raise ValueError(f"A person with the role “{who}” may only read, so nothing can be asked of them.")
    if who != OWNER and who not in DOERS:
        raise ValueError(f"“{who}” is neither “owner” nor a role. Roles: {', '.join(DOERS)}.")
    return who


KnownWho = Annotated[str, BeforeValidator(_known)]
Title = Annotated[str, Field(min_length=3, max_length=120)]


def _of_evidence(form: Form) -> Form:
    if form in OTHER_FORMS:
        forms = ", ".join(known for known in Form if known not in OTHER_FORMS)
        raise ValueError(f"“{form}” is no form of evidence. Forms of evidence: {forms}.")
    return form


OTHER_FORMS = frozenset(form for form in Form if form.needs_account) | {Form.ACCEPTANCE, Form.WHY_REOPENED}
EvidenceForm = Annotated[Form, AfterValidator(_of_evidence)]


class EvidenceStep(_Strict):
    """One thing somebody does and shows. Evidence steps run in parallel unless `after` names others."""

    key: Key
    title: Title
    form: EvidenceForm = Form.EVIDENCE
    who: KnownWho = OWNER
    due: SpanText | None = None
    """From the opening of the step; without it, the action's own due date."""
    counts: tuple[str, ...] = ()
    """What counts as evidence, in the words the person reads."""
    kinds: tuple[EvidenceKind, ...] = ()
    category: Category
    after: tuple[Key, ...] = ()
    required: bool = True
    """An optional step is offered with the others; nothing waits for it, and nobody is chased for it."""


class SampleStep(_Strict):
    """A sample of later records, drawn by somebody other than the owner, that tests whether practice changed."""

    key: Key = "sample"
    title: Title
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
    title: Title
    who: KnownWho
    due: SpanText
    only_for: tuple[Risk, ...] = ()
    """The risks at which this person is asked; none named means all."""


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
    title: Title
    define: Defining
    assign: Assigning
    evidence: tuple[EvidenceStep, ...] = Field(min_length=1)
    checks: tuple[SampleStep, ...] = ()
    approvals: tuple[ApprovalStep, ...] = Field(min_length=1)
    approvals_needed: dict[Risk, Annotated[int, Field(ge=1, le=9)]] = Field(default_factory=dict[Risk, int])
    """How many of those asked have to agree, by risk; all of them where nothing is said."""
    return_within: SpanText
    """How long people have for evidence that was sent back, and to say why an improvement did not hold."""
    categories_needed: int = Field(default=2, ge=1, le=6)
    ladders: dict[Risk, tuple[Rung, ...]]
    re_audits: ReAuditPlan

    @field_validator("evidence")
    @classmethod
    def _evidence_is_in_order(cls, evidence: tuple[EvidenceStep, ...]) -> tuple[EvidenceStep, ...]:
        must_fit(in_order(evidence))
        return evidence

    @field_validator("ladders")
    @classmethod
    def _ladders_climb(cls, ladders: dict[Risk, tuple[Rung, ...]]) -> dict[Risk, tuple[Rung, ...]]:
        must_fit(climb(ladders))
        return ladders

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        kinds = {"evidence": self.evidence, "checks": self.checks, "approvals": self.approvals}
        must_fit((*own_keys(kinds, RESERVED), *can_agree(self.approvals, self.approvals_needed)))
        return self

    def approvals_at(self, risk: Risk) -> tuple[ApprovalStep, ...]:
        """Who is asked to approve at this risk."""
        return tuple(step for step in self.approvals if not step.only_for or risk in step.only_for)

    def needed_at(self, risk: Risk) -> int:
        """How many of them have to agree."""
        return self.approvals_needed.get(risk, len(self.approvals_at(risk)))

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
    "support": Control.ASSIGN,
    "why-reopened": Control.EVIDENCE,
    RE_AUDIT: Control.SUSTAIN,
}
RESERVED = frozenset(FIXED)
