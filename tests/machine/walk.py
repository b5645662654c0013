"""The machine itself: a home, a pathway, and any sequence of commands and waits that hypothesis can think of."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.duties import hands_of
from domain.errors import Refused
from domain.vocabulary import Form, Outcome, Role, Status
from tests.machine import doing
from tests.machine.house import MEMBERS
from tests.machine.pathways import next_version
from tests.machine.standing import ROLES, Standing
from tests.machine.tracker import Broken, Tracker

ANY = st.integers(0, 719)
"""Which of those there are; taken modulo their number."""
WAITS = st.sampled_from([1, 30, 3600, 5 * 3600, 86_400, 3 * 86_400, 8 * 86_400, 30 * 86_400, 75 * 86_400])


def when(there_is: Callable[[Tracker], object]) -> Any:
    """A rule that is tried only where it can do something."""
    return precondition(lambda walk: bool(there_is(walk.tracker)))


def asks_for(*forms: Form) -> Any:
    return when(lambda tracker: any(step.form in forms for step in tracker.journal.open_steps))


class Walk(Standing):
    """Whatever people, the home and time can do, in any order."""

    # What people do

    @when(lambda tracker: tracker.journal.open_steps)
    @rule(turns=st.lists(st.tuples(ANY, ANY), min_size=1, max_size=12))
    def work_well(self, turns: list[tuple[int, int]]) -> None:
        """Somebody gives the answer that moves the action on; then the next, and the next."""
        for which, who in turns:
            self.did("work well")
            self._answer(which, who)

    @when(lambda tracker: tracker.journal.open_steps)
    @rule(which=ANY, who=ANY)
    def answer(self, which: int, who: int) -> None:
        self.did("answer")
        self._answer(which, who)

    @asks_for(Form.ACCEPTANCE)
    @rule(which=ANY, who=ANY)
    def decline(self, which: int, who: int) -> None:
        self.did("decline")
        step = self._open_step(which, Form.ACCEPTANCE)
        if step and (by := self._answerer(step, who)):
            self._try(doing.decline, self.tracker, step, by)

    @when(lambda tracker: any(step.outcome is Outcome.SUBMITTED for step in tracker.journal.this_cycle))
    @rule(which=ANY, is_theirs=st.integers(0, 4).map(bool), who=ANY)
    def withdraw(self, which: int, is_theirs: bool, who: int) -> None:
        self.did("withdraw")
        sent = [step for step in self.tracker.journal.this_cycle if step.outcome is Outcome.SUBMITTED]
        step = sent[-1 - which % len(sent)]
        by = step.settled_by if is_theirs and step.settled_by else self._person(who)
        self._try(doing.withdraw, self.tracker, step, by)

    @rule(which=ANY, leave_out=st.booleans())
    def move_version(self, which: int, leave_out: bool) -> None:
        """A newer version of the pathway is published, and the action is moved to it."""
        self.did("move to another version")
        journal = self.tracker.journal
        to = next_version(journal.pathway, which)
        keys = {step.key for step in journal.this_cycle if to.control_of(step.key) is None}
        self._try(doing.move_version, self.tracker, to, frozenset(keys if leave_out else ()))

    @asks_for(Form.ACCEPTANCE)
    @rule(which=ANY, who=ANY)
    def need_support(self, which: int, who: int) -> None:
        self.did("need support")
        step = self._open_step(which, Form.ACCEPTANCE)
        if step and (by := self._answerer(step, who)):
            self._try(doing.need_support, self.tracker, step, by)

    @asks_for(Form.SAMPLE, Form.APPROVAL)
    @rule(which=ANY, who=ANY, what=ANY)
    def send_back(self, which: int, who: int, what: int) -> None:
        """A sample fails, or an approver rejects."""
        self.did("send back")
        step = self._open_step(which, Form.SAMPLE, Form.APPROVAL)
        if step is None or (by := self._answerer(step, who)) is None:
            return
        keys = tuple(spec.key for spec in self.tracker.journal.pathway.evidence)
        returned = tuple(key for place, key in enumerate(keys) if what >> place & 1) or keys
        if step.form is Form.SAMPLE:
            self._try(doing.sample, self.tracker, step, by, False, returned)
        else:
            self._try(doing.reject, self.tracker, step, by, returned)

    @when(lambda tracker: tracker.journal.open_steps)
    @rule(which=ANY, who=ANY)
    def wrong_person_answers(self, which: int, who: int) -> None:
        self.did("wrong person answers")
        step = self._open_step(which)
        if step is not None:
            self._try(self._well, step, self._person(who), which)

    @asks_for(Form.SAMPLE, Form.APPROVAL)
    @rule(which=ANY, who=ANY)
    def judge_own_work(self, which: int, who: int) -> None:
        """Somebody who owned, sent or sampled it, in person or as cover, tries to check or approve it."""
        self.did("judge own work")
        journal, step = self.tracker.journal, self._open_step(which, Form.SAMPLE, Form.APPROVAL)
        hands = [journal.owner_id, *(person for s in journal.steps if s.outcome for person in hands_of(s))]
        people = list(dict.fromkeys(person for person in hands if person))
        if step and people:
            self._try(self._well, step, people[0 if who % 2 else who % len(people)], 1)

    @when(lambda tracker: tracker.settled)
    @rule(which=ANY, who=ANY, well=st.booleans())
    def answer_too_late(self, which: int, who: int, well: bool) -> None:
        """An answer to what is settled or not asked any more is kept elsewhere, and changes nothing."""
        self.did("answer too late")
        over = [step for step in self.tracker.journal.steps if not step.is_open and step.form is not Form.DEFINITION]
        if over:
            step, before = over[which % len(over)], self.tracker.journal
            by = self._answerer(step, who) or self._person(who)
            with suppress(Refused):
                self._well(step, by, which)
            if replace(self.tracker.journal, hands=before.hands) != before:
                raise Broken("a late answer changes nothing", step)

    @when(lambda tracker: any(e.is_unanswered for e in tracker.journal.escalations))
    @rule(which=ANY, revised_in=st.none() | st.integers(0, 40))
    def answer_escalation(self, which: int, revised_in: int | None) -> None:
        self.did("answer escalation")
        waiting = [e for e in self.tracker.journal.escalations if e.is_unanswered]
        if waiting:
            escalation = waiting[which % len(waiting)]
            step = self.tracker.step(escalation.step_id)
            revised = None if revised_in is None else self.tracker.now + timedelta(days=revised_in, minutes=1)
            self._try(doing.answer_escalation, self.tracker, step, escalation.rung, revised)

    @when(lambda tracker: any(e.is_unanswered for e in tracker.journal.escalations))
    @rule()
    def answer_all_escalations(self) -> None:
        self.did("answer all escalations")
        self._answer_all()

    @when(lambda tracker: tracker.journal.open_steps)
    @rule(which=ANY, who=ANY, days=st.integers(1, 60))
    def ask_for_time(self, which: int, who: int, days: int) -> None:
        self.did("ask for time")
        step = self._open_step(which)
        if step and (by := self._answerer(step, who)):
            self._try(doing.ask_for_time, self.tracker, step, by, step.due_at + timedelta(days=days))

    @when(lambda tracker: tracker.journal.extensions_pending)
    @rule(which=ANY, who=ANY, granted=st.booleans())
    def decide_time(self, which: int, who: int, granted: bool) -> None:
        self.did("decide time")
        pending = sorted(self.tracker.journal.extensions_pending)
        if pending:
            self._try(doing.decide_time, self.tracker, pending[which % len(pending)], self._person(who), granted)

    @when(lambda tracker: tracker.journal.open_steps)
    @rule(which=ANY, who=ANY)
    def give_step(self, which: int, who: int) -> None:
        self.did("give step")
        step = self._open_step(which)
        if step is not None:
            self._try(doing.give_step, self.tracker, step, self._person(who))

    @precondition(lambda self: self.commands > 60)
    @rule(status=st.sampled_from([Status.CANCELLED, Status.SUPERSEDED]))
    def end(self, status: Status) -> None:
        self.did("end")
        self._try(doing.end, self.tracker, status)

    @when(lambda tracker: tracker.journal.cycle_closed_at)
    @rule()
    def find_again(self) -> None:
        """The same theme is found again at this location, and a person confirms it."""
        self.did("find again")
        self._try(doing.find_again, self.tracker)

    @rule(days=st.integers(0, 60))
    def confirm_exception(self, days: int) -> None:
        self.did("confirm a small home's exception")
        self._try(doing.confirm_exception, self.tracker, days)

    # What happens in the home

    @rule(who=ANY, cover=ANY, days=st.integers(0, 30))
    def go_away(self, who: int, cover: int, days: int) -> None:
        self.did("go away")
        person, stand_in = MEMBERS[who % len(MEMBERS)], MEMBERS[cover % len(MEMBERS)]
        first = self.tracker.journal.calendar.day_of(self.tracker.now)
        self.tracker.house.go_away(person, first, days, stand_in if cover % 4 else None)

    @rule(who=ANY, role=st.sampled_from(ROLES))
    def take_a_role(self, who: int, role: Role) -> None:
        self.did("take a role")
        person = MEMBERS[who % len(MEMBERS)]
        self.tracker.house.roles[person] |= {role}

    @rule(who=ANY)
    def choose_a_password(self, who: int) -> None:
        """Steps may have waited for somebody who can sign in."""
        self.did("choose a password")
        self.tracker.house.passwords.add(MEMBERS[who % len(MEMBERS)])
        self.tracker.move_on()

    @precondition(lambda self: len(self.tracker.house.present) > 4)
    @rule(who=ANY)
    def leave(self, who: int) -> None:
        self.did("leave")
        self.tracker.house.left.add(self._person(who))

    # What time does

    @rule(seconds=WAITS)
    def wait(self, seconds: int) -> None:
        """Time passes and the flow wakes whenever its plan said so."""
        self.did("wait")
        self.tracker.wait(self.tracker.now + timedelta(seconds=seconds))

    @rule(seconds=WAITS)
    def be_away(self, seconds: int) -> None:
        """The service is off for a while; then it wakes and catches up."""
        self.did("be away")
        self.tracker.now += timedelta(seconds=seconds)
        self.tracker.wake()

    @rule()
    def wake(self) -> None:
        """The flow wakes for no reason: what was done is not done twice."""
        self.did("wake")
        self.tracker.wake()
        before = self.tracker.journal
        self.tracker.wake()
        if self.tracker.journal != before:
            raise Broken("waking twice is waking once", self.tracker.journal.status)
