"""Flags on evidence, with the facts behind them."""

from datetime import date

import pytest

from domain.flags import Earlier, date_flags, file_flag, statement_flag

FOUND, SENT = date(2026, 11, 2), date(2026, 11, 20)
SAID = "All twelve plans now have a weekly weight and say when to escalate."


@pytest.mark.parametrize(
    ("found_on", "effective_on", "flags"),
    [
        (FOUND, date(2026, 11, 2), []),
        (FOUND, date(2026, 11, 20), []),
        (None, date(2026, 10, 30), []),
        (FOUND, date(2026, 11, 1), ["From 1 November 2026, before the finding of 2 November 2026."]),
        (None, date(2026, 10, 22), ["It happened 29 days before it was sent."]),
        (None, date(2026, 10, 23), []),
    ],
)
def test_the_day_it_happened_may_make_one_look_again(
    found_on: date | None, effective_on: date, flags: list[str]
) -> None:
    assert date_flags(found_on, effective_on, SENT) == flags


@pytest.mark.parametrize(
    ("refs", "hidden", "ends"),
    [
        (["FT-2026-0007"], 0, "on FT-2026-0007."),
        (["FT-2026-0007"], 2, "on FT-2026-0007 and 2 actions that you may not see."),
        ([], 1, "on 1 action that you may not see."),
    ],
)
def test_a_file_used_elsewhere_names_only_what_the_reader_may_see(refs: list[str], hidden: int, ends: str) -> None:
    assert (file_flag("rota.png", refs, hidden) or "").endswith(ends)


def test_a_file_used_nowhere_else_says_nothing() -> None:
    assert file_flag("rota.png", [], 0) is None


@pytest.mark.parametrize(
    ("ref", "here", "where"),
    [
        ("FT-2026-0007", False, "on FT-2026-0007,"),
        ("FT-2026-0042", True, "on this action,"),
        (None, False, "on another action at this location,"),
    ],
)
def test_words_sent_before_are_told_with_where_and_when(ref: str | None, here: bool, where: str) -> None:
    flag = statement_flag(SAID, [Earlier(SAID.upper(), "Update the plans", FOUND, ref, here)])
    assert flag is not None
    assert flag.startswith("The same words as “Update the plans”")
    assert where in flag
    assert "2 November 2026" in flag


def test_words_of_ones_own_are_not_flagged() -> None:
    other = "Night staff were shown where a refused drink is written, and asked two questions."
    assert statement_flag(SAID, [Earlier(other, "Brief staff", FOUND, None, False)]) is None
