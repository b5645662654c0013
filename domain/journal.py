"""The journal: everything about one action that decides what it needs next, as an immutable snapshot."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from domain.deadlines import Calendar
from domain.pathways import Pathway
from domain.small_home import SmallHome
from domain.vocabulary import RETURNING, Control, Form, Outcome, ReAuditStatus, Risk, Status, StepStatus


@dataclass(frozen=True, slots=True)
class Step:
    """One human task, in one round of one cycle."""

    id: UUID
    cycle: int
    key: str
    round: int
    control: Control
    form: Form
    status: StepStatus
    assignee_id: UUID | None
    opened_at: datetime
    due_at: datetime
    assigned_for_id: UUID | None = None
    outcome: Outcome | None = None
    settled_at: datetime | None = None
    settled_by: UUID | None = None
    returned_keys: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.status is StepStatus.OPEN

    @property
    def stands_for(self) -> UUID | None:
        """Whose task it is: the person covered, where somebody covers."""
        return self.assigned_for_id or self.assignee_id

    @property
    def returns(self) -> bool:
        """A failed check or a rejected approval sends evidence steps back for another round; a re-audit does not."""
        return self.outcome in RETURNING and self.control is not Control.SUSTAIN


@dataclass(frozen=True, slots=True)
class Escalation:
    """A rung that fired for a step, answered or not."""

    step_id: UUID
    rung: int
    must_answer: bool
    fired_at: datetime
    answered_at: datetime | None = None

    @property
    def is_unanswered(self) -> bool:
        return self.must_answer and self.answered_at is None


@dataclass(frozen=True, slots=True)
class PieceOfEvidence:
    """What the gate needs to know of a piece of evidence."""

    step_id: UUID
    category: str | None


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who sent something to a step or drew its sample, whether or not it counted in the end."""

    cycle: int
    control: Control
    person_id: UUID


@dataclass(frozen=True, slots=True)
class ReAudit:
    """A check planned after closure. `is_shown` says that the engine shows it as it stands."""

    cycle: int
    number: int
    due_at: datetime
    status: ReAuditStatus
    is_shown: bool = True

    @property
    def is_waiting(self) -> bool:
        """Its day is still to come, or somebody has yet to do it."""
        return self.status in (ReAuditStatus.PLANNED, ReAuditStatus.OPEN)


@dataclass(frozen=True, slots=True)
class Journal:
    """One action as it stands: its facts, the pathway it is pinned to, and all that was asked and answered.

    `undefined` names what the definition still lacks; it is empty once the action has left draft.
    `small_home` are the location's confirmed exceptions, ended and expired ones too.
    """

    action_id: UUID
    ref: str
    status: Status
    risk: Risk
    cycle: int
    owner_id: UUID | None
    due_at: datetime | None
    original_due_at: datetime | None
    is_defined: bool
    is_ended: bool
    cycle_closed_at: datetime | None
    pathway: Pathway
    calendar: Calendar
    undefined: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    evidence: tuple[PieceOfEvidence, ...] = ()
    re_audits: tuple[ReAudit, ...] = ()
    opened_because: str | None = None
    extensions_pending: frozenset[UUID] = field(default_factory=frozenset[UUID])
    hands: tuple[Hand, ...] = ()
    small_home: tuple[SmallHome, ...] = ()

    @property
    def this_cycle(self) -> tuple[Step, ...]:
        """The steps of the present cycle, oldest first."""
        return tuple(step for step in self.steps if step.cycle == self.cycle)

    @property
    def open_steps(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.is_open)

    def voiding(self, ids: frozenset[UUID]) -> "Journal":
        """The same as it will be once these steps are not asked any more."""
        if not ids:
            return self
        return replace(self, steps=tuple(replace(s, status=StepStatus.VOID) if s.id in ids else s for s in self.steps))

    def answered(self, step_id: UUID, outcome: Outcome, by: UUID, at: datetime, shows: str | None = None) -> "Journal":
        """The same as it will be once this open step is settled with what somebody sent, and nothing else changes.

        `shows` is the category of the evidence that they sent with it.
        """
        answered = next(step for step in self.steps if step.id == step_id)
        settled = replace(answered, status=StepStatus.SETTLED, outcome=outcome, settled_at=at, settled_by=by)
        escalations = (
            replace(e, answered_at=at) if e.step_id == step_id and e.is_unanswered else e for e in self.escalations
        )
        shown = (PieceOfEvidence(step_id, shows),) if shows else ()
        hand = Hand(answered.cycle, answered.control, by)
        lays = answered.control in (Control.EVIDENCE, Control.CHECK) and hand not in self.hands
        return replace(
            self,
            steps=tuple(settled if step is answered else step for step in self.steps),
            escalations=tuple(escalations),
            evidence=self.evidence + shown,
            hands=(*self.hands, hand) if lays else self.hands,
        )

    def latest(self, key: str) -> Step | None:
        """The last round of a step in the present cycle."""
        rounds = [step for step in self.this_cycle if step.key == key]
        return max(rounds, key=lambda step: step.round, default=None)

    @property
    def next_re_audit(self) -> ReAudit | None:
        """The re-audit of the present cycle that is waited for."""
        waiting = [audit for audit in self.re_audits if audit.cycle == self.cycle and audit.is_waiting]
        return min(waiting, key=lambda audit: audit.number, default=None)

    def returns(self, key: str | None = None) -> int:
        """How often this cycle's evidence was sent back: all of it, or the step with this key."""
        return sum(step.returns and (key is None or key in step.returned_keys) for step in self.this_cycle)
