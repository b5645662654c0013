"""Reading a CSV file: its encoding, its separator, and its records."""

import csv
import io
from collections import Counter
from dataclasses import dataclass

from trackers.refusals import NotASpreadsheet, OpenQuotation, TooLarge
from trackers.text import Value, visible

SEPARATORS = (",", ";", "\t", "|")
LOOK_AT = 200_000
MOST_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class Table:
    """Records, each filled up to the widest; `widths` is how many cells each had."""

    rows: list[list[Value]]
    widths: tuple[int, ...]


def read_delimited(content: bytes) -> Table:
    """The records of a CSV file. Raises NotASpreadsheet for what is no table."""
    text = visible(decode(content))
    if text[:4].lower() == "sep=" and len(text) > 5:
        # Excel writes its separator into the first line.
        separator, text = text[4], text.partition("\n")[2]
    else:
        separator = _separator(text)
    records = _records(text, separator)
    widths = tuple(map(len, records))
    widest = max(widths, default=0)
    if sum(width > 1 for width in widths) < 2:
        raise NotASpreadsheet
    if widest > MOST_COLUMNS:
        raise TooLarge("A row of this file has more columns than a tracker would. Look at its separators.")
    rows: list[list[Value]] = [[*record, *[""] * (widest - len(record))] for record in records]
    return Table(rows, widths)


def decode(content: bytes) -> str:
    """The text: by its mark, else UTF-8 where it fits, else as Windows writes it in Western Europe."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _strict(content, "utf-16")
    head = content[:4000]
    if head.count(0) > len(head) // 4:
        return _strict(content, "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _strict(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise NotASpreadsheet from None


def _separator(text: str) -> str:
    """The separator that gives the most rows of the same width; more columns decide between equals."""
    return max(SEPARATORS, key=lambda separator: _evenness(text[:LOOK_AT], separator))


def _evenness(sample: str, separator: str) -> float:
    try:
        widths = Counter(len(record) for record in csv.reader(io.StringIO(sample, newline=""), delimiter=separator))
    except csv.Error:
        return 0.0
    wide = {width: count for width, count in widths.items() if width > 1}
    if not wide:
        return 0.0
    width, count = max(wide.items(), key=lambda pair: pair[1] * min(pair[0], 8))
    return count / sum(widths.values()) * min(width, 8)


def _records(text: str, separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        raise OpenQuotation from None
