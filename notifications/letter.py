"""A letter, and the action it is about. It is composed when its cause commits, and frozen with it."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Protocol

from domain.deadlines import Calendar
from domain.saying import first_name, say_date, say_distance, say_due

LONGEST_SUBJECT = 150
MOST_NAMED = 30
# For letters that go to everyone who took part: owners answer by link, and have no password to see the page with.
WITHOUT_PASSWORD = [
    "No password?",
    "The page is for those who sign in. Whatever is asked of you comes in a mail with a link of its own, and what you"
    " sent is still shown by the link that you answered, until it ends.",
]


def where_links_are(signs_in: bool) -> list[list[str]]:
    """What somebody without a password reads beside a button to a page; nothing for those who sign in."""
    return [] if signs_in else [WITHOUT_PASSWORD]


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail in words. `target` is where the button leads: “step”, “password”, or a path of ours."""

    subject: str
    hello: str
    headline: str
    because: str
    due: str | None = None
    due_note: str | None = None
    body: list[str] = field(default_factory=list[str])
    button: str | None = None
    target: str | None = None
    counts_title: str | None = None
    counts: list[str] = field(default_factory=list[str])
    also_title: str | None = None
    also: list[str] = field(default_factory=list[str])
    more: list[list[str]] = field(default_factory=list[list[str]])
    until: str | None = None
    questions: str | None = None
    calendar_due: str | None = None

    def frozen(self) -> dict[str, Any]:
        """As the outbox keeps it; empty parts are left out."""
        return {part: value for part in _PARTS if (value := getattr(self, part))}


_PARTS = tuple(part.name for part in fields(Letter))


@dataclass(frozen=True, slots=True)
class About:
    """The action a letter is about, and when it is written."""

    ref: str
    title: str
    why: str
    location: str
    now: datetime
    calendar: Calendar
    questions: str | None = None

    @property
    def sentence(self) -> str:
        """Its title, with one full stop."""
        return f"{self.title}.".replace("..", ".")

    @property
    def found(self) -> str:
        return f"What was found: {self.why}"

    def subject(self, what: str, due: datetime | None = None) -> str:
        when = f" – due {say_date(self.calendar.day_of(due))}" if due else ""
        room = LONGEST_SUBJECT - len(self.ref) - len(when) - 2
        short = what if len(what) <= room else what[: room - 1].rstrip() + "…"
        return f"{self.ref}: {short}{when}"

    def day(self, due: datetime) -> str:
        """The date on the wall, as a calendar entry has it."""
        return self.calendar.day_of(due).isoformat()

    def due(self, due: datetime) -> str:
        return say_due(due, self.calendar)

    def due_line(self, due: datetime | None) -> str | None:
        """When it is due, or was; nothing where nobody has said."""
        if due is None:
            return None
        return f"{'Was due' if due < self.now else 'Due'} {self.due(due)}"

    def distance(self, due: datetime) -> str:
        return say_distance(due, self.now, self.calendar)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a letter, and for whom, where they cover for somebody who is away."""

    name: str
    covering: str | None = None

    @property
    def hello(self) -> str:
        return first_name(self.name)

    @property
    def while_covering(self) -> str:
        """What follows what they do, where they do it for somebody else."""
        return f" while you cover for {self.covering}" if self.covering else ""

    def you(self, do: str, does: str) -> str:
        """“you decide”, or “you cover for Mina Pretendall, who decides”."""
        return f"you cover for {self.covering}, who {does}" if self.covering else f"you {do}"


class AboutStep(Protocol):
    """The step that a letter is about."""

    @property
    def title(self) -> str: ...
    @property
    def form(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Way:
    """Where the button of a letter leads: to the step by a link of its own, which works `until`, or to a page.

    Whoever does not sign in reads beside a page where their links are.
    """

    target: str = "step"
    until: datetime | None = None
    signs_in: bool = True

    @property
    def is_link(self) -> bool:
        return self.target == "step"


def lower(words: str) -> str:
    """As it reads inside a sentence; “CQC visit” and “T-shirts” keep their capital."""
    keeps = len(words) > 1 and not (words[1].islower() or words[1].isspace())
    return words if keeps else words[:1].lower() + words[1:]


def first_of(lines: list[str]) -> list[str]:
    """As many as somebody reads in a mail, and how many more there are."""
    left_out = len(lines) - MOST_NAMED
    return lines[:MOST_NAMED] + ([f"and {left_out} more"] if left_out > 0 else [])
