"""Who is named as owner: nobody, one person, a role, several, or a group."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.vocabulary import Role
from trackers.people import USUAL_SHORT, role_of
from trackers.text import bare, is_placeholder


class OwnerKind(StrEnum):
    """What an owner's cell holds."""

    NOBODY = "nobody"
    PERSON = "person"
    ROLE = "role"
    UNKNOWN_ROLE = "role that the key does not explain"
    SEVERAL = "several"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Owner:
    """The cell's text and what it names. `title` is what an abbreviation stands for in this file's key."""

    text: str = ""
    kind: OwnerKind = OwnerKind.NOBODY
    names: tuple[str, ...] = ()
    title: str | None = None
    role: Role | None = None


NOBODY = frozenset({"tba", "tbd", "?", "??", "to be confirmed", "to be agreed", "unallocated", "vacant", "unassigned"})
BETWEEN = re.compile(r"\s*(?:/|;|\+|\n|(?<=\w\w)&(?=\w\w)|(?<=\s)&(?=\s)|,|\band\b|\bwith\b)\s*", re.IGNORECASE)
ABBREVIATION = re.compile(r"[A-Z]{2,4}s?|[A-Z]&[A-Z]")
GROUP = re.compile(
    r"\b(?:all|every(?:one|body)|staff(?! nurse)|team(?! (?:leader|lead|manager))|carers|nurses|seniors|managers"
    r"|leaders|leads|workers|management|committee|board|group(?! (?:manager|lead))|department|dept|whoever|anyone)\b",
    re.IGNORECASE,
)


def read_owner(cell: str, key: Mapping[str, str]) -> Owner:
    """What an owner's cell names; `key` is the file's own list of abbreviations."""
    text = cell.strip()
    plain = bare(text)
    if is_placeholder(text) or plain.casefold() in NOBODY:
        return Owner(text)
    role = _role(text, key)
    if role:
        return role
    names = _names(text)
    if len(names) > 1:
        return Owner(text, OwnerKind.SEVERAL, names)
    if GROUP.search(plain):
        return Owner(text, OwnerKind.GROUP, (plain,))
    name = names[0] if names else plain
    return _role(name, key) or Owner(text, OwnerKind.PERSON, (name,))


def _names(text: str) -> tuple[str, ...]:
    parts = (bare(re.sub(r"\([^()]*\)", "", part)) for part in BETWEEN.split(text))
    named = [part for part in parts if part and not is_placeholder(part) and part.casefold() not in NOBODY]
    return tuple(named)


def _role(text: str, key: Mapping[str, str]) -> Owner | None:
    plain = bare(text)
    explained = key.get(plain) or (key.get(plain[:-1]) if plain.endswith("s") else None)
    role = role_of(explained or plain) or USUAL_SHORT.get(plain)
    if explained or role:
        return Owner(text, OwnerKind.ROLE, (plain,), explained or (str(role) if role else None), role)
    if ABBREVIATION.fullmatch(plain):
        return Owner(text, OwnerKind.UNKNOWN_ROLE, (plain,))
    return None
