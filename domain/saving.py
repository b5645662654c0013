"""Saving what was found in a sample, from several windows at once: nobody's work is lost unsaid.

A form says for each item what it showed when it was opened. What was not touched in this window is
left as it is; what was touched in two of them is for a person to decide.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

RESULTS = ("pass", "fail", "not applicable")


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What was found in one item. `seen` is the mark of what its form showed; None says it all anew."""

    position: int
    result: str | None
    note: str
    seen: str | None = None

    @property
    def mark(self) -> str:
        return mark_of(self.result, self.note)


@dataclass(frozen=True, slots=True)
class Merged:
    """What is to be written, and the items that were changed elsewhere meanwhile, each with what to say."""

    writes: tuple[ItemResult, ...]
    conflicts: dict[str, str]


def mark_of(result: str | None, note: str | None) -> str:
    """A short mark of what an item says, for a form to carry."""
    return hashlib.sha256(f"{result or ''}\n{note or ''}".encode()).hexdigest()[:12]


def merge(stored: Mapping[int, ItemResult], sent: Iterable[ItemResult]) -> Merged:
    """Join what a window sends with what is stored by now."""
    writes: list[ItemResult] = []
    conflicts: dict[str, str] = {}
    for item in sent:
        now = stored.get(item.position)
        if now is None or item.result not in (*RESULTS, None) or item.mark in (now.mark, item.seen):
            continue
        if item.seen is None or item.seen == now.mark:
            writes.append(item)
        else:
            conflicts[f"result-{item.position}"] = _said(item, now)
    return Merged(tuple(writes), conflicts)


def _said(item: ItemResult, now: ItemResult) -> str:
    mine = f"“{item.result or 'nothing'}”" + (f" with the note “{item.note}”" if item.note else "")
    return (
        f"Another window saved “{now.result or 'nothing'}” for item {item.position} meanwhile; you chose {mine}."
        " It shows what was saved. Change it if you still think otherwise, and save again."
    )
