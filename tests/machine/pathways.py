"""Pathways to try: the four that are shipped, and any other that the model allows."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.pathways import Pathway
from domain.vocabulary import Category, Risk, Role

SHIPPED = Path(__file__).parent.parent.parent / "pathways"
HANDS = ("owner", Role.TEAM_LEADER, Role.DEPUTY_MANAGER, Role.KEY_WORKER, Role.CARE_COORDINATOR)
CHECKERS = (Role.DEPUTY_MANAGER, Role.QUALITY_LEAD, Role.SAFEGUARDING_LEAD)
DECIDERS = (Role.REGISTERED_MANAGER, Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL)
DUE = ("2 working days", "5 working days", "3 days", "1 week", "48 hours", "30 seconds")
LADDERS = (
    ("1 working day", "3 working days", "10 working days", "20 working days"),
    ("1 day", "2 days", "5 days", "10 days"),
    ("4 hours", "24 hours", "48 hours", "96 hours"),
    ("2 seconds", "4 seconds", "1 day", "6 days"),
    ("0 days", "1 working day"),
)


@cache
def shipped() -> tuple[Pathway, ...]:
    return tuple(Pathway.model_validate(yaml.safe_load(file.read_text())) for file in sorted(SHIPPED.glob("*.yaml")))


@st.composite
def pathways(draw: st.DrawFn) -> Pathway:
    """A shipped pathway, or one put together at random that the model has nothing against."""
    if draw(st.booleans()):
        return draw(st.sampled_from(shipped()))
    evidence, approvals = _evidence(draw), draw(st.integers(1, 3))
    facts = {
        "key": "any",
        "version": 1,
        "title": "Any",
        "define": {"by": "quality lead", "due": draw(st.sampled_from(DUE))},
        "assign": {"by": "registered manager", "due": "2 working days", "accept_within": draw(st.sampled_from(DUE))},
        "return_within": draw(st.sampled_from(DUE)),
        "evidence": evidence,
        "checks": [
            {"key": f"check-{n}", "title": "Check", "who": draw(st.sampled_from(CHECKERS)), "due": "3 days", "of": "x"}
            for n in range(draw(st.integers(0, 2)))
        ],
        "approvals": [
            {"key": f"approval-{n}", "title": "Decide", "who": draw(st.sampled_from(DECIDERS)), "due": "2 days"}
            for n in range(approvals)
        ],
        "approvals_needed": {"critical": draw(st.integers(1, approvals))},
        "categories_needed": draw(st.integers(1, max(1, min(3, len({step["category"] for step in evidence}))))),
        "ladders": {risk: _ladder(draw) for risk in Risk},
        "re_audits": {"who": "quality lead", "due": "5 working days", "after": _re_audits(draw)},
    }
    return Pathway.model_validate(facts)


def _evidence(draw: st.DrawFn) -> list[dict[str, Any]]:
    count = draw(st.integers(1, 4))
    steps: list[dict[str, Any]] = []
    for n in range(count):
        steps.append(
            {
                "key": f"proof-{n}",
                "title": f"Proof {n}",
                "who": draw(st.sampled_from(HANDS)),
                "due": draw(st.sampled_from((None, *DUE))),
                "category": draw(st.sampled_from(list(Category))),
                "after": [s["key"] for s in steps if s["required"] and draw(st.integers(0, 2)) == 0],
                "required": n == 0 or draw(st.integers(0, 2)) > 0,
            }
        )
    return steps


def _ladder(draw: st.DrawFn) -> list[dict[str, Any]]:
    spans = draw(st.sampled_from(LADDERS))
    rungs: list[dict[str, Any]] = [{"after": spans[0], "tell": ["owner"]}]
    return [*rungs, *({"after": span, "answer": who} for span, who in zip(spans[1:], DECIDERS, strict=False))]


def _re_audits(draw: st.DrawFn) -> dict[str, list[str]]:
    return {str(risk): draw(st.sampled_from((["30 days", "90 days"], ["60 days"], ["10 seconds"]))) for risk in Risk}


def next_version(pathway: Pathway, which: int) -> Pathway:
    """The same pathway changed a little: a step more, one fewer, one for somebody else, or one not required."""
    facts = pathway.model_dump(mode="json")
    facts["version"] += 1
    kind, steps = ("evidence", "checks", "approvals")[which % 3], which // 3
    there: list[dict[str, Any]] = facts[kind]
    if steps % 3 == 0 and there:
        one = dict(there[-1], key=f"{there[-1]['key'][:30]}-{facts['version']}", title="One more")
        there.append(one)
    elif steps % 3 == 1 and there:
        there[0]["who"] = DECIDERS[which % len(DECIDERS)]
    elif len(there) > 1 or kind == "checks":
        del there[-1:]
    try:
        return Pathway.model_validate(facts)
    except ValidationError:
        return pathway.model_copy(update={"version": facts["version"]})
