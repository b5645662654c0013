"""Guessing a layout from headings and from what stands below them."""

from collections.abc import Iterable, Sequence

from trackers.dates import DateOrder, order_of, read_date
from trackers.layout import Column, Holds, Layout, SheetLayout
from trackers.legend import read_colours, read_key
from trackers.meanings import LIKELY, SURE, Meaning, meanings_of, mistyped
from trackers.opening import Row, Sheet, Workbook
from trackers.text import Value, bare, is_blank, plain_key, shown

HEADER_WITHIN = 40
ENOUGH_CELLS = 200
TELLING_BESIDE_ACTION = (Meaning.FINDING, Meaning.OWNER, Meaning.TARGET, Meaning.REFERENCE, Meaning.STATUS)
RAG_WORDS = frozenset({"red", "amber", "green", "blue", "r", "a", "g", "b"})


def complete(stated: Layout | None, workbook: Workbook) -> Layout:
    """The layout with everything guessed that it doesn't say."""
    sheets = tuple(_completed(stated.of(sheet.name) if stated else None, sheet) for sheet in workbook.sheets)
    return Layout(
        sheets=sheets,
        key=(stated.key if stated else ()) or read_key(workbook, sheets),
        colours=(stated.colours if stated else ()) or read_colours(workbook, sheets),
    )


def _completed(stated: SheetLayout | None, sheet: Sheet) -> SheetLayout:
    if stated is None:
        return guess_sheet(sheet)
    number = stated.header_row - 1
    if stated.holds is not Holds.ACTIONS or not 0 <= number < len(sheet.rows) or any(c.heading for c in stated.columns):
        return stated
    if not stated.columns:
        columns = assign(_seen_headings(sheet, sheet.rows[number]))
        return _actions(sheet, number, columns, sum(score for score, _ in columns.values()))
    said = {column.place: (SURE, column.meaning) for column in stated.columns if column.meaning}
    laid_out = _laid_out(sheet, Holds.ACTIONS, number, said, SURE, "Somebody said so.")
    return _with_order(sheet, laid_out.model_copy(update={"columns": _with_said(laid_out.columns, stated.columns)}))


def _with_said(guessed: tuple[Column, ...], stated: tuple[Column, ...]) -> tuple[Column, ...]:
    """A column that somebody gave a meaning comes in, hidden or not; one beyond the file stays, to be refused."""
    places = {column.place for column in stated}
    known = {column.place for column in guessed}
    taken = tuple(one.model_copy(update={"taken": one.taken or one.place in places}) for one in guessed)
    return (*taken, *(one for one in stated if one.place not in known))


def guess_sheet(sheet: Sheet) -> SheetLayout:
    """What a sheet holds, and where."""
    if sheet.hidden:
        return SheetLayout(sheet=sheet.name, holds=Holds.NOTHING, score=0.5, why="This sheet is hidden in the file.")
    score, number, columns = _best_header(sheet, people=False)
    if _is_tracker(columns):
        return _actions(sheet, number, columns, score)
    people_score, people_number, people = _best_header(sheet, people=True)
    if _is_people_list(people):
        why = f"Row {people_number + 1} has a name beside an address or a job title."
        return _laid_out(sheet, Holds.PEOPLE, people_number, people, people_score, why)
    why = "There is nothing on this sheet." if not any(map(_has_text, sheet.rows)) else "No row looks like headings."
    return SheetLayout(sheet=sheet.name, holds=Holds.NOTHING, score=0.5, why=why)


def headings_of(row: Row) -> list[str]:
    """The texts of a heading row on one line each."""
    return [" ".join(shown(cell).split()) for cell in row]


def _seen_headings(sheet: Sheet, row: Row) -> list[str]:
    """Hidden columns take no part in the guess."""
    hidden = sheet.marks.hidden_columns
    return ["" if place in hidden else heading for place, heading in enumerate(headings_of(row))]


Found = dict[int, tuple[float, Meaning]]


def _best_header(sheet: Sheet, *, people: bool) -> tuple[float, int, Found]:
    best: tuple[float, int, Found] = (0.0, 0, {})
    tried = 0
    for number, row in enumerate(sheet.rows):
        if not _has_text(row):
            continue
        tried += 1
        if tried > HEADER_WITHIN:
            break
        columns = assign(_seen_headings(sheet, row), people=people)
        points = sum(score for score, _ in columns.values())
        if points > best[0]:
            best = (points, number, columns)
    return best


def assign(headings: Sequence[str], *, people: bool = False) -> Found:
    """The best meaning for each heading; each meaning goes to one column, the surest and then the first."""
    offers = [
        (-score, place, meaning)
        for place, heading in enumerate(headings)
        for score, meaning in meanings_of(heading, people=people)
    ]
    found: Found = {}
    for negative, place, meaning in sorted(offers):
        if place not in found and all(meaning != other for _, other in found.values()):
            found[place] = (-negative, meaning)
    return found


def _is_tracker(columns: Found) -> bool:
    meanings = {meaning for _, meaning in columns.values()}
    return Meaning.ACTION in meanings and any(meaning in meanings for meaning in TELLING_BESIDE_ACTION)


def _is_people_list(columns: Found) -> bool:
    meanings = {meaning for _, meaning in columns.values()}
    named = Meaning.NAME in meanings or {Meaning.FIRST_NAME, Meaning.SURNAME} <= meanings
    return named and bool({Meaning.EMAIL, Meaning.JOB_TITLE} & meanings)


def _actions(sheet: Sheet, number: int, columns: Found, points: float) -> SheetLayout:
    body = sheet.rows[number + 1 :]
    columns = _by_content(_with_slips(columns, _seen_headings(sheet, sheet.rows[number])), body)
    why = f"Row {number + 1} has {len(columns)} headings that trackers use."
    return _with_order(sheet, _laid_out(sheet, Holds.ACTIONS, number, columns, points, why))


def _with_order(sheet: Sheet, laid_out: SheetLayout) -> SheetLayout:
    body = sheet.rows[laid_out.header_row :]
    order = DateOrder.DAY_FIRST
    for meaning in (Meaning.TARGET, Meaning.REVISED):
        place = laid_out.place_of(meaning)
        found = DateOrder.DAY_FIRST
        if place is not None:
            found = order_of(row[place] for row in body if place < len(row))
        order = found if found is not DateOrder.DAY_FIRST else order
    return laid_out.model_copy(update={"due_order": order})


def _with_slips(columns: Found, headings: Sequence[str]) -> Found:
    known = {meaning for _, meaning in columns.values()}
    found = dict(columns)
    for place, heading in enumerate(headings):
        for score, meaning in mistyped(heading) if place not in found else ():
            if meaning not in known:
                found[place] = (score, meaning)
                known.add(meaning)
    return found


def _by_content(columns: Found, body: Sequence[Row]) -> Found:
    """What the cells say against what the heading says: addresses, colours, days or yes and no."""
    found = dict(columns)
    taken = {meaning for _, meaning in found.values()}
    for place, (score, meaning) in columns.items():
        better = _better(meaning, _some([row[place] for row in body]))
        if better and better not in taken:
            found[place] = (min(score, LIKELY), better)
            taken.add(better)
    return found


def _better(meaning: Meaning, cells: list[Value]) -> Meaning | None:
    if not cells:
        return None
    if meaning is Meaning.STATUS and all(plain_key(shown(cell)) in RAG_WORDS for cell in cells):
        return Meaning.RAG
    days = sum(read_date(cell).day is not None for cell in cells) / len(cells)
    if meaning is Meaning.DONE and days > 0.5:
        return Meaning.CLOSED
    if meaning is Meaning.CLOSED and days < 0.2:
        return Meaning.DONE
    return None


def _some(cells: Iterable[Value]) -> list[Value]:
    filled: list[Value] = []
    for cell in cells:
        if not is_blank(shown(cell)):
            filled.append(cell)
            if len(filled) == ENOUGH_CELLS:
                break
    return filled


def _laid_out(sheet: Sheet, holds: Holds, number: int, found: Found, points: float, why: str) -> SheetLayout:
    columns: list[Column] = []
    used: set[str] = set()
    for place, heading in enumerate(headings_of(sheet.rows[number])):
        if not heading and not any(place < len(row) and _filled(row[place]) for row in sheet.rows[number + 1 :]):
            continue
        score, meaning = found.get(place, (0.0, None))
        hidden = place in sheet.marks.hidden_columns
        name = _unused(bare(heading) or f"Column {letters(place)}", used)
        columns.append(Column(place=place, heading=name, meaning=meaning, score=score, hidden=hidden, taken=not hidden))
    score = min(SURE, points / 8)
    return SheetLayout(
        sheet=sheet.name, holds=holds, header_row=number + 1, columns=tuple(columns), score=round(score, 2), why=why
    )


def _unused(name: str, used: set[str]) -> str:
    """Two columns of the same heading are told apart, so that no cell hides another."""
    chosen, count = name, 1
    while chosen in used:
        count += 1
        chosen = f"{name} ({count})"
    used.add(chosen)
    return chosen


def letters(place: int) -> str:
    """The column's letters, as spreadsheets count."""
    name, left = "", place + 1
    while left:
        left, rest = divmod(left - 1, 26)
        name = chr(65 + rest) + name
    return name


def _filled(value: Value) -> bool:
    return not is_blank(shown(value))


def _has_text(row: Row) -> bool:
    return any(map(_filled, row))
