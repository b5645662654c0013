"""Lengths of time are read as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.spans import Days, Exact, NotASpan, Span, WorkingDays, parse_span


@pytest.mark.parametrize(
    ("stated", "span"),
    [
        ("3 working days", WorkingDays(3)),
        ("1 working day", WorkingDays(1)),
        ("0 working days", WorkingDays(0)),
        ("2 days", Days(2)),
        ("1 week", Days(7)),
        ("2 weeks", Days(14)),
        ("4 hours", Exact(timedelta(hours=4))),
        ("10 minutes", Exact(timedelta(minutes=10))),
        ("1 second", Exact(timedelta(seconds=1))),
        ("  5  Working Days ", WorkingDays(5)),
        ("3days", Days(3)),
    ],
)
def test_a_length_of_time_is_read_as_people_write_it(stated: str, span: Span) -> None:
    assert parse_span(stated) == span


@pytest.mark.parametrize("stated", ["", "soon", "3", "days", "-1 days", "1.5 hours", "3 months", "1234567 days", "3 d"])
def test_anything_else_is_refused_with_what_to_write(stated: str) -> None:
    with pytest.raises(NotASpan, match="3 working days"):
        parse_span(stated)


counts = st.integers(0, 999_999)
spans = st.one_of(
    st.builds(WorkingDays, counts),
    st.builds(Days, counts),
    st.builds(Exact, st.integers(0, 999_999).map(lambda seconds: timedelta(seconds=seconds))),
)


@given(spans)
def test_what_is_written_down_reads_back_the_same(span: Span) -> None:
    assert parse_span(str(span)) == span


def test_working_days_and_days_are_different_things() -> None:
    assert parse_span("2 days") != parse_span("2 working days")
