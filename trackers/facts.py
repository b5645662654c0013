"""What a row is judged by: its texts by meaning, its dates, its owner, and what holds for the whole file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from trackers.dates import DateRead
from trackers.meanings import Meaning
from trackers.owners import Owner
from trackers.people import PeopleList
from trackers.text import is_placeholder


class State(StrEnum):
    """Where a row stands on the day of reading."""

    CLOSED = "closed"
    IN_TIME = "open, in time"
    OVERDUE = "open, overdue"
    UNDATED = "open, no readable due date"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What holds for the whole file: its people, its key of colours, and what it writes dates as."""

    people: PeopleList
    colours: Mapping[str, str]
    blue_means_done: bool
    dates_are_text: bool


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind cells of a row beside their text."""

    formulas: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read, ready to be judged. `texts` has a meaning only where the sheet has its column."""

    texts: Mapping[Meaning, str]
    cells: tuple[str, ...]
    owner: Owner
    due: DateRead
    due_text: str
    raised: date | None
    closed: DateRead
    is_closed: bool
    state: State
    rag_colour: str | None = None
    finding_shared: bool = False
    right_shape: bool = True
    ref_again: bool = False
    ref_first: bool = False
    ref_alike: bool = False
    behind: Behind = Behind()

    def text(self, meaning: Meaning) -> str:
        """The text of the column with this meaning; empty where there is none."""
        return self.texts.get(meaning, "")

    def lacks(self, meaning: Meaning) -> bool:
        """Whether the cell is blank or holds a placeholder."""
        return is_placeholder(self.text(meaning))
