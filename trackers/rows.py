"""Which rows record an action, and which are titles, bands, repeated headings, totals or notes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trackers.layout import SheetLayout
from trackers.meanings import Meaning
from trackers.opening import Sheet
from trackers.text import is_blank, plain_key

TOTAL = re.compile(r"(?:grand |sub ?)?totals?\b|subtotal|average|count\b|sum\b|number of actions", re.IGNORECASE)
LONGEST_BAND = 60
MANY_WORDS = 4
# A row with nothing but one of these, or these together, records nothing.
SAYS_NOTHING_ALONE = frozenset({Meaning.REFERENCE, Meaning.RAG, Meaning.LOCATION, Meaning.STATUS, Meaning.KEY_QUESTION})

BLANK = "The row is blank."
NUMBERED = "The row has a number and nothing else."
HEADINGS = "These are the headings again."
TOTALS = "This is a row of totals."
NOTE = "This is a note, not an action."


@dataclass(frozen=True, slots=True)
class NotData:
    """Why a row is no action. A band names the section of the rows below it."""

    why: str
    band: str | None = None


class RowKinds:
    """Tells the rows of one sheet apart. `texts` of a row are those of the columns taken, by column."""

    def __init__(self, sheet: Sheet, layout: SheetLayout) -> None:
        self.places = layout.places
        self.meanings = {place: meaning for meaning, place in self.places.items()}
        self.headings = {column.place: plain_key(column.heading) for column in layout.columns}
        self.wide = {
            row for row, left, _, right in sheet.marks.merged if right - left + 1 >= max(2, len(layout.columns) // 2)
        }
        self.formulas = sheet.marks.formulas
        self.fills = sheet.marks.fills

    def look(self, number: int, texts: dict[int, str]) -> NotData | None:
        """Why the row at `number` (from 0) is no action, or None when it is one."""
        filled = {place: text for place, text in texts.items() if not is_blank(text)}
        if not filled:
            return NotData(BLANK)
        if self._repeats_headings(filled):
            return NotData(HEADINGS)
        if self.places[Meaning.ACTION] in filled and number not in self.wide:
            return NotData(TOTALS) if self._is_total(number, filled) and self._is_counted(number, filled) else None
        if self._is_total(number, filled):
            return NotData(TOTALS)
        if len(filled) == 1:
            return self._alone(number, *next(iter(filled.items())))
        return self._numbered(filled)

    def _numbered(self, filled: dict[int, str]) -> NotData | None:
        meanings = {self.meanings.get(place) for place in filled}
        return NotData(NUMBERED) if meanings <= SAYS_NOTHING_ALONE else None

    def _repeats_headings(self, filled: dict[int, str]) -> bool:
        same = sum(plain_key(text) == self.headings[place] for place, text in filled.items() if len(text) < 80)
        return same >= 2 and same > len(filled) / 2

    def _is_total(self, number: int, filled: dict[int, str]) -> bool:
        first = next(iter(filled.values()))
        return bool(TOTAL.match(first.strip())) and len(first.split()) <= MANY_WORDS

    def _is_counted(self, number: int, filled: dict[int, str]) -> bool:
        return any((number, place) in self.formulas for place in filled)

    def _alone(self, number: int, place: int, text: str) -> NotData | None:
        meaning = self.meanings.get(place)
        is_wide = number in self.wide
        if meaning is Meaning.FINDING and not is_wide and (number, place) not in self.fills and _is_sentence(text):
            return None
        if meaning is Meaning.REFERENCE and not is_wide and any(map(str.isdigit, text)) and len(text.split()) == 1:
            return NotData(NUMBERED)
        if is_wide or not (_is_sentence(text) or text.lstrip().startswith(("*", "NB", "N.B"))):
            band = " ".join(text.split())
            return NotData(f"“{band[:LONGEST_BAND]}” heads the rows below it.", band)
        return NotData(NOTE)


def _is_sentence(text: str) -> bool:
    return len(text.split()) > MANY_WORDS


def one_line(texts: Sequence[str]) -> str:
    """The texts of a row that is no action, so that a person can recognise it."""
    return " · ".join(" ".join(text.split()) for text in texts if not is_blank(text))[:200]
