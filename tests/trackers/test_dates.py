"""Due dates as people write them."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackers.dates import DateOrder, DateProblem, DateRead, order_of, read_date
from trackers.text import ErrorValue, Value

ONE_WAY: list[tuple[Value, str]] = [
    ("31.03.26", "2026-03-31"),
    ("31.3.2026", "2026-03-31"),
    ("03.04.26", "2026-04-03"),
    ("31/03/2026", "2026-03-31"),
    ("4/13/2026", "2026-04-13"),
    ("3/3/26", "2026-03-03"),
    ("30-11-2026", "2026-11-30"),
    ("2026-06-30", "2026-06-30"),
    ("2026-06-30T00:00:00", "2026-06-30"),
    ("2026-06-30 09:15", "2026-06-30"),
    ("2026/6/3", "2026-06-03"),
    ("20260630", "2026-06-30"),
    ("30/06/2026 00:00", "2026-06-30"),
    ("30th June 2026", "2026-06-30"),
    ("1st of Sept 2026", "2026-09-01"),
    ("04-Dec-26", "2026-12-04"),
    ("4 DECEMBER 2026", "2026-12-04"),
    ("4Dec2026", "2026-12-04"),
    ("June 30, 2026", "2026-06-30"),
    ("Friday 5 June 2026", "2026-06-05"),
    ("by Fri 5th June '26", "2026-06-05"),
    ("End April 2026", "2026-04-30"),
    ("end of february 2028", "2028-02-29"),
    ("31/03/2026 (agreed with the office)", "2026-03-31"),
    ("revised to 30/06/2026", "2026-06-30"),
    ("29/02/2028", "2028-02-29"),
    (" 31.03.26\u200b ", "2026-03-31"),
    ("３１.０３.２６", "2026-03-31"),
    (46387, "2026-12-31"),
    (46112.0, "2026-03-31"),
    ("46112", "2026-03-31"),
]


@pytest.mark.parametrize(("written", "day"), ONE_WAY)
def test_what_reads_one_way_is_read_so(written: Value, day: str) -> None:
    assert read_date(written, DateOrder.UNSETTLED) == DateRead(date.fromisoformat(day), converted=True)


@pytest.mark.parametrize("cell", [date(2026, 3, 31), datetime(2026, 3, 31), datetime(2026, 3, 31, 17, 5)])
def test_real_dates_need_no_reading(cell: Value) -> None:
    assert read_date(cell) == DateRead(date(2026, 3, 31))


UNCLEAR: list[tuple[Value | None, DateProblem]] = [
    (None, DateProblem.MISSING),
    ("", DateProblem.MISSING),
    (" \u200b\u00a0", DateProblem.MISSING),
    ("TBC", DateProblem.MISSING),
    ("tba", DateProblem.MISSING),
    ("n/a", DateProblem.MISSING),
    ("–", DateProblem.MISSING),
    ("To be confirmed", DateProblem.MISSING),
    ("Immediately", DateProblem.RELATIVE),
    ("ASAP", DateProblem.RELATIVE),
    ("Within 3 months", DateProblem.RELATIVE),
    ("4 weeks", DateProblem.RELATIVE),
    ("next team meeting", DateProblem.RELATIVE),
    ("2 weeks after 01/03/2026", DateProblem.RELATIVE),
    ("when the new manager starts", DateProblem.RELATIVE),
    ("Ongoing", DateProblem.OPEN_ENDED),
    ("on-going from 01/03/2026", DateProblem.OPEN_ENDED),
    ("Monthly", DateProblem.OPEN_ENDED),
    ("every week", DateProblem.OPEN_ENDED),
    ("Continuous", DateProblem.OPEN_ENDED),
    ("End of April", DateProblem.INCOMPLETE),
    ("Feb 26", DateProblem.INCOMPLETE),
    ("April 2026", DateProblem.INCOMPLETE),
    ("w/c 5th Oct", DateProblem.INCOMPLETE),
    ("w/c 5th October 2026", DateProblem.INCOMPLETE),
    ("19/8", DateProblem.INCOMPLETE),
    ("Sept", DateProblem.INCOMPLETE),
    ("2026", DateProblem.INCOMPLETE),
    (2026, DateProblem.INCOMPLETE),
    ("Q3 2026", DateProblem.INCOMPLETE),
    ("Summer", DateProblem.INCOMPLETE),
    ("1-5 June 2026", DateProblem.INCOMPLETE),
    ("not 31/03/2026", DateProblem.INCOMPLETE),
    ("see notes", DateProblem.INCOMPLETE),
    (True, DateProblem.INCOMPLETE),
    ("03/04/26", DateProblem.AMBIGUOUS),
    ("09/10/2026", DateProblem.AMBIGUOUS),
    ("9-10-2026", DateProblem.AMBIGUOUS),
    ("31.04.26", DateProblem.IMPOSSIBLE),
    ("31/04/26", DateProblem.IMPOSSIBLE),
    ("29/02/2026", DateProblem.IMPOSSIBLE),
    ("13/13/2026", DateProblem.IMPOSSIBLE),
    ("00/00/0000", DateProblem.IMPOSSIBLE),
    ("31/12/9999", DateProblem.IMPOSSIBLE),
    ("31.12.99", DateProblem.IMPOSSIBLE),
    ("01/01/1900", DateProblem.IMPOSSIBLE),
    (60, DateProblem.IMPOSSIBLE),
    (-5, DateProblem.IMPOSSIBLE),
    (1e300, DateProblem.IMPOSSIBLE),
    (float("inf"), DateProblem.IMPOSSIBLE),
    (float("nan"), DateProblem.IMPOSSIBLE),
    (datetime(9999, 12, 31), DateProblem.IMPOSSIBLE),
    (time(9, 30), DateProblem.IMPOSSIBLE),
    (timedelta(days=3), DateProblem.IMPOSSIBLE),
    (ErrorValue("#REF!"), DateProblem.IMPOSSIBLE),
    ("#N/A", DateProblem.IMPOSSIBLE),
    ("31/03/26\nrevised 30/06/26", DateProblem.SEVERAL),
    ("01/06/2026 - 05/06/2026", DateProblem.SEVERAL),
    ("30th June 2026 or 1st July 2026", DateProblem.SEVERAL),
]


@pytest.mark.parametrize(("written", "problem"), UNCLEAR)
def test_what_names_no_one_day_says_why(written: Value | None, problem: DateProblem) -> None:
    assert read_date(written, DateOrder.UNSETTLED) == DateRead(problem=problem)


@pytest.mark.parametrize(
    ("order", "day"), [(DateOrder.DAY_FIRST, date(2026, 10, 9)), (DateOrder.MONTH_FIRST, date(2026, 9, 10))]
)
def test_a_settled_order_settles_what_could_be_swapped(order: DateOrder, day: date) -> None:
    assert read_date("09/10/2026", order).day == day


def test_a_workbook_of_an_old_mac_counts_from_1904() -> None:
    assert read_date(44650, from_1904=True).day == date(2026, 3, 31)


@pytest.mark.parametrize(
    ("column", "order"),
    [
        ([], DateOrder.DAY_FIRST),
        (["03/04/2026", "05/06/2026"], DateOrder.DAY_FIRST),
        (["31/03/2026", "03/04/2026"], DateOrder.DAY_FIRST),
        (["31.03.2026", "4/13/2026"], DateOrder.UNSETTLED),
        (["31/03/2026", "4/13/2026"], DateOrder.UNSETTLED),
        (["4/13/2026"] * 4, DateOrder.UNSETTLED),
        ([f"4/{day}/2026" for day in range(13, 20)], DateOrder.MONTH_FIRST),
        ([date(2026, 3, 31), 46112, "4/13/2026\nrevised 31/5/2026"], DateOrder.UNSETTLED),
    ],
)
def test_a_column_shows_its_own_order(column: list[Value], order: DateOrder) -> None:
    assert order_of(column) is order


ANY_VALUE = st.one_of(
    st.text(),
    st.text(alphabet="0123456789/.- JuneMarchof,revisdw\n", max_size=30),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@given(ANY_VALUE, st.sampled_from(DateOrder), st.booleans())
def test_anything_gives_a_day_within_reason_or_a_problem_and_never_an_error(
    value: Value, order: DateOrder, old_mac: bool
) -> None:
    read = read_date(value, order, from_1904=old_mac)
    assert (read.day is None) == (read.problem is not None)
    assert read.day is None or 2000 <= read.day.year <= 2100


@given(st.text(alphabet="0123456789/.- stndrhofJuneMarchApil'26,", max_size=25))
def test_no_day_is_invented(text: str) -> None:
    """Where a day is read from text, its year, its day and its month stand in the text."""
    day = read_date(text).day
    figures = "".join(c for c in text if c.isdigit())
    if day is not None and len(figures) > 5 and "e" not in text.casefold():
        assert f"{day.year % 100:02}" in figures
        assert str(day.day) in figures


@given(
    st.dates(date(2000, 1, 1), date(2069, 12, 31)), st.sampled_from(["%d/%m/%Y", "%d.%m.%y", "%Y-%m-%d", "%d %B %Y"])
)
def test_what_was_written_plainly_is_read_back(day: date, written: str) -> None:
    assert read_date(day.strftime(written)).day == day
