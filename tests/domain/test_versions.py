"""An action moves to a newer version of its pathway only where no answer changes its meaning."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidencing import is_in
from domain.journal import Step
from domain.meanings import meanings
from domain.pathways import FIXED, Pathway
from domain.process import advance
from domain.versions import Why, after, plan_move
from domain.vocabulary import Outcome, Risk, Status, StepStatus
from tests.domain.making import (
    FACTS,
    MONDAY,
    accepted,
    failed,
    make_journal,
    make_pathway,
    make_step,
    passed,
    sent,
)

REASON = "The home now takes photos of the boards."
PLANS, BRIEFING = FACTS["evidence"]
SAMPLE, APPROVAL = FACTS["checks"][0], FACTS["approvals"][0]
PHOTOS = PLANS | {"key": "photos", "title": "Add photos"}
BOARD = APPROVAL | {"key": "board", "title": "Agree", "who": "nominated individual"}


def second(**changes: Any) -> Pathway:
    """Version 2 of the two proofs."""
    return make_pathway(**({"version": 2} | changes))


def plans_of(**changes: Any) -> Pathway:
    return second(evidence=[PLANS | changes, BRIEFING])


def sample_of(**changes: Any) -> Pathway:
    return second(checks=[SAMPLE | changes])


BEGUN = (accepted(), make_step("plans"), make_step("briefing"))
HALF = (accepted(), sent("plans"), make_step("briefing"))
SENT = (accepted(), sent("plans"), sent("briefing"))
SAMPLING = (*SENT, make_step("sample"))
PASSED = (*SENT, passed(), make_step("approval"))
RETURNED = (*SENT, failed(1, "plans"), make_step("plans", round=2))

ALLOWED: list[
    tuple[str, tuple[Step, ...], Pathway, Mapping[str, str | None], tuple[list[str], list[str], list[str]]]
] = [
    # What stays open (* for another person), what is asked no more, and what is asked next.
    ("nothing is open yet", (), second(), {}, ([], [], ["accept"])),
    ("words alone", BEGUN, plans_of(title="Update every plan"), {}, (["plans", "briefing"], [], [])),
    ("more that counts", HALF, plans_of(counts=["the plan"]), {}, (["briefing"], [], [])),
    ("a step more", HALF, second(evidence=[PLANS, BRIEFING, PHOTOS]), {}, (["briefing"], [], ["photos"])),
    (
        "an open step with another name",
        BEGUN,
        plans_of(key="photos"),
        {"plans": "photos"},
        (["photos", "briefing"], [], []),
    ),
    ("an answered step with another name", HALF, plans_of(key="photos"), {"plans": "photos"}, (["briefing"], [], [])),
    ("an open step left out", BEGUN, second(evidence=[PLANS]), {"briefing": None}, (["plans"], ["briefing"], [])),
    ("an answer left out", SAMPLING, second(evidence=[PLANS]), {"briefing": None}, (["sample"], [], [])),
    ("an open step for somebody else", BEGUN, plans_of(who="key worker"), {}, (["plans*", "briefing"], [], [])),
    ("an open step in another form", BEGUN, plans_of(form="views"), {}, (["briefing"], ["plans"], ["plans"])),
    ("an open sample held to more", SAMPLING, sample_of(threshold="0.95"), {}, (["sample"], [], [])),
    ("an open sample for somebody else", SAMPLING, sample_of(who="quality lead"), {}, (["sample*"], [], [])),
    ("no sample any more", SAMPLING, second(checks=[]), {"sample": None}, ([], ["sample"], ["approval"])),
    ("an approval more", PASSED, second(approvals=[APPROVAL, BOARD]), {}, (["approval"], [], ["board"])),
    (
        "a faster ladder",
        HALF,
        second(ladders=FACTS["ladders"] | {"low": FACTS["ladders"]["critical"]}),
        {},
        (["briefing"], [], []),
    ),
    ("what was sent back keeps its name", RETURNED, second(return_within="2 days"), {}, (["plans"], [], [])),
    ("what was sent back gets another", RETURNED, plans_of(key="photos"), {"plans": "photos"}, (["photos"], [], [])),
    (
        "now optional",
        BEGUN,
        second(evidence=[PLANS, BRIEFING | {"required": False}]),
        {},
        (["plans", "briefing"], [], []),
    ),
]


@pytest.mark.parametrize(
    ("steps", "to", "mapping", "expected"), [row[1:] for row in ALLOWED], ids=[row[0] for row in ALLOWED]
)
def test_a_move_keeps_what_it_can_and_asks_for_the_rest(
    steps: tuple[Step, ...], to: Pathway, mapping: Mapping[str, str | None], expected: tuple[list[str], ...]
) -> None:
    journal = make_journal(*steps)
    move = plan_move(journal, to, mapping, REASON)
    assert [stop.words for stop in move.stops] == []
    then = after(journal, move)
    stays = [f"{stay.key}{'*' if stay.to_another else ''}" for stay in move.stays]
    assert (stays, [step.key for step in move.voids], [step.key for step in advance(then, MONDAY).opens]) == expected
    assert advance(then, MONDAY).problem is None


TO_TWO_OF_THREE = second(approvals=[APPROVAL, BOARD], approvals_needed=dict.fromkeys(Risk, 1))
FIRST_TWO = make_pathway(approvals=[APPROVAL, BOARD])
AGREED = (*SENT, passed(), make_step("approval", Outcome.APPROVED), make_step("board"))
REFUSED: list[tuple[str, tuple[Step, ...], Pathway, Mapping[str, str | None], list[tuple[Why, str]]]] = [
    ("another form", HALF, plans_of(form="views"), {}, [(Why.MEANING, "form views instead of evidence")]),
    ("another person", HALF, plans_of(who="key worker"), {}, [(Why.MEANING, "by key worker instead of owner")]),
    (
        "another category",
        HALF,
        plans_of(category="outcomes"),
        {},
        [(Why.MEANING, "category outcomes instead of processes")],
    ),
    ("a threshold", PASSED, sample_of(threshold="0.5"), {}, [(Why.MEANING, "threshold 0.5 instead of 0.9")]),
    ("a population", PASSED, sample_of(of="rotas"), {}, [(Why.MEANING, "drawn from rotas instead of records")]),
    (
        "a sample's key for evidence",
        PASSED,
        second(evidence=[PLANS, BRIEFING, PHOTOS | {"key": "sample"}], checks=[]),
        {},
        [(Why.MEANING, "it is evidence instead of check")],
    ),
    (
        "an open sample's key for evidence",
        SAMPLING,
        second(evidence=[PLANS, BRIEFING, PHOTOS | {"key": "sample"}], checks=[]),
        {},
        [(Why.MEANING, "“Sample records” is open as check, and in version 2 “sample” is evidence.")],
    ),
    (
        "an open step that is gone",
        BEGUN,
        second(evidence=[PLANS]),
        {},
        [(Why.MAP, "“Brief staff” is open, and version 2 ha")],
    ),
    (
        "an answer that is gone",
        HALF,
        second(evidence=[BRIEFING]),
        {},
        [(Why.MAP, "“Update the plans” has been answered, and")],
    ),
    (
        "mapped to nothing there",
        BEGUN,
        second(evidence=[PLANS]),
        {"briefing": "photos"},
        [(Why.MAP, "no step “photos” for")],
    ),
    (
        "mapped to a fixed step",
        BEGUN,
        second(evidence=[PLANS]),
        {"briefing": "accept"},
        [(Why.MAP, "no step “accept” for")],
    ),
    (
        "two mapped to one",
        BEGUN,
        second(evidence=[PHOTOS]),
        {"plans": "photos", "briefing": "photos"},
        [(Why.MAP, "another"), (Why.MAP, "another")],
    ),
    ("mapped onto another", BEGUN, second(), {"plans": "briefing"}, [(Why.MAP, "“plans” can’t become “briefing”")]),
    (
        "a step that is not there",
        BEGUN,
        second(),
        {"photos": "plans"},
        [(Why.MAP, "There is no step “photos” in this action")],
    ),
    ("left out though it is there", BEGUN, second(), {"plans": None}, [(Why.MAP, "has a step “plans” too")]),
    (
        "mapped to another control",
        SAMPLING,
        second(evidence=[PLANS, BRIEFING, PHOTOS], checks=[]),
        {"sample": "photos"},
        [(Why.MEANING, "“photos” is evidence.")],
    ),
    (
        "sampled without what is new",
        PASSED,
        second(evidence=[PLANS, BRIEFING, PHOTOS]),
        {},
        [(Why.MEANING, "was sampled on the ev")],
    ),
    (
        "approved without a sample that is new",
        AGREED,
        second(approvals=[APPROVAL, BOARD], checks=[SAMPLE, SAMPLE | {"key": "again", "title": "Sample again"}]),
        {},
        [(Why.MEANING, "approved without “Sample again”")],
    ),
    ("closed by the move alone", AGREED, TO_TWO_OF_THREE, {}, [(Why.MEANING, "the move alone would close the action")]),
    ("the same version", HALF, make_pathway(), {}, [(Why.VERSION, "is on version 1 already")]),
    ("another pathway", HALF, second(key="other"), {}, [(Why.VERSION, "can’t move to other")]),
]


@pytest.mark.parametrize(
    ("steps", "to", "mapping", "expected"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_move_that_would_change_a_meaning_or_guess_one_is_refused(
    steps: tuple[Step, ...], to: Pathway, mapping: Mapping[str, str | None], expected: list[tuple[Why, str]]
) -> None:
    pathway = FIRST_TWO if steps is AGREED else make_pathway()
    stops = plan_move(make_journal(*steps, pathway=pathway), to, mapping, REASON).stops
    assert [stop.why for stop in stops] == [why for why, _ in expected]
    for stop, (_, words) in zip(stops, expected, strict=True):
        assert words in stop.words


@pytest.mark.parametrize(
    ("changes", "reason", "why"),
    [
        ({}, " ", Why.REASON),
        ({}, "why not", Why.REASON),
        ({"status": Status.CANCELLED, "is_ended": True}, REASON, Why.STATE),
        ({"status": Status.CLOSED_MONITORING, "cycle_closed_at": MONDAY}, REASON, Why.STATE),
    ],
    ids=["no reason", "hardly one", "cancelled", "closed"],
)
def test_a_move_needs_a_reason_and_an_open_action(changes: dict[str, Any], reason: str, why: Why) -> None:
    assert [stop.why for stop in plan_move(make_journal(*HALF, **changes), second(), {}, reason).stops] == [why]


def test_a_step_that_its_own_version_does_not_know_can_be_mapped() -> None:
    journal = make_journal(accepted(), sent("plans"), make_step("weigh-in"))
    assert advance(journal, MONDAY).problem is not None
    move = plan_move(journal, second(evidence=[PLANS, PHOTOS]), {"weigh-in": "photos"}, REASON)
    assert [(stay.key, stay.to_another) for stay in move.stays] == [("photos", True)]
    assert advance(after(journal, move), MONDAY).problem is None


def test_a_sample_that_was_left_out_cannot_come_back_in_the_same_turn() -> None:
    dropped = replace(make_step("sample"), status=StepStatus.VOID, settled_at=MONDAY)
    journal = make_journal(*SENT, dropped, make_step("approval"), pathway=second(checks=[]))
    [stop] = plan_move(journal, make_pathway(version=3), {}, REASON).stops
    assert (stop.why, stop.key) == (Why.MAP, "sample")


def test_every_step_that_all_pathways_have_has_a_meaning() -> None:
    found = meanings(make_pathway())
    assert {key: found[key].control for key in FIXED} == FIXED


def test_rounds_of_an_earlier_cycle_stay_as_they_were() -> None:
    old = (accepted(), sent("plans"), sent("briefing"), passed())
    again = make_step("why-reopened", Outcome.SUBMITTED, cycle=2)
    journal = make_journal(*old, accepted(cycle=2), again, make_step("plans", cycle=2), cycle=2)
    move = plan_move(journal, second(evidence=[PHOTOS, BRIEFING]), {"plans": "photos"}, REASON)
    assert move.is_allowed
    assert [step.key for step in after(journal, move).steps if step.cycle == 1] == [step.key for step in old]


def test_a_return_is_remembered_under_the_new_name() -> None:
    journal = make_journal(*RETURNED)
    then = after(journal, plan_move(journal, plans_of(key="photos"), {"plans": "photos"}, REASON))
    assert (then.returns("photos"), then.returns("plans"), is_in(then, "photos")) == (1, 0, False)


@st.composite
def versions(draw: st.DrawFn) -> Pathway:
    """Any version 2 somebody could write."""
    evidence = draw(st.lists(st.sampled_from([PLANS, BRIEFING, PHOTOS]), min_size=1, unique_by=lambda s: s["key"]))
    changes = st.fixed_dictionaries(
        {}, optional={"form": st.sampled_from(["evidence", "views"]), "who": st.just("key worker")}
    )
    checks = draw(st.sampled_from([[], [SAMPLE], [SAMPLE | {"threshold": "0.5"}], [SAMPLE | {"key": "again"}]]))
    approvals = draw(st.sampled_from([[APPROVAL], [BOARD], [APPROVAL, BOARD]]))
    return second(evidence=[step | draw(changes) for step in evidence], checks=checks, approvals=approvals)


HISTORIES = [(), BEGUN, HALF, SENT, SAMPLING, PASSED, RETURNED]
KEYS = ["plans", "briefing", "sample", "approval"]
MAPS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([None, "photos", "again", "board"]), max_size=2)


@given(st.sampled_from(HISTORIES), versions(), MAPS)
def test_a_moved_action_is_understood_and_waits_for_somebody(
    steps: tuple[Step, ...], to: Pathway, mapping: dict[str, str | None]
) -> None:
    journal = make_journal(*steps)
    move = plan_move(journal, to, mapping, REASON)
    then = after(journal, move) if move.is_allowed else journal
    plan = advance(then, MONDAY)
    assert plan.problem is None
    assert plan.opens or then.open_steps
    answers = {(step.id, step.outcome) for step in journal.steps if step.outcome}
    assert answers == {(step.id, step.outcome) for step in then.steps if step.outcome}
