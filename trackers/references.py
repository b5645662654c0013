"""References: given twice, alike to the eye, or shaped like something else."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

from trackers.text import INVISIBLE

LONG = 100
PATH = re.compile(r"\.\.[/\\]|^[A-Za-z]:[/\\]|^[/\\]{1,2}\w|%2e|%2f|%5c", re.IGNORECASE)
DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


class References:
    """All references of a file. Plain numbers count sheet by sheet, since each sheet starts at 1 again."""

    def __init__(self, found: Iterable[tuple[str, str]]) -> None:
        keys = [own_key(sheet, ref) for sheet, ref in found if ref]
        self.counts = Counter(keys)
        self.alike: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for key in self.counts:
            self.alike[key[0], _folded(key[1])].add(key)

    def is_unique(self, sheet: str, ref: str) -> bool:
        """Whether no other row has it."""
        return self.counts[own_key(sheet, ref)] == 1

    def has_lookalike(self, sheet: str, ref: str) -> bool:
        """Whether another one differs only in how it is written in Unicode, or in capitals."""
        key = own_key(sheet, ref)
        return len(self.alike[key[0], _folded(key[1])]) > 1


def own_key(sheet: str, ref: str) -> tuple[str, str]:
    """What a reference is compared by."""
    plain = " ".join(ref.split())
    return (sheet if plain.isdecimal() else "", plain)


def _folded(ref: str) -> str:
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", ref)).casefold()


def is_path_like(ref: str) -> bool:
    """Whether it could be taken for a place in a file system."""
    return bool(PATH.search(ref) or DEVICE.fullmatch(ref.strip()))
