"""When things are due, over weekends, bank holidays, clock changes and leap days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.office import england_and_wales
from domain.deadlines import Calendar, NaiveTime, due_after, late_after
from domain.spans import Days, Exact, Span, WorkingDays, parse_span
from tests.domain.making import CALENDAR, LONDON

REAL = england_and_wales()


def london(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=LONDON).astimezone(UTC)


def end(year: int, month: int, day: int) -> datetime:
    return london(year, month, day, 23, 59, 59)


@pytest.mark.parametrize(
    ("start", "stated", "due"),
    [
        (london(2026, 11, 2, 9), "1 working day", end(2026, 11, 3)),
        (london(2026, 11, 6, 9), "1 working day", end(2026, 11, 9)),  # Friday to Monday
        (london(2026, 11, 7, 9), "1 working day", end(2026, 11, 9)),  # given on a Saturday
        (london(2026, 11, 7, 9), "0 working days", end(2026, 11, 9)),
        (london(2026, 11, 2, 9), "0 working days", end(2026, 11, 2)),
        (london(2026, 11, 2, 9), "10 working days", end(2026, 11, 16)),
        (london(2026, 12, 24, 16), "1 working day", end(2026, 12, 29)),  # Christmas on Friday, Boxing Day on Monday
        (london(2026, 12, 31, 9), "1 working day", end(2027, 1, 4)),
        (london(2026, 4, 2, 9), "1 working day", end(2026, 4, 7)),  # Good Friday and Easter Monday
        (london(2026, 11, 6, 9), "1 day", end(2026, 11, 7)),  # calendar days take the weekend along
        (london(2026, 11, 6, 9), "1 week", end(2026, 11, 13)),
        (london(2028, 2, 28, 9), "1 day", end(2028, 2, 29)),  # leap day
        (london(2028, 2, 28, 9), "2 days", end(2028, 3, 1)),
        (london(2027, 2, 28, 9), "1 day", end(2027, 3, 1)),
        (london(2026, 3, 28, 9), "1 day", end(2026, 3, 29)),  # clocks go forward that night
        (london(2026, 10, 24, 9), "1 day", end(2026, 10, 25)),  # clocks go back that night
        (london(2026, 11, 2, 23, 59, 59), "0 days", end(2026, 11, 2)),
        (london(2027, 12, 24, 16), "1 working day", end(2027, 12, 29)),  # Christmas on Saturday: two substitute days
        (london(2027, 12, 25, 12), "0 working days", end(2027, 12, 29)),
        (london(2027, 12, 31, 9), "1 working day", end(2028, 1, 4)),  # New Year's Day on Saturday
        (london(2027, 3, 25, 9), "1 working day", end(2027, 3, 30)),  # Easter, and the clocks on its Sunday
        (london(2026, 11, 6, 18), "3 working days", end(2026, 11, 11)),  # given on a Friday evening
        (london(2026, 11, 6, 18), "2 days", end(2026, 11, 8)),  # which does not wait for Monday
        (london(2026, 11, 2, 22), "4 hours", london(2026, 11, 3, 2)),  # across midnight
        (london(2026, 3, 28, 23), "4 hours", london(2026, 3, 29, 4)),  # the night that is an hour short
        (london(2026, 10, 24, 23), "4 hours", london(2026, 10, 25, 2)),  # the night that is an hour longer
        (london(2028, 2, 28, 22), "4 hours", london(2028, 2, 29, 2)),
        (london(2026, 11, 2, 9), "4 hours", london(2026, 11, 2, 13)),
    ],
)
def test_a_task_is_due_at_the_end_of_its_day_or_to_the_second(start: datetime, stated: str, due: datetime) -> None:
    assert due_after(start, parse_span(stated), REAL) == due


@pytest.mark.parametrize(
    ("due", "stated", "late"),
    [
        (end(2026, 11, 2), "1 working day", london(2026, 11, 3, 9)),
        (end(2026, 11, 6), "1 working day", london(2026, 11, 9, 9)),
        (end(2026, 12, 24), "1 working day", london(2026, 12, 29, 9)),
        (end(2026, 11, 6), "1 day", london(2026, 11, 7, 9)),
        (end(2026, 3, 28), "1 day", london(2026, 3, 29, 9)),  # nine by the new clock
        (end(2026, 10, 24), "1 day", london(2026, 10, 25, 9)),
        (end(2028, 2, 28), "1 day", london(2028, 2, 29, 9)),
        (end(2028, 2, 28), "1 working day", london(2028, 2, 29, 9)),
        (end(2026, 4, 2), "1 working day", london(2026, 4, 7, 9)),  # due before Good Friday
        (end(2026, 4, 2), "1 day", london(2026, 4, 3, 9)),  # calendar time works on Good Friday
        (end(2027, 12, 24), "3 working days", london(2027, 12, 31, 9)),  # Christmas on Saturday
        (london(2026, 11, 6, 18), "1 working day", london(2026, 11, 9, 9)),  # due on a Friday evening
        (london(2026, 11, 6, 18), "4 hours", london(2026, 11, 6, 22)),
        (london(2026, 11, 6, 22), "24 hours", london(2026, 11, 7, 22)),
        (london(2026, 3, 28, 23), "4 hours", london(2026, 3, 29, 4)),
        (london(2026, 10, 24, 23), "24 hours", london(2026, 10, 25, 22)),  # by the clock an hour sooner
        (end(2026, 11, 2), "4 hours", london(2026, 11, 3, 3, 59, 59)),
        (london(2026, 11, 2, 10), "0 days", london(2026, 11, 2, 10)),  # never before it was due
    ],
)
def test_lateness_in_days_is_acted_on_at_nine_in_the_morning(due: datetime, stated: str, late: datetime) -> None:
    assert late_after(due, parse_span(stated), REAL) == late


def test_hours_are_elapsed_hours_across_both_clock_changes() -> None:
    spring, autumn = london(2026, 3, 28, 23), london(2026, 10, 24, 23)
    day = Exact(timedelta(hours=24))
    assert due_after(spring, day, REAL).astimezone(LONDON).hour == 0  # midnight: the night was an hour short
    assert due_after(autumn, day, REAL).astimezone(LONDON).hour == 22


def test_a_clock_time_that_spring_skips_becomes_the_one_after_it() -> None:
    assert CALENDAR.at(date(2026, 3, 29), time(1, 30)).astimezone(LONDON).time() == time(2, 30)


def test_the_day_is_the_one_on_the_wall() -> None:
    half_past_eleven_at_night_utc = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert CALENDAR.day_of(half_past_eleven_at_night_utc) == date(2026, 7, 2)
    assert Calendar(ZoneInfo("UTC")).day_of(half_past_eleven_at_night_utc) == date(2026, 7, 1)


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(NaiveTime):
        due_after(datetime(2026, 11, 2, 9), Days(1), CALENDAR)


@pytest.mark.parametrize(
    ("earlier", "later", "count"),
    [
        (date(2026, 11, 2), date(2026, 11, 2), 0),
        (date(2026, 11, 2), date(2026, 11, 6), 4),
        (date(2026, 11, 6), date(2026, 11, 9), 1),
        (date(2026, 11, 6), date(2026, 11, 8), 0),
        (date(2026, 11, 9), date(2026, 11, 6), -1),
        (date(2026, 12, 24), date(2027, 1, 4), 4),
    ],
)
def test_working_days_between_two_dates(earlier: date, later: date, count: int) -> None:
    assert REAL.working_days_between(earlier, later) == count


instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
spans = st.one_of(
    st.builds(WorkingDays, st.integers(0, 40)),
    st.builds(Days, st.integers(0, 60)),
    st.builds(Exact, st.timedeltas(timedelta(0), timedelta(days=30))),
)


@given(instants.map(lambda at: at.replace(microsecond=0)), spans)
def test_nothing_is_due_or_late_before_it_starts(start: datetime, span: Span) -> None:
    assert due_after(start, span, REAL) >= start
    assert late_after(start, span, REAL) >= start


@given(instants, st.integers(0, 40))
def test_more_working_days_are_never_sooner(start: datetime, count: int) -> None:
    one, more = WorkingDays(count), WorkingDays(count + 1)
    assert due_after(start, one, REAL) <= due_after(start, more, REAL)
    assert late_after(start, one, REAL) <= late_after(start, more, REAL)


@given(st.dates(date(2024, 1, 1), date(2028, 1, 1)), st.integers(1, 40))
def test_counting_back_agrees_with_counting_on(day: date, count: int) -> None:
    assert REAL.working_days_between(day, REAL.plus_working_days(day, count)) == count
