"""A list of people as CSV: name, e-mail, role, location, from, to. Cells are text, whatever they look like."""

from dataclasses import dataclass, field

from trackers.delimited import read_delimited
from trackers.refusals import NotASpreadsheet
from trackers.text import bare, plain_key, shown

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("name", "full name", "person", "staff name", "employee"),
    "email": ("e mail", "email", "e mail address", "email address", "mail"),
    "role": ("role", "job title", "title", "position"),
    "location": ("location", "home", "service", "site", "where"),
    "starts": ("from", "starts", "start", "start date", "first day", "since"),
    "ends": ("to", "ends", "end", "end date", "last day", "until", "leaves"),
}
NEEDED = ("name", "role", "location")
SAID = {"name": "name", "email": "e-mail", "role": "role", "location": "location", "starts": "from", "ends": "to"}
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One row as it stands in the file; `number` counts lines as a spreadsheet shows them."""

    number: int
    cells: dict[str, str] = field(default_factory=dict[str, str])

    def said(self, column: str) -> str:
        """What a cell says, without blanks at its ends; empty where the column is missing."""
        return self.cells.get(column, "")


def read_roster(content: bytes) -> tuple[RosterRow, ...]:
    """The rows of a people list. Raises NotASpreadsheet for what is none, or lacks a column."""
    if content[:2] == b"PK" or content[:4] == b"\xd0\xcf\x11\xe0":
        raise NotASpreadsheet("This is an Excel file. Open it, choose Save as, CSV UTF-8, and choose that file.")
    if not content.strip():
        raise NotASpreadsheet("This file is empty. Choose a list of people as CSV.")
    table = read_delimited(content)
    places = _places([shown(cell) for cell in table.rows[0]])
    found: list[RosterRow] = []
    for number, row in enumerate(table.rows[1:], start=2):
        cells = {column: bare(shown(row[place])) for column, place in places.items() if place < len(row)}
        if any(cells.values()):
            found.append(RosterRow(number, cells))
    if len(found) > MOST_ROWS:
        raise NotASpreadsheet(f"This list has more than {MOST_ROWS:,} rows. Import it in parts.")
    return tuple(found)


def _places(headings: list[str]) -> dict[str, int]:
    known = {heading: column for column, names in COLUMNS.items() for heading in names}
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        column = known.get(plain_key(heading))
        if column and column not in places:
            places[column] = place
    if missing := [SAID[column] for column in NEEDED if column not in places]:
        there = ", ".join(f"“{bare(heading)[:40]}”" for heading in headings if bare(heading)) or "none"
        raise NotASpreadsheet(
            f"The first row needs a heading for {' and '.join(missing)}. Its headings are: {there}."
            " Use: name, e-mail, role, location, from, to."
        )
    return places
