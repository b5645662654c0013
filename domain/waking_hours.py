"""When people are told: inside the waking hours of their location, unless the risk is critical."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from domain.deadlines import Calendar


def not_before(now: datetime, opens: time | None, closes: time | None, calendar: Calendar, critical: bool) -> datetime:
    """The earliest moment to send. Opening and closing at the same time means always open."""
    if critical or opens is None or closes is None or opens == closes:
        return now
    local = now.astimezone(calendar.zone)
    clock = local.time()
    awake = opens <= clock < closes if opens < closes else clock >= opens or clock < closes
    if awake:
        return now
    day = local.date() if clock < opens else local.date() + timedelta(days=1)
    return calendar.at(day, opens)


HOURS = "hours"
"""Under which name a mail keeps the hours that it goes in."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When a mail goes, and within which hours it goes where it could not go then; without any, at any hour."""

    at: datetime
    hours: tuple[str, str] | None = None


def within_hours(
    now: datetime, opens: time | None, closes: time | None, calendar: Calendar, *, any_hour: bool = False
) -> Timing:
    """A mail of a location, which waits for its waking hours unless it may go at any."""
    if any_hour or opens is None or closes is None or opens == closes:
        return Timing(now)
    at = not_before(now, opens, closes, calendar, critical=False)
    return Timing(at, (opens.isoformat("minutes"), closes.isoformat("minutes")))


def put_off_until(hours: Sequence[str] | None, now: datetime, calendar: Calendar) -> datetime | None:
    """When a mail goes that is due now, but outside its hours; None where it goes now."""
    if not hours:
        return None
    opens, closes = map(time.fromisoformat, hours)
    at = not_before(now, opens, closes, calendar, critical=False)
    return at if at > now else None
