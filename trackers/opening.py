"""Opening a spreadsheet: what it is, whether it is safe to parse, and its cells as they stand.

Nothing is fetched, run or calculated: a formula's value is the one that was kept with it.
"""

import io
import zipfile
from dataclasses import dataclass, field

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from trackers.colours import fills_of_styles
from trackers.delimited import read_delimited
from trackers.marks import Attributes, Marks, parse, read_marks, related
from trackers.package import check_size, open_package, refuse_old_or_locked
from trackers.refusals import Damaged, EmptyFile, NotASpreadsheet, TooLarge
from trackers.text import ErrorValue, Value, visible

MOST_ROWS = 200_000
WORKBOOK = "xl/workbook.xml"
OTHER_FILES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"\x7fELF", b"MZ", b"\x1f\x8b", b"Rar!", b"7z")
Row = list[Value]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: all rows from the first, and its marks. `widths` has the cell count of each row of a CSV file."""

    name: str
    rows: list[Row]
    marks: Marks = field(default_factory=Marks)
    hidden: bool = False
    widths: tuple[int, ...] | None = None

    @property
    def is_csv(self) -> bool:
        return self.widths is not None


@dataclass(frozen=True, slots=True)
class Workbook:
    """The file as opened. `notes` are things to say about it once."""

    filename: str
    sheets: tuple[Sheet, ...]
    from_1904: bool = False
    notes: tuple[str, ...] = ()


def open_workbook(content: bytes, filename: str) -> Workbook:
    """The sheets of a file, told by its content and not by its name. Raises NotASpreadsheet saying what to do."""
    if not content.strip():
        raise EmptyFile
    check_size(content)
    refuse_old_or_locked(content)
    if content.startswith(b"PK\x03\x04"):
        return _open_xlsx(content, filename)
    if content.startswith(OTHER_FILES):
        raise NotASpreadsheet
    table = read_delimited(content)
    sheet = Sheet(filename, table.rows, widths=table.widths)
    return Workbook(filename, (_within_limits(sheet),))


def _open_xlsx(content: bytes, filename: str) -> Workbook:
    archive = open_package(content)
    parts, from_1904, notes = _parts(archive)
    fills = fills_of_styles(archive)
    # Marks first: they show a sheet without end before anything makes room for it.
    marks = {name: read_marks(archive, part, fills) for name, part in parts.items()}
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        hidden = {one.name for one in book.sheets_metadata if one.visible != SheetVisibleEnum.Visible}
        sheets = [_sheet(book, name, found, name in hidden) for name, found in marks.items()]
    except NotASpreadsheet:
        raise
    except BaseException as fault:  # the reader raises many kinds; for the person they are one
        if isinstance(fault, Exception) or type(fault).__name__ == "PanicException":
            raise Damaged from None
        raise
    return Workbook(filename, tuple(_within_limits(sheet) for sheet in sheets), from_1904, notes)


def _parts(archive: zipfile.ZipFile) -> tuple[dict[str, str], bool, tuple[str, ...]]:
    targets = related(archive, WORKBOOK)
    parts: dict[str, str] = {}
    from_1904 = False

    def start(tag: str, has: Attributes) -> None:
        nonlocal from_1904
        if tag == "workbookPr":
            from_1904 = has.get("date1904") in ("1", "true")
        elif tag == "sheet":
            linked = next((value for name, value in has.items() if name.endswith(" id")), "")
            kind, part = targets.get(linked, ("", ""))
            if kind == "worksheet" and part in names:
                parts[has.get("name", "")] = part

    names = set(archive.namelist())
    parse(archive.read(WORKBOOK), start)
    linked = any(kind == "externalLink" for kind, _ in targets.values())
    notes = ("The file links to another workbook. It was not opened; values are those kept in this file.",)
    return parts, from_1904, notes if linked else ()


def _sheet(book: CalamineWorkbook, name: str, marks: Marks, hidden: bool) -> Sheet:
    found: list[Row] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    rows = [[visible(cell) if isinstance(cell, str) else cell for cell in row] for row in found]
    height, width = marks.extent
    rows.extend([] for _ in range(height - len(rows)))
    for row in rows:
        row.extend([""] * (width - len(row)))
    for (row, column), error in marks.errors.items():
        # The reader shows errors as blank cells; a person sees #REF! and has to hear of it.
        rows[row][column] = ErrorValue(error)
    return Sheet(name, rows, marks, hidden)


def _within_limits(sheet: Sheet) -> Sheet:
    if len(sheet.rows) > MOST_ROWS:
        raise TooLarge(f"This file has more than {MOST_ROWS:,} rows. Split it, for example by year.")
    return sheet
