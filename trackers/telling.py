"""What to say once about a file, rather than at every row."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from trackers.codes import Code
from trackers.dates import DateOrder
from trackers.guessing import letters
from trackers.layout import Holds, Layout, SheetLayout
from trackers.meanings import Meaning
from trackers.opening import Sheet, Workbook
from trackers.owners import Owner, OwnerKind
from trackers.people import PersonRow
from trackers.sheets import ReadRow
from trackers.text import bare, is_blank, shown


class Judged(Protocol):
    """What is looked at of a judged row."""

    @property
    def owner(self) -> Owner: ...
    @property
    def mentions(self) -> tuple[Code, ...]: ...
    @property
    def ignored(self) -> str | None: ...


def notes_on(
    workbook: Workbook,
    layout: Layout,
    found: Sequence[ReadRow],
    rows: Sequence[Judged],
    people: Sequence[PersonRow],
) -> tuple[str, ...]:
    """Sentences for the top of the preview."""
    said = [*workbook.notes]
    for sheet in workbook.sheets:
        how = layout.of(sheet.name)
        if how:
            said.extend(_on_sheet(sheet, how))
    if not layout.holding(Holds.ACTIONS):
        said.append("No sheet has headings that look like an action tracker. Say which row has the headings.")
    said.extend(_on_rows(found, rows))
    said.extend(_on_people(people))
    return tuple(dict.fromkeys(said))


def _on_sheet(sheet: Sheet, how: SheetLayout) -> Iterator[str]:
    if sheet.hidden:
        yield f"The sheet “{sheet.name}” is hidden in the file and was left out."
    if how.holds is not Holds.ACTIONS:
        return
    for column in how.columns:
        if not column.hidden or column.taken:
            continue
        texts = (shown(row[column.place]) for row in sheet.rows[how.header_row :])
        filled = sum(not is_blank(text) and bare(text) != column.heading for text in texts)
        if filled:
            yield (
                f"Column {letters(column.place)} (“{column.heading}”) of “{sheet.name}” is hidden in the file."
                f" What it holds ({filled} {'entry' if filled == 1 else 'entries'}) stays out unless you take it in."
            )
    if how.due_order is DateOrder.UNSETTLED:
        yield (
            f"The due dates of “{sheet.name}” are written with the day first and with the month first."
            " Those that could be either need a look; or say which order holds."
        )
    if how.due_order is DateOrder.MONTH_FIRST:
        yield f"The due dates of “{sheet.name}” seem to be written with the month first. Change this if it is wrong."
    yield from _lacking(sheet, how)


def _lacking(sheet: Sheet, how: SheetLayout) -> Iterator[str]:
    names = {
        Meaning.EVIDENCE: "evidence, so every finished row lacks it",
        Meaning.OWNER: "owners, so every row lacks one",
        Meaning.TARGET: "due dates, so every open row lacks one",
    }
    for meaning, words in names.items():
        if meaning not in how.places:
            yield f"“{sheet.name}” has no column for {words}."
    comments = sum(row >= how.header_row for row, _ in sheet.marks.comments)
    if comments:
        cells = "one cell" if comments == 1 else f"{comments} cells"
        yield f"“{sheet.name}” has comments on {cells}. They are not taken in; read them in the file."


def _on_rows(found: Sequence[ReadRow], rows: Sequence[Judged]) -> Iterator[str]:
    hidden = sum(row.hidden and row.ignored is None for row in found)
    if hidden:
        rows_are = "One row is" if hidden == 1 else f"{hidden} rows are"
        yield f"{rows_are} hidden in the file, perhaps by a filter. Hidden rows are read like the others."
    unknown = Counter(row.owner.text for row in rows if row.owner.kind is OwnerKind.UNKNOWN_ROLE)
    if unknown:
        yield f"The file does not explain who this is: {', '.join(unknown)}."
    roles = Counter(row.owner.names[0] for row in rows if row.owner.kind is OwnerKind.ROLE)
    if roles:
        yield f"Owners are given as roles ({', '.join(roles)}). Say once who holds each."
    unverified = Counter(row.owner.names[0] for row in rows if Code.OWNER_UNVERIFIED in row.mentions)
    if unverified:
        yield f"The file has no people list to find these owners on: {', '.join(unverified)}. Say once who they are."


def _on_people(people: Sequence[PersonRow]) -> Iterator[str]:
    without = dict.fromkeys(person.title for person in people if not person.roles and person.title)
    if without:
        titles = ", ".join(without)
        yield f"These job titles are no role here, so these people can own actions but not check them: {titles}."
