"""The key of a tracker: what its abbreviations and colours stand for."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from trackers.colours import colour_word
from trackers.layout import Explained, Holds, SheetLayout
from trackers.opening import Sheet, Workbook
from trackers.text import Value, is_blank, plain_key, shown

COLOURS = frozenset({"red", "amber", "orange", "yellow", "green", "blue", "purple", "grey", "white"})
SIGN = re.compile(
    rf"(?<![\w&])(?P<sign>[A-Z][A-Z&]{{0,3}}[A-Z]s?|(?i:{'|'.join(sorted(COLOURS))}))\s*(?P<is>=|:|–|—|(?<=\s)-(?=\s))\s*"
)
END = re.compile(r"\s{2,}|[,;\n|]")
ABBREVIATION = re.compile(r"[A-Z][A-Z&]{0,3}[A-Z]s?")
ROWS_WITHOUT_HEADINGS = 60


def read_key(workbook: Workbook, sheets: Sequence[SheetLayout]) -> tuple[Explained, ...]:
    """Abbreviations with what they stand for: “RM = Registered Manager”, or two cells side by side."""
    found: dict[str, str] = {}
    for text in _texts(workbook, sheets):
        for sign, said in _pairs(text):
            if ABBREVIATION.fullmatch(sign) and sign not in COLOURS:
                found.setdefault(sign, said)
    for _, rows in _outside(workbook, sheets):
        for row in rows:
            found |= {sign: said for sign, said in _beside(row) if sign not in found}
    return tuple(Explained(sign=sign, stands_for=said) for sign, said in found.items())


def read_colours(workbook: Workbook, sheets: Sequence[SheetLayout]) -> tuple[Explained, ...]:
    """Colours with what they stand for: in words (“Blue = complete”), or a filled cell above the headings."""
    found: dict[str, str] = {}
    for text in _texts(workbook, sheets):
        for sign, said in _pairs(text):
            if sign.casefold() in COLOURS:
                found.setdefault(sign.casefold(), said)
    for sheet, rows in _outside(workbook, sheets):
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                colour = colour_word(sheet.marks.fills.get((number, column), ""))
                if colour and not is_blank(shown(cell)):
                    found.setdefault(colour, shown(cell).strip())
    return tuple(Explained(sign=sign, stands_for=said) for sign, said in found.items())


def _outside(workbook: Workbook, sheets: Sequence[SheetLayout]) -> Iterator[tuple[Sheet, list[list[Value]]]]:
    """The rows above the headings, and sheets that hold neither actions nor people."""
    for sheet, layout in zip(workbook.sheets, sheets, strict=True):
        if layout.holds is Holds.ACTIONS:
            yield sheet, sheet.rows[: max(0, layout.header_row - 1)]
        elif layout.holds is Holds.NOTHING and not sheet.hidden:
            yield sheet, sheet.rows[:ROWS_WITHOUT_HEADINGS]


def _texts(workbook: Workbook, sheets: Sequence[SheetLayout]) -> Iterator[str]:
    for _, rows in _outside(workbook, sheets):
        yield from (shown(cell) for row in rows for cell in row if isinstance(cell, str) and cell)
    for sheet, layout in zip(workbook.sheets, sheets, strict=True):
        yield from (text for (row, _), text in sheet.marks.comments.items() if row == layout.header_row - 1)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    signs = list(SIGN.finditer(text))
    ends = [sign.start() for sign in signs[1:]] + [len(text)]
    for sign, end in zip(signs, ends, strict=False):
        said = END.split(text[sign.end() : end].strip())[0].strip(" .")
        # A dash may stand between any two things; an equals sign means it.
        if said and (sign["is"] == "=" or sign["sign"].casefold() in COLOURS or _fits(sign["sign"], said)):
            yield sign["sign"], said


def _beside(row: Sequence[Value]) -> Iterator[tuple[str, str]]:
    texts = [shown(cell).strip() for cell in row if not is_blank(shown(cell))]
    for sign, said in pairwise(texts):
        if ABBREVIATION.fullmatch(sign) and _fits(sign, said):
            yield sign, said


def _fits(sign: str, said: str) -> bool:
    """Whether the words begin with the letters."""
    initials = "".join(word[0] for word in plain_key(said).split()).upper()
    return initials == sign.replace("&", "")
