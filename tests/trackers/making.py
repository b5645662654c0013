"""Small trackers made for one test each."""

import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter

from trackers import Layout, Tracker, TrackerRow, read_tracker

TODAY = date(2026, 11, 23)
HEADINGS = ("Ref", "Finding", "Action required", "Owner", "Date raised", "Target date", "Date closed", "Evidence")
ROW = ("A-0001", "Gaps on charts", "Check ten charts a week", "Jo Madeupley", "01/10/2026", "18/12/2026", "", "")


def csv_of(*rows: Sequence[str], headings: Sequence[str] = HEADINGS, separator: str = ",") -> bytes:
    """A CSV file; cells must not contain the separator."""
    return "\r\n".join(separator.join(cells) for cells in (headings, *rows)).encode()


def row_with(**changed: str) -> tuple[str, ...]:
    """A row in order, but for the columns named (with underscores for spaces)."""
    at = {heading.casefold().replace(" ", "_"): place for place, heading in enumerate(HEADINGS)}
    cells: list[str] = list(ROW)
    for name, text in changed.items():
        cells[at[name]] = text
    return tuple(cells)


def read(content: bytes, layout: Layout | None = None) -> Tracker:
    return read_tracker(content, "tracker", layout, today=TODAY)


def only_row(content: bytes) -> TrackerRow:
    (row,) = read(content).actions
    return row


def codes_of(content: bytes) -> set[str]:
    return {str(code) for code in only_row(content).codes}


def workbook(fill: Callable[[Any], None], **options: Any) -> bytes:
    """An .xlsx file, filled through XlsxWriter."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **options})
    fill(book)
    book.close()
    return buffer.getvalue()


def sheet_of(rows: Sequence[Sequence[Any]], name: str = "Actions") -> bytes:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet(name)
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)

    return workbook(fill)


def rewritten(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same archive with one part changed."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(buffer, "w", ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(data) if entry.filename == part else data)
    return buffer.getvalue()
