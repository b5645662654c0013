"""Outcomes: how numbers in words are read, and where a value stands between baseline and target."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.measuring import Direction
from domain.outcome_form import OutcomeGiven, read_outcome
from domain.outcomes import Number, Reached, Target, judge, read_number, target_of

TODAY = date(2026, 11, 20)
FOUND = date(2026, 10, 12)

NUMBERS: list[tuple[str, str | None, str]] = [
    ("42 %", "42", "%"),
    ("92%", "92", "%"),
    ("at least 92 % of plans", "92", "%"),
    ("0", "0", ""),
    ("2 falls a month", "2", "falls a month"),
    ("7 of 12", "58.3", "%"),
    ("9 out of 10 sampled records", "90", "%"),
    ("7/12", "58.3", "%"),
    ("£1,250.50", "1250.50", ""),
    ("-3 °C", "-3", "°"),
    ("3.5 hours", "3.5", "hours"),
    ("", None, ""),
    ("none", "0", ""),
    ("no more than 2 falls", "2", "falls"),
    ("≤ 4", "4", ""),
    ("all plans", None, ""),
    ("95 % within 30 minutes", None, ""),
    ("12 of 0", None, ""),
    ("1,5", None, ""),
    ("92 % on 20 November", None, ""),
]


@pytest.mark.parametrize(("words", "value", "unit"), NUMBERS, ids=[row[0] or "empty" for row in NUMBERS])
def test_the_one_number_in_some_words_is_read_with_its_unit(words: str, value: str | None, unit: str) -> None:
    assert read_number(words) == (Number(Decimal(value), unit) if value is not None else None)


def measure(baseline: str, target: str, **more: str) -> dict[str, str]:
    return {"what": "plans with a weight", "baseline": baseline, "target": target, **more}


UP, DOWN, RANGE = Direction
WAYS: list[tuple[dict[str, str], Direction | None]] = [
    (measure("42 %", "92 %"), UP),
    (measure("9 falls", "2 falls"), DOWN),
    (measure("3 falls", "none"), DOWN),
    (measure("", "at least 92 %"), UP),
    (measure("", "no more than 2 falls"), DOWN),
    (measure("", "≤ 2"), DOWN),
    (measure("", "under 5 minutes"), DOWN),
    (measure("", "92 %"), None),
    (measure("0", "0"), None),
    (measure("42 %", "92 %", direction="down"), DOWN),
    (measure("", "92 %", direction="up"), UP),
    (measure("15 °C", "18 to 22 °C", direction="range"), RANGE),
    (measure("2 falls", "more than 9 visits"), UP),
]


@pytest.mark.parametrize(("stated", "way"), WAYS, ids=[f"{d['baseline']}→{d['target']}" for d, _ in WAYS])
def test_which_way_is_better_is_said_or_follows_from_baseline_and_target(
    stated: dict[str, str], way: Direction | None
) -> None:
    target = target_of(stated)
    assert target is not None
    assert target.way is way


WORDS = [
    None,
    {},
    measure("42 %", "all of them"),
    measure("", "", direction="up"),
    measure("", "warm", direction="range"),
    measure("42 %", "95 % within 30 minutes"),
]


@pytest.mark.parametrize("stated", WORDS)
def test_a_target_without_one_number_is_left_to_a_person(stated: dict[str, str] | None) -> None:
    assert target_of(stated) is None


def test_a_baseline_in_another_unit_is_left_out() -> None:
    target = target_of(measure("7 people", "92 %"))
    assert target is not None
    assert target.baseline is None


JUDGED: list[tuple[dict[str, str], str, Reached]] = [
    (measure("42 %", "92 %"), "92", Reached.REACHED),
    (measure("42 %", "92 %"), "100", Reached.REACHED),
    (measure("42 %", "92 %"), "91.9", Reached.PARTLY),
    (measure("42 %", "92 %"), "42", Reached.NOT),
    (measure("42 %", "92 %"), "12", Reached.NOT),
    (measure("9 falls", "2 falls"), "2", Reached.REACHED),
    (measure("9 falls", "2 falls"), "0", Reached.REACHED),
    (measure("9 falls", "2 falls"), "5", Reached.PARTLY),
    (measure("9 falls", "2 falls"), "11", Reached.NOT),
    (measure("", "at least 92 %"), "91", Reached.NOT),
    (measure("", "no more than 2"), "1", Reached.REACHED),
    (measure("0", "0"), "0", Reached.REACHED),
    (measure("0", "0"), "1", Reached.NOT),
    (measure("3 falls", "none"), "0", Reached.REACHED),
    (measure("3 falls", "none"), "1", Reached.PARTLY),
    (measure("15", "18 to 22", direction="range"), "18", Reached.REACHED),
    (measure("15", "18 to 22", direction="range"), "22", Reached.REACHED),
    (measure("15", "18 to 22", direction="range"), "17", Reached.PARTLY),
    (measure("15", "18 to 22", direction="range"), "25", Reached.NOT),
]


@pytest.mark.parametrize(
    ("stated", "value", "reached"), JUDGED, ids=[f"{d['baseline']}→{d['target']}: {v}" for d, v, _ in JUDGED]
)
def test_a_value_is_judged_against_baseline_and_target(stated: dict[str, str], value: str, reached: Reached) -> None:
    target = target_of(stated)
    assert target is not None
    assert judge(Decimal(value), target) is reached


_numbers = st.decimals(-1000, 1000, places=2)


@given(_numbers, _numbers, _numbers, _numbers)
def test_a_better_value_never_counts_for_less(baseline: Decimal, goal: Decimal, one: Decimal, other: Decimal) -> None:
    order = [Reached.NOT, Reached.PARTLY, Reached.REACHED]
    way = UP if goal > baseline else DOWN
    target = Target(str(goal), goal, None, baseline, way, "")
    worse, better = sorted([one, other], reverse=way is DOWN)
    assert order.index(judge(worse, target)) <= order.index(judge(better, target))
    assert judge(goal, target) is Reached.REACHED


PLANS = measure("42 %", "92 %")


def test_a_value_on_a_day_is_kept_with_what_it_is_measured_against() -> None:
    measured = read_outcome(OutcomeGiven("95", "2026-11-20"), PLANS, FOUND, TODAY)
    assert measured is not None
    assert measured.stored() == {
        "on": "2026-11-20",
        "reached": "reached",
        "measured": "95 %",
        "target": "92 %",
        "baseline": "42 %",
        "value": "95",
        "unit": "%",
    }


def test_a_test_in_words_is_kept_with_what_it_showed() -> None:
    given_words = OutcomeGiven(on="2026-11-20", passed="yes", said="Four of five relatives saw a change.")
    measured = read_outcome(given_words, None, FOUND, TODAY)
    assert measured is not None
    assert measured.passed
    assert measured.stored() == {
        "on": "2026-11-20",
        "reached": "reached",
        "measured": "Four of five relatives saw a change.",
    }


def test_a_test_that_was_not_passed_is_not_reached() -> None:
    measured = read_outcome(OutcomeGiven("", "2026-11-20", "no", "Nobody had noticed."), None, FOUND, TODAY)
    assert measured is not None
    assert measured.reached is Reached.NOT


def test_nothing_given_is_nothing_measured() -> None:
    assert read_outcome(OutcomeGiven(), PLANS, FOUND, TODAY) is None
    assert read_outcome(OutcomeGiven(on="2026-11-20"), PLANS, FOUND, TODAY) is None


REFUSED: list[tuple[str, OutcomeGiven, Any, set[str]]] = [
    ("no day", OutcomeGiven("95"), PLANS, {"outcome_on"}),
    ("no real day", OutcomeGiven("95", "2026-2-30"), PLANS, {"outcome_on"}),
    ("in the future", OutcomeGiven("95", "2026-11-21"), PLANS, {"outcome_on"}),
    ("before the finding", OutcomeGiven("95", "2026-10-11"), PLANS, {"outcome_on"}),
    ("words where a number is needed", OutcomeGiven("nearly all", "2026-11-20"), PLANS, {"outcome_value"}),
    ("two numbers", OutcomeGiven("92 % of 12", "2026-11-20"), PLANS, {"outcome_value"}),
    ("another unit", OutcomeGiven("11 plans", "2026-11-20"), PLANS, {"outcome_value"}),
    ("a test without its result", OutcomeGiven(on="2026-11-20", said="They saw a change."), None, {"outcome_passed"}),
    ("a result without words", OutcomeGiven(on="2026-11-20", passed="yes"), None, {"outcome_said"}),
    ("everything wrong", OutcomeGiven("?", ""), None, {"outcome_on", "outcome_passed", "outcome_said"}),
]


@pytest.mark.parametrize(("which", "typed", "stated", "fields"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_read_is_named_field_by_field(
    which: str, typed: OutcomeGiven, stated: Any, fields: set[str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        read_outcome(typed, stated, FOUND, TODAY)
    assert set(refusal.value.fields) == fields


def test_a_share_is_read_in_per_cent_and_a_shorter_unit_is_understood() -> None:
    share = read_outcome(OutcomeGiven("11 of 12", "2026-11-20"), PLANS, FOUND, TODAY)
    falls = read_outcome(OutcomeGiven("1 fall", "2026-11-20"), measure("9", "2 falls a month"), FOUND, TODAY)
    assert share is not None
    assert (share.measured, share.reached) == ("91.7 %", Reached.PARTLY)
    assert falls is not None
    assert falls.measured == "1 falls a month"
