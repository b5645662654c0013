"""What keeps an action in draft."""

from dataclasses import replace
from typing import Any

import pytest

from domain.defining import Definition, Measure, lacking
from domain.vocabulary import Risk, Source
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
