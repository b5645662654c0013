"""What a sample is drawn from: so many records, or a list of them, in groups where that is wanted.

The same population, size and seed give the same items: anybody can draw again what is stored.
"""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass

from domain.errors import Invalid
from domain.sampling import draw, draw_stratified

LARGEST = 1_000_000
MOST_LISTED = 20_000
MOST_GROUPS = 200
LONGEST_NAME = 120
_GROUP = re.compile(r"^(?P<name>.*\S)\s*[:;,\t ]\s*(?P<count>\d{1,7})$")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn item: its place in the draw, its number in the population from 1, and what it is called."""

    position: int
    item: int
    label: str
    stratum: str | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """`groups` names each group with how many it has; `group_of` says for each entry of a list which it is in."""

    size: int
    entries: tuple[str, ...] | None = None
    groups: tuple[tuple[str, int], ...] | None = None
    group_of: tuple[str, ...] | None = None

    def draw(self, size: int, seed: str) -> tuple[Drawn, ...]:
        """The items, group by group, in the order drawn."""
        if self.groups is None:
            numbers = [(number, None) for number in draw(self.size, size, seed)]
        else:
            drawn = draw_stratified(dict(self.groups), size, seed)
            numbers = [(self._number(name, n), name) for name, _ in self.groups for n in drawn.get(name, ())]
        return tuple(Drawn(place, n, self._label(n, name), name) for place, (n, name) in enumerate(numbers, start=1))

    @property
    def stored_entries(self) -> list[str | list[str]] | None:
        """The list as it is stored: text, each with its group where there are groups."""
        if self.entries is None:
            return None
        if self.group_of is None:
            return list(self.entries)
        return [[entry, group] for entry, group in zip(self.entries, self.group_of, strict=True)]

    @property
    def list_hash(self) -> bytes | None:
        """A fingerprint of the list as stored."""
        if self.entries is None:
            return None
        return hashlib.sha256(json.dumps(self.stored_entries, ensure_ascii=False).encode()).digest()

    def _number(self, group: str, within: int) -> int:
        """The number in the whole population of the n-th of a group."""
        if self.group_of is not None:
            return [n for n, name in enumerate(self.group_of, start=1) if name == group][within - 1]
        assert self.groups is not None
        before = 0
        for name, count in self.groups:
            if name == group:
                break
            before += count
        return before + within

    def _label(self, number: int, group: str | None) -> str:
        if self.entries is not None:
            return self.entries[number - 1]
        if group is None:
            return f"Record {number}"
        return f"{group}, record {number - self._number(group, 1) + 1}"


def of_number(size: int) -> Population:
    """So many records, numbered from 1."""
    if not 1 <= size <= LARGEST:
        words = "Say how many there are in all, for example 60, or draw from a list or from groups."
        raise Invalid({"population_size": words})
    return Population(size)


def of_groups(stated: str) -> Population:
    """Named groups with how many each has, one on each line: “Night shift: 20”. Raises Invalid naming the line."""
    groups: dict[str, int] = {}
    for number, line in enumerate((line.strip() for line in stated.splitlines() if line.strip()), start=1):
        found = _GROUP.match(line)
        name = found["name"].rstrip(" :;,") if found else ""
        if found is None or not name or len(name) > LONGEST_NAME:
            raise _wrong(f"Line {number} needs the name of a group and how many it has, for example “Night shift: 20”.")
        if name in groups:
            raise _wrong(f"“{name}” is there twice. Give each group once.")
        groups[name] = int(found["count"])
    size = sum(groups.values())
    if not 1 <= size <= LARGEST or len(groups) > MOST_GROUPS:
        raise _wrong(f"Give up to {MOST_GROUPS} groups with at least one record in all.")
    return Population(size, groups=tuple(groups.items()))


def of_list(entries: list[str], group_of: list[str] | None = None) -> tuple[Population, list[str]]:
    """A list, each entry once, and what has to be said about it. Raises Invalid for a list that is none."""
    first: dict[str, int] = {}
    for place, entry in enumerate(entries):
        first.setdefault(" ".join(entry.split()).casefold(), place)
    kept = sorted(first.values())
    if not kept:
        raise Invalid({"list": "There is nothing in this list. Look at the column, or choose another file."})
    if len(kept) > MOST_LISTED:
        raise Invalid({"list": f"This list has more than {MOST_LISTED:,} entries. Say how many there are instead."})
    notes = _twice(len(entries) - len(kept))
    listed = tuple(entries[place] for place in kept)
    if group_of is None:
        return Population(len(listed), listed), notes
    grouped = tuple(group_of[place] or "No group" for place in kept)
    counts = Counter(grouped)
    if len(counts) > MOST_GROUPS:
        words = f"This column makes {len(counts):,} groups. Choose one with up to {MOST_GROUPS}, or leave it empty."
        raise Invalid({"group_column": words})
    return Population(len(listed), listed, tuple(counts.items()), grouped), notes


def as_stored(size: int, entries: list[str | list[str]] | None, groups: list[tuple[str, int]] | None) -> Population:
    """A population from what was kept of it."""
    strata = tuple((name, count) for name, count in groups) if groups is not None else None
    if entries is None:
        return Population(size, groups=strata)
    if strata is None:
        return Population(size, tuple(str(entry) for entry in entries))
    pairs = [entry if isinstance(entry, list) else [entry, ""] for entry in entries]
    return Population(size, tuple(pair[0] for pair in pairs), strata, tuple(pair[1] for pair in pairs))


def _twice(count: int) -> list[str]:
    if not count:
        return []
    return [f"{count:,} {'entry was' if count == 1 else 'entries were'} on the list more than once; each counts once."]


def _wrong(words: str) -> Invalid:
    return Invalid({"groups": words})
