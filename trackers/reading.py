"""A provider's tracker, read and judged row by row. Nothing is changed, nothing is dropped, nothing is fetched."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from trackers.codes import Code, Remark
from trackers.facts import FileFacts, State
from trackers.guessing import complete
from trackers.judging import judge
from trackers.layout import Holds, Layout
from trackers.meanings import Meaning
from trackers.opening import Workbook, open_workbook
from trackers.owners import Owner
from trackers.people import PeopleList, PersonRow, people_on
from trackers.references import References
from trackers.refusals import LayoutDoesNotFit
from trackers.sheets import ReadRow, SheetReader
from trackers.telling import notes_on

Progress = Callable[[int, int], None]
TELL_EVERY = 500
WEAK_REFERENCE = 4


@dataclass(frozen=True, slots=True)
class TrackerRow:
    """One row. `ignored` says why a row is no action; `remarks` is everything noticed, musts first.

    `cells` has every cell by its heading, as shown; `facts` those whose meaning is known, by meaning.
    `due` is the revised date where there is one, else the target. `fingerprint` stays the same when the file
    is read again; `content` changes when anything in the row does.
    """

    sheet: str
    number: int
    cells: dict[str, str]
    facts: dict[str, str]
    remarks: tuple[Remark, ...]
    due: date | None
    target: date | None
    raised: date | None
    closed_on: date | None
    closed: bool
    state: State
    owner: Owner
    owner_person: PersonRow | None
    fingerprint: bytes
    content: bytes
    ignored: str | None = None
    section: str | None = None
    hidden: bool = False

    @property
    def codes(self) -> tuple[Code, ...]:
        """What has to be brought to a person's notice."""
        return tuple(one.code for one in self.remarks if one.is_must)

    @property
    def mentions(self) -> tuple[Code, ...]:
        """What may be mentioned."""
        return tuple(one.code for one in self.remarks if not one.is_must)

    @property
    def reasons(self) -> tuple[str, ...]:
        """For each of `codes` why, and what to do, in words."""
        return tuple(f"{one.reason} {one.advice}" for one in self.remarks if one.is_must)

    @property
    def is_importable(self) -> bool:
        """Whether it can become an action: it has action text."""
        return self.ignored is None and Code.ACTION_MISSING not in self.codes


@dataclass(frozen=True, slots=True)
class Tracker:
    """The file as read. `headings` are those of the first sheet of actions; `notes` are to be said once."""

    filename: str
    sha256: bytes
    layout: Layout
    headings: tuple[str, ...]
    sheets: tuple[str, ...]
    rows: tuple[TrackerRow, ...]
    people: tuple[PersonRow, ...]
    notes: tuple[str, ...] = ()

    @property
    def actions(self) -> tuple[TrackerRow, ...]:
        """The rows that record an action."""
        return tuple(row for row in self.rows if row.ignored is None)


def read_tracker(
    file: bytes | Path | str,
    filename: str = "",
    layout: Layout | None = None,
    *,
    today: date,
    progress: Progress = lambda done, total: None,
) -> Tracker:
    """Read and judge a tracker. What `layout` doesn't say is guessed; the layout used is in the result.

    Raises NotASpreadsheet, whose message tells the person what to do.
    """
    content = file if isinstance(file, bytes) else Path(file).read_bytes()
    workbook = open_workbook(content, filename or ("" if isinstance(file, bytes) else Path(file).name))
    chosen = complete(layout, workbook)
    people = people_on(workbook, chosen)
    readers = _readers(workbook, chosen, today)
    found = [row for reader in readers for row in reader.rows()]
    rows = tuple(_judged(found, readers, people, progress))
    return Tracker(
        filename=workbook.filename,
        sha256=hashlib.sha256(content).digest(),
        layout=chosen,
        headings=_headings(workbook, chosen),
        sheets=tuple(sheet.name for sheet in workbook.sheets),
        rows=rows,
        people=people,
        notes=notes_on(workbook, chosen, found, rows, people),
    )


def _readers(workbook: Workbook, chosen: Layout, today: date) -> list[SheetReader]:
    readers: list[SheetReader] = []
    for sheet in workbook.sheets:
        how = chosen.of(sheet.name)
        if how is None or how.holds is not Holds.ACTIONS:
            continue
        width = max(map(len, sheet.rows), default=0)
        fits = 1 <= how.header_row <= len(sheet.rows) and all(0 <= one.place < width for one in how.columns)
        if not fits or Meaning.ACTION not in how.places:
            raise LayoutDoesNotFit
        readers.append(SheetReader(sheet, how, chosen, from_1904=workbook.from_1904, today=today))
    return readers


def _headings(workbook: Workbook, chosen: Layout) -> tuple[str, ...]:
    main = chosen.main
    if main is None:
        return ()
    width = max((column.place for column in main.columns), default=-1) + 1
    names = {column.place: column.heading for column in main.columns}
    return tuple(names.get(place, "") for place in range(width))


def _judged(
    found: list[ReadRow], readers: list[SheetReader], people: tuple[PersonRow, ...], progress: Progress
) -> Iterator[TrackerRow]:
    listed = PeopleList.of(people)
    facts = {reader.sheet.name: reader.facts(listed) for reader in readers}
    named = [row for row in found if row.ignored is None]
    references = References((row.sheet, row.row.text(Meaning.REFERENCE).strip()) for row in named)
    seen: set[tuple[str, str]] = set()
    prints = _Fingerprints(references)
    for done, row in enumerate(found, start=1):
        if done % TELL_EVERY == 0 or done == len(found):
            progress(done, len(found))
        yield _row(row.with_references(references, seen), facts[row.sheet], listed, prints)


def _row(read: ReadRow, facts: FileFacts, people: PeopleList, prints: "_Fingerprints") -> TrackerRow:
    row = read.row
    person = people.find(row.owner.names[0]) if len(row.owner.names) == 1 else people.find(row.owner.text)
    return TrackerRow(
        sheet=read.sheet,
        number=read.number,
        cells=read.cells,
        facts=read.facts,
        remarks=() if read.ignored else judge(row, facts),
        due=row.due.day,
        target=read.target,
        raised=row.raised,
        closed_on=row.closed.day,
        closed=row.is_closed,
        state=row.state,
        owner=row.owner,
        owner_person=person,
        fingerprint=prints.of(read),
        content=_digest("row", *(f"{name}={text}" for name, text in sorted(read.cells.items()))),
        ignored=read.ignored,
        section=read.section,
        hidden=read.hidden,
    )


class _Fingerprints:
    """By the reference and location where the reference is the row's own, else by what the row says.

    A bare number is no identity across files: homes all start at 1. There the words count too.
    """

    def __init__(self, references: References) -> None:
        self.references = references
        self.counts: dict[bytes, int] = {}

    def of(self, read: ReadRow) -> bytes:
        """The same row read again, in this or a later copy of the file, has the same one."""
        if read.ignored:
            return _digest("ignored", read.sheet, str(read.number))
        ref = " ".join(read.facts.get("reference", "").split())
        place = read.facts.get("location", "")
        if len(ref) > WEAK_REFERENCE and not ref.isdecimal() and self.references.is_unique(read.sheet, ref):
            return _digest("reference", ref, place)
        said = [read.facts.get(name, "") for name in ("finding", "action", "source", "raised")]
        made = _digest("words", ref, place, *(said if any(said[:2]) else sorted(read.cells.values())))
        # Two rows that say the same are two rows; which is first stays so.
        self.counts[made] = count = self.counts.get(made, 0) + 1
        return made if count == 1 else _digest("again", made.hex(), str(count))


def _digest(*parts: str) -> bytes:
    said = "\x1f".join(" ".join(part.split()).casefold() for part in parts)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()
