"""Reading a plain list to sample from: one column of a spreadsheet or a CSV file, or the lines of a text."""

from dataclasses import dataclass

from trackers.delimited import decode
from trackers.opening import OTHER_FILES, Row, open_workbook
from trackers.package import check_size, refuse_old_or_locked
from trackers.refusals import EmptyFile, NotASpreadsheet, TooLarge
from trackers.text import bare, is_blank, plain_key, shown, visible

LONGEST_ENTRY = 300
MOST_LINES = 200_000
MOST_HEADINGS = 12


@dataclass(frozen=True, slots=True)
class Listed:
    """The entries as text, blank ones left out, each with its group where a column of groups was named."""

    entries: list[str]
    groups: list[str] | None = None


class NoSuchColumn(NotASpreadsheet):
    """There is no such column. The message says what stands in the first row, so that one can be chosen."""


def read_list(content: bytes, filename: str, column: str = "", group_column: str = "", headed: bool = False) -> Listed:
    """The entries of one column, the first where none is named. Raises NotASpreadsheet saying what to do.

    `headed` says that the first row is a heading; so does a column that is named by its heading.
    """
    rows = _rows(content, filename)
    at, by_name = _column(rows, column) if column else (0, False)
    group_at, groups_by_name = _column(rows, group_column) if group_column else (None, False)
    picked: list[tuple[str, str]] = []
    for row in rows[1 if headed or by_name or groups_by_name else 0 :]:
        entry = _text(row, at)
        if not is_blank(entry):
            picked.append((entry, _text(row, group_at) if group_at is not None else ""))
    if any(len(entry) > LONGEST_ENTRY or len(group) > LONGEST_ENTRY for entry, group in picked):
        raise TooLarge(f"An entry of this list is longer than {LONGEST_ENTRY} characters. Choose another column.")
    return Listed([entry for entry, _ in picked], [group for _, group in picked] if group_at is not None else None)


def _rows(content: bytes, filename: str) -> list[Row]:
    if not content.strip():
        raise EmptyFile("This file is empty. Choose your list again.")
    check_size(content)
    if not filename.lower().endswith(".txt"):
        try:
            sheets = open_workbook(content, filename).sheets
            return next((sheet.rows for sheet in sheets if any(map(any, sheet.rows))), [])
        except NotASpreadsheet as refusal:
            if content.startswith((b"PK", *OTHER_FILES)) or type(refusal) is not NotASpreadsheet:
                raise
    return _lines(content)


def _lines(content: bytes) -> list[Row]:
    """A text with one entry on each line, or a CSV file of one column."""
    refuse_old_or_locked(content)
    if content.startswith((b"PK", *OTHER_FILES)) or content[:4000].count(0) > len(content[:4000]) // 2:
        raise NotASpreadsheet("This file is no list. Save it as .xlsx, .csv or plain text, then choose it again.")
    lines = visible(decode(content)).splitlines()
    if len(lines) > MOST_LINES:
        raise TooLarge(f"This list has more than {MOST_LINES:,} lines. Say how many there are instead.")
    return [[line.strip().strip('"')] for line in lines]


def _column(rows: list[Row], named: str) -> tuple[int, bool]:
    """Where a column is, and whether it was named by its heading."""
    headings = [plain_key(shown(cell)) for cell in rows[0]] if rows else []
    if plain_key(named) in headings:
        return headings.index(plain_key(named)), True
    letter = named.strip().upper()
    if len(letter) == 1 and letter.isascii() and letter.isalpha() and ord(letter) - ord("A") < len(headings):
        return ord(letter) - ord("A"), False
    first = [bare(visible(shown(cell)))[:40] for cell in rows[0] if not is_blank(shown(cell))] if rows else []
    says = f" The first row says: {', '.join(first[:MOST_HEADINGS])}." if first else ""
    what_to_do = "Give a heading or a letter, and choose the list again."
    raise NoSuchColumn(f"There is no column “{named.strip()[:40]}” in this list.{says} {what_to_do}")


def _text(row: Row, at: int) -> str:
    return bare(visible(shown(row[at]))) if at < len(row) else ""
