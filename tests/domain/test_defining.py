"""What keeps an action in draft."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.defining import Definition, Measure, lacking, may_define, wrong_in
from domain.vocabulary import Risk, Role, Source
from tests.domain.making import DUE, known

WHOLE = Definition(
    title="Weekly weights",
    what_will_change="Each person at risk is weighed weekly.",
    summary="7 of 12 had no weight.",
    location_id=known("Cedar View"),
    source=Source.AUDIT,
    theme="nutrition",
    measure=Measure("plans with a weight", "42 %", "92 %"),
    risk=Risk.MEDIUM,
    due_at=DUE,
    closure_criteria="9 of 10 sampled records match.",
)


def test_a_whole_definition_lacks_nothing() -> None:
    assert lacking(WHOLE) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("title", "Hm"),
        ("what_will_change", "Better"),
        ("summary", "    "),
        ("location_id", None),
        ("source", None),
        ("theme", None),
        ("theme", ""),
        ("risk", None),
        ("due_at", None),
        ("closure_criteria", None),
        ("measure", None),
    ],
)
def test_each_gap_is_named_alone(field: str, value: Any) -> None:
    assert list(lacking(replace(WHOLE, **{field: value}))) == [field]


def test_every_gap_is_named_at_once_with_what_to_do() -> None:
    words = lacking(Definition("", "", ""))
    assert len(words) == 10
    assert all(said.endswith(".") for said in words.values())


def test_a_test_in_words_stands_for_a_measure() -> None:
    assert lacking(replace(WHOLE, measure=None, outcome_test="Nobody waits for a drink at night.")) == {}
    assert "measure" in lacking(replace(WHOLE, measure=None, outcome_test="  "))


def test_nobody_need_be_the_owner_yet() -> None:
    assert lacking(replace(WHOLE, owner_id=None)) == {}


TODAY = DUE.date() - timedelta(days=10)
NOW = DUE - timedelta(days=10)


def test_a_whole_definition_has_nothing_wrong() -> None:
    assert wrong_in(WHOLE, NOW, TODAY) == {}


@pytest.mark.parametrize(
    ("field", "value", "named", "begins"),
    [
        ("due_at", NOW, "due_at", "The due date must be in the future."),
        ("due_at", NOW - timedelta(days=400), "due_at", "The due date must be in the future."),
        ("found_on", TODAY + timedelta(days=1), "found_on", "The finding cannot be later than today."),
        ("measure", Measure("plans", "42 %", "42 %"), "measure_target", "The target is where it stands already"),
        ("title", "x" * 201, "title", "Say it in at most 200 characters; it has 201."),
        ("theme", "x" * 201, "theme", "Say it in at most 200 characters"),
        ("summary", "x" * 10_001, "summary", "Say it in at most 10,000 characters; it has 10,001."),
    ],
)
def test_what_cannot_be_is_refused_in_words_even_in_a_draft(field: str, value: Any, named: str, begins: str) -> None:
    [(name, words)] = wrong_in(replace(WHOLE, **{field: value}), NOW, TODAY).items()
    assert name == named
    assert words.startswith(begins)


HERE, ELSEWHERE = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("held", "may"),
    [
        ([], False),
        ([(Role.DEPUTY_MANAGER, HERE)], True),
        ([(Role.DEPUTY_MANAGER, ELSEWHERE)], False),
        ([(Role.QUALITY_LEAD, None)], True),
        ([(Role.NOMINATED_INDIVIDUAL, None), (Role.KEY_WORKER, HERE)], False),
        ([(Role.KEY_WORKER, HERE), (Role.SAFEGUARDING_LEAD, HERE)], True),
    ],
)
def test_who_may_define_at_a_location(held: list[tuple[Role, UUID | None]], may: bool) -> None:
    assert may_define(held, HERE) is may
