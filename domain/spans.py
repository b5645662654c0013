"""Lengths of time as people state them. "2 days" and "2 working days" are different things, and different types."""

import re
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Days other than weekends and bank holidays in England and Wales."""

    count: int

    def __str__(self) -> str:
        return f"{self.count} working day{'' if self.count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Days:
    """Calendar days: they end with the day in the provider's time zone, whatever the clocks do."""

    count: int

    def __str__(self) -> str:
        return f"{self.count} day{'' if self.count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Exact:
    """Elapsed time to the second: hours for critical risks, seconds for a demonstration."""

    length: timedelta

    def __str__(self) -> str:
        seconds = int(self.length.total_seconds())
        for unit, size in (("hour", 3600), ("minute", 60), ("second", 1)):
            if seconds % size == 0:
                return f"{seconds // size} {unit}{'' if seconds == size else 's'}"
        raise AssertionError("a whole number of seconds divides by one")


Span = WorkingDays | Days | Exact

_STATED = re.compile(r"\s*(\d{1,6})\s*(working day|day|week|hour|minute|second)s?\s*", re.IGNORECASE)
_SECONDS = {"hour": 3600, "minute": 60, "second": 1}


class NotASpan(ValueError):
    """Write a length of time as “3 working days”, “2 days”, “1 week”, “4 hours”, “10 minutes” or “30 seconds”."""

    def __init__(self, stated: str) -> None:
        super().__init__(f"“{stated}” is not a length of time. {self.__doc__}")


def parse_span(stated: str) -> Span:
    """Read a length of time as a pathway states it; raises NotASpan with what to write instead."""
    match = _STATED.fullmatch(stated)
    if match is None:
        raise NotASpan(stated)
    count, unit = int(match[1]), match[2].lower()
    if unit == "working day":
        return WorkingDays(count)
    if unit in ("day", "week"):
        return Days(count * (7 if unit == "week" else 1))
    return Exact(timedelta(seconds=count * _SECONDS[unit]))
