"""Separation of duties: who may sample and who may approve, for every way of having had part in an action."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.closing import gate
from domain.duties import (
    APPROVED_OWN,
    APPROVED_SAMPLE,
    SAMPLED_OWN,
    Use,
    may_not_approve,
    may_not_sample,
    uses,
)
from domain.journal import Hand, Journal
from domain.small_home import SmallHome
from domain.vocabulary import Control, Outcome, StepStatus
from tests.domain.making import (
    DEPUTY,
    MANAGER,
    MONDAY,
    OTHER,
    OWNER,
    REACHED,
    TEAM_LEADER,
    accepted,
    known,
    make_journal,
    make_step,
    passed,
    ready_to_close,
    sent,
)

READY = ready_to_close()
PAST = known("somebody")
BOTH, APPROVE_ONLY, FREE = "may do neither", "may sample, and not approve", "may do both"


def with_step(*steps: Any, **changes: Any) -> Journal:
    """Ready to close, and these steps as well."""
    return replace(READY, steps=(*steps, *READY.steps), **changes)


def asked_and(outcome: Outcome | None = None, **changes: Any) -> Any:
    """Somebody was named as owner before the present one was."""
    now = {"assignee_id": PAST, "settled_by": PAST if outcome else None} | changes
    settled = {"status": StepStatus.VOID} if outcome is None else {}
    return make_step("accept", outcome, **({"round": 0, "id": known("asked")} | settled | now))


def other(key: str, **changes: Any) -> Any:
    """Another round of a step, settled."""
    outcome = {"sample": Outcome.PASSED}.get(key, Outcome.SUBMITTED)
    return make_step(key, outcome, **({"round": 0, "assignee_id": OTHER, "settled_by": OTHER} | changes))


def hand(control: Control, cycle: int = 1) -> dict[str, Any]:
    return {"hands": (Hand(cycle, control, PAST),)}


CASES: list[tuple[str, Journal, str]] = [
    # How they had part, and what they may still do.
    ("owns it", replace(READY, owner_id=PAST), BOTH),
    ("owned it before, having accepted", with_step(asked_and(Outcome.ACCEPTED)), BOTH),
    ("was named as owner and declined", with_step(asked_and(Outcome.DECLINED)), BOTH),
    ("was named as owner and never answered", with_step(asked_and()), BOTH),
    ("was asked to accept as cover for the owner", with_step(asked_and(assigned_for_id=OTHER)), BOTH),
    ("is the owner somebody accepted for", with_step(asked_and(assignee_id=OTHER, assigned_for_id=PAST)), BOTH),
    ("owned it in an earlier cycle", replace(with_step(asked_and(Outcome.ACCEPTED, cycle=0))), BOTH),
    ("was only named as owner in an earlier cycle", with_step(asked_and(cycle=0)), FREE),
    ("sent evidence", with_step(other("plans", assignee_id=PAST, settled_by=PAST)), BOTH),
    ("was asked for evidence that another sent", with_step(other("plans", assignee_id=PAST)), BOTH),
    ("sent evidence that another was asked for", with_step(other("plans", settled_by=PAST)), BOTH),
    ("was away while another sent evidence for them", with_step(other("briefing", assigned_for_id=PAST)), BOTH),
    ("sent evidence too late, or took it back", replace(READY, **hand(Control.EVIDENCE)), BOTH),
    ("sent evidence late in an earlier cycle", replace(READY, **hand(Control.EVIDENCE, 0)), FREE),
    ("sent evidence in an earlier cycle", with_step(other("plans", cycle=0, assignee_id=PAST, settled_by=PAST)), FREE),
    ("said why an earlier improvement did not hold", with_step(other("why-reopened", settled_by=PAST)), BOTH),
    ("sampled", with_step(other("sample", assignee_id=PAST, settled_by=PAST)), APPROVE_ONLY),
    ("was away while another sampled for them", with_step(other("sample", assigned_for_id=PAST)), APPROVE_ONLY),
    ("sampled in place of whoever was asked", with_step(other("sample", settled_by=PAST)), APPROVE_ONLY),
    ("drew a sample that another finished", replace(READY, **hand(Control.CHECK)), APPROVE_ONLY),
    ("sampled in an earlier cycle", with_step(other("sample", cycle=0, assignee_id=PAST, settled_by=PAST)), FREE),
    ("was asked to approve", READY, FREE),
    ("had no part", READY, FREE),
]


@pytest.mark.parametrize(("how", "journal", "may"), CASES, ids=[row[0] for row in CASES])
def test_who_had_part_in_an_action_is_kept_from_judging_it(how: str, journal: Journal, may: str) -> None:
    samples, approves = PAST not in may_not_sample(journal), PAST not in may_not_approve(journal)
    assert (samples, approves) == {BOTH: (False, False), APPROVE_ONLY: (True, False), FREE: (True, True)}[may]
    assert ("separation" in {item.code for item in gate(journal, PAST, REACHED, MONDAY)}) is not approves


def test_nobody_approves_as_cover_for_somebody_who_may_not() -> None:
    for_deputy = make_step("approval", assignee_id=OTHER, assigned_for_id=DEPUTY)
    journal = replace(READY, steps=(*READY.steps[:-1], for_deputy))
    assert [item.code for item in gate(journal, OTHER, REACHED, MONDAY)] == ["separation"]
    assert gate(journal, MANAGER, REACHED, MONDAY) == ()


def test_one_person_gives_one_of_several_approvals() -> None:
    first = make_step("approval", Outcome.APPROVED)
    journal = replace(READY, steps=(*READY.steps[:-1], first))
    assert [item.code for item in gate(journal, MANAGER, REACHED, MONDAY)] == ["agreed"]
    assert gate(journal, OTHER, REACHED, MONDAY) == ()


def test_a_sampler_who_became_owner_afterwards_makes_the_sample_worthless() -> None:
    later = accepted(round=2, assignee_id=DEPUTY, settled_by=DEPUTY)
    journal = with_step(later, owner_id=DEPUTY)
    assert [item.code for item in gate(journal, MANAGER, REACHED, MONDAY)] == ["sampler"]


def test_a_sampler_who_sent_evidence_afterwards_makes_the_sample_worthless() -> None:
    journal = replace(READY, hands=(Hand(1, Control.EVIDENCE, DEPUTY),))
    assert [item.code for item in gate(journal, MANAGER, REACHED, MONDAY)] == ["sampler"]


IN_FORCE = SmallHome(known("exception"), "Two of us", MONDAY - timedelta(days=9), date(2026, 11, 30))
SMALL = replace(
    make_journal(
        accepted(),
        sent("plans", assignee_id=DEPUTY, settled_by=DEPUTY),
        sent("briefing"),
        passed(),
        make_step("approval", assignee_id=DEPUTY),
    ),
    evidence=READY.evidence,
)
"""The deputy evidenced and sampled, and is asked to approve."""

RELAXED: list[tuple[str, tuple[SmallHome, ...], bool]] = [
    ("none", (), False),
    ("in force", (IN_FORCE,), True),
    ("in force until today", (replace(IN_FORCE, ends_on=MONDAY.date()),), True),
    ("expired", (replace(IN_FORCE, ends_on=MONDAY.date() - timedelta(days=1)),), False),
    ("confirmed later", (replace(IN_FORCE, confirmed_at=MONDAY + timedelta(minutes=1)),), False),
    ("ended early", (replace(IN_FORCE, ended_at=MONDAY - timedelta(days=1)),), False),
    ("to be ended tomorrow", (replace(IN_FORCE, ended_at=MONDAY + timedelta(days=1)),), True),
    ("one of two in force", (replace(IN_FORCE, ended_at=MONDAY - timedelta(days=1)), IN_FORCE), True),
]


@pytest.mark.parametrize(("which", "exceptions", "relaxes"), RELAXED, ids=[row[0] for row in RELAXED])
def test_an_exception_lets_one_person_do_and_judge_for_as_long_as_it_is_in_force(
    which: str, exceptions: tuple[SmallHome, ...], relaxes: bool
) -> None:
    journal = replace(SMALL, small_home=exceptions)
    assert (DEPUTY not in may_not_sample(journal, MONDAY)) is relaxes
    assert (DEPUTY not in may_not_approve(journal, MONDAY)) is relaxes
    codes = {item.code for item in gate(journal, DEPUTY, REACHED, MONDAY)}
    assert codes == (set() if relaxes else {"sampler", "separation"})


@pytest.mark.parametrize("person", [OWNER, PAST])
def test_no_exception_lets_an_owner_judge(person: UUID) -> None:
    journal = with_step(asked_and(), small_home=(IN_FORCE,))
    assert person in may_not_sample(journal, MONDAY)
    assert person in may_not_approve(journal, MONDAY)
    assert "separation" in {item.code for item in gate(journal, person, REACHED, MONDAY)}


def test_without_a_moment_an_exception_is_left_out() -> None:
    journal = replace(SMALL, small_home=(IN_FORCE,))
    assert DEPUTY in may_not_sample(journal)
    assert DEPUTY in may_not_approve(journal)


def test_a_sample_taken_under_an_exception_stands_after_it_has_ended() -> None:
    ended = replace(IN_FORCE, ended_at=MONDAY + timedelta(days=1))
    journal = replace(SMALL, small_home=(ended,))
    later = MONDAY + timedelta(days=2)
    assert [item.code for item in gate(journal, MANAGER, REACHED, later)] == []
    assert [item.code for item in gate(journal, DEPUTY, REACHED, later)] == ["separation"]


USES: list[tuple[str, Journal, frozenset[UUID], set[Use]]] = [
    ("none", READY, frozenset({MANAGER}), set()),
    ("the sampler evidenced", SMALL, frozenset({MANAGER}), {Use(SAMPLED_OWN, DEPUTY)}),
    ("the approver evidenced", READY, frozenset({TEAM_LEADER}), {Use(APPROVED_OWN, TEAM_LEADER)}),
    ("the approver sampled", READY, frozenset({DEPUTY}), {Use(APPROVED_SAMPLE, DEPUTY)}),
    (
        "all at once",
        SMALL,
        frozenset({DEPUTY}),
        {Use(SAMPLED_OWN, DEPUTY), Use(APPROVED_OWN, DEPUTY), Use(APPROVED_SAMPLE, DEPUTY)},
    ),
]


@pytest.mark.parametrize(("which", "journal", "approving", "found"), USES, ids=[row[0] for row in USES])
def test_each_use_of_an_exception_is_named(
    which: str, journal: Journal, approving: frozenset[UUID], found: set[Use]
) -> None:
    assert set(uses(journal, approving)) == found
