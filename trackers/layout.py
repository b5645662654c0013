"""How a file is read: which sheets, which row has the headings, what each column means.

A layout is guessed, shown to a person, corrected, and passed in again; it goes to JSON and back unchanged.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from trackers.dates import DateOrder
from trackers.meanings import OF_PEOPLE, Meaning

# What a person can say a column of a tracker means.
MEANINGS: tuple[str, ...] = tuple(str(meaning) for meaning in Meaning if meaning not in OF_PEOPLE)


class Holds(StrEnum):
    """What a sheet holds."""

    ACTIONS = "actions"
    PEOPLE = "people"
    NOTHING = "nothing to import"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Frozen):
    """One column, counted from 0. A hidden column stays out until somebody sets `taken`."""

    place: int
    heading: str
    meaning: Meaning | None = None
    score: float = 1.0
    hidden: bool = False
    taken: bool = True


class SheetLayout(_Frozen):
    """How one sheet is read. `header_row` counts from 1, as spreadsheets do. `why` says what the guess rests on.

    With a header row and no columns, the columns are guessed from that row.
    """

    sheet: str
    holds: Holds
    header_row: int = 0
    columns: tuple[Column, ...] = ()
    due_order: DateOrder = DateOrder.DAY_FIRST
    score: float = 1.0
    why: str = ""

    def place_of(self, meaning: Meaning) -> int | None:
        """The column that has this meaning."""
        return next((column.place for column in self.columns if column.meaning == meaning and column.taken), None)

    @property
    def places(self) -> dict[Meaning, int]:
        """Column by meaning."""
        return {column.meaning: column.place for column in self.columns if column.meaning and column.taken}


class Explained(_Frozen):
    """What a file says that an abbreviation or a colour stands for."""

    sign: str
    stands_for: str


class Layout(_Frozen):
    """How a file is read. Sheets that it doesn't name are guessed."""

    sheets: tuple[SheetLayout, ...] = ()
    key: tuple[Explained, ...] = ()
    colours: tuple[Explained, ...] = ()

    def of(self, sheet: str) -> SheetLayout | None:
        """The layout of one sheet."""
        return next((one for one in self.sheets if one.sheet == sheet), None)

    def holding(self, what: Holds) -> tuple[SheetLayout, ...]:
        """The sheets that hold actions, or people."""
        return tuple(one for one in self.sheets if one.holds is what)

    def with_sheet(self, changed: SheetLayout) -> Self:
        """The same layout with one sheet read differently."""
        others = tuple(changed if one.sheet == changed.sheet else one for one in self.sheets)
        known = any(one.sheet == changed.sheet for one in self.sheets)
        return self.model_copy(update={"sheets": others if known else (*others, changed)})

    @classmethod
    def stated(cls, sheet: str, header_row: int, columns: Mapping[str, int]) -> Self:
        """One sheet as a person says it is read: column, from 0, by meaning. Everything else is guessed."""
        said = tuple(Column(place=place, heading="", meaning=Meaning(name)) for name, place in columns.items())
        return cls(sheets=(SheetLayout(sheet=sheet, holds=Holds.ACTIONS, header_row=header_row, columns=said),))

    def with_meanings(self, sheet: str, places: Mapping[str, int]) -> Self:
        """The same layout with the columns of one sheet given their meanings anew: column, from 0, by meaning."""
        how = self.of(sheet) or SheetLayout(sheet=sheet, holds=Holds.ACTIONS)
        meanings = {place: Meaning(name) for name, place in places.items()}
        columns = tuple(
            column.model_copy(update={"meaning": meanings.get(column.place), "score": 1.0}) for column in how.columns
        )
        return self.with_sheet(how.model_copy(update={"holds": Holds.ACTIONS, "columns": columns}))

    @property
    def main(self) -> SheetLayout | None:
        """The first sheet that holds actions."""
        return next(iter(self.holding(Holds.ACTIONS)), None)

    @property
    def sheet(self) -> str:
        """The name of the first sheet that holds actions."""
        return self.main.sheet if self.main else ""

    @property
    def header_row(self) -> int:
        """The row of headings on that sheet, from 1."""
        return self.main.header_row if self.main else 0

    @property
    def columns(self) -> dict[str, int]:
        """The columns of that sheet by meaning, from 0."""
        return {str(meaning): place for meaning, place in self.main.places.items()} if self.main else {}

    def to_json(self) -> dict[str, Any]:
        """As it is kept and sent to pages."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, stated: dict[str, Any]) -> Self:
        """Back from JSON. Raises pydantic.ValidationError for what is no layout."""
        return cls.model_validate(stated)
