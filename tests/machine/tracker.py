"""A tracker in memory: one action, moved by the same rules that the commands use, and nothing else.

It holds a journal, applies what `advance` plans, settles steps once and fires rungs, as the
commands do in their transactions. What the rules are judged by is kept beside the journal:
when and why each rung fired, in which order steps were settled, and what each closure rested on.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from domain import assigning, closing, ladder, process
from domain.errors import NotAllowed
from domain.journal import Escalation, Journal, Step
from domain.pathways import OWNER
from domain.process import Plan, StepToOpen
from domain.vocabulary import Control, Outcome, StepStatus
from tests.machine.house import House

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


@dataclass(frozen=True, slots=True)
class Closed:
    """A closure, and the journal as it stood the moment after the last approval."""

    journal: Journal
    outcome: str
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
        """Open what is next and void what is not asked any more, as `commands.moving` does."""
        plan = process.advance(self.journal, self.now)
        for step_id in plan.voids:
            self._void(step_id)
        for ask in plan.opens:
            self._open(ask)
        self.change(status=plan.status)
        self.until = process.advance(self.journal, self.now).until
        return plan

    def _void(self, step_id: UUID) -> None:
        if not self.step(step_id).is_open:
            raise Broken("what is settled stays settled", f"{step_id} was to be voided")
        self.change_step(step_id, status=StepStatus.VOID, settled_at=self.now)

    void = _void

    def _open(self, ask: StepToOpen) -> None:
        cycle = self.journal.cycle
        step_id = uuid5(self.journal.action_id, f"{ask.key} {cycle} {ask.round}")
        if step_id in self.asked:
            raise Broken("no step opens twice", f"{ask.key} of cycle {cycle}, round {ask.round}")
        choice = self.choose(ask.control, ask.who)
        step = Step(
            id=step_id,
            cycle=cycle,
            key=ask.key,
            round=ask.round,
            control=ask.control,
            form=ask.form,
            status=StepStatus.OPEN,
            assignee_id=choice.assignee_id if choice else None,
            assigned_for_id=choice.assigned_for_id if choice else None,
            opened_at=self.now,
            due_at=ask.due_at,
        )
        self.asked[step_id] = ask
        self.change(steps=(*self.journal.steps, step))

    def choose(self, control: Control, who: str) -> assigning.Choice | None:
        """Whom a step goes to today, absence and separation of duties included."""
        day = self.journal.calendar.day_of(self.now)
        if who == OWNER:
            owner = self.journal.owner_id
            candidates = [self.house.candidate(owner, day)] if owner in self.house.present and owner else []
        else:
            candidates = self.house.holders(who, day)
        return assigning.choose(candidates, self.forbidden(control))

    def forbidden(self, control: Control) -> frozenset[UUID]:
        if control is Control.CHECK:
            return closing.may_not_sample(self.journal)
        return closing.may_not_approve(self.journal) if control is Control.CLOSE else frozenset()

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
            return False
        facts = {"outcome": outcome, "settled_at": self.now, "settled_by": by, "returned_keys": returned}
        self.change_step(step.id, status=StepStatus.SETTLED, **facts)
        self.settled.append(step.id)
        return True

    def wake(self) -> None:
        """What the flow does when it wakes: move on, then fire rung after rung until none is due."""
        self.move_on()
        for _ in range(PLENTY):
            due = ladder.rungs_due(self.journal, self.now) if self.journal.status.is_open else ()
            if not due:
                self.until = process.advance(self.journal, self.now).until
                return
            self.fire(due[0].step_id, due[0].rung)
        raise Broken("a wake ends", f"more than {PLENTY} rungs fired")

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
        self.until = self.now if plan.rungs_due else plan.until

    def wait(self, to: datetime) -> None:
        """Let time pass, waking whenever the plan said so."""
        for _ in range(PLENTY):
            if self.until is None or self.until > to:
                break
            self.now = max(self.now, self.until)
            self.wake()
            if self.until is not None and self.until <= self.now:
                raise Broken("each wake is later than the one before", f"{self.until} at {self.now}")
        self.now = to
