"""How dates and counts are said to people."""

from datetime import UTC, date, datetime

import pytest

from domain.saying import (
    first_name,
    say_count,
    say_date,
    say_day,
    say_distance,
    say_due,
    say_late,
    say_moment,
    say_short,
)
from tests.domain.making import CALENDAR, LONDON


def london(day: int, hour: int = 9, minute: int = 0, second: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=LONDON).astimezone(UTC)


def end(day: int, month: int = 11) -> datetime:
    return london(day, 23, 59, 59, month)


def test_days_are_said_in_full_and_in_short() -> None:
    day = date(2026, 12, 3)
    assert (say_day(day), say_date(day), say_short(day)) == ("Thursday 3 December 2026", "3 December 2026", "3 Dec")


def test_a_moment_is_said_as_the_clock_on_the_wall_has_it() -> None:
    assert say_moment(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), CALENDAR) == "Wednesday 1 July 2026, 23:30"
    assert say_moment(datetime(2026, 11, 25, 7, 42, tzinfo=UTC), CALENDAR) == "Wednesday 25 November 2026, 07:42"


@pytest.mark.parametrize(("count", "said"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1200, "1,200 files")])
def test_counts_agree_with_their_word(count: int, said: str) -> None:
    assert say_count(count, "file") == said


def test_an_odd_plural_is_given() -> None:
    assert say_count(2, "person", "people") == "2 people"


def test_the_end_of_a_day_is_said_as_the_day() -> None:
    assert say_due(end(16), CALENDAR) == "Monday 16 November 2026"
    assert say_due(end(15, month=7), CALENDAR) == "Wednesday 15 July 2026"
    assert say_due(london(16, 13, 5), CALENDAR) == "Monday 16 November 2026, 13:05"


@pytest.mark.parametrize(
    ("due", "now", "said"),
    [
        (end(16), london(2), "in 10 working days"),
        (end(3), london(2), "in 1 working day"),
        (end(2), london(2), "today"),
        (london(2, 13), london(2), "today"),
        (end(8), london(6, 18), "before the next working day"),
        (end(2), london(3), "1 working day late"),
        (end(2), london(6), "4 working days late"),
        (london(2, 9), london(2, 9, 30), "30 minutes late"),
        (london(2, 9), london(2, 9, 0, 1), "1 minute late"),
        (london(2, 9), london(2, 11, 59), "2 hours late"),
        (end(6), london(7, 12), "12 hours late"),  # Friday's end to Saturday noon
        (end(24, month=12), london(29, month=12), "1 working day late"),
    ],
)
def test_how_far_off_something_is(due: datetime, now: datetime, said: str) -> None:
    assert say_distance(due, now, CALENDAR) == said


def test_lateness_alone() -> None:
    assert say_late(end(2), london(4), CALENDAR) == "2 working days"


@pytest.mark.parametrize(
    ("name", "first"), [("Oona Fabricott", "Oona"), ("  Mina   Pretendall ", "Mina"), ("Cher", "Cher"), ("", "")]
)
def test_people_are_greeted_with_their_first_name(name: str, first: str) -> None:
    assert first_name(name) == first
