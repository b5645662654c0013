"""A provider's tracker, read and judged row by row. Nothing is changed and nothing is dropped."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from trackers.days import read_date
from trackers.judging import WORDS, Row, due_of, is_closed, judge, key_of
from trackers.layout import Layout, guess
from trackers.opening import Cell, NotASpreadsheet, Sheet, open_workbook, shown
from trackers.people import PersonRow, read_people

NOT_DATA = re.compile(r"^(total|subtotal|note|key|notes)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TrackerRow:
    """One row. `ignored` says why a row is not an action; `codes` what somebody has to look at."""

    sheet: str
    number: int
    cells: dict[str, str]
    facts: dict[str, str]
    codes: tuple[str, ...]
    reasons: tuple[str, ...]
    due: date | None
    raised: date | None
    closed: bool
    fingerprint: bytes
    ignored: str | None = None


@dataclass(frozen=True, slots=True)
class Tracker:
    """The file as read: how, its rows, and its people."""

    filename: str
    sha256: bytes
    layout: Layout
    headings: tuple[str, ...]
    sheets: tuple[str, ...]
    rows: tuple[TrackerRow, ...]
    people: tuple[PersonRow, ...]


def read_tracker(data: bytes, filename: str, layout: Layout | None = None, *, today: date) -> Tracker:
    """Read and judge a tracker; raises NotASpreadsheet saying what to do instead."""
    sheets = open_workbook(data, filename)
    chosen = layout or guess(sheets)
    sheet = next((one for one in sheets if chosen and one.name == chosen.sheet), None)
    if chosen is None or sheet is None:
        raise NotASpreadsheet("No sheet in this file has headings that look like an action tracker.")
    people = read_people(tuple(one for one in sheets if one.name != sheet.name))
    headings = tuple(shown(cell) for cell in sheet.rows[chosen.header_row - 1])
    return Tracker(
        filename,
        hashlib.sha256(data).digest(),
        chosen,
        headings,
        tuple(one.name for one in sheets),
        tuple(_rows(sheet, chosen, headings, people, today)),
        people,
    )


def _rows(
    sheet: Sheet, layout: Layout, headings: tuple[str, ...], people: tuple[PersonRow, ...], today: date
) -> Iterator[TrackerRow]:
    by_name = {key_of(person.name): person for person in people}
    body = sheet.rows[layout.header_row :]
    month_first = _order(body, layout)
    refs = [shown(_cell(cells, layout.columns.get("reference"))) for cells in body]
    twice = {ref for ref, count in Counter(refs).items() if ref and count > 1}
    seen: set[str] = set()
    for number, cells in enumerate(body, start=layout.header_row + 1):
        known = {meaning: _cell(cells, place) for meaning, place in layout.columns.items()}
        row = Row(known, by_name, frozenset(seen), month_first, today)
        ref = row.text("reference")
        if ref:
            seen.add(ref)
        yield _read(sheet.name, number, cells, headings, row, None if ref in twice else ref)


def _read(
    sheet: str, number: int, cells: tuple[Cell, ...], headings: tuple[str, ...], row: Row, ref: str | None
) -> TrackerRow:
    kept = {
        (headings[place] if place < len(headings) and headings[place] else f"Column {place + 1}"): shown(cell)
        for place, cell in enumerate(cells)
        if shown(cell)
    }
    ignored = _not_data(row, kept, headings)
    shape = ("ROW_SHAPE",) if ignored is None and len(cells) > len(headings) else ()
    codes = () if ignored else (*shape, *judge(row))
    return TrackerRow(
        sheet=sheet,
        number=number,
        cells=kept,
        facts={meaning: row.text(meaning) for meaning in row.cells},
        codes=codes,
        reasons=tuple(WORDS[code] for code in codes),
        due=due_of(row).day,
        raised=read_date(row.cells.get("raised"), row.month_first).day,
        closed=is_closed(row),
        fingerprint=_fingerprint(sheet, ref, kept),
        ignored=ignored,
    )


def _cell(cells: tuple[Cell, ...], place: int | None) -> Cell:
    return cells[place] if place is not None and place < len(cells) else ""


def _not_data(row: Row, kept: dict[str, str], headings: tuple[str, ...]) -> str | None:
    """Why a row is no action: blank, a band, the headings again, a total or a note."""
    if not kept:
        return "The row is blank."
    values = list(kept.values())
    if [value.lower() for value in values] == [heading.lower() for heading in headings if heading]:
        return "The headings again."
    if len(values) == 1:
        return "A heading or note, with nothing else in its row."
    if NOT_DATA.match(values[0]) and not row.has("owner"):
        return "A total or note."
    return None


def _order(body: tuple[tuple[Cell, ...], ...], layout: Layout) -> bool | None:
    """Whether slash dates put the month first; None where the column shows both orders."""
    first = second = False
    for cells in body:
        for meaning in ("target", "revised"):
            match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/\d{2,4}", shown(_cell(cells, layout.columns.get(meaning))))
            if match:
                first |= int(match[1]) > 12
                second |= int(match[2]) > 12
    return None if second and not first else (None if first and second else False)


def _fingerprint(sheet: str, ref: str | None, kept: dict[str, str]) -> bytes:
    """The same row in a later copy of the file: by its reference where that is its own, else by its content."""
    said = f"ref:{ref.strip().lower()}" if ref else "row:" + "|".join(f"{k}={v}" for k, v in sorted(kept.items()))
    return hashlib.sha256(f"{sheet.strip().lower()}\n{said}".encode("utf-8", "surrogatepass")).digest()
