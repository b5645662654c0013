"""No sequence of commands, waits and absences breaks a rule of the domain; and each rule's checker finds its bug.

The walks start from seed 1 and go upwards. `FOLLOWTHROUGH_STEPS=500000` walks longer,
`FOLLOWTHROUGH_SEED=77` along other paths. What is found is printed as commands to repeat.
"""

# Planted bugs are lambdas given to monkeypatch, which takes anything.
# pyright: reportUnknownLambdaType=false

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from domain import closing, duties, evidencing, ladder, process
from domain.assigning import Candidate
from domain.deadlines import aware
from domain.journal import Journal
from domain.vocabulary import Control, Outcome, ReAuditStatus, StepStatus
from tests.machine import doing, oracle
from tests.machine.house import House
from tests.machine.oracle import Law
from tests.machine.tracker import Broken, Tracker
from tests.machine.walk import Walk

WHATEVER_IT_TAKES: list[Any] = list(HealthCheck)
WALK = settings(
    max_examples=50,
    stateful_step_count=100,
    database=None,
    deadline=None,
    suppress_health_check=WHATEVER_IT_TAKES,
)
HUNT = settings(WALK, max_examples=10_000, derandomize=True, phases=[Phase.generate])
"""Ends at the first bug. How soon it comes depends on the modules loaded: hypothesis tries their constants too."""
AT_LEAST = int(os.environ.get("FOLLOWTHROUGH_STEPS", "20000"))
FIRST_SEED = int(os.environ.get("FOLLOWTHROUGH_SEED", "1"))
SEEN = (
    *("· closures", "· reopenings", "· rungs fired", "· sent back"),
    *("· refused: gate-closed", "· refused: not-allowed"),
)


def test_no_sequence_of_commands_breaks_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    Walk.counts.clear()
    at = FIRST_SEED
    while Walk.steps_walked() < AT_LEAST:
        run_state_machine_as_test(seed(at)(Walk), settings=WALK)
        at += 1
    with capsys.disabled():
        told = ", ".join(f"{what.removeprefix('· ')} {count:,}" for what, count in sorted(Walk.counts.items()))
        print(f"\n{Walk.steps_walked():,} commands and waits, seeds {FIRST_SEED} to {at - 1}: {told}")
    assert all(Walk.counts[what] for what in SEEN), Walk.counts


class Planted(Walk):
    """The same machine in a home where everybody may do everything, so that duties mix soon."""

    counts: ClassVar[Counter[str]] = Counter()
    everybody_does_everything = True


Plant = Callable[[pytest.MonkeyPatch], None]


def _nothing(*_: Any) -> list[Any]:
    return []


def _none(*_: Any, **__: Any) -> None:
    return None


def only(rule: str, law: Law) -> Law:
    """The same law, deaf to its other rules, where a bug breaks several."""

    def checked(tracker: Tracker) -> None:
        try:
            law(tracker)
        except Broken as broken:
            if broken.rule == rule:
                raise

    return checked


def gate_forgets(*parts: str) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        for part in parts:
            patch.setattr(closing, part, _nothing)

    return plant


def process_skips(control: str, part: str) -> Plant:
    """A control that is never asked for, and a gate that does not notice."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(process, control, _none)
        patch.setattr(closing, part, _nothing)

    return plant


def anybody_may_sample(patch: pytest.MonkeyPatch) -> None:
    may_not: Any = lambda journal, now=None: frozenset()  # noqa: E731
    patch.setattr(duties, "may_not_sample", may_not)
    patch.setattr(closing, "may_not_sample", may_not)


def escalations_are_left_behind(patch: pytest.MonkeyPatch) -> None:
    """Settling a step ends none of its rungs, and the gate does not ask."""
    patch.setattr(Tracker, "end_rungs", _none)
    patch.setattr(closing, "_escalations_open", _nothing)


def owners_may_approve(patch: pytest.MonkeyPatch) -> None:
    may_not: Any = lambda journal, now=None: duties.submitters(journal) | duties.samplers(journal)  # noqa: E731
    patch.setattr(duties, "may_not_approve", may_not)
    patch.setattr(closing, "may_not_approve", may_not)


def involved_in_all_but(forgotten: Control) -> Plant:
    """Separation of duties that does not look at one control, nor at what came late."""
    honest = duties.involved

    def involved(journal: Journal, controls: frozenset[Control]) -> frozenset[Any]:
        return honest(journal, controls - {forgotten})

    def worked_on(journal: Journal, control: Control) -> frozenset[Any]:
        return involved(journal, frozenset({control}))

    return lambda patch: patch.setattr(duties, "_worked_on", worked_on)


def rungs_forget_that_they_fired(patch: pytest.MonkeyPatch) -> None:
    honest = ladder.unfired
    patch.setattr(ladder, "unfired", lambda step, journal: honest(step, replace(journal, escalations=())))


def rungs_fire_when_due(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ladder, "late_after", lambda due, span, calendar: aware(due))


def rungs_fire_from_the_top(patch: pytest.MonkeyPatch) -> None:
    honest = ladder.rungs_due
    patch.setattr(process, "rungs_due", lambda journal, now: honest(journal, now)[::-1])


def the_flow_oversleeps(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(process, "next_rung_at", lambda journal, now: None)


def a_round_opens_again(patch: pytest.MonkeyPatch) -> None:
    honest = process.to_ask

    def to_ask(journal: Journal, *facts: Any) -> Any:
        rounds = [step for step in journal.steps if step.is_open]
        return honest(replace(journal, steps=tuple(step for step in journal.steps if step not in rounds)), *facts)

    patch.setattr(process, "to_ask", to_ask)


def nobody_is_asked_to_approve(patch: pytest.MonkeyPatch) -> None:
    honest = process.close

    def close(journal: Journal, now: Any) -> Any:
        plan = honest(journal, now)
        return plan and replace(plan, opens=())

    patch.setattr(process, "close", close)


def time_skips_the_sample(patch: pytest.MonkeyPatch) -> None:
    honest = process.check
    late = lambda journal, now: journal.due_at is not None and now > journal.due_at  # noqa: E731
    patch.setattr(process, "check", lambda journal, now: None if late(journal, now) else honest(journal, now))


def what_was_sent_once_is_in(patch: pytest.MonkeyPatch) -> None:
    sent = lambda journal, key: any(s.key == key and s.outcome is Outcome.SUBMITTED for s in journal.this_cycle)  # noqa: E731
    patch.setattr(evidencing, "is_in", sent)


def the_past_cycle_counts(patch: pytest.MonkeyPatch) -> None:
    """A reopened action that goes straight to evidence."""
    patch.setattr(process, "learn", _none)


def re_audits_come_at_once(patch: pytest.MonkeyPatch) -> None:
    honest = process.sustain
    patch.setattr(process, "sustain", lambda journal, now: honest(journal, now + timedelta(days=400)))


def one_pass_sustains(patch: pytest.MonkeyPatch) -> None:
    passed = lambda journal: any(audit.status is ReAuditStatus.PASSED for audit in journal.re_audits)  # noqa: E731
    patch.setattr(process, "is_sustained", passed)


def owners_re_audit(patch: pytest.MonkeyPatch) -> None:
    honest = duties.owners
    patch.setattr(duties, "owners", lambda journal: honest(journal) if journal.cycle_closed_at is None else frozenset())


def reopening_closes_nothing(patch: pytest.MonkeyPatch) -> None:
    """An action that opens its next cycle while the one before is open."""
    honest = doing.find_again

    def find_again(tracker: Tracker) -> None:
        tracker.cycles[-1] = (tracker.journal.cycle, None)
        honest(tracker)

    patch.setattr(doing, "find_again", find_again)


def ending_voids_all(patch: pytest.MonkeyPatch) -> None:
    honest = process.ended

    def ended(journal: Journal, now: Any) -> Any:
        plan = honest(journal, now)
        return plan and replace(plan, voids=tuple(step.id for step in journal.steps))

    patch.setattr(process, "ended", ended)


def an_answer_counts_twice(patch: pytest.MonkeyPatch) -> None:
    def settle(tracker: Tracker, step: Any, outcome: Outcome, by: Any, returned: tuple[str, ...] = ()) -> bool:
        facts = {"outcome": outcome, "settled_at": tracker.now, "settled_by": by, "returned_keys": returned}
        tracker.change_step(step.id, status=StepStatus.SETTLED, **facts)
        tracker.settled.append(step.id)
        return True

    patch.setattr(Tracker, "settle", settle)


def revising_moves_the_original(patch: pytest.MonkeyPatch) -> None:
    honest = doing.revise

    def revise(tracker: Tracker, step: Any, due: Any) -> None:
        honest(tracker, step, due)
        tracker.change(original_due_at=due)

    patch.setattr(doing, "revise", revise)


def anybody_is_given_what_needs_an_account(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(House, "candidate", lambda house, person, day: Candidate(person))


BUGS: list[tuple[str, Law | None, Plant]] = [
    ("a closure has all its evidence", oracle.closes_only_what_was_shown, process_skips("evidence", "_steps_missing")),
    ("a closure has its samples passed", oracle.closes_only_what_was_shown, process_skips("check", "_sample_missing")),
    ("a closure has its categories", oracle.closes_only_what_was_shown, gate_forgets("_categories_missing")),
    (
        "a closure leaves no escalation unanswered",
        oracle.closes_only_what_was_shown,
        escalations_are_left_behind,
    ),
    ("a closure reached its target", oracle.closes_only_what_was_shown, gate_forgets("_outcome_missing")),
    ("an owner never approves", oracle.nobody_decides_on_their_own_work, owners_may_approve),
    ("an owner never samples", oracle.nobody_decides_on_their_own_work, anybody_may_sample),
    (
        "nobody approves what they sent",
        oracle.nobody_decides_on_their_own_work,
        involved_in_all_but(Control.EVIDENCE),
    ),
    ("nobody approves what they sampled", oracle.nobody_decides_on_their_own_work, involved_in_all_but(Control.CHECK)),
    ("no rung fires twice", oracle.rungs_fire_once_and_in_time, rungs_forget_that_they_fired),
    ("no rung fires early", oracle.rungs_fire_once_and_in_time, rungs_fire_when_due),
    ("no rung is passed over", oracle.rungs_fire_once_and_in_time, rungs_fire_from_the_top),
    ("it wakes when time brings the next thing", oracle.always_waits_for_somebody, the_flow_oversleeps),
    ("an open action waits for somebody", oracle.always_waits_for_somebody, nobody_is_asked_to_approve),
    ("no step opens twice", None, a_round_opens_again),
    ("time alone asks for no more", oracle.advance_settles, time_skips_the_sample),
    ("what is sent back is asked again", oracle.what_is_sent_back_is_asked_again, what_was_sent_once_is_in),
    ("a reopened action first says why", oracle.reopened_actions_start_with_why, the_past_cycle_counts),
    ("no re-audit is asked before its day", oracle.what_is_sustained_was_checked, re_audits_come_at_once),
    ("a sustained action passed every re-audit", oracle.what_is_sustained_was_checked, one_pass_sustains),
    ("an owner never re-audits", oracle.what_is_sustained_was_checked, owners_re_audit),
    ("one open cycle at most", oracle.one_of_each_is_open, reopening_closes_nothing),
    ("what is settled stays settled", oracle.what_is_settled_stays, ending_voids_all),
    ("a late answer changes nothing", None, an_answer_counts_twice),
    ("the original date stands", oracle.original_dates_stand, revising_moves_the_original),
]


@pytest.mark.parametrize(("rule", "law", "plant"), BUGS, ids=[bug[0] for bug in BUGS])
def test_the_machine_finds_a_planted_bug(
    rule: str, law: Law | None, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    hunt(Planted, rule, law, monkeypatch)


def hunt(machine: type[Walk], rule: str, law: Law | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "laws", (only(rule, law),) if law else ())
    with pytest.raises(Broken) as found:
        run_state_machine_as_test(machine, settings=HUNT)
    assert found.value.rule == rule


def test_the_machine_finds_what_is_given_to_somebody_without_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    anybody_is_given_what_needs_an_account(monkeypatch)
    hunt(Walk, "what needs an account is with somebody who has one", oracle.accounts_are_there, monkeypatch)
