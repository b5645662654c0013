"""What changed between two versions of a pathway, step by step, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.drawing import Drawing, Item, Section


class Change(StrEnum):
    """What became of a step."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One step, ladder or rule that is not what it was."""

    section: str
    title: str
    change: Change
    lines: tuple[str, ...] = ()


def differences(old: Drawing, new: Drawing) -> tuple[Difference, ...]:
    """Everything that the newer version says otherwise, in the order of the controls."""
    found: list[Difference] = []
    if old.title != new.title:
        found.append(Difference("Pathway", new.title, Change.CHANGED, (_otherwise("Title", old.title, new.title),)))
    was = {section.heading: section for section in old.sections}
    for section in new.sections:
        found += _in_section(was[section.heading], section)
    return tuple(found)


def _in_section(old: Section, new: Section) -> Iterator[Difference]:
    if old.note != new.note:
        lines = (_otherwise("Rule", old.note or "nothing", new.note or "nothing"),)
        yield Difference(new.heading, f"The rule of “{new.heading}”", Change.CHANGED, lines)
    was, now = {item.key: item for item in old.items}, {item.key: item for item in new.items}
    for key, item in now.items():
        if key not in was:
            yield Difference(new.heading, f"{item.title} [{key}]", Change.ADDED, tuple(_said(item)))
        elif lines := tuple(_in_item(was[key], item)):
            yield Difference(new.heading, f"{item.title} [{key}]", Change.CHANGED, lines)
    for key, item in was.items():
        if key not in now:
            yield Difference(new.heading, f"{item.title} [{key}]", Change.REMOVED)


def _said(item: Item) -> Iterator[str]:
    if item.lead:
        yield item.lead
    for fact in item.facts:
        yield f"{fact.name}: {fact.value}"


def _in_item(old: Item, new: Item) -> Iterator[str]:
    if old.title != new.title:
        yield _otherwise("Title", old.title, new.title)
    if old.lead != new.lead:
        yield _otherwise("Who and when", old.lead, new.lead)
    names = list(dict.fromkeys(fact.name for fact in (*old.facts, *new.facts)))
    for name in names:
        was = [fact.value for fact in old.facts if fact.name == name]
        now = [fact.value for fact in new.facts if fact.name == name]
        if len(was) == len(now) == 1 and was != now:
            yield _otherwise(name, was[0], now[0])
            continue
        yield from (f"{name}: no longer “{value}”" for value in was if value not in now)
        yield from (f"{name}: now also “{value}”" for value in now if value not in was)


def _otherwise(name: str, was: str, now: str) -> str:
    return f"{name}: “{now}” instead of “{was}”"
