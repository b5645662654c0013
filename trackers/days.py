"""Dates as the judges ask for them."""

from dataclasses import dataclass
from datetime import date

from trackers.dates import DateOrder
from trackers.dates import read_date as read_day
from trackers.opening import Cell, shown
from trackers.text import is_placeholder


@dataclass(frozen=True, slots=True)
class Read:
    """A day, or the code that says why there is none."""

    day: date | None = None
    code: str | None = None


def is_nothing(text: str) -> bool:
    """Blank, or a word for it."""
    return is_placeholder(text)


def read_date(cell: Cell, month_first: bool | None = False) -> Read:
    """The day of a cell; `month_first` is None where the column shows both orders."""
    orders = {False: DateOrder.DAY_FIRST, True: DateOrder.MONTH_FIRST, None: DateOrder.UNSETTLED}
    if cell is None or (isinstance(cell, str) and not shown(cell)):
        return Read(code="DUE_MISSING")
    read = read_day(cell, orders[month_first])
    code = f"DUE_{read.problem.name}" if read.problem else None
    return Read(read.day, code)
