"""One sheet, row by row: its cells by meaning, and what stands behind them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from trackers.closing import Claim, claim_of_colour, is_closed
from trackers.colours import colour_word
from trackers.dates import DateRead, read_date
from trackers.facts import Behind, FileFacts, Row, State
from trackers.layout import Layout, SheetLayout
from trackers.meanings import Meaning
from trackers.opening import Sheet
from trackers.owners import read_owner
from trackers.people import PeopleList
from trackers.references import References, own_key
from trackers.rows import RowKinds, one_line
from trackers.text import Value, is_blank, is_placeholder, plain_key, shown

DATES = frozenset({Meaning.RAISED, Meaning.TARGET, Meaning.REVISED, Meaning.CLOSED})
KEY_QUESTIONS = {plain_key(name): name for name in ("Safe", "Effective", "Caring", "Responsive", "Well-led")}
NO_DATE = DateRead()


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as read, before it is judged. `number` counts from 1."""

    sheet: str
    number: int
    cells: dict[str, str]
    facts: dict[str, str]
    row: Row
    target: date | None
    ignored: str | None
    section: str | None
    hidden: bool

    def with_references(self, all_of_them: References, seen: set[tuple[str, str]]) -> "ReadRow":
        """The same row, knowing whether its reference occurs before, after or nearly alike."""
        ref = self.row.text(Meaning.REFERENCE).strip()
        if not ref or self.ignored:
            return self
        key = own_key(self.sheet, ref)
        again = key in seen
        seen.add(key)
        first = not again and not all_of_them.is_unique(self.sheet, ref)
        alike = all_of_them.has_lookalike(self.sheet, ref)
        if not (again or first or alike):
            return self
        return replace(self, row=replace(self.row, ref_again=again, ref_first=first, ref_alike=alike))


class SheetReader:
    """Reads the rows below the headings of one sheet of actions."""

    def __init__(self, sheet: Sheet, how: SheetLayout, layout: Layout, *, from_1904: bool, today: date) -> None:
        self.sheet, self.how, self.today, self.from_1904 = sheet, how, today, from_1904
        self.places = how.places
        self.taken = [column for column in how.columns if column.taken]
        self.key = {one.sign: one.stands_for for one in layout.key}
        self.colours = {one.sign: one.stands_for for one in layout.colours}
        self.kinds = RowKinds(sheet, how)
        self.below = dict(self._merged_down())
        self.has_closing_column = Meaning.CLOSED in self.places or Meaning.DONE in self.places
        self.is_coloured = self._rag_is_colour_only()

    def _merged_down(self) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """Where a cell is merged over several rows, each of them has its value."""
        for top, left, bottom, right in self.sheet.marks.merged:
            if bottom > top >= self.how.header_row and right - left < 2:
                bottom = min(bottom, len(self.sheet.rows) - 1)
                yield from (((row, left), (top, left)) for row in range(top, bottom + 1))

    def _rag_is_colour_only(self) -> bool:
        place = self.places.get(Meaning.RAG)
        if place is None or not self.sheet.marks.fills:
            return False
        body = range(self.how.header_row, len(self.sheet.rows))
        written = sum(not is_blank(shown(self.sheet.rows[row][place])) for row in body)
        filled = sum(bool(colour_word(self.sheet.marks.fills.get((row, place), ""))) for row in body)
        return filled > written

    def facts(self, people: PeopleList) -> FileFacts:
        """What holds for all rows of this sheet."""
        blue = claim_of_colour("blue", self.colours, blue_means_done=True) is Claim.FINISHED
        return FileFacts(people, self.colours, blue and self._has_blue(), self.sheet.is_csv)

    def _has_blue(self) -> bool:
        place = self.places.get(Meaning.RAG)
        body = self.sheet.rows[self.how.header_row :]
        return place is not None and any(shown(row[place]).strip().casefold() in ("blue", "b") for row in body)

    def rows(self) -> Iterator[ReadRow]:
        """Every row below the headings, up to the last that has anything."""
        section: str | None = None
        blank: list[ReadRow] = []
        for number in range(self.how.header_row, len(self.sheet.rows)):
            texts = self._texts(number)
            other = self.kinds.look(number, texts)
            section = (other.band if other else None) or section
            read = self._read(number, texts, other.why if other else None, section)
            if not read.cells and read.ignored:
                blank.append(read)
                continue
            yield from blank
            blank.clear()
            yield read

    def _value(self, number: int, place: int) -> Value:
        row, column = self.below.get((number, place), (number, place))
        return self.sheet.rows[row][column]

    def _is_text(self, number: int, place: int) -> bool:
        return isinstance(self._value(number, place), str)

    def _texts(self, number: int) -> dict[int, str]:
        return {column.place: shown(self._value(number, column.place)) for column in self.taken}

    def _date(self, number: int, meaning: Meaning) -> DateRead:
        if meaning not in self.places:
            return NO_DATE
        return read_date(self._value(number, self.places[meaning]), self.how.due_order, from_1904=self.from_1904)

    def _read(self, number: int, texts: dict[int, str], ignored: str | None, section: str | None) -> ReadRow:
        cells = {column.heading: texts[column.place] for column in self.taken if texts[column.place]}
        facts = {str(meaning): texts[place].strip() for meaning, place in self.places.items()}
        asked = KEY_QUESTIONS.get(plain_key(section or ""))
        if asked and not facts.get("key_question"):
            facts["key_question"] = asked
        target = self._date(number, Meaning.TARGET)
        return ReadRow(
            sheet=self.sheet.name,
            number=number + 1,
            cells=cells,
            facts=facts,
            row=self._row(number, texts, target) if ignored is None else _NOTHING,
            target=target.day,
            ignored=ignored and self._why(ignored, texts),
            section=section,
            hidden=number in self.sheet.marks.hidden_rows,
        )

    def _why(self, ignored: str, texts: dict[int, str]) -> str:
        said = one_line(list(texts.values()))
        return f"{ignored} ({said})" if said and "“" not in ignored else ignored

    def _row(self, number: int, texts: dict[int, str], target: DateRead) -> Row:
        by_meaning = {meaning: texts[place] for meaning, place in self.places.items()}
        revised_text = by_meaning.get(Meaning.REVISED, "")
        is_revised = not is_placeholder(revised_text)
        due = self._date(number, Meaning.REVISED) if is_revised else target
        if Meaning.TARGET not in self.places and not is_revised:
            due = read_date("")
        closed = self._date(number, Meaning.CLOSED)
        is_done = self._is_closed(by_meaning, closed)
        finding = self.places.get(Meaning.FINDING, -1)
        widths = self.sheet.widths
        return Row(
            texts=by_meaning,
            cells=tuple(texts[column.place] for column in self.taken if self._is_text(number, column.place)),
            owner=read_owner(by_meaning.get(Meaning.OWNER, ""), self.key),
            due=due,
            due_text=revised_text if is_revised else by_meaning.get(Meaning.TARGET, ""),
            raised=self._date(number, Meaning.RAISED).day,
            closed=closed,
            is_closed=is_done,
            state=self._state(is_done, due.day),
            rag_colour=self._colour(number, by_meaning),
            finding_shared=(number, finding) in self.below,
            right_shape=widths is None or widths[number] == widths[self.how.header_row - 1],
            behind=self._behind(number),
        )

    def _is_closed(self, texts: dict[Meaning, str], closed: DateRead) -> bool:
        return is_closed(
            texts.get(Meaning.CLOSED, ""),
            closed,
            texts.get(Meaning.DONE, ""),
            texts.get(Meaning.STATUS, ""),
            has_closing_column=self.has_closing_column,
        )

    def _state(self, closed: bool, due: date | None) -> State:
        if closed:
            return State.CLOSED
        if due is None:
            return State.UNDATED
        return State.OVERDUE if due < self.today else State.IN_TIME

    def _colour(self, number: int, texts: dict[Meaning, str]) -> str | None:
        """The colour's name where colour alone tells; empty for none."""
        if not self.is_coloured or not is_blank(texts[Meaning.RAG]):
            return None
        return colour_word(self.sheet.marks.fills.get((number, self.places[Meaning.RAG]), ""))

    def _behind(self, number: int) -> Behind:
        marks = self.sheet.marks
        if not (marks.formulas or marks.links or marks.errors):
            return _BARE
        places = [(number, column.place) for column in self.taken]
        dated = {place for meaning, place in self.places.items() if meaning in DATES}
        return Behind(
            tuple(marks.formulas[place] or "=" for place in places if place in marks.formulas),
            tuple(marks.links[place] for place in places if place in marks.links),
            tuple(marks.errors[place] for place in places if place in marks.errors and place[1] not in dated),
        )


_BARE = Behind()
_NOTHING = Row({}, (), read_owner("", {}), NO_DATE, "", None, NO_DATE, False, State.UNDATED)
