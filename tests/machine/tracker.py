"""A tracker in memory: one action, moved by the same rules that the commands use, and nothing else.

It holds a journal, applies what `advance` plans, settles steps once and fires rungs, as the
commands do in their transactions. What the rules are judged by is kept beside the journal:
when and why each rung fired, in which order steps were settled, and what each closure rested on.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID, uuid5

from domain import assigning, duties, process
from domain.deadlines import due_after
from domain.errors import AlreadySettled, NotAllowed
from domain.journal import Escalation, Hand, Journal, ReAudit, Step
from domain.pathways import OWNER
from domain.plans import Plan, StepToOpen
from domain.spans import Span
from domain.vocabulary import Control, Form, Outcome, ReAuditStatus, Role, Status, StepStatus
from tests.machine.house import House

HELPERS = (Role.REGISTERED_MANAGER, Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL)
PLENTY = 400
"""More rungs than any ladder and any number of open steps have: a wake that fires more never ends."""


class Broken(AssertionError):
    """A rule of the domain was broken. `rule` names it."""

    def __init__(self, rule: str, facts: object = "") -> None:
        super().__init__(f"{rule}: {facts}")
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Fired:
    """A rung that fired, with the dates it was judged by."""

    step_id: UUID
    rung: int
    at: datetime
    due_at: datetime
    opened_at: datetime
    after: Span | None = None
    """How late its rung asked for then, where the action may since have moved to another version."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A closure, and the journal as it stood the moment after the last approval."""

    journal: Journal
    passed: bool
    settled: tuple[UUID, ...]


class Tracker:
    """One action and its people. Times only go forward; `until` is when its flow wakes next."""

    def __init__(self, journal: Journal, house: House, now: datetime) -> None:
        self.journal = journal
        self.house = house
        self.now = now
        self.until: datetime | None = None
        self.asked: dict[UUID, StepToOpen] = {}
        self.fired: list[Fired] = []
        self.closures: list[Closed] = []
        self.settled: list[UUID] = []
        self.cycles: list[tuple[int, datetime | None]] = [(1, None)]
        self.extensions: dict[UUID, tuple[UUID, datetime]] = {}
        self.first_version = journal.pathway.version
        self.first_due: datetime | None = None
        self.ended: dict[UUID, Step] = {}
        self.move_on()

    def step(self, step_id: UUID) -> Step:
        return next(step for step in self.journal.steps if step.id == step_id)

    def change(self, **facts: object) -> None:
        self.journal = replace(self.journal, **facts)

    def change_step(self, step_id: UUID, **facts: object) -> None:
        steps = tuple(replace(s, **facts) if s.id == step_id else s for s in self.journal.steps)
        self.change(steps=steps)

    def move_on(self) -> Plan:
        """Open what is next, void what is not asked any more, and ask for what waits for nobody."""
        plan = process.advance(self.journal, self.now)
        for step_id in plan.voids:
            self.void(step_id)
        taken: set[UUID] = set()
        for ask in plan.opens:
            self._open(ask, taken)
        for step in [step for step in self.journal.open_steps if step.assignee_id is None]:
            self._pick_up(step, plan.status)
        self.change(status=plan.status)
        self.look()
        return plan

    def void(self, step_id: UUID) -> None:
        if not self.step(step_id).is_open:
            raise Broken("what is settled stays settled", f"{step_id} was to be voided")
        self.change_step(step_id, status=StepStatus.VOID, settled_at=self.now)
        self.end_rungs(step_id)

    def end_rungs(self, step_id: UUID, below: int = 99) -> None:
        """Rungs of a step that nobody need answer any more."""
        self.change(
            escalations=tuple(
                replace(e, answered_at=self.now) if e.step_id == step_id and e.rung < below and e.is_unanswered else e
                for e in self.journal.escalations
            )
        )

    def _open(self, ask: StepToOpen, taken: set[UUID]) -> None:
        cycle = self.journal.cycle
        step_id = uuid5(self.journal.action_id, f"{ask.key} {cycle} {ask.round}")
        if step_id in self.asked:
            raise Broken("no step opens twice", f"{ask.key} of cycle {cycle}, round {ask.round}")
        # Two approvals that open together go to two people.
        choice = self.choose(ask, frozenset(taken) if ask.control is Control.CLOSE else frozenset())
        who = (choice.assignee_id, choice.assigned_for_id) if choice else (None, None)
        taken |= {person for person in who if person and ask.control is Control.CLOSE}
        asked = (ask.key, ask.round, ask.control, ask.form, StepStatus.OPEN)
        step = Step(step_id, cycle, *asked, who[0], self.now, ask.due_at, assigned_for_id=who[1])
        self.asked[step_id] = ask
        self.change(steps=(*self.journal.steps, step))
        if ask.control is Control.SUSTAIN:
            self.change_re_audit(cycle, ask.round, ReAuditStatus.OPEN)

    def change_re_audit(self, cycle: int, number: int, status: ReAuditStatus) -> None:
        audits = [replace(a, status=status) if (a.cycle, a.number) == (cycle, number) else a for a in self.audits]
        self.change(re_audits=tuple(audits))

    @property
    def audits(self) -> tuple[ReAudit, ...]:
        return self.journal.re_audits

    def _pick_up(self, step: Step, status: Status) -> None:
        ask = self.asked[step.id]
        if ask.who == OWNER and ask.form is not Form.ACCEPTANCE and status is Status.AWAITING_ACCEPTANCE:
            return
        if choice := self.choose(ask):
            self.change_step(step.id, assignee_id=choice.assignee_id, assigned_for_id=choice.assigned_for_id)

    def choose(self, ask: StepToOpen, taken: frozenset[UUID] = frozenset()) -> assigning.Choice | None:
        """Whom a step goes to today, absence and separation of duties included."""
        day = self.journal.calendar.day_of(self.now)
        if ask.form is Form.SUPPORT:
            accept, owner = self.journal.latest("accept"), self.journal.owner_id
            never = frozenset(p for p in (*(duties.hands_of(accept) if accept else ()), owner) if p)
            found = (assigning.choose(self.house.holders(role, day), never, signed_in=True) for role in HELPERS)
            return next((choice for choice in found if choice), None)
        owner = self.journal.owner_id
        if ask.who != OWNER:
            candidates = self.house.holders(ask.who, day)
        else:
            candidates = [self.house.candidate(owner, day)] if owner in self.house.present and owner else []
        strict, relaxed = self.forbidden(ask.control), duties.forbidden(self.journal, ask.control, self.now)
        able = partial(assigning.choose, candidates, signed_in=ask.form.needs_account)
        return able(strict | taken) or able(relaxed | taken)

    def forbidden(self, control: Control) -> frozenset[UUID]:
        return duties.forbidden(self.journal, control)

    def check_may_answer(self, step: Step, person: UUID) -> None:
        """Those it was given to may answer, and whoever holds its role, as `commands.answering` has it."""
        if person in (step.assignee_id, step.assigned_for_id):
            return
        role = self.asked[step.id].who
        if role == OWNER or not self.house.holds(person, role):
            raise NotAllowed

    def may_answer(self, step: Step) -> list[UUID]:
        """Everyone whose answer is taken, those it was given to first."""
        role = self.asked[step.id].who
        others = [person for person in self.house.present if role != OWNER and self.house.holds(person, role)]
        return list(dict.fromkeys([p for p in (step.assignee_id, step.assigned_for_id) if p] + others))

    def settle(self, step: Step, outcome: Outcome, by: UUID, returned: tuple[str, ...] = ()) -> bool:
        """The guarded update: only an open step is settled; False when somebody was there first."""
        if not self.step(step.id).is_open:
            self.lend_a_hand(step, by)
            return False
        facts = {"outcome": outcome, "settled_at": self.now, "settled_by": by, "returned_keys": returned}
        self.change_step(step.id, status=StepStatus.SETTLED, **facts)
        self.settled.append(step.id)
        self.end_rungs(step.id)
        self.lend_a_hand(step, by)
        return True

    def lend_a_hand(self, step: Step, by: UUID) -> None:
        """Whoever sent something counts as having worked on it, even if it came too late."""
        if step.control in (Control.EVIDENCE, Control.CHECK):
            self.change(hands=tuple(dict.fromkeys((*self.journal.hands, Hand(step.cycle, step.control, by)))))

    def wake(self) -> None:
        """What the flow does when it wakes: move on, then fire rung after rung until none is due."""
        for _ in range(PLENTY):
            plan = self.move_on()
            if plan.missed is not None:
                self.change_re_audit(self.journal.cycle, self.step(plan.missed).round, ReAuditStatus.MISSED)
                self.reopen()
                continue
            due = process.advance(self.journal, self.now).rungs_due
            if not due:
                return
            self.fire(due[0].step_id, due[0].rung)
        raise Broken("a wake ends", f"more than {PLENTY} rungs fired")

    def reopen(self) -> None:
        """Start the next cycle of a closed action, as `commands.reopen` does."""
        journal = self.journal
        if journal.status not in (Status.CLOSED_MONITORING, Status.SUSTAINED):
            raise AlreadySettled
        for audit in [a for a in journal.re_audits if a.cycle == journal.cycle and a.is_waiting]:
            self.change_re_audit(audit.cycle, audit.number, ReAuditStatus.VOID)
        due = due_after(self.now, journal.pathway.re_audits.reopened_for, journal.calendar)
        self.change(cycle=journal.cycle + 1, due_at=due, cycle_closed_at=None, opened_because="It did not hold.")
        self.cycles.append((journal.cycle + 1, None))
        for step in self.journal.open_steps:
            self.void(step.id)
        self.move_on()

    def fire(self, step_id: UUID, number: int) -> None:
        step = self.step(step_id)
        if any(f.step_id == step_id and f.rung == number for f in self.fired):
            raise Broken("no rung fires twice", f"rung {number} of {step.key}, round {step.round}")
        rung = self.journal.pathway.ladders[self.journal.risk][number - 1]
        self.fired.append(Fired(step_id, number, self.now, step.due_at, step.opened_at))
        escalation = Escalation(step_id, number, rung.answer is not None, self.now)
        self.change(escalations=(*self.journal.escalations, escalation))

    def look(self) -> None:
        """When the flow wakes next: at once where something is due."""
        plan = process.advance(self.journal, self.now)
        self.until = self.now if plan.rungs_due or plan.missed else plan.until

    def wakes_by(self, moment: datetime) -> bool:
        return self.until is not None and self.until <= moment

    def wait(self, to: datetime) -> None:
        """Let time pass, waking whenever the plan said so."""
        for _ in range(PLENTY):
            if self.until is None or self.until > to:
                break
            self.now = max(self.now, self.until)
            self.wake()
            if self.wakes_by(self.now):
                raise Broken("each wake is later than the one before", f"{self.until} at {self.now}")
        self.now = to
