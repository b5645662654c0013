"""When things are due: working days, calendar days and hours, in the provider's time zone.

Working days leave out weekends and the bank holidays of England and Wales (GOV.UK's list).
A due date ends with its day. What follows from lateness counted in days starts at nine in
the morning, when somebody is there to act on it.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.spans import Days, Exact, Span, WorkingDays

LAST_MOMENT = time(23, 59, 59)
MORNING = time(9)


class NaiveTime(ValueError):
    """A time without its zone was given. Pass aware times only."""


def aware(at: datetime) -> datetime:
    """The same instant in UTC; refuses a time that does not say its zone."""
    if at.tzinfo is None:
        raise NaiveTime(str(at))
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked, and in which time zone days begin and end."""

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def day_of(self, at: datetime) -> date:
        """The date on the wall at that instant."""
        return aware(at).astimezone(self.zone).date()

    def is_working(self, day: date) -> bool:
        """Monday to Friday, bank holidays excepted."""
        return day.weekday() < 5 and day not in self.holidays

    def at(self, day: date, clock: time) -> datetime:
        """That clock time on that day, as an instant. A time the clocks skip in spring becomes the one after it."""
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The last second of a due date."""
        return self.at(day, LAST_MOMENT)

    def plus_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after a day; the next working day or the same for none."""
        while count > 0 or not self.is_working(day):
            day += timedelta(days=1)
            count -= self.is_working(day)
        return day

    def working_days_between(self, earlier: date, later: date) -> int:
        """Working days after `earlier`, up to and with `later`; negative the other way round."""
        if later < earlier:
            return -self.working_days_between(later, earlier)
        days = (later - earlier).days
        weeks, rest = divmod(days, 7)
        tail = earlier + timedelta(days=7 * weeks)
        odd = sum((tail + timedelta(days=n)).weekday() < 5 for n in range(1, rest + 1))
        off = _in_order(self.holidays)
        return 5 * weeks + odd - (bisect_right(off, later) - bisect_right(off, earlier))


@lru_cache(maxsize=8)
def _in_order(holidays: frozenset[date]) -> list[date]:
    """Holidays that would have been worked, the earliest first. A process knows one list of them."""
    return sorted(day for day in holidays if day.weekday() < 5)


def _day_after(start: datetime, span: WorkingDays | Days, calendar: Calendar) -> date:
    day = calendar.day_of(start)
    if isinstance(span, WorkingDays):
        return calendar.plus_working_days(day, span.count)
    return day + timedelta(days=span.count)


def due_after(start: datetime, span: Span, calendar: Calendar) -> datetime:
    """When a task given at `start` is due: the end of the day for days, to the second for hours."""
    if isinstance(span, Exact):
        return aware(start) + span.length
    return calendar.end_of(_day_after(start, span, calendar))


def late_after(due: datetime, span: Span, calendar: Calendar) -> datetime:
    """When lateness of this length is reached: the morning of the day for days, to the second for hours."""
    if isinstance(span, Exact):
        return aware(due) + span.length
    return max(calendar.at(_day_after(due, span, calendar), MORNING), aware(due))
