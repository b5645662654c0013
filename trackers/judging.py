"""What a row needs a person to look at: each doubt by its code, with words for a care manager."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from trackers.days import Read, is_nothing, read_date
from trackers.opening import Cell, shown
from trackers.people import PersonRow

WORDS: dict[str, str] = {
    "ACTION_MISSING": "There is no action text, so there is nothing to do. Add it, or leave the row out.",
    "ROW_SHAPE": "The row has more or fewer cells than the headings. Look whether something slipped.",
    "REF_DUPLICATE": "An earlier row has this reference already.",
    "OWNER_MISSING": "Nobody is named. Choose one owner.",
    "OWNER_NOT_IN_PEOPLE": "The person named is not on the people list. They may have left; choose an owner.",
    "OWNER_SEVERAL": "More than one owner is named. Choose the one who answers for it.",
    "OWNER_GROUP": "A group is named. Choose one person who answers for it.",
    "EMAIL_MALFORMED": "The e-mail address is not one plain address.",
    "EMAIL_MISMATCH": "The e-mail address is not the one on the people list for this person.",
    "DUE_MISSING": "There is no due date. Give one.",
    "DUE_RELATIVE": "The due date is said relative to something. Give the day.",
    "DUE_OPEN_ENDED": "The due date has no end. Give the day by which it is done.",
    "DUE_INCOMPLETE": "The due date lacks a day or a year. Give it in full.",
    "DUE_AMBIGUOUS": "Day and month could be swapped in the due date. Say which it is.",
    "DUE_IMPOSSIBLE": "The due date is not a day in the calendar. Give the right one.",
    "DUE_SEVERAL": "There are two due dates. Choose one.",
    "DUE_BEFORE_RAISED": "It is due before it was raised. Check both dates.",
    "CLOSED_BEFORE_RAISED": "It was closed before it was raised. Check both dates.",
    "CLOSED_NO_EVIDENCE": "It is closed without evidence. Decide whether it was really done.",
    "CLOSED_NO_SIGNOFF": "It is closed, and nobody signed it off.",
    "SIGNOFF_BY_OWNER": "It was signed off by its owner. Somebody else should check.",
    "STATUS_CONFLICT": "The status or RAG and the closing date contradict each other.",
    "TEXT_TOO_LONG": "A text is longer than a spreadsheet cell may hold.",
    "CONTROL_CHARACTERS": "There are invisible control characters in the row.",
    "BIDI_OVERRIDE": "There are characters in the row that reverse how text reads.",
}
GROUPS = re.compile(r"\b(all|everyone|everybody|staff|team|nurses|carers|seniors|management)\b", re.IGNORECASE)
SEVERAL = re.compile(r"\s*(?:/|,|;|&|\band\b|\+)\s*", re.IGNORECASE)
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|_x00[01][0-9A-Fa-f]_")
DONE_WORDS = frozenset({"closed", "complete", "completed", "done", "finished", "blue"})
LONGEST = 32_767


@dataclass(frozen=True, slots=True)
class Row:
    """What is judged: the cells by meaning, and what the file as a whole says."""

    cells: Mapping[str, Cell]
    people: Mapping[str, PersonRow]
    seen_refs: frozenset[str]
    month_first: bool | None
    today: date

    def text(self, meaning: str) -> str:
        return shown(self.cells.get(meaning))

    def has(self, meaning: str) -> bool:
        return meaning in self.cells and not is_nothing(self.text(meaning))


def due_of(row: Row) -> Read:
    """The revised date where there is one, else the target date."""
    chosen = "revised" if row.has("revised") else "target"
    return read_date(row.cells.get(chosen), row.month_first)


def is_closed(row: Row) -> bool:
    """Closed means that a closing date is given, or a Done column says yes. RAG is a claim and never decides."""
    if not row.has("closed"):
        return False
    text = row.text("closed").lower()
    return read_date(row.cells["closed"], row.month_first).day is not None or text[:1] in ("y", "✓", "✔")


def key_of(name: str) -> str:
    """A name for comparing."""
    return " ".join(unicodedata.normalize("NFKC", name).lower().split())


def _action(row: Row) -> list[str]:
    return [] if row.has("action") else ["ACTION_MISSING"]


def _reference(row: Row) -> list[str]:
    return ["REF_DUPLICATE"] if row.has("reference") and row.text("reference") in row.seen_refs else []


def _owner(row: Row) -> list[str]:
    if "owner" not in row.cells:
        return []
    if not row.has("owner"):
        return ["OWNER_MISSING"]
    name = row.text("owner")
    if row.people:
        return [] if key_of(name) in row.people else ["OWNER_NOT_IN_PEOPLE"]
    if len([part for part in SEVERAL.split(name) if part]) > 1:
        return ["OWNER_SEVERAL"]
    return ["OWNER_GROUP"] if GROUPS.search(name) else []


def _email(row: Row) -> list[str]:
    if not row.has("email"):
        return []
    address = row.text("email")
    if not EMAIL.fullmatch(address):
        return ["EMAIL_MALFORMED"]
    known = row.people.get(key_of(row.text("owner")))
    return ["EMAIL_MISMATCH"] if known and known.email and known.email.lower() != address.lower() else []


def _due(row: Row) -> list[str]:
    if is_closed(row):
        return []
    read = due_of(row)
    if read.day is None:
        return [read.code or "DUE_MISSING"]
    raised = read_date(row.cells.get("raised"), row.month_first).day
    return ["DUE_BEFORE_RAISED"] if raised and read.day < raised else []


def _closing(row: Row) -> list[str]:
    codes: list[str] = []
    if not is_closed(row):
        return codes
    closed = read_date(row.cells["closed"], row.month_first).day
    raised = read_date(row.cells.get("raised"), row.month_first).day
    if closed and raised and closed < raised:
        codes.append("CLOSED_BEFORE_RAISED")
    if not row.has("evidence"):
        codes.append("CLOSED_NO_EVIDENCE")
    if "signoff" in row.cells:
        if not row.has("signoff"):
            codes.append("CLOSED_NO_SIGNOFF")
        elif row.has("owner") and key_of(row.text("signoff")) == key_of(row.text("owner")):
            codes.append("SIGNOFF_BY_OWNER")
    return codes


def _status(row: Row) -> list[str]:
    claims = [row.text(name).lower() for name in ("status", "rag") if row.has(name)]
    says_done = [claim in DONE_WORDS for claim in claims]
    return ["STATUS_CONFLICT"] if claims and any(done != is_closed(row) for done in says_done) else []


def _texts(row: Row) -> list[str]:
    texts = [cell for cell in row.cells.values() if isinstance(cell, str)]
    found = [
        ("TEXT_TOO_LONG", any(len(text) > LONGEST for text in texts)),
        ("CONTROL_CHARACTERS", any(CONTROL.search(text) for text in texts)),
        ("BIDI_OVERRIDE", any(BIDI.search(text) for text in texts)),
    ]
    return [code for code, there in found if there]


JUDGES: tuple[Callable[[Row], list[str]], ...] = (
    _action, _reference, _owner, _email, _due, _closing, _status, _texts,
)  # fmt: skip


def judge(row: Row) -> tuple[str, ...]:
    """Every code that the import has to bring to a person's notice."""
    return tuple(code for judge_one in JUDGES for code in judge_one(row))
