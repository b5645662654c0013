"""Optional steps hold nothing up; several samplers and approvers judge one and the same evidence."""

from dataclasses import replace
from typing import Any

import pytest

from domain.agreeing import enough_agreed
from domain.closing import gate
from domain.evidencing import returnable
from domain.journal import Journal, PieceOfEvidence, Step
from domain.ladder import rungs_due
from domain.plans import Plan
from domain.process import advance
from domain.vocabulary import Control, Form, Outcome, Risk, Status
from tests.domain.making import (
    DEPUTY,
    FACTS,
    MANAGER,
    MONDAY,
    OTHER,
    REACHED,
    accepted,
    failed,
    known,
    make_journal,
    make_pathway,
    make_step,
    passed,
    ready_to_close,
    sent,
)

PLANS, BRIEFING = FACTS["evidence"]
LATER = MONDAY.replace(year=2027)
OPTIONAL = make_pathway(evidence=[PLANS, BRIEFING | {"required": False}])
OPTIONAL_AFTER = make_pathway(evidence=[PLANS, BRIEFING | {"required": False, "after": ["plans"]}])
TWO_SAMPLES = make_pathway(checks=[FACTS["checks"][0], FACTS["checks"][0] | {"key": "second-sample"}])
APPROVAL = FACTS["approvals"][0]
TWO_OF_THREE = make_pathway(
    approvals=[
        APPROVAL,
        APPROVAL | {"key": "quality", "who": "quality lead", "only_for": ["critical"]},
        APPROVAL | {"key": "board", "who": "nominated individual", "only_for": ["critical"]},
    ],
    approvals_needed={"critical": 2},
)


def second(key: str, outcome: Outcome | None = None, turn: int = 1, **changes: Any) -> Step:
    """A sample or approval with a key of its own."""
    control, form = (Control.CHECK, Form.SAMPLE) if key == "second-sample" else (Control.CLOSE, Form.APPROVAL)
    person = known(key)
    facts = {"control": control, "form": form, "assignee_id": person, "round": turn}
    facts |= {"settled_by": person} if outcome else {}
    return make_step(key, outcome, **(facts | changes))


def critical(*steps: Step, **changes: Any) -> Journal:
    return make_journal(
        *(accepted(), sent("plans"), sent("briefing"), *steps), risk=Risk.CRITICAL, pathway=TWO_OF_THREE, **changes
    )


def opened(plan: Plan) -> list[tuple[str, int]]:
    return [(step.key, step.round) for step in plan.opens]


def voided(journal: Journal, plan: Plan) -> list[tuple[str, int]]:
    return [(step.key, step.round) for step in journal.steps if step.id in plan.voids]


OFFERED = make_step("briefing")
APPROVED = make_step("approval", Outcome.APPROVED)
REJECTED = make_step("approval", Outcome.REJECTED, returned_keys=("plans",))
STORY = [
    (
        "an optional step is offered with the others",
        make_journal(accepted(), pathway=OPTIONAL),
        (Status.IN_PROGRESS, [("plans", 1), ("briefing", 1)], []),
    ),
    (
        "nothing waits for it",
        make_journal(accepted(), sent("plans"), OFFERED, pathway=OPTIONAL),
        (Status.SAMPLE_AUDIT, [("sample", 1)], []),
    ),
    (
        "one that comes after the last needed step is offered with the sample",
        make_journal(accepted(), sent("plans"), pathway=OPTIONAL_AFTER),
        (Status.SAMPLE_AUDIT, [("briefing", 1), ("sample", 1)], []),
    ),
    (
        "what is sent back is asked for again, optional or not",
        make_journal(accepted(), sent("plans"), sent("briefing"), failed(1, "briefing"), pathway=OPTIONAL),
        (Status.RETURNED, [("briefing", 2)], []),
    ),
    (
        "then the sample is drawn afresh",
        make_journal(
            *(accepted(), sent("plans"), sent("briefing"), failed(1, "briefing"), sent("briefing", 2)),
            pathway=OPTIONAL,
        ),
        (Status.SAMPLE_AUDIT, [("sample", 2)], []),
    ),
    (
        "still open at closure: asked no more",
        make_journal(accepted(), sent("plans"), OFFERED, passed(), pathway=OPTIONAL, cycle_closed_at=MONDAY),
        (Status.CLOSED_MONITORING, [], [("briefing", 1)]),
    ),
    (
        "two samplers are asked at once",
        make_journal(accepted(), sent("plans"), sent("briefing"), pathway=TWO_SAMPLES),
        (Status.SAMPLE_AUDIT, [("sample", 1), ("second-sample", 1)], []),
    ),
    (
        "one of them alone is not enough",
        make_journal(
            *(accepted(), sent("plans"), sent("briefing"), passed(), second("second-sample")), pathway=TWO_SAMPLES
        ),
        (Status.SAMPLE_AUDIT, [], []),
    ),
    (
        "both passed",
        make_journal(
            *(accepted(), sent("plans"), sent("briefing"), passed(), second("second-sample", Outcome.PASSED)),
            pathway=TWO_SAMPLES,
        ),
        (Status.AWAITING_APPROVAL, [("approval", 1)], []),
    ),
    (
        "one fails: the other would look at what has gone back",
        make_journal(
            *(accepted(), sent("plans"), sent("briefing"), failed(1, "plans"), second("second-sample")),
            pathway=TWO_SAMPLES,
        ),
        (Status.RETURNED, [("plans", 2)], [("second-sample", 1)]),
    ),
    (
        "a pass from before the return counts no more than a fail",
        make_journal(
            *(accepted(), sent("plans"), sent("briefing"), second("second-sample", Outcome.PASSED)),
            *(failed(1, "plans"), sent("plans", 2)),
            pathway=TWO_SAMPLES,
        ),
        (Status.SAMPLE_AUDIT, [("sample", 2), ("second-sample", 2)], []),
    ),
    (
        "at high risk one approver is asked",
        replace(critical(passed()), risk=Risk.HIGH),
        (Status.AWAITING_APPROVAL, [("approval", 1)], []),
    ),
    (
        "at critical risk all three are asked",
        critical(passed()),
        (Status.AWAITING_APPROVAL, [("approval", 1), ("quality", 1), ("board", 1)], []),
    ),
    (
        "one of them alone closes nothing",
        critical(passed(), APPROVED, second("quality"), second("board")),
        (Status.AWAITING_APPROVAL, [], []),
    ),
    (
        "two have agreed and it is closed: the third is asked no more",
        critical(passed(), APPROVED, second("quality", Outcome.APPROVED), second("board"), cycle_closed_at=MONDAY),
        (Status.CLOSED_MONITORING, [], [("board", 1)]),
    ),
    (
        "one rejection sends evidence back, whoever had agreed",
        critical(passed(), REJECTED, second("quality", Outcome.APPROVED), second("board")),
        (Status.RETURNED, [("plans", 2)], [("board", 1)]),
    ),
    (
        "after it everybody is asked again",
        critical(
            *(passed(), REJECTED, second("quality", Outcome.APPROVED)),
            *(sent("plans", 2), passed(2)),
        ),
        (Status.AWAITING_APPROVAL, [("approval", 2), ("quality", 2), ("board", 2)], []),
    ),
]


@pytest.mark.parametrize(("journal", "expected"), [row[1:] for row in STORY], ids=[row[0] for row in STORY])
def test_what_an_action_needs_next(journal: Journal, expected: tuple[Status, list[Any], list[Any]]) -> None:
    plan = advance(journal, MONDAY)
    assert (plan.status, opened(plan), voided(journal, plan)) == expected


def test_a_re_audit_that_is_open_stays_open_when_the_action_has_closed() -> None:
    audit = make_step("re-audit", control=Control.SUSTAIN, form=Form.SAMPLE)
    assert advance(make_journal(accepted(), audit, cycle_closed_at=MONDAY), MONDAY).voids == ()


def test_an_optional_step_says_so_until_it_is_needed() -> None:
    first = advance(make_journal(accepted(), pathway=OPTIONAL), MONDAY).opens
    assert [step.title for step in first] == ["Update the plans", "Brief staff (optional)"]
    back = make_journal(accepted(), sent("plans"), sent("briefing"), failed(1, "briefing"), pathway=OPTIONAL)
    assert [step.title for step in advance(back, MONDAY).opens] == ["Brief staff"]


@pytest.mark.parametrize(
    ("steps", "chased"),
    [
        ((accepted(), sent("plans"), OFFERED), False),
        ((accepted(), sent("plans"), sent("briefing"), failed(1, "briefing"), make_step("briefing", round=2)), True),
    ],
    ids=["offered", "sent back"],
)
def test_nobody_is_chased_for_what_nobody_had_to_do(steps: tuple[Step, ...], chased: bool) -> None:
    assert bool(rungs_due(make_journal(*steps, pathway=OPTIONAL), LATER)) is chased


def test_only_what_was_sent_can_be_sent_back() -> None:
    offered = make_journal(accepted(), sent("plans"), OFFERED, make_step("sample"), pathway=OPTIONAL)
    assert [step.key for step in returnable(offered)] == ["plans"]


EVIDENCE = ready_to_close().evidence
GATES = [
    ("an optional step that was not sent", {"pathway": OPTIONAL}, ("briefing",), []),
    ("a second sample that was not drawn", {"pathway": TWO_SAMPLES}, (), ["sample"]),
    ("a second approver", {"pathway": TWO_OF_THREE, "risk": Risk.CRITICAL}, (), []),
]


@pytest.mark.parametrize(("changes", "without", "codes"), [row[1:] for row in GATES], ids=[row[0] for row in GATES])
def test_what_the_gate_misses(changes: dict[str, Any], without: tuple[str, ...], codes: list[str]) -> None:
    journal = ready_to_close(**changes)
    journal = replace(journal, steps=tuple(step for step in journal.steps if step.key not in without))
    assert [missing.code for missing in gate(journal, MANAGER, REACHED, MONDAY)] == codes


def test_an_optional_step_that_was_sent_back_holds_up_the_closure() -> None:
    both = (PieceOfEvidence(sent("plans").id, "processes"), PieceOfEvidence(sent("briefing").id, "observation"))
    steps = (accepted(), sent("plans"), sent("briefing"), failed(1, "briefing"))
    journal = make_journal(*steps, pathway=OPTIONAL, evidence=both)
    assert [missing.code for missing in gate(journal, MANAGER, REACHED, MONDAY)] == ["step", "categories", "sample"]


@pytest.mark.parametrize(
    ("first", "who", "codes"),
    [
        (APPROVED, MANAGER, ["agreed"]),
        (replace(APPROVED, assignee_id=OTHER, assigned_for_id=MANAGER, settled_by=OTHER), MANAGER, ["agreed"]),
        (replace(APPROVED, assignee_id=OTHER, assigned_for_id=MANAGER, settled_by=OTHER), OTHER, ["agreed"]),
        (replace(APPROVED, settled_by=OTHER), MANAGER, []),
        (APPROVED, OTHER, []),
        (APPROVED, DEPUTY, ["separation"]),
    ],
    ids=["twice", "after their cover", "as cover and oneself", "asked, but another agreed", "another", "the sampler"],
)
def test_nobody_agrees_twice(first: Step, who: Any, codes: list[str]) -> None:
    journal = ready_to_close(pathway=TWO_OF_THREE, risk=Risk.CRITICAL)
    journal = replace(journal, steps=(*journal.steps[:-1], first, second("quality")), evidence=EVIDENCE)
    assert [missing.code for missing in gate(journal, who, REACHED, MONDAY)] == codes


@pytest.mark.parametrize("risk", list(Risk))
def test_as_many_are_needed_as_the_pathway_says_and_all_where_it_says_nothing(risk: Risk) -> None:
    assert TWO_OF_THREE.needed_at(risk) == (2 if risk is Risk.CRITICAL else 1)
    assert make_pathway(approvals=TWO_OF_THREE.approvals).needed_at(risk) == (3 if risk is Risk.CRITICAL else 1)


def test_an_approval_that_the_pathway_no_longer_asks_for_counts_for_nothing() -> None:
    gone = make_step("earlier-approval", Outcome.APPROVED, control=Control.CLOSE)
    journal = make_journal(accepted(), sent("plans"), sent("briefing"), passed(), gone)
    assert not enough_agreed(journal)
    assert enough_agreed(replace(journal, steps=(*journal.steps, make_step("approval", Outcome.APPROVED))))
