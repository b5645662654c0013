"""When two statements say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.likeness import NEARLY, likeness, most_alike

SAID = "All twelve plans now have a weekly weight and say when to escalate."


@pytest.mark.parametrize(
    "other",
    [
        SAID,
        "  ALL twelve plans – now have a weekly weight, and say when to escalate!  ",
        "All twelve plans now have a weekly weight and say whom to escalate.",
        "All eleven plans now have a weekly weight and say when to escalate.",
        "Done today. All twelve plans now have a weekly weight and say when to escalate.",
    ],
)
def test_the_same_and_nearly_the_same_words_are_found(other: str) -> None:
    assert likeness(SAID, other) >= NEARLY


@pytest.mark.parametrize(
    "other",
    [
        "The night staff were briefed on where a refused drink is written down.",
        "Five plans now have a weekly weight; the other seven follow on Monday after the clinic.",
        "Escalate to say when and weight weekly a have now plans twelve all.",
        "",
    ],
)
def test_other_words_are_other_words(other: str) -> None:
    assert likeness(SAID, other) < NEARLY


@pytest.mark.parametrize("short", ["All done.", "All staff were briefed at handover today."])
def test_short_statements_are_left_alone(short: str) -> None:
    assert likeness(short, short) == 0


def test_accents_do_not_hide_a_repeat() -> None:
    assert likeness("The café menu is now written in large print for everybody.", SAID) < NEARLY
    assert likeness(
        "The café menu is now written in large print for everybody.",
        "The cafe menu is now written in large print for everybody.",
    ) == pytest.approx(1)


def test_the_most_alike_is_named() -> None:
    assert most_alike(SAID, ["Nothing of the kind was ever said by anybody here.", SAID]) == (1, 1.0)
    assert most_alike(SAID, []) is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_likeness_is_a_share_and_goes_both_ways(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) == likeness(other, one) <= 1
