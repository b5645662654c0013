"""What a sheet holds beside its values: formulas, errors, colours, hidden columns and rows, links, comments.

Read straight from the sheet's XML, in one pass and without keeping it. Document types and entities are refused.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from trackers.refusals import Damaged, NotASpreadsheet, TooLarge

MOST_CELLS = 3_000_000
Place = tuple[int, int]  # row and column, both from 0
Attributes = dict[str, str]


@dataclass(slots=True)
class Marks:
    """By place. `extent` is one past the last row and column that hold anything."""

    errors: dict[Place, str] = field(default_factory=dict[Place, str])
    formulas: dict[Place, str] = field(default_factory=dict[Place, str])
    fills: dict[Place, str] = field(default_factory=dict[Place, str])
    links: dict[Place, str] = field(default_factory=dict[Place, str])
    comments: dict[Place, str] = field(default_factory=dict[Place, str])
    merged: list[tuple[int, int, int, int]] = field(default_factory=list[tuple[int, int, int, int]])
    hidden_columns: set[int] = field(default_factory=set[int])
    hidden_rows: set[int] = field(default_factory=set[int])
    extent: Place = (0, 0)


def parse(
    content: bytes,
    start: Callable[[str, Attributes], Any],
    end: Callable[[str], Any] | None = None,
    text: Callable[[str], Any] | None = None,
) -> None:
    """Walk an XML part; names come without their namespace. Raises Damaged."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    parser.StartDoctypeDeclHandler = _refuse
    if end:
        parser.EndElementHandler = lambda name: end(_local(name))
    if text:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except NotASpreadsheet:
        raise
    except (expat.ExpatError, ValueError, LookupError, OverflowError):
        raise Damaged from None


def _refuse(*_: object) -> None:
    raise Damaged


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def place_of(reference: str) -> Place:
    """`C7` is row 6, column 2."""
    letters = reference.rstrip("0123456789$").replace("$", "")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter.upper()) - 64
    return int(reference[len(reference.rstrip("0123456789")) :] or 1) - 1, column - 1


def area_of(reference: str) -> tuple[int, int, int, int]:
    """`B1:M2` as first row, first column, last row, last column."""
    first, _, last = reference.partition(":")
    return (*place_of(first), *place_of(last or first))


def related(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """What a part of the file refers to: id → (kind, target); targets inside the file as paths, others as written."""
    folder, name = posixpath.split(part)
    path = f"{folder}/_rels/{name}.rels"
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, has: Attributes) -> None:
        if tag == "Relationship":
            target = has.get("Target", "")
            if has.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
            found[has.get("Id", "")] = (has.get("Type", "").rpartition("/")[2], target)

    if path in archive.namelist():
        parse(archive.read(path), start)
    return found


def read_marks(archive: zipfile.ZipFile, part: str, fills: list[str]) -> Marks:
    """The marks of one sheet. `fills` has the colour of each cell style. Raises TooLarge for a sheet without end."""
    links = related(archive, part)
    walk = _SheetWalk(fills, links)
    parse(archive.read(part), walk.start, walk.end, walk.text)
    for kind, target in links.values():
        if kind == "comments" and target in archive.namelist():
            walk.marks.comments.update(_comments(archive.read(target)))
    return walk.marks


class _SheetWalk:
    """Collects while the parser goes through one sheet."""

    def __init__(self, fills: list[str], links: dict[str, tuple[str, str]]) -> None:
        self.marks = Marks()
        self.fills, self.links = fills, links
        self.place: Place = (-1, -1)
        self.kind, self.said = "", ""
        self.listening = False

    def start(self, tag: str, has: Attributes) -> None:
        if tag == "c":
            self._cell(has)
        elif tag in ("v", "is", "f"):
            self._content(tag, has)
        elif tag == "row":
            self._row(has)
        else:
            self._about_sheet(tag, has)

    def _row(self, has: Attributes) -> None:
        self.place = (int(has["r"]) - 1 if "r" in has else self.place[0] + 1, -1)
        if has.get("hidden") in ("1", "true"):
            self.marks.hidden_rows.add(self.place[0])

    def _cell(self, has: Attributes) -> None:
        self.place = place_of(has["r"]) if "r" in has else (self.place[0], self.place[1] + 1)
        self.kind = has.get("t", "")
        style = int(has.get("s", 0))
        colour = self.fills[style] if style < len(self.fills) else ""
        if colour:
            self.marks.fills[self.place] = colour
            if len(self.marks.fills) > MOST_CELLS:
                raise TooLarge

    def _content(self, tag: str, has: Attributes) -> None:
        rows, columns = self.marks.extent
        self.marks.extent = rows, columns = max(rows, self.place[0] + 1), max(columns, self.place[1] + 1)
        if rows * columns > MOST_CELLS:
            raise TooLarge
        if tag == "f":
            self.marks.formulas[self.place] = ""
        self.said, self.listening = "", tag == "f" or self.kind == "e"

    def _about_sheet(self, tag: str, has: Attributes) -> None:
        if tag == "mergeCell":
            self.marks.merged.append(area_of(has.get("ref", "A1")))
        elif tag == "col" and has.get("hidden") in ("1", "true"):
            last = min(int(has["max"]), 16_384)
            self.marks.hidden_columns.update(range(int(has["min"]) - 1, last))
        elif tag == "hyperlink":
            self._link(has)

    def _link(self, has: Attributes) -> None:
        linked = next((value for name, value in has.items() if name.endswith(" id")), "")
        target = self.links[linked][1] if linked in self.links else has.get("location", "")
        top, left, *_ = area_of(has.get("ref", "A1"))
        self.marks.links[top, left] = target

    def text(self, said: str) -> None:
        if self.listening:
            self.said += said

    def end(self, tag: str) -> None:
        if tag == "f":
            self.marks.formulas[self.place] = self.said
        elif tag == "v" and self.kind == "e":
            self.marks.errors[self.place] = self.said
        if tag in ("f", "v"):
            self.listening = False


def _comments(content: bytes) -> Iterator[tuple[Place, str]]:
    found: list[tuple[Place, list[str]]] = []

    def start(tag: str, has: Attributes) -> None:
        if tag == "comment":
            found.append((place_of(has.get("ref", "A1")), []))

    def text(said: str) -> None:
        if found:
            found[-1][1].append(said)

    parse(content, start, text=text)
    return ((place, re.sub(r"\s+", " ", "".join(said)).strip()) for place, said in found)
