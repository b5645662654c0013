"""Reading a due date as people write it. Nothing is guessed: what could mean two days is said to be unclear."""

import calendar
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from trackers.text import ERROR, SHORT, Value, bare, is_placeholder, shown

FIRST_YEAR, LAST_YEAR = 2000, 2100
EXCEL_EPOCH = date(1899, 12, 30)
MAC_EPOCH_DAYS = 1462  # workbooks of old Macs count from 1904
ENOUGH_TO_SETTLE = 5


class DateOrder(StrEnum):
    """In which order a column writes day and month where the figures alone don't tell."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    UNSETTLED = "both orders occur"


class DateProblem(StrEnum):
    """Why no day could be read."""

    MISSING = "missing"
    RELATIVE = "relative"
    OPEN_ENDED = "open-ended"
    INCOMPLETE = "incomplete"
    AMBIGUOUS = "ambiguous"
    IMPOSSIBLE = "impossible"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class DateRead:
    """The day, or why there is none; `converted` when it was text or a bare number and reads only one way."""

    day: date | None = None
    problem: DateProblem | None = None
    converted: bool = False


MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}
SHORT_MONTHS = {name.lower()[:3]: number for name, number in MONTHS.items()}
MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
YEAR = r"(?P<year>\d{4}|['’]?\d{2})"
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
CLOCK = r"(?:[t ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?(?:z|[+-]\d\d:?\d\d)?)?"
EDGE_BEFORE, EDGE_AFTER = r"(?<![\w./-])", r"(?![\w/-]|\.\d)"

ISO = re.compile(
    rf"{EDGE_BEFORE}(?P<year>\d{{4}})(?P<gap>[-/.])(?P<month>\d{{1,2}})(?P=gap)(?P<day>\d{{1,2}}){CLOCK}{EDGE_AFTER}"
)
NUMERIC = re.compile(
    rf"{EDGE_BEFORE}(?P<one>\d{{1,2}})(?P<gap>[/.-])(?P<two>\d{{1,2}})(?P=gap){YEAR}{CLOCK}{EDGE_AFTER}"
)
DAY_MONTH = re.compile(rf"{EDGE_BEFORE}{DAY}(?:[ /.-]+|)(?:of )?{MONTH}[ ,/.-]*{YEAR}{CLOCK}{EDGE_AFTER}")
MONTH_DAY = re.compile(rf"{EDGE_BEFORE}{MONTH} ?{DAY}(?:,? (?P<year>\d{{4}})){CLOCK}{EDGE_AFTER}")
MONTH_END = re.compile(rf"{EDGE_BEFORE}(?:the )?end (?:of )?{MONTH},? (?P<year>\d{{4}}){EDGE_AFTER}")
SHAPES = (ISO, NUMERIC, DAY_MONTH, MONTH_DAY, MONTH_END)

# What may stand beside a date without changing which day it is.
HARMLESS = re.compile(
    r"\([^()]*\)|\b(?:by|due|on|before|date|target|deadline|revised|new|now|extended|moved|to|the|latest"
    r"|mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b|[\s.,:;*!]+"
)
OPEN_ENDED = re.compile(
    r"\bon-? ?going\b|continu(?:ous|al|ing|e)|\brolling\b|\bannual\b"
    r"|\b(?:dai|week|fortnight|month|quarter|year|annual)ly\b"
    r"|\b(?:each|every|per) (?:day|week|month|quarter|year|shift)|\bno end|\bopen\b|\bindefinite|\bpermanent|\bregular"
)
RELATIVE = re.compile(
    r"\basap\b|as soon as|immediate|\burgent|\bnow\b|straight ?away|\btoday\b|\btomorrow\b|\bwithin\b|\bnext\b"
    r"|\bin \d+|\bthis (?:week|month)"
    r"|\b(?:\d+|one|two|three|four|five|six|eight|ten|twelve) ?(?:hour|hr|day|week|wk|month|mth|year)s?\b"
    r"|\bafter\b|\bonce\b|\bwhen\b|\buntil\b"
)
DIGITS = re.compile(r"\d{4,8}(?:\.0+)?")


def read_date(value: Value | None, order: DateOrder = DateOrder.DAY_FIRST, *, from_1904: bool = False) -> DateRead:
    """The day that a cell names. Never raises. Days before 2000 and after 2100 count as impossible."""
    if value is None or isinstance(value, bool):
        return DateRead(problem=DateProblem.MISSING if value is None else DateProblem.INCOMPLETE)
    if isinstance(value, date):
        return _within(value.date() if isinstance(value, datetime) else value)
    if isinstance(value, int | float):
        return _from_number(float(value), from_1904)
    if not isinstance(value, str):
        return DateRead(problem=DateProblem.IMPOSSIBLE)
    return _short_text(value, order, from_1904) if len(value) <= SHORT else _from_text(value, order, from_1904)


def order_of(values: Iterable[Value]) -> DateOrder:
    """The order that a column's own dates show. Without any sign either way it is the British one."""
    day_first = month_first = 0
    for value in values:
        for found in NUMERIC.finditer(_folded(value)) if isinstance(value, str) else ():
            if found["gap"] != ".":
                day_first += int(found["one"]) > 12 >= int(found["two"])
                month_first += int(found["two"]) > 12 >= int(found["one"])
    if not month_first:
        return DateOrder.DAY_FIRST
    # A few stray dates prove a mixed hand, not a foreign spreadsheet.
    return DateOrder.UNSETTLED if day_first or month_first < ENOUGH_TO_SETTLE else DateOrder.MONTH_FIRST


def _within(day: date, *, converted: bool = False) -> DateRead:
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return DateRead(day, converted=converted)
    return DateRead(problem=DateProblem.IMPOSSIBLE)


def _from_number(number: float, from_1904: bool) -> DateRead:
    if number.is_integer() and 20_000_101 <= number <= 21_001_231:
        figures = int(number)
        return _day(figures // 10_000, figures // 100 % 100, figures % 100)
    if number.is_integer() and FIRST_YEAR <= number <= LAST_YEAR:
        return DateRead(problem=DateProblem.INCOMPLETE)
    serial = number + MAC_EPOCH_DAYS * from_1904
    if not 0 < serial < 100_000:
        return DateRead(problem=DateProblem.IMPOSSIBLE)
    return _within(EXCEL_EPOCH + timedelta(days=int(serial)), converted=True)


def _from_text(value: str, order: DateOrder, from_1904: bool) -> DateRead:
    text = _folded(value)
    if is_placeholder(text) or text in NOT_SAID:
        return DateRead(problem=DateProblem.MISSING)
    if ERROR.match(shown(value).strip()):
        return DateRead(problem=DateProblem.IMPOSSIBLE)
    if DIGITS.fullmatch(text):
        return _from_number(float(text), from_1904)
    found = [match for shape in SHAPES for match in shape.finditer(text)]
    if len(found) > 1:
        return DateRead(problem=DateProblem.SEVERAL)
    if found and not HARMLESS.sub("", text[: found[0].start()] + " " + text[found[0].end() :]):
        return _from_match(found[0], order)
    return DateRead(problem=_unclear(text))


_short_text = lru_cache(maxsize=8192)(_from_text)
NOT_SAID = frozenset({"tba", "tbd", "?", "??", "not set", "unknown", "not known", "to be confirmed", "to be agreed"})


def _folded(value: str) -> str:
    return bare(unicodedata.normalize("NFKC", value)).casefold()


def _unclear(text: str) -> DateProblem:
    if OPEN_ENDED.search(text):
        return DateProblem.OPEN_ENDED
    if RELATIVE.search(text):
        return DateProblem.RELATIVE
    return DateProblem.INCOMPLETE


def _from_match(found: re.Match[str], order: DateOrder) -> DateRead:
    year = _year(found["year"])
    if year is None:
        return DateRead(problem=DateProblem.IMPOSSIBLE)
    if found.re is NUMERIC:
        # Dots are a European hand: the day comes first.
        sure = DateOrder.DAY_FIRST if found["gap"] == "." else order
        return _numeric(int(found["one"]), int(found["two"]), year, sure)
    month = found["month"]
    number = int(month) if month.isdecimal() else SHORT_MONTHS[month[:3]]
    if found.re is MONTH_END:
        return _day(year, number, calendar.monthrange(year, number)[1])
    return _day(year, number, int(found["day"]))


def _year(text: str) -> int | None:
    figures = text.strip("'’")
    year = int(figures)
    if len(figures) == 4:
        return year if FIRST_YEAR <= year <= LAST_YEAR else None
    # Two figures from 70 on mean the last century, or a joke such as 31.12.99.
    return 2000 + year if year < 70 else None


def _numeric(one: int, two: int, year: int, order: DateOrder) -> DateRead:
    if order is DateOrder.UNSETTLED and one != two and one <= 12 and two <= 12:
        return DateRead(problem=DateProblem.AMBIGUOUS)
    day_first = two <= 12 if order is not DateOrder.MONTH_FIRST else one > 12
    return _day(year, two, one) if day_first else _day(year, one, two)


def _day(year: int, month: int, day: int) -> DateRead:
    try:
        return _within(date(year, month, day), converted=True)
    except ValueError:
        return DateRead(problem=DateProblem.IMPOSSIBLE)
