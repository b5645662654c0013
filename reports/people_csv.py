"""The people list as CSV, for spreadsheets: what could run there as a formula is made text."""

import csv
import io
from collections.abc import Iterable, Sequence

HEADINGS = ("name", "e-mail", "role", "location", "from", "to")
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"


def plain_cell(words: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe goes before what could start a formula."""
    return f"'{words}" if words.startswith(STARTS_A_FORMULA) else words


def people_csv(rows: Iterable[Sequence[str]]) -> str:
    """The list, marked as UTF-8 so that Excel shows names as they are written."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    writer.writerows([plain_cell(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + out.getvalue()
