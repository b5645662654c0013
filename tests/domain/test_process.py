"""What an action needs next: the first control that is not yet satisfied decides."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.deadlines import due_after
from domain.journal import Journal, ReAudit, Step
from domain.pathways import Pathway
from domain.plans import Plan
from domain.process import advance
from domain.spans import WorkingDays
from domain.vocabulary import Outcome, ReAuditStatus, Risk, Status
from tests.domain.making import (
    CALENDAR,
    DUE,
    FACTS,
    MANAGER,
    MONDAY,
    OTHER,
    OWNER,
    accepted,
    failed,
    known,
    make_journal,
    make_pathway,
    make_step,
    needs_support,
    passed,
    sent,
    supported,
)

IN_ORDER = make_pathway(evidence=[FACTS["evidence"][0], FACTS["evidence"][1] | {"after": ["plans"]}])
WITH_OPTION = make_pathway(evidence=[FACTS["evidence"][0], FACTS["evidence"][1] | {"required": False}])
BOTH_SENT = (accepted(), sent("plans"), sent("briefing"))


def opened(plan: Plan) -> list[tuple[str, int]]:
    return [(step.key, step.round) for step in plan.opens]


def cycle_two(*steps: Step, **changes: Any) -> Journal:
    return make_journal(*steps, cycle=2, **changes)


STORY = [
    ("a draft asks for its definition", make_journal(is_defined=False, owner_id=None), "draft", [("define", 1)]),
    ("no owner: somebody chooses one", make_journal(owner_id=None), "awaiting acceptance", [("owner", 1)]),
    ("an owner is asked first", make_journal(), "awaiting acceptance", [("accept", 1)]),
    ("nobody is asked twice", make_journal(make_step("accept")), "awaiting acceptance", []),
    (
        "declined: somebody chooses another owner",
        make_journal(make_step("accept", Outcome.DECLINED), owner_id=None),
        "awaiting acceptance",
        [("owner", 1)],
    ),
    (
        "chosen again after a second decline",
        make_journal(make_step("owner", Outcome.ASSIGNED), make_step("accept", Outcome.DECLINED), owner_id=None),
        "awaiting acceptance",
        [("owner", 2)],
    ),
    (
        "the next owner is asked in a second round",
        make_journal(make_step("accept", Outcome.DECLINED), owner_id=OTHER),
        "awaiting acceptance",
        [("accept", 2)],
    ),
    (
        "an owner changed after acceptance is asked too",
        make_journal(accepted(), owner_id=OTHER),
        "awaiting acceptance",
        [("accept", 2)],
    ),
    (
        "a cover accepts for the owner",
        make_journal(accepted(assignee_id=OTHER, assigned_for_id=OWNER, settled_by=OTHER)),
        "in progress",
        [("plans", 1), ("briefing", 1)],
    ),
    (
        "needs support: somebody helps with the barrier",
        make_journal(needs_support()),
        "awaiting acceptance",
        [("support", 1)],
    ),
    (
        "nobody is asked to help twice",
        make_journal(needs_support(), make_step("support")),
        "awaiting acceptance",
        [],
    ),
    (
        "helped: the owner is asked again",
        make_journal(needs_support(), supported()),
        "awaiting acceptance",
        [("accept", 2)],
    ),
    (
        "needs support again: a second round of help",
        make_journal(needs_support(), supported(), needs_support(2)),
        "awaiting acceptance",
        [("support", 2)],
    ),
    (
        "helped twice: asked a third time",
        make_journal(needs_support(), supported(), needs_support(2), supported(2)),
        "awaiting acceptance",
        [("accept", 3)],
    ),
    (
        "with support, then yes",
        make_journal(needs_support(), supported(), accepted(round=2)),
        "in progress",
        [("plans", 1), ("briefing", 1)],
    ),
    (
        "a cover needs support for the owner",
        make_journal(needs_support(assignee_id=OTHER, assigned_for_id=OWNER, settled_by=OTHER)),
        "awaiting acceptance",
        [("support", 1)],
    ),
    (
        "what a former owner needed does not hold up the next",
        make_journal(needs_support(), owner_id=OTHER),
        "awaiting acceptance",
        [("accept", 2)],
    ),
    ("evidence in parallel", make_journal(accepted()), "in progress", [("plans", 1), ("briefing", 1)]),
    ("the rest stays open", make_journal(accepted(), sent("plans")), "evidence submitted", [("briefing", 1)]),
    ("one after the other", make_journal(accepted(), pathway=IN_ORDER), "in progress", [("plans", 1)]),
    (
        "the other once the one is in",
        make_journal(accepted(), sent("plans"), pathway=IN_ORDER),
        "evidence submitted",
        [("briefing", 1)],
    ),
    (
        "what is optional is offered",
        make_journal(accepted(), pathway=WITH_OPTION),
        "in progress",
        [("plans", 1), ("briefing", 1)],
    ),
    (
        "what is optional holds nothing up",
        make_journal(accepted(), sent("plans"), make_step("briefing"), pathway=WITH_OPTION),
        "sample audit",
        [("sample", 1)],
    ),
    (
        "what is not needed is in",
        make_journal(accepted(), sent("plans"), make_step("briefing", Outcome.NOT_NEEDED)),
        "sample audit",
        [("sample", 1)],
    ),
    ("all evidence in: sample", make_journal(*BOTH_SENT), "sample audit", [("sample", 1)]),
    (
        "a failed sample returns what it names",
        make_journal(*BOTH_SENT, failed(1, "plans")),
        "returned",
        [("plans", 2)],
    ),
    (
        "sent again: a fresh sample",
        make_journal(*BOTH_SENT, failed(1, "plans"), sent("plans", 2)),
        "sample audit",
        [("sample", 2)],
    ),
    (
        "failed twice",
        make_journal(*BOTH_SENT, failed(1, "plans"), sent("plans", 2), failed(2, "plans", "briefing")),
        "returned",
        [("plans", 3), ("briefing", 2)],
    ),
    ("passed: approval", make_journal(*BOTH_SENT, passed()), "awaiting approval", [("approval", 1)]),
    (
        "rejected: evidence again",
        make_journal(*BOTH_SENT, passed(), make_step("approval", Outcome.REJECTED, returned_keys=("briefing",))),
        "returned",
        [("briefing", 2)],
    ),
    (
        "after a rejection the old pass no longer counts",
        make_journal(
            *BOTH_SENT,
            passed(),
            make_step("approval", Outcome.REJECTED, returned_keys=("briefing",)),
            sent("briefing", 2),
        ),
        "sample audit",
        [("sample", 2)],
    ),
    (
        "approved again in the second round",
        make_journal(*BOTH_SENT, failed(1, "plans"), sent("plans", 2), passed(2)),
        "awaiting approval",
        [("approval", 2)],
    ),
    (
        "a reopened action asks why first",
        cycle_two(accepted(cycle=2)),
        "in progress",
        [("why-reopened", 1)],
    ),
    (
        "then for evidence anew, whatever the first cycle had",
        cycle_two(accepted(), sent("plans"), accepted(cycle=2), make_step("why-reopened", Outcome.SUBMITTED, cycle=2)),
        "in progress",
        [("plans", 1), ("briefing", 1)],
    ),
]


@pytest.mark.parametrize(("journal", "status", "opens"), [row[1:] for row in STORY], ids=[row[0] for row in STORY])
def test_the_first_control_that_is_not_satisfied_decides(
    journal: Journal, status: str, opens: list[tuple[str, int]]
) -> None:
    plan = advance(journal, MONDAY)
    assert (plan.status, opened(plan)) == (status, opens)
    assert not plan.finished


OVERTAKEN = [
    ("asked, and somebody else owns it now", make_journal(make_step("accept"), owner_id=OTHER), [("accept", 2)]),
    ("asked, and nobody owns it now", make_journal(make_step("accept"), owner_id=None), [("owner", 1)]),
    (
        "help for a former owner",
        make_journal(needs_support(), make_step("support"), owner_id=OTHER),
        [("accept", 2)],
    ),
    ("an owner was chosen in another way", make_journal(make_step("owner")), [("accept", 1)]),
    (
        "a cover was asked for a former owner",
        make_journal(make_step("accept", assignee_id=MANAGER, assigned_for_id=OTHER)),
        [("accept", 2)],
    ),
]


@pytest.mark.parametrize(("journal", "opens"), [row[1:] for row in OVERTAKEN], ids=[row[0] for row in OVERTAKEN])
def test_what_was_asked_about_a_former_owner_is_asked_no_more(journal: Journal, opens: list[tuple[str, int]]) -> None:
    plan = advance(journal, MONDAY)
    assert (plan.voids, opened(plan)) == (tuple(step.id for step in journal.open_steps), opens)


def test_evidence_that_was_asked_for_stays_asked_for_under_a_new_owner() -> None:
    plans = make_step("plans", assignee_id=None)
    plan = advance(make_journal(accepted(), plans, owner_id=OTHER), MONDAY)
    assert (plan.status, plan.voids, opened(plan)) == ("awaiting acceptance", (), [("accept", 2)])


def test_a_step_that_nobody_has_been_asked_for_is_looked_at_again_when_the_day_begins() -> None:
    journal = make_journal(accepted(), make_step("plans", assignee_id=None), make_step("briefing"))
    assert advance(journal, MONDAY).until == CALENDAR.at(date(2026, 11, 3), time(0))
    assert advance(journal, CALENDAR.at(date(2026, 11, 3), time(0))).until == CALENDAR.at(date(2026, 11, 4), time(0))


def test_a_closed_action_is_watched() -> None:
    plan = advance(make_journal(*BOTH_SENT, passed(), cycle_closed_at=MONDAY), MONDAY)
    assert (plan.status, plan.finished, plan.closed, plan.until) == (Status.CLOSED_MONITORING, True, True, None)


@pytest.mark.parametrize(
    ("audits", "status"),
    [
        (["planned", "planned"], Status.CLOSED_MONITORING),
        (["passed", "planned"], Status.CLOSED_MONITORING),
        (["passed", "missed"], Status.CLOSED_MONITORING),
        (["passed", "passed"], Status.SUSTAINED),
        ([], Status.CLOSED_MONITORING),
    ],
)
def test_an_action_is_sustained_when_its_last_re_audit_has_passed(audits: list[str], status: Status) -> None:
    planned = tuple(ReAudit(1, number, DUE, ReAuditStatus(how)) for number, how in enumerate(audits, 1))
    journal = make_journal(accepted(), cycle_closed_at=MONDAY, re_audits=planned)
    assert advance(journal, MONDAY).status is status


def test_re_audits_of_an_earlier_cycle_sustain_nothing() -> None:
    journal = cycle_two(
        accepted(cycle=2), cycle_closed_at=MONDAY, re_audits=(ReAudit(1, 1, DUE, ReAuditStatus.PASSED),)
    )
    assert advance(journal, MONDAY).status is Status.CLOSED_MONITORING


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.SUPERSEDED])
def test_an_ended_action_asks_nobody_for_anything(status: Status) -> None:
    plans = make_step("plans")
    plan = advance(make_journal(accepted(), plans, is_ended=True, status=status), DUE + timedelta(days=90))
    assert (plan.status, plan.opens, plan.voids, plan.rungs_due) == (status, (), (plans.id,), ())


def test_an_open_step_that_the_pathway_does_not_know_needs_a_person_to_look() -> None:
    plan = advance(make_journal(accepted(), make_step("weigh-in")), MONDAY)
    assert plan.waiting_for == "Needs attention"
    assert "weigh-in" in (plan.problem or "")
    assert "two-proofs version 1" in (plan.problem or "")


def test_a_settled_step_that_the_pathway_does_not_know_stops_nothing() -> None:
    plan = advance(make_journal(accepted(), sent("weigh-in")), MONDAY)
    assert plan.problem is None


def test_an_acceptance_is_due_as_the_pathway_says() -> None:
    [step] = advance(make_journal(), MONDAY).opens
    assert (step.who, step.due_at) == ("owner", due_after(MONDAY, WorkingDays(2), CALENDAR))


def test_evidence_is_due_with_the_action_and_returned_evidence_not_before_the_time_for_that() -> None:
    first, _ = advance(make_journal(accepted()), MONDAY).opens
    assert first.due_at == DUE
    late = DUE - timedelta(days=1)
    [again] = advance(make_journal(*BOTH_SENT, failed(1, "plans")), late).opens
    assert again.due_at == due_after(late, WorkingDays(5), CALENDAR) > DUE


def test_each_step_goes_to_whom_the_pathway_names() -> None:
    first, second = advance(make_journal(accepted()), MONDAY).opens
    assert (first.who, second.who) == ("owner", "team leader")
    [sample] = advance(make_journal(*BOTH_SENT), MONDAY).opens
    assert sample.who == "deputy manager"


def test_the_flow_sleeps_until_the_next_rung_or_the_next_due_date() -> None:
    waiting = advance(make_journal(make_step("accept", due_at=DUE)), MONDAY)
    assert waiting.until is not None
    assert waiting.until > DUE
    asked = advance(make_journal(), MONDAY)
    assert asked.until == asked.opens[0].due_at


OUTCOMES = {
    "accept": (Outcome.ACCEPTED, Outcome.DECLINED, Outcome.NEEDS_SUPPORT),
    "support": (Outcome.SUPPORTED,),
    "owner": (Outcome.ASSIGNED,),
    "define": (Outcome.DEFINED,),
    "sample": (Outcome.PASSED, Outcome.FAILED),
    "approval": (Outcome.REJECTED,),
}


@st.composite
def journals(draw: st.DrawFn) -> Journal:
    """Any history that people could have made: what is asked is answered somehow, or left."""
    pathway: Pathway = draw(st.sampled_from([make_pathway(), IN_ORDER, WITH_OPTION]))
    journal = make_journal(owner_id=draw(st.sampled_from([OWNER, None])), pathway=pathway)
    for _ in range(draw(st.integers(0, 12))):
        fresh = [
            make_step(s.key, round=s.round, id=known(f"{s.key} {s.round}"), due_at=s.due_at)
            for s in advance(journal, MONDAY).opens
        ]
        steps = [*journal.steps, *fresh]
        waiting = [number for number, step in enumerate(steps) if step.is_open]
        if not waiting:
            break
        chosen = draw(st.sampled_from(waiting))
        step = steps[chosen]
        outcome = draw(st.sampled_from(OUTCOMES.get(step.key, (Outcome.SUBMITTED, Outcome.NOT_NEEDED))))
        back = ("plans",) if outcome in (Outcome.FAILED, Outcome.REJECTED) else ()
        steps[chosen] = make_step(step.key, outcome, round=step.round, id=step.id, returned_keys=back)
        owner = None if outcome is Outcome.DECLINED else OWNER if outcome is Outcome.ASSIGNED else journal.owner_id
        journal = make_journal(*steps, owner_id=owner, pathway=pathway)
    return journal


@given(journals(), st.integers(0, 60))
def test_advance_says_the_same_every_time(journal: Journal, days: int) -> None:
    now = MONDAY + timedelta(days=days)
    assert advance(journal, now) == advance(journal, now)


@given(journals())
def test_advance_never_opens_what_is_open_or_was_open_in_that_round(journal: Journal) -> None:
    plan = advance(journal, MONDAY)
    there = {(step.key, step.round) for step in journal.steps}
    assert not there & set(opened(plan))
    assert not {step.key for step in journal.open_steps} & {key for key, _ in opened(plan)}
    assert len(opened(plan)) == len(set(opened(plan)))


@given(journals())
def test_an_open_action_always_waits_for_somebody(journal: Journal) -> None:
    plan = advance(journal, MONDAY)
    assert plan.finished or plan.opens or journal.open_steps
    assert plan.until is not None


@given(journals(), st.sampled_from(list(Risk)))
def test_time_alone_opens_no_step(journal: Journal, risk: Risk) -> None:
    now, later = advance(journal, MONDAY), advance(journal, MONDAY + timedelta(days=400))
    assert (opened(now), now.status) == (opened(later), later.status)


def test_what_was_taken_back_is_asked_for_again_and_the_sample_starts_afresh() -> None:
    taken_back, waiting = make_step("plans", Outcome.WITHDRAWN), make_step("sample")
    plan = advance(make_journal(accepted(), taken_back, sent("briefing"), waiting), MONDAY)
    assert plan.voids == (waiting.id,)
    assert opened(plan) == [("plans", 2)]
    again = make_journal(accepted(), taken_back, sent("briefing"), sent("plans", 2))
    assert opened(advance(again, MONDAY)) == [("sample", 2)]


def test_an_option_taken_back_gives_the_sampler_a_fresh_step_at_once() -> None:
    waiting = make_step("sample")
    journal = make_journal(
        accepted(), sent("plans"), make_step("briefing", Outcome.WITHDRAWN), waiting, pathway=WITH_OPTION
    )
    plan = advance(journal, MONDAY)
    assert (plan.voids, opened(plan)) == ((waiting.id,), [("briefing", 2), ("sample", 2)])
