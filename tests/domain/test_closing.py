"""The closing gate names everything that is missing, alone and together."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.closing import gate, still_to_come
from domain.journal import Journal, PieceOfEvidence
from domain.outcomes import Measured, Reached
from domain.vocabulary import Outcome
from tests.domain.making import (
    DEPUTY,
    MANAGER,
    MONDAY,
    OWNER,
    REACHED,
    accepted,
    failed,
    fired,
    make_journal,
    make_pathway,
    make_step,
    passed,
    ready_to_close,
    sent,
)


def codes(journal: Journal, approver: UUID = MANAGER, measured: bool = True) -> list[str]:
    return [missing.code for missing in gate(journal, approver, REACHED if measured else None, MONDAY)]


def without(journal: Journal, *keys: str) -> Journal:
    return replace(journal, steps=tuple(step for step in journal.steps if step.key not in keys))


def test_improvement_shown_and_checked_by_somebody_else_may_close() -> None:
    assert gate(ready_to_close(), MANAGER, REACHED, MONDAY) == ()


READY = ready_to_close()
PENDING = fired(sent("plans"), 2, must_answer=True)
ALONE = [
    ("step", without(READY, "briefing"), MANAGER, True),
    ("categories", replace(READY, pathway=make_pathway(categories_needed=4)), MANAGER, True),
    ("sample", without(READY, "sample"), MANAGER, True),
    ("escalation", replace(READY, escalations=(PENDING,)), MANAGER, True),
    ("outcome", READY, MANAGER, False),
    ("separation", READY, DEPUTY, True),
]


@pytest.mark.parametrize(("code", "journal", "approver", "measured"), ALONE, ids=[row[0] for row in ALONE])
def test_each_thing_that_is_missing_is_named_alone(code: str, journal: Journal, approver: UUID, measured: bool) -> None:
    assert codes(journal, approver, measured) == [code]


def test_everything_that_is_missing_is_named_at_once() -> None:
    bare = make_journal(accepted(), make_step("approval"), escalations=(PENDING,))
    assert codes(bare, OWNER, False) == [
        *("step", "step", "categories", "sample", "escalation", "outcome", "separation"),
    ]


def test_what_is_missing_is_said_in_words() -> None:
    bare = make_journal(accepted(), escalations=(PENDING,))
    assert [missing.words for missing in gate(bare, MANAGER, None, MONDAY)] == [
        "“Update the plans” has not been sent.",
        "“Brief staff” has not been sent.",
        "Evidence is needed from 2 CQC categories; it is from none.",
        "“Sample records” has not passed since the evidence last changed.",
        "1 escalation still waits for an answer.",
        "Record what was measured, or what the outcome test showed.",
    ]


def test_a_passed_sample_is_evidence_of_a_category_of_its_own() -> None:
    only_plans = replace(READY, evidence=(PieceOfEvidence(sent("plans").id, "processes"),))
    assert codes(only_plans) == []
    assert codes(without(only_plans, "sample")) == ["categories", "sample"]


def test_evidence_of_an_earlier_cycle_counts_for_nothing_now() -> None:
    second = replace(READY, cycle=2)
    assert codes(second) == ["step", "step", "categories", "sample"]


def test_a_returned_step_must_be_sent_again_and_sampled_again() -> None:
    back = make_journal(*READY.steps[:3], failed(1, "plans"), evidence=READY.evidence)
    assert codes(back) == ["step", "categories", "sample"]
    assert "again, after it was returned" in gate(back, MANAGER, REACHED, MONDAY)[0].words
    again = make_journal(*back.steps, sent("plans", 2), passed(2), evidence=READY.evidence)
    assert codes(again) == []


def test_a_pass_from_before_the_evidence_changed_does_not_count() -> None:
    rejected = make_step("approval", Outcome.REJECTED, returned_keys=("plans",))
    again = sent("plans", 2)
    evidence = (*READY.evidence, PieceOfEvidence(again.id, "processes"))
    old_pass = make_journal(*READY.steps[:4], rejected, again, evidence=evidence)
    assert codes(old_pass) == ["sample"]


def test_an_optional_step_holds_nothing_up() -> None:
    optional = make_pathway(
        evidence=[step.model_dump() | {"required": step.key == "plans"} for step in READY.pathway.evidence]
    )
    assert codes(replace(without(READY, "briefing"), pathway=optional)) == []


@pytest.mark.parametrize("answered", [True, False])
def test_only_an_unanswered_escalation_holds_it_up(answered: bool) -> None:
    pending = fired(sent("plans"), 2, must_answer=True, answered_at=MONDAY if answered else None)
    assert codes(replace(READY, escalations=(pending,))) == ([] if answered else ["escalation"])


FLAWS: dict[str, Callable[[Journal], Journal]] = {
    "step": lambda journal: without(journal, "briefing"),
    "categories": lambda journal: replace(journal, pathway=make_pathway(categories_needed=6)),
    "sample": lambda journal: without(journal, "sample"),
    "escalation": lambda journal: replace(journal, escalations=(PENDING,)),
}


@given(st.sets(st.sampled_from([*FLAWS, "outcome", "separation"])))
def test_the_gate_finds_every_flaw_and_no_other(flaws: set[str]) -> None:
    both = tuple(PieceOfEvidence(sent("plans").id, category) for category in ("processes", "observation"))
    journal = replace(READY, evidence=both)
    for code in flaws & set(FLAWS):
        journal = FLAWS[code](journal)
    assert set(codes(journal, OWNER if "separation" in flaws else MANAGER, "outcome" not in flaws)) == flaws


TODAY = MONDAY.date()
SHORT = [
    (
        Measured(TODAY, Reached.PARTLY, "80 %", "92 %"),
        "The target of 92 % is partly reached: 80 % was measured.",
    ),
    (Measured(TODAY, Reached.NOT, "40 %", "92 %"), "The target of 92 % is not reached: 40 % was measured."),
    (Measured(TODAY, Reached.NOT, "Nobody had noticed"), "The outcome test was not passed."),
]


@pytest.mark.parametrize(("measured", "words"), SHORT, ids=[str(row[0].measured) for row in SHORT])
def test_an_outcome_short_of_its_target_closes_nothing_and_says_what_to_do(measured: Measured, words: str) -> None:
    [missing] = gate(READY, MANAGER, measured, MONDAY)
    assert missing.code == "outcome"
    assert missing.words.startswith(words)
    assert "Send evidence back" in missing.words


def test_a_draft_and_an_owner_who_has_not_accepted_stand_in_the_way() -> None:
    assert codes(replace(READY, is_defined=False)) == ["definition"]
    assert codes(replace(READY, owner_id=None)) == ["owner"]
    assert codes(without(READY, "accept")) == ["owner"]


def test_what_is_still_to_come_is_known_long_before_approval() -> None:
    start = make_journal(accepted(), make_step("plans"), make_step("briefing"))
    assert [item.code for item in still_to_come(start, MONDAY)] == [
        *("step", "step", "categories", "sample", "outcome", "approval"),
    ]
    assert [item.code for item in still_to_come(READY, MONDAY)] == ["outcome", "approval"]


def test_nothing_stands_before_what_is_closed_or_ended() -> None:
    assert still_to_come(replace(READY, cycle_closed_at=MONDAY), MONDAY) == ()
    assert still_to_come(replace(READY, is_ended=True), MONDAY) == ()


def test_evidence_that_was_sent_back_counts_for_no_category() -> None:
    first, again, briefing = sent("plans"), sent("plans", 2), sent("briefing")
    steps = (accepted(), first, briefing, failed(1, "plans"), again, make_step("approval", round=2))
    told = ((first, "observation"), (again, "processes"), (briefing, "processes"))
    evidence = tuple(PieceOfEvidence(step.id, category) for step, category in told)
    journal = make_journal(*steps, evidence=evidence, pathway=make_pathway(checks=[]))
    assert "categories" in codes(journal)
    assert "categories" not in codes(replace(journal, evidence=(*evidence, PieceOfEvidence(again.id, "observation"))))
