"""What makes a reader look again at evidence: each flag with the facts behind it. None of them blocks anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain.likeness import most_alike
from domain.saying import say_count, say_date

LONG_BEFORE = 28
"""Days between what happened and its sending, from which it is said."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A statement sent before at the location; `ref` only where the reader may see its action, `here` on the same."""

    statement: str
    title: str
    sent_on: date
    ref: str | None
    here: bool


def date_flags(found_on: date | None, effective_on: date, sent_on: date) -> list[str]:
    """What the day it happened makes one ask."""
    flags: list[str] = []
    if found_on is not None and effective_on < found_on:
        flags.append(f"From {say_date(effective_on)}, before the finding of {say_date(found_on)}.")
    days = (sent_on - effective_on).days
    if days > LONG_BEFORE:
        flags.append(f"It happened {say_count(days, 'day')} before it was sent.")
    return flags


def file_flag(filename: str, refs: Iterable[str], hidden: int) -> str | None:
    """The same file is evidence on other actions; those the reader may not see are only counted."""
    places = [*refs, *([f"{say_count(hidden, 'action')} that you may not see"] if hidden else [])]
    return f"The same file as “{filename}” is evidence on {' and '.join(places)}." if places else None


def statement_flag(statement: str, earlier: list[Earlier]) -> str | None:
    """The same or nearly the same words were sent before."""
    found = most_alike(statement, (one.statement for one in earlier))
    if found is None:
        return None
    one, how = earlier[found[0]], "The same words" if found[1] == 1 else "Nearly the same words"
    where = "this action" if one.here else one.ref or "another action at this location"
    return f"{how} as “{one.title}” on {where}, sent {say_date(one.sent_on)}."
