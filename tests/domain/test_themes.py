"""One theme is one theme, however it was typed."""

import pytest

from domain.themes import theme_key, tidy_theme


@pytest.mark.parametrize(
    "stated",
    ["Safeguarding learning", " safeguarding  LEARNING ", "Safeguarding-learning", "safeguarding\nlearning."],
)
def test_spellings_of_one_theme_have_one_key(stated: str) -> None:
    assert theme_key(stated) == "safeguarding learning"


@pytest.mark.parametrize("stated", ["Food & drink", "food and drink", "Food / drink"])
def test_joining_words_make_no_other_theme(stated: str) -> None:
    assert theme_key(stated) == "food drink"


def test_other_themes_stay_other_themes() -> None:
    assert len({theme_key(stated) for stated in ("nutrition", "hydration", "nutrition and hydration")}) == 3


@pytest.mark.parametrize("stated", ["&", "and", "–", "?!"])
def test_a_theme_of_signs_alone_still_has_a_key(stated: str) -> None:
    assert theme_key(stated) == stated


@pytest.mark.parametrize("stated", [None, "", "  \t "])
def test_nothing_is_no_theme(stated: str | None) -> None:
    assert (theme_key(stated), tidy_theme(stated)) == (None, None)


def test_a_theme_is_shown_as_it_was_written() -> None:
    assert tidy_theme("  MAR  charts ") == "MAR charts"
