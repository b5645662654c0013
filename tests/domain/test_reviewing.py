"""The weekly review: when it opens, what it lacks, how silence climbs."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.office import england_and_wales
from domain.reviewing import (
    LADDER,
    LONGEST_NOTE,
    Line,
    Review,
    ReviewStatus,
    Schedule,
    due_of,
    lacking,
    monday_of,
    next_of,
    occurrence,
    rung_at,
    upcoming,
)

REAL = england_and_wales()
MONDAY = date(2026, 11, 2)
FRIDAY_AT_TWO = Schedule(4, time(14))


def london(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return REAL.at(date(year, month, day), time(hour, minute))


@pytest.mark.parametrize(
    ("schedule", "week", "opens"),
    [
        (Schedule(), MONDAY, london(2026, 11, 2)),
        (FRIDAY_AT_TWO, MONDAY, london(2026, 11, 6, 14)),
        (Schedule(6), MONDAY, london(2026, 11, 8)),  # a Sunday that was chosen stays
        (Schedule(), date(2026, 4, 6), london(2026, 4, 7)),  # Easter Monday
        (Schedule(4), date(2026, 3, 30), london(2026, 4, 7)),  # Good Friday: after the long weekend
        (Schedule(4), date(2026, 12, 21), london(2026, 12, 29)),  # Christmas Day, Boxing Day's substitute
        (Schedule(0, time(0, 30)), date(2026, 3, 30), london(2026, 3, 30, 0, 30)),  # the day after the clocks
        (Schedule(6, time(1, 30)), date(2026, 3, 23), london(2026, 3, 29, 2, 30)),  # a time that spring skips
    ],
)
def test_a_review_opens_on_its_day_or_the_next_working_one(schedule: Schedule, week: date, opens: datetime) -> None:
    assert occurrence(schedule, week, REAL) == (week, opens)


@pytest.mark.parametrize(
    ("now", "week", "opens"),
    [
        (london(2026, 11, 2, 8, 59), MONDAY, london(2026, 11, 2)),
        (london(2026, 11, 2, 9), date(2026, 11, 9), london(2026, 11, 9)),
        (london(2026, 11, 8, 23), date(2026, 11, 9), london(2026, 11, 9)),
        (london(2026, 4, 6, 12), date(2026, 4, 6), london(2026, 4, 7)),  # Easter Monday is not over yet
        (london(2026, 10, 24), date(2026, 10, 26), london(2026, 10, 26)),  # nine by the new clock
    ],
)
def test_the_next_review_is_the_first_that_has_not_opened(now: datetime, week: date, opens: datetime) -> None:
    assert upcoming(Schedule(), now, REAL) == (week, opens)


instants = st.datetimes(datetime(2025, 1, 1), datetime(2028, 6, 1), timezones=st.just(UTC))
schedules = st.builds(Schedule, st.integers(0, 6), st.times().map(lambda at: at.replace(second=0, microsecond=0)))


@given(instants, schedules)
def test_the_next_review_is_ahead_and_at_most_three_weeks_away(now: datetime, schedule: Schedule) -> None:
    found = upcoming(schedule, now, REAL)
    assert now < found.opens_at < now + timedelta(days=21)
    assert found.week == monday_of(found.week)


@given(instants, schedules)
def test_a_review_is_due_when_or_after_it_opens_and_its_ladder_only_goes_up(now: datetime, schedule: Schedule) -> None:
    opened = upcoming(schedule, now, REAL).opens_at
    review = an_open(opened)
    times = [rung_at(review, rung, REAL) for rung in range(1, len(LADDER) + 1)]
    assert opened <= due_of(opened, REAL) < times[0]
    assert times == sorted(set(times))


OPENED = london(2026, 11, 2)


def an_open(opened: datetime = OPENED, *fired: int) -> Review:
    return Review(ReviewStatus.OPEN, opened, opened, due_of(opened, REAL), frozenset(fired))


@pytest.mark.parametrize(
    ("review", "now", "finished", "opens", "rungs", "until"),
    [
        (
            Review(ReviewStatus.PLANNED, london(2026, 11, 9)),
            *(london(2026, 11, 2), False, False, (), london(2026, 11, 9)),
        ),
        (
            Review(ReviewStatus.PLANNED, london(2026, 11, 2)),
            *(london(2026, 11, 2), False, True, (), london(2026, 11, 2)),
        ),
        (an_open(), london(2026, 11, 2, 10), False, False, (), london(2026, 11, 3)),
        (an_open(), london(2026, 11, 3), False, False, (1,), london(2026, 11, 4)),
        (an_open(london(2026, 11, 2), 1), london(2026, 11, 4), False, False, (2,), london(2026, 11, 9)),
        (an_open(), london(2026, 11, 20), False, False, (1, 2, 3), None),
        (an_open(london(2026, 11, 2), 1, 2, 3), london(2026, 11, 20), False, False, (), None),
        (an_open(london(2026, 11, 8)), london(2026, 11, 9, 9), False, False, (), london(2026, 11, 10)),
        (Review(ReviewStatus.SENT, MONDAY_9 := london(2026, 11, 2)), MONDAY_9, True, False, (), None),
        (Review(ReviewStatus.NOT_NEEDED, london(2026, 11, 2)), london(2026, 11, 30), True, False, (), None),
        (Review(ReviewStatus.MISSED, london(2026, 11, 2)), london(2026, 11, 30), True, False, (), None),
    ],
)
def test_what_a_review_needs_next(
    review: Review, now: datetime, finished: bool, opens: bool, rungs: tuple[int, ...], until: datetime | None
) -> None:
    plan = next_of(review, now, REAL)
    assert (plan.finished, plan.opens, plan.rungs_due, plan.until) == (finished, opens, rungs, until)


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        ([], set()),
        ([Line("a", True, "progress", "Weights are done")], set()),
        ([Line("a", True, None, "Weights are done")], {"said-a"}),
        ([Line("a", True, "stuck", "Weights are done")], {"said-a"}),
        ([Line("a", True, "progress", "ok")], {"note-a"}),
        ([Line("a", True, "barrier", "   ")], {"note-a"}),
        ([Line("a", False, None, "")], set()),  # closed meanwhile
        ([Line("a", True, "progress", "x" * (LONGEST_NOTE + 1))], {"note-a"}),
        ([Line("a", False, None, "x" * (LONGEST_NOTE + 1))], {"note-a"}),
        ([Line("a", True, None, ""), Line("b", True, "barrier", "No agency cover")], {"said-a"}),
    ],
)
def test_every_open_action_needs_its_word(lines: list[Line], fields: set[str]) -> None:
    assert set(lacking(lines)) == fields
