"""A pathway is data: what hangs together loads, and what does not is refused in words."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

import pathways
from domain.pathways import Pathway
from domain.process import advance
from domain.spans import Days, Exact, WorkingDays
from domain.vocabulary import Control, Risk
from tests.domain.making import FACTS, MONDAY, accepted, make_journal, make_pathway

FIRST, SECOND = FACTS["evidence"]
ASKS = {"after": "3 working days", "answer": "registered manager"}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("the same key twice", {"evidence": [FIRST, FIRST]}, "Each step needs a key of its own; taken: plans"),
    ("a key across kinds", {"checks": [FACTS["checks"][0] | {"key": "plans"}]}, "taken: plans"),
    ("a reserved key", {"evidence": [FIRST | {"key": "accept"}]}, "taken: accept"),
    ("a key with spaces", {"evidence": [FIRST | {"key": "care plans"}]}, "pattern"),
    (
        "after a later step",
        {"evidence": [FIRST | {"after": ["briefing"]}, SECOND]},
        "which is no earlier evidence step",
    ),
    ("after itself", {"evidence": [FIRST | {"after": ["plans"]}]}, "“plans” comes after plans"),
    ("after a sample", {"evidence": [FIRST | {"after": ["sample"]}]}, "“plans” comes after sample"),
    ("an unknown role", {"define": {"by": "wizard", "due": "1 day"}}, "“wizard” is neither “owner” nor a role"),
    ("somebody who only reads", {"define": {"by": "inspector", "due": "1 day"}}, "“inspector” may only read"),
    ("a form of another control", {"evidence": [FIRST | {"form": "approval"}]}, "“approval” is no form of evidence"),
    ("an unknown length", {"return_within": "soon"}, "“soon” is not a length of time"),
    ("a risk without ladder", {"ladders": {"low": [ASKS]}}, "No escalation ladder for medium, high, critical risk"),
    ("an empty ladder", {"ladders": FACTS["ladders"] | {"high": []}}, "No escalation ladder for high risk"),
    (
        "a ladder that asks nobody",
        {"ladders": FACTS["ladders"] | {"high": [{"after": "1 day", "tell": ["owner"]}]}},
        "The ladder for high risk asks nobody for an answer",
    ),
    (
        "a ladder that goes back",
        {"ladders": FACTS["ladders"] | {"low": [ASKS, {"after": "2 working days", "tell": ["owner"]}]}},
        "The ladder for low risk goes back: 2 working days comes after 3 working days",
    ),
    (
        "two rungs at once",
        {"ladders": FACTS["ladders"] | {"low": [ASKS, ASKS]}},
        "goes back: 3 working days comes after 3 working days",
    ),
    (
        "hours that go back",
        {"ladders": FACTS["ladders"] | {"low": [ASKS | {"after": "4 hours"}, {"after": "30 minutes"}]}},
        "goes back: 30 minutes comes after 4 hours",
    ),
    ("no evidence", {"evidence": []}, "at least 1 item"),
    ("no approval", {"approvals": []}, "at least 1 item"),
    ("a threshold over all", {"checks": [FACTS["checks"][0] | {"threshold": "1.1"}]}, "less than or equal to 1"),
    ("a sample of nothing", {"checks": [FACTS["checks"][0] | {"size": 0}]}, "greater than or equal to 1"),
    ("seven categories", {"categories_needed": 7}, "less than or equal to 6"),
    ("a rung for nobody", {"ladders": FACTS["ladders"] | {"low": [ASKS, {"after": "1 week"}]}}, "tells nobody"),
    ("only optional evidence", {"evidence": [FIRST | {"required": False}]}, "At least one evidence step must be"),
    (
        "after what may never be sent",
        {"evidence": [FIRST, SECOND | {"required": False}, FIRST | {"key": "photos", "after": ["briefing"]}]},
        "comes after briefing, which is optional",
    ),
    (
        "a risk at which nobody approves",
        {"approvals": [FACTS["approvals"][0] | {"only_for": ["low", "medium", "high"]}]},
        "Nobody is asked to approve at critical risk",
    ),
    ("more approvals than approvers", {"approvals_needed": {"high": 2}}, "At high risk 2 approvals are needed and 1"),
    ("no approval needed", {"approvals_needed": {"high": 0}}, "greater than or equal to 1"),
    ("a number for a length", {"return_within": 5}, "“5” is not a length of time"),
    ("a list for a role", {"define": {"by": ["quality lead"], "due": "1 day"}}, "is neither “owner” nor a role"),
    ("a word it does not know", {"colour": "green"}, "Extra inputs are not permitted"),
    ("an unknown category", {"evidence": [FIRST | {"category": "vibes"}]}, "feedback from partners"),
]


@pytest.mark.parametrize(("changes", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_does_not_hang_together_is_refused_in_words(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        make_pathway(**changes)
    assert words in str(refusal.value)


SHIPPED = sorted(Path(pathways.__file__).parent.glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_a_shipped_pathway_loads_and_starts(path: Path) -> None:
    pathway = Pathway.model_validate(yaml.safe_load(path.read_text()))
    assert pathway.key == path.stem
    assert set(pathway.re_audits.after) == set(Risk)
    assert all(step.counts for step in pathway.evidence)
    plan = advance(make_journal(accepted(), pathway=pathway), MONDAY)
    assert {step.key for step in plan.opens} == {step.key for step in pathway.evidence if not step.after}


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_a_pathway_reads_back_as_it_was_stored(path: Path) -> None:
    pathway = Pathway.model_validate(yaml.safe_load(path.read_text()))
    assert Pathway.model_validate_json(pathway.model_dump_json()) == pathway
    assert Pathway.model_validate(pathway.model_dump(mode="json")) == pathway


@pytest.mark.parametrize(
    ("key", "control"),
    [
        ("define", Control.DEFINE),
        ("owner", Control.ASSIGN),
        ("accept", Control.ASSIGN),
        ("why-reopened", Control.EVIDENCE),
        ("plans", Control.EVIDENCE),
        ("sample", Control.CHECK),
        ("approval", Control.CLOSE),
        ("re-audit", Control.SUSTAIN),
        ("weigh-in", None),
    ],
)
def test_every_step_belongs_to_a_control(key: str, control: Control | None) -> None:
    assert make_pathway().control_of(key) is control


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_shipped_ladders_count_calendar_time_for_high_risks_and_working_days_for_others(path: Path) -> None:
    ladders = Pathway.model_validate(yaml.safe_load(path.read_text())).ladders
    kinds = {risk: {type(rung.after) for rung in ladder} for risk, ladder in ladders.items()}
    assert kinds[Risk.LOW] == kinds[Risk.MEDIUM] == {WorkingDays}
    assert kinds[Risk.HIGH] | kinds[Risk.CRITICAL] <= {Days, Exact}
