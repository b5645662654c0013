"""What an action needs next: the first control that is not yet satisfied decides. From evidence to closure."""

from datetime import date, time, timedelta

import pytest

from domain.deadlines import due_after
from domain.journal import Journal
from domain.process import advance
from domain.spans import WorkingDays
from domain.vocabulary import Outcome
from tests.domain.making import (
    CALENDAR,
    DUE,
    FACTS,
    MONDAY,
    accepted,
    failed,
    keys_opened,
    make_journal,
    make_pathway,
    make_step,
    passed,
    sent,
)

IN_ORDER = make_pathway(evidence=[FACTS["evidence"][0], FACTS["evidence"][1] | {"after": ["plans"]}])
WITH_OPTION = make_pathway(evidence=[FACTS["evidence"][0], FACTS["evidence"][1] | {"required": False}])
BOTH_SENT = (accepted(), sent("plans"), sent("briefing"))


STORY = [
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
]


@pytest.mark.parametrize(("journal", "status", "opens"), [row[1:] for row in STORY], ids=[row[0] for row in STORY])
def test_the_first_control_that_is_not_satisfied_decides(
    journal: Journal, status: str, opens: list[tuple[str, int]]
) -> None:
    plan = advance(journal, MONDAY)
    assert (plan.status, keys_opened(plan)) == (status, opens)
    assert not plan.finished


def test_what_was_taken_back_is_asked_for_again_and_the_sample_starts_afresh() -> None:
    taken_back, waiting = make_step("plans", Outcome.WITHDRAWN), make_step("sample")
    plan = advance(make_journal(accepted(), taken_back, sent("briefing"), waiting), MONDAY)
    assert plan.voids == (waiting.id,)
    assert keys_opened(plan) == [("plans", 2)]
    again = make_journal(accepted(), taken_back, sent("briefing"), sent("plans", 2))
    assert keys_opened(advance(again, MONDAY)) == [("sample", 2)]


def test_an_option_taken_back_gives_the_sampler_a_fresh_step_at_once() -> None:
    waiting = make_step("sample")
    journal = make_journal(
        accepted(), sent("plans"), make_step("briefing", Outcome.WITHDRAWN), waiting, pathway=WITH_OPTION
    )
    plan = advance(journal, MONDAY)
    assert (plan.voids, keys_opened(plan)) == ((waiting.id,), [("briefing", 2), ("sample", 2)])


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


def test_a_step_that_nobody_has_been_asked_for_is_looked_at_again_when_the_day_begins() -> None:
    journal = make_journal(accepted(), make_step("plans", assignee_id=None), make_step("briefing"))
    assert advance(journal, MONDAY).until == CALENDAR.at(date(2026, 11, 3), time(0))
    assert advance(journal, CALENDAR.at(date(2026, 11, 3), time(0))).until == CALENDAR.at(date(2026, 11, 4), time(0))
