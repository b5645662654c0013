"""How a file is to be read, as somebody says it at a keyboard."""

import re
from datetime import date

from domain.errors import Refused
from trackers import Holds, Layout, SheetLayout, Tracker, open_workbook, read_tracker
from trackers.guessing import complete
from trackers.layout import MEANINGS
from trackers.marks import place_of

COLUMN = re.compile(r"(?P<meaning>[a-z_ ]+)=(?P<letters>[A-Za-z]{1,3})")


def read_as_said(
    content: bytes, name: str, today: date, sheet: str | None, headings: int | None, columns: tuple[str, ...]
) -> Tracker:
    """Read a tracker; what is not said is guessed. Raises NotASpreadsheet, and Refused for what names nothing."""
    if sheet is None and headings is None and not columns:
        return read_tracker(content, name, today=today)
    workbook = open_workbook(content, name)
    guessed = complete(None, workbook)
    names = [one.name for one in workbook.sheets]
    chosen = sheet or guessed.sheet or names[0]
    if chosen not in names:
        raise Refused(f"There is no sheet “{chosen}”. This file has: {', '.join(names)}.")
    row = headings or (guessed.of(chosen) or SheetLayout(sheet=chosen, holds=Holds.NOTHING)).header_row or 1
    bare = SheetLayout(sheet=chosen, holds=Holds.ACTIONS, header_row=row)
    layout = complete(Layout(sheets=(bare,)), workbook)
    return read_tracker(content, name, _corrected(layout, chosen, columns), today=today)


def _corrected(layout: Layout, sheet: str, columns: tuple[str, ...]) -> Layout:
    how = layout.of(sheet)
    if not columns or how is None:
        return layout
    said = dict(map(_column, columns))
    kept = {str(meaning): place for meaning, place in how.places.items() if place not in said.values()}
    return Layout.stated(sheet, how.header_row, kept | said)


def _column(said: str) -> tuple[str, int]:
    found = COLUMN.fullmatch(said.strip())
    meaning = found["meaning"].strip().replace(" ", "_") if found else ""
    if found is None or meaning not in MEANINGS:
        raise Refused(f"“{said}” does not say what a column means. Write for example action=E; known are: {_KNOWN}.")
    return meaning, place_of(f"{found['letters']}1")[1]


_KNOWN = ", ".join(MEANINGS)
