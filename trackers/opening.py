"""Opening a spreadsheet: what it is, whether it is safe to parse, and its cells as they stand."""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineWorkbook

MOST_ENTRIES = 3000
MOST_UNPACKED = 400_000_000
MOST_ROWS = 200_000
Cell = Any


class NotASpreadsheet(ValueError):
    """This file is no spreadsheet that can be read. Save your tracker as .xlsx or .csv, then choose it again."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: rows of cells as the file has them, numbered from 1 as people count."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]


def open_workbook(data: bytes, filename: str) -> tuple[Sheet, ...]:
    """The sheets of a file, by its content. Nothing is fetched and nothing is calculated."""
    if not data:
        raise NotASpreadsheet("This file is empty. Choose your tracker again.")
    if data.startswith(b"PK"):
        return _xlsx(data)
    if data.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8")):
        raise NotASpreadsheet("This is an old, locked or other kind of file. Save your tracker as .xlsx or .csv.")
    return (Sheet(filename, _csv(data)),)


def _xlsx(data: bytes) -> tuple[Sheet, ...]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
        if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            raise NotASpreadsheet("This file unpacks to far more than a tracker would. Save it again, or as .csv.")
        if not any(entry.filename == "xl/workbook.xml" for entry in entries):
            raise NotASpreadsheet
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return tuple(
            Sheet(name, tuple(tuple(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)))
            for name in book.sheet_names
        )
    except NotASpreadsheet:
        raise
    except Exception:  # calamine and zipfile raise many kinds; for the person they are one
        raise NotASpreadsheet from None


def _csv(data: bytes) -> tuple[tuple[Cell, ...], ...]:
    text = _decoded(data)
    if "\x00" in text:
        raise NotASpreadsheet
    try:
        dialect: Any = csv.Sniffer().sniff(text[:20_000], delimiters=",;\t|")
        delimiter = dialect.delimiter
    except csv.Error:
        delimiter = ","
    csv.field_size_limit(10_000_000)
    rows: list[tuple[Cell, ...]] = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        rows.append(tuple(row))
        if len(rows) > MOST_ROWS:
            raise NotASpreadsheet(f"This file has more than {MOST_ROWS:,} rows. Import it in parts.")
    if len(rows) < 2 or max(map(len, rows)) < 2:
        raise NotASpreadsheet
    return tuple(rows)


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def shown(value: Cell) -> str:
    """A cell as a person sees it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
