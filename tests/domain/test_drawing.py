"""A pathway is drawn in words, and two versions of it are told apart in words."""

from typing import Any

import pytest

from cli.drawn import WIDTH, as_text
from commands.pathway_yaml import read_pathway
from commands.pathways import SHIPPED
from domain.differences import Change, differences
from domain.drawing import draw
from domain.pathways import Pathway
from tests.domain.making import FACTS, make_pathway

PLANS, BRIEFING = FACTS["evidence"]
SAMPLE, APPROVAL = FACTS["checks"][0], FACTS["approvals"][0]
PHOTOS = PLANS | {"key": "photos", "title": "Add photos", "required": False}
RUNGS = FACTS["ladders"]["low"]


def shipped() -> list[Pathway]:
    return [read_pathway(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.yaml"))]


@pytest.mark.parametrize("pathway", shipped(), ids=lambda pathway: pathway.key)
def test_a_drawing_names_every_step_role_deadline_and_rung_in_eighty_columns(pathway: Pathway) -> None:
    text = as_text(draw(pathway))
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    flat = " ".join(text.replace("│", " ").split())
    for step in (*pathway.evidence, *pathway.checks, *pathway.approvals):
        assert f"[{step.key}]" in flat
        assert str(step.who) in flat
    for rung in (rung for ladder in pathway.ladders.values() for rung in ladder):
        assert f"+{rung.after} " in flat
        assert rung.answer is None or f"{rung.answer} must answer" in flat
    order = [text.index(name) for name in ("DEFINE", "ASSIGN", "EVIDENCE", "CHECK", "ESCALATE", "CLOSE", "SUSTAIN")]
    assert order == sorted(order)


def test_a_drawing_looks_like_this() -> None:
    lines = as_text(draw(make_pathway(ladders=dict.fromkeys(FACTS["ladders"], RUNGS)))).splitlines()
    assert lines[:14] == [
        "Two proofs",
        "two-proofs, version 1",
        "",
        "DEFINE",
        "└─ Complete a draft [define]",
        "   quality lead, within 5 working days",
        "",
        "ASSIGN",
        "├─ Choose an owner, where there is none [owner]",
        "│  registered manager, within 2 working days",
        "│",
        "└─ Accept or decline [accept]",
        "   owner, within 2 working days",
        "",
    ]
    start = lines.index("ESCALATE")
    assert lines[start : start + 6] == [
        "ESCALATE",
        "When a step is late by this long.",
        "└─ Low, medium, high and critical risk",
        "   +1 working day    owner is told",
        "   +3 working days   registered manager must answer",
        "   +10 working days  quality lead must answer",
    ]


CHANGES: list[tuple[str, dict[str, Any], list[tuple[str, str, Change, tuple[str, ...]]]]] = [
    ("nothing", {}, []),
    ("another number alone", {"version": 2}, []),
    (
        "a title",
        {"title": "Two good proofs"},
        [("Pathway", "Two good proofs", Change.CHANGED, ("Title: “Two good proofs” instead of “Two proofs”",))],
    ),
    (
        "a step more",
        {"evidence": [PLANS, BRIEFING, PHOTOS]},
        [
            (
                "Evidence",
                "Add photos (optional) [photos]",
                Change.ADDED,
                ("owner, by the action’s due date", "Shows"),
            ),
            (
                "Escalate",
                "The rule of “Escalate”",
                Change.CHANGED,
                ("Rule: “When a step is late",),
            ),
        ],
    ),
    (
        "a step less",
        {"evidence": [PLANS]},
        [
            (
                "Evidence",
                "The rule of “Evidence”",
                Change.CHANGED,
                ("Rule: “What is sent back",),
            ),
            ("Evidence", "Brief staff [briefing]", Change.REMOVED, ()),
        ],
    ),
    (
        "what a sample is held to",
        {"checks": [SAMPLE | {"threshold": "0.8", "who": "quality lead", "size": 5}]},
        [
            (
                "Check",
                "Sample records [sample]",
                Change.CHANGED,
                (
                    "Who and when: “quality lead, within 5 working days” instead of “deputy manager, within 5 w",
                    "How many: “5” instead of “all of up to 9",
                    "Passes with: “80 %” instead of “90 %”",
                ),
            )
        ],
    ),
    (
        "what counts",
        {"evidence": [PLANS | {"counts": ["the plan"]}, BRIEFING]},
        [("Evidence", "Update the plans [plans]", Change.CHANGED, ("Counts: now also “the plan”",))],
    ),
    (
        "who approves",
        {"approvals": [APPROVAL, APPROVAL | {"key": "board", "only_for": ["critical"]}]},
        [
            ("Close", "The rule of “Close”", Change.CHANGED, ("Rule: “By people who neither owned",)),
            (
                "Close",
                "Decide [board]",
                Change.ADDED,
                ("registered manager, within 3", "Asked at"),
            ),
        ],
    ),
    (
        "a faster ladder",
        {"ladders": FACTS["ladders"] | {"critical": [{"after": "2 hours", "answer": "registered manager"}]}},
        [
            (
                "Escalate",
                "Critical risk [critical]",
                Change.CHANGED,
                (
                    "+4 hours: no longer “owner is told”",
                    "+24 hours: no longer “registered manager must answer”",
                    "+2 hours: now also “registered manager must answer”",
                ),
            )
        ],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_what_changed_is_said_step_by_step(changes: dict[str, Any], expected: list[Any]) -> None:
    found = differences(draw(make_pathway()), draw(make_pathway(**changes)))
    assert [(d.section, d.title, d.change) for d in found] == [row[:3] for row in expected]
    for difference, row in zip(found, expected, strict=True):
        assert len(difference.lines) == len(row[3])
        assert all(line.startswith(said) for line, said in zip(difference.lines, row[3], strict=True))


@pytest.mark.parametrize("pathway", shipped(), ids=lambda pathway: pathway.key)
def test_a_drawing_for_programs_says_the_same(pathway: Pathway) -> None:
    told = draw(pathway).to_json()
    assert (told["key"], told["version"]) == (pathway.key, pathway.version)
    evidence = next(section for section in told["sections"] if section["heading"] == "Evidence")
    assert [item["key"] for item in evidence["items"]] == [step.key for step in pathway.evidence]
    counts = [[f["value"] for f in item["facts"] if f["name"] == "Counts"] for item in evidence["items"]]
    assert counts == [list(step.counts) for step in pathway.evidence]
