"""An exception for a small home: what it needs, and how long it may last."""

from datetime import date

import pytest

from domain.small_home import lacking, last_day

TODAY = date(2026, 11, 2)
REASON = "Three people live here, and two of us work here."

CASES = [
    ("complete", REASON, date(2027, 3, 31), set[str]()),
    ("the longest", REASON, date(2027, 11, 2), set[str]()),
    ("a day too long", REASON, date(2027, 11, 3), {"ends_on"}),
    ("ends today", REASON, TODAY, set[str]()),
    ("ended before it began", REASON, date(2026, 11, 1), {"ends_on"}),
    ("without an end", REASON, None, {"ends_on"}),
    ("without a reason", "  ", date(2027, 3, 31), {"reason"}),
    ("with nothing", "", None, {"reason", "ends_on"}),
]


@pytest.mark.parametrize(("which", "reason", "ends_on", "fields"), CASES, ids=[row[0] for row in CASES])
def test_an_exception_needs_a_reason_and_an_end_within_a_year(
    which: str, reason: str, ends_on: date | None, fields: set[str]
) -> None:
    assert set(lacking(reason, ends_on, TODAY)) == fields


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 11, 2), date(2027, 11, 2)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2026, 12, 31), date(2027, 12, 31)),
    ],
)
def test_twelve_months_end_on_the_same_day_or_with_its_month(today: date, last: date) -> None:
    assert last_day(today) == last
