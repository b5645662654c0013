"""What a receipt by mail says: what was sent, and what happens next.

It lists what identifies what was sent and repeats nothing that was typed: mail is read on many
screens, and what staff write may be about the people they care for. The page has every word.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.deadlines import Calendar
from domain.saying import say_date, say_due

KB = 1024


@dataclass(frozen=True, slots=True)
class Next:
    """A step that was opened by an answer, and who was asked (None, where nobody may be)."""

    title: str
    due_at: datetime
    person: str | None


def sent_lines(answer: dict[str, Any]) -> list[str]:
    """What somebody sent, without their words: the answer, the kind of evidence, its day, its files."""
    lines: list[str] = []
    if answer.get("kind"):
        lines.append(f"{answer['kind']}, CQC category: {answer['category']}")
    if answer.get("effective_on"):
        lines.append(f"it happened on {say_date(date.fromisoformat(answer['effective_on']))}")
    lines += [f"{file['name']}, {say_size(file['size'])}" for file in answer.get("files", ())]
    return lines + [words for key, words in _SAID if answer.get(key)]


_SAID = (
    ("accepted", "your yes: you take the action on"),
    ("declined", "your no, with the reason you gave"),
    ("barrier", "your yes, with what is in the way"),
    ("why", "why the improvement did not hold, in your words"),
    ("statement", "what was done, in your words"),
)


def say_size(size: int) -> str:
    """A file's size as people read it, from bytes."""
    if size < KB:
        return f"{size} bytes"
    return f"{size / KB:.0f} KB" if size < KB * KB else f"{size / KB / KB:.1f} MB"


def next_words(opened: list[Next], *, is_evidence: bool, calendar: Calendar) -> str:
    """What follows an answer that counted, step by step."""
    if opened:
        asked = [f"{one.person or 'Somebody'}: {one.title}, by {say_due(one.due_at, calendar)}." for one in opened]
        return " ".join(asked)
    if is_evidence:
        return "The other evidence is still to come. Then somebody else checks a sample. You are told when it closes."
    return "Nothing more is asked of you for now."


LATE = "It came after the step had been answered or was not asked any more. It is kept as late and changed nothing."
