"""Nobody's phone rings at night, unless somebody is in danger."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.deadlines import Calendar
from domain.waking_hours import Timing, not_before, put_off_until, within_hours

HERE = Calendar(ZoneInfo("Europe/London"))
SEVEN, NINE_PM = time(7), time(21)


def london(*when: int) -> datetime:
    return datetime(*when, tzinfo=HERE.zone).astimezone(UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "sent"),
    [
        (london(2026, 11, 19, 7), london(2026, 11, 19, 7)),
        (london(2026, 11, 19, 20, 59), london(2026, 11, 19, 20, 59)),
        (london(2026, 11, 19, 21), london(2026, 11, 20, 7)),
        (london(2026, 11, 19, 6, 59), london(2026, 11, 19, 7)),
        (london(2026, 7, 1, 6, 30), london(2026, 7, 1, 7)),
        (london(2026, 3, 28, 23), london(2026, 3, 29, 7)),
        (london(2026, 10, 24, 23), london(2026, 10, 25, 7)),
        (london(2026, 12, 31, 23, 59), london(2027, 1, 1, 7)),
    ],
)
def test_mail_waits_for_the_morning_of_the_location(now: datetime, sent: datetime) -> None:
    assert not_before(now, SEVEN, NINE_PM, HERE, critical=False) == sent


def test_a_critical_risk_wakes_people() -> None:
    night = london(2026, 11, 19, 3)
    assert not_before(night, SEVEN, NINE_PM, HERE, critical=True) == night


@pytest.mark.parametrize(("opens", "closes"), [(None, None), (None, NINE_PM), (SEVEN, None), (time(0), time(0))])
def test_a_place_without_hours_is_always_open(opens: time | None, closes: time | None) -> None:
    night = london(2026, 11, 19, 3)
    assert not_before(night, opens, closes, HERE, critical=False) == night


def test_hours_may_run_past_midnight() -> None:
    late, afternoon = london(2026, 11, 20, 1), london(2026, 11, 20, 15)
    assert not_before(late, time(18), time(2), HERE, critical=False) == late
    assert not_before(afternoon, time(18), time(2), HERE, critical=False) == london(2026, 11, 20, 18)


DAY, NIGHT = london(2026, 11, 19, 12), london(2026, 11, 19, 23)
MORNING = london(2026, 11, 20, 7)
HOURS = ("07:00", "21:00")


@pytest.mark.parametrize(
    ("now", "hours", "any_hour", "timing"),
    [
        (DAY, (SEVEN, NINE_PM), False, Timing(DAY, HOURS)),
        (NIGHT, (SEVEN, NINE_PM), False, Timing(MORNING, HOURS)),
        (NIGHT, (SEVEN, NINE_PM), True, Timing(NIGHT)),
        (NIGHT, (None, None), False, Timing(NIGHT)),
        (NIGHT, (time(0), time(0)), False, Timing(NIGHT)),
    ],
)
def test_a_mail_keeps_the_hours_it_goes_in(
    now: datetime, hours: tuple[time | None, time | None], any_hour: bool, timing: Timing
) -> None:
    assert within_hours(now, *hours, HERE, any_hour=any_hour) == timing


@pytest.mark.parametrize(
    ("now", "hours", "until"),
    [(DAY, HOURS, None), (NIGHT, HOURS, MORNING), (NIGHT, None, None), (NIGHT, ["18:00", "02:00"], None)],
)
def test_what_is_tried_again_at_night_waits_for_the_morning(
    now: datetime, hours: tuple[str, str] | None, until: datetime | None
) -> None:
    assert put_off_until(hours, now, HERE) == until
