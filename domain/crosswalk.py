"""The crosswalk as people corrected it: their counterparts of a row stand in for those that ship.

Corrections change suggestions only. What an action refers to was chosen by somebody, and stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.frameworks import Crosswalk, Framework, Library, Map, Row

CORRECTED = "corrected"
CORRECTED_WORDS = "your own people’s choice"
OWN = "your own"
MOST = 10
LEAST_REASON = 5


@dataclass(frozen=True, slots=True)
class Place:
    """One row of the crosswalk: a statement of one framework, and the framework it leads to."""

    from_framework: str
    statement: str
    to_framework: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What people say of a row: its counterparts (none, where there is no counterpart), and why."""

    place: Place
    counterparts: tuple[str, ...]
    reason: str


def corrected(library: Library, corrections: Iterable[Correction]) -> Library:
    """The library with these rows in place of those that ship. A row that ships none is added."""
    by_way: dict[tuple[str, str], dict[str, Row]] = {}
    for one in corrections:
        place = one.place
        row = Row(
            from_=place.statement, to=one.counterparts, basis=CORRECTED, certainty=OWN, note=one.reason.rstrip(".")
        )
        by_way.setdefault((place.from_framework, place.to_framework), {})[place.statement] = row
    if not by_way:
        return library
    maps = tuple(_with(way, by_way.get((way.from_, way.to), {})) for way in library.crosswalk.maps)
    words = library.crosswalk.basis_words | {CORRECTED: CORRECTED_WORDS}
    crosswalk = Crosswalk(version=library.crosswalk.version, basis_words=words, maps=maps)
    return Library(library.frameworks, crosswalk)


def _with(way: Map, ours: dict[str, Row]) -> Map:
    known = {row.from_ for row in way.rows}
    kept = tuple(ours.get(row.from_, row) for row in way.rows)
    return Map(from_=way.from_, to=way.to, rows=(*kept, *(row for key, row in ours.items() if key not in known)))


def row_at(library: Library, place: Place) -> tuple[str, ...] | None:
    """The counterparts of a row; None where the crosswalk leads nowhere from there."""
    ends = _ends(library, place)
    if ends is None:
        return None
    rows = [row for way in library.crosswalk.maps if _is_way(way, place) for row in way.rows]
    return next((row.to for row in rows if row.from_ == place.statement), ())


def wrong_in_change(library: Library, place: Place, counterparts: Iterable[str], reason: str) -> dict[str, str]:
    """What keeps a correction from being kept, by field, in words."""
    wrong: dict[str, str] = {}
    ends, chosen = _ends(library, place), tuple(counterparts)
    if ends is None or any(key not in ends[1].statements for key in chosen):
        wrong["counterparts"] = "Choose from the list."
    elif len(chosen) > MOST:
        wrong["counterparts"] = f"Choose at most {MOST}: a suggestion that names everything suggests nothing."
    if len(reason.strip()) < LEAST_REASON:
        wrong["reason"] = "Say why, so that somebody who reads it in a year understands."
    return wrong


def _ends(library: Library, place: Place) -> tuple[Framework, Framework] | None:
    newest = {pack.id: pack for pack in library.offered}
    if not any(_is_way(way, place) for way in library.crosswalk.maps):
        return None
    start, end = newest.get(place.from_framework), newest.get(place.to_framework)
    if start is None or end is None or place.statement not in start.statements:
        return None
    return start, end


def _is_way(way: Map, place: Place) -> bool:
    return (way.from_, way.to) == (place.from_framework, place.to_framework)
