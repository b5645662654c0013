"""How dates and counts are said to people."""

from collections.abc import Iterable
from datetime import date, datetime

from domain.deadlines import Calendar


def say_day(day: date) -> str:
    """Thursday 3 December 2026."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def say_date(day: date) -> str:
    """3 December 2026."""
    return f"{day.day} {day:%B} {day.year}"


def say_short(day: date) -> str:
    """3 Dec."""
    return f"{day.day} {day:%b}"


def say_moment(at: datetime, calendar: Calendar) -> str:
    """Wednesday 25 November 2026, 07:42, as the clock on the wall has it."""
    local = at.astimezone(calendar.zone)
    return f"{say_day(local.date())}, {local:%H:%M}"


def say_count(count: int, one: str, many: str | None = None) -> str:
    """1 file, 2 files."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def say_list(words: Iterable[str]) -> str:
    """Owner; owner and deputy manager; low, medium and high."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def say_due(due: datetime, calendar: Calendar) -> str:
    """The day something is due, with the time where it is not simply the end of the day."""
    local = due.astimezone(calendar.zone)
    if due == calendar.end_of(local.date()):
        return say_day(local.date())
    return f"{say_day(local.date())}, {local:%H:%M}"


def say_distance(due: datetime, now: datetime, calendar: Calendar) -> str:
    """In 6 working days; today; 2 working days late."""
    if now > due:
        return f"{say_late(due, now, calendar)} late"
    days = calendar.working_days_between(calendar.day_of(now), calendar.day_of(due))
    if calendar.day_of(due) == calendar.day_of(now):
        return "today"
    return "before the next working day" if days == 0 else f"in {say_count(days, 'working day')}"


def say_late(due: datetime, now: datetime, calendar: Calendar) -> str:
    """How late: 2 working days, or the hours or minutes on the first day."""
    days = calendar.working_days_between(calendar.day_of(due), calendar.day_of(now))
    if days > 0:
        return say_count(days, "working day")
    minutes = max(1, int((now - due).total_seconds() // 60))
    return say_count(minutes // 60, "hour") if minutes >= 60 else say_count(minutes, "minute")


def first_name(name: str) -> str:
    """What a person is greeted with."""
    return name.split()[0] if name.split() else name
