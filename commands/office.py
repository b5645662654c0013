"""Where commands are done: the database, the calendar, and the key that links are made with."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import cast
from zoneinfo import ZoneInfo

from govuk_bank_holidays.bank_holidays import BankHolidays
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.deadlines import Calendar


@dataclass(frozen=True, slots=True)
class Office:
    """What every command needs. One for each process; tests make their own."""

    engine: AsyncEngine
    secret_key: bytes
    calendar: Calendar


@cache
def england_and_wales(zone: str = "Europe/London") -> Calendar:
    """The working calendar of England and Wales, from GOV.UK's list as it came with the library (to 2028)."""
    known = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return Calendar(ZoneInfo(zone), frozenset(cast(date, holiday["date"]) for holiday in known))


def utc_now() -> datetime:
    """The clock, read at the edge of the system and passed in from there."""
    return datetime.now(UTC)
