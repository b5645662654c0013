"""Where a walk stands: one action in one home, what its people answer, and what is counted and checked on the way."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from commands.office import england_and_wales
from domain.errors import GateClosed, Refused
from domain.journal import Journal, Step
from domain.outcomes import Reached
from domain.pathways import Pathway
from domain.vocabulary import Category, Control, Form, Outcome, ReAuditStatus, Risk, Role, Status
from tests.domain.making import known
from tests.machine import doing
from tests.machine.house import MEMBERS, House
from tests.machine.oracle import LAWS, Law
from tests.machine.pathways import pathways
from tests.machine.tracker import Broken, Tracker

STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 30)) | st.sampled_from(
    [datetime(2026, 3, 28, 23), datetime(2026, 10, 24, 23, 30), datetime(2026, 12, 24, 16), datetime(2027, 3, 25, 8)]
)
ROLES = tuple(role for role in Role if role not in (Role.COMMISSIONER, Role.INSPECTOR, Role.ADMINISTRATOR))
CATEGORIES = tuple(Category)


class Standing(RuleBasedStateMachine):
    """One action in one home. `counts` adds up over all examples what was done, and what came of it."""

    counts: ClassVar[Counter[str]] = Counter()
    laws: ClassVar[tuple[Law, ...]] = LAWS
    everybody_does_everything: ClassVar[bool] = False
    tracker: Tracker

    @initialize(
        pathway=pathways(),
        start=STARTS,
        risk=st.sampled_from(list(Risk)),
        due_in=st.integers(0, 40),
        roles=st.lists(st.sets(st.sampled_from(ROLES), max_size=3), min_size=len(MEMBERS), max_size=len(MEMBERS)),
        is_draft=st.integers(0, 4).map(lambda n: n == 0),
        owner=st.none() | st.sampled_from(MEMBERS),
        all_hands=st.booleans(),
    )
    def begin(
        self,
        pathway: Pathway,
        start: datetime,
        risk: Risk,
        due_in: int,
        roles: list[set[Role]],
        is_draft: bool,
        owner: UUID | None,
        all_hands: bool,
    ) -> None:
        now = start.replace(tzinfo=UTC)
        held = {person: frozenset(some) for person, some in zip(MEMBERS, roles, strict=True)}
        if all_hands or self.everybody_does_everything:
            held = dict.fromkeys(MEMBERS, frozenset(ROLES))
        calendar = england_and_wales()
        due = calendar.end_of(calendar.day_of(now + timedelta(days=due_in)))
        facts: dict[str, Any] = {"owner_id": owner, "due_at": due, "original_due_at": due, "is_defined": True}
        if is_draft:
            facts |= {"original_due_at": None, "is_defined": False}
        journal = Journal(
            action_id=known("action"),
            ref="A-1",
            status=Status.DRAFT,
            risk=risk,
            cycle=1,
            is_ended=False,
            cycle_closed_at=None,
            pathway=pathway,
            calendar=calendar,
            **facts,
        )
        self.tracker = Tracker(journal, House(held), now)
        self.commands = 0

    @invariant()
    def no_law_is_broken(self) -> None:
        if hasattr(self, "tracker"):
            for law in self.laws:
                law(self.tracker)

    # How a step is answered

    def _answer(self, which: int, who: int) -> None:
        step = self._open_step(which)
        if step is not None and (by := self._answerer(step, who)):
            refusal = self._try(self._well, step, by, which)
            if isinstance(refusal, GateClosed):
                self._put_right(step, by, refusal, who)

    def _put_right(self, step: Step, by: UUID, refusal: GateClosed, who: int) -> None:
        """What people do about what the gate says is missing."""
        codes = {item.code for item in refusal.missing}
        if "escalation" in codes:
            self._answer_all()
        elif codes & {"categories", "step", "sample", "sampler", "outcome"}:
            keys = tuple(spec.key for spec in self.tracker.journal.pathway.evidence)
            self._try(doing.reject, self.tracker, step, by, keys[: 1 + who % 4])

    def _well(self, step: Step, by: UUID, which: int) -> None:
        """The answer that a step hopes for."""
        tracker = self.tracker
        if step.form is Form.DEFINITION:
            due = tracker.now + timedelta(days=1 + which % 40)
            doing.complete(tracker, due, MEMBERS[which % len(MEMBERS)] if which % 3 else None)
        elif step.form is Form.OWNER:
            doing.choose_owner(tracker, step, by, self._person(which))
        elif step.form is Form.ACCEPTANCE:
            doing.accept(tracker, step, by)
        elif step.form is Form.SAMPLE:
            doing.sample(tracker, step, by, True, ())
        elif step.form is Form.APPROVAL:
            doing.approve(tracker, step, by, Reached.REACHED if which % 9 else (None, Reached.PARTLY)[which % 2])
        elif step.form is Form.SUPPORT:
            doing.give_support(tracker, step, by)
        else:
            stated = next((spec.category for spec in tracker.journal.pathway.evidence if spec.key == step.key), None)
            doing.send(tracker, step, by, stated if stated and which % 3 else CATEGORIES[which % len(CATEGORIES)])

    def _answer_all(self) -> None:
        for escalation in [e for e in self.tracker.journal.escalations if e.is_unanswered]:
            step = self.tracker.step(escalation.step_id)
            self._try(doing.answer_escalation, self.tracker, step, escalation.rung, None)

    # How the machine is kept

    @classmethod
    def steps_walked(cls) -> int:
        """Commands and waits so far; what came of them is counted with a dot before it."""
        return sum(count for what, count in cls.counts.items() if not what.startswith("·"))

    def did(self, what: str) -> None:
        self.commands += 1
        self.counts[what] += 1

    def teardown(self) -> None:
        if not hasattr(self, "tracker"):
            return
        journal = self.tracker.journal
        self.counts["· examples"] += 1
        self.counts["· reopenings"] += journal.cycle - 1
        self.counts["· re-audits missed"] += sum(a.status is ReAuditStatus.MISSED for a in journal.re_audits)
        self.counts["· withdrawn"] += sum(step.outcome is Outcome.WITHDRAWN for step in journal.steps)
        self.counts["· moved to another version"] += self.tracker.first_version != journal.pathway.version
        self.counts["· sustained"] += journal.status is Status.SUSTAINED
        self.counts["· closures"] += len(self.tracker.closures)
        self.counts["· rungs fired"] += len(self.tracker.fired)
        self.counts[f"· left {journal.status}"] += 1
        self.counts["· steps opened"] += len(journal.steps)
        self.counts["· sent back"] += sum(step.returns for step in journal.steps)

    def _try(self, command: Any, *facts: Any) -> Refused | None:
        """Do it; a refusal changes nothing."""
        before = self.tracker.journal
        try:
            command(*facts)
            return None
        except Refused as refusal:
            self.counts[f"· refused: {refusal.code}"] += 1
            if self.tracker.journal != before:
                raise Broken("a refusal changes nothing", refusal) from refusal
            return refusal
        finally:
            self.tracker.look()

    def _person(self, which: int) -> UUID:
        present = self.tracker.house.present
        return present[which % len(present)]

    def _open_step(self, which: int, *forms: Form) -> Step | None:
        steps = [step for step in self.tracker.journal.open_steps if not forms or step.form in forms]
        return steps[which % len(steps)] if steps else None

    def _answerer(self, step: Step, who: int) -> UUID | None:
        """Somebody who may answer; the manager gives it to somebody where nobody can."""
        may = self.tracker.may_answer(step)
        apart = [person for person in may if person not in self.tracker.forbidden(step.control)]
        if who % 5 and apart:
            return apart[who % len(apart)]
        if may and (who % 5 == 0 or step.control is not Control.CLOSE):
            return may[who % len(may)]
        self._try(doing.give_step, self.tracker, step, self._person(who))
        return None
