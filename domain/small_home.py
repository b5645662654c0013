"""Small homes: where nobody is left to check, an exception for a time, confirmed by somebody else.

It lets one person submit and sample, or check and approve. It never lets an owner judge their own
action, and it ends by itself.
"""

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.deadlines import Calendar

LONGEST_MONTHS = 12


@dataclass(frozen=True, slots=True)
class SmallHome:
    """One confirmed exception. It counts from its confirmation to the end of its last day, or until it was ended."""

    id: UUID
    reason: str
    confirmed_at: datetime
    ends_on: date
    ended_at: datetime | None = None

    def is_in_force(self, at: datetime, calendar: Calendar) -> bool:
        """Whether it counted at that moment."""
        if at < self.confirmed_at or calendar.day_of(at) > self.ends_on:
            return False
        return self.ended_at is None or at < self.ended_at


def in_force(exceptions: Iterable[SmallHome], at: datetime, calendar: Calendar) -> SmallHome | None:
    """The exception that counted at that moment; the one that ends last, where there are several."""
    counting = [one for one in exceptions if one.is_in_force(at, calendar)]
    return max(counting, key=lambda one: (one.ends_on, one.confirmed_at), default=None)


def last_day(today: date) -> date:
    """The last day an exception recorded today may reach: twelve months on, or the end of that month if shorter."""
    year, month = today.year + LONGEST_MONTHS // 12, today.month
    return date(year, month, min(today.day, months.monthrange(year, month)[1]))


def lacking(reason: str, ends_on: date | None, today: date) -> dict[str, str]:
    """What an exception still needs before it can be recorded, by field."""
    missing: dict[str, str] = {}
    if len(reason.strip()) < 20:
        missing["reason"] = "Say who works here, and why nobody else can check or approve."
    if ends_on is None:
        missing["ends_on"] = "Give the day it ends, for example 31 3 2027."
    elif ends_on < today:
        missing["ends_on"] = "The day it ends is in the past."
    elif ends_on > last_day(today):
        missing["ends_on"] = f"It can last {LONGEST_MONTHS} months at most. Look again then."
    return missing
