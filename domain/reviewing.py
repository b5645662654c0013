"""The weekly tracker review: when it opens at a location, what it still lacks, and how silence climbs.

Once a week the deputy manager goes through every open action of the location and says of each
how far it got or what is in the way. The ladder is data, like those of the pathways.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from domain.deadlines import Calendar, due_after, late_after
from domain.pathways import Rung
from domain.spans import WorkingDays
from domain.vocabulary import Role

LONGEST_NOTE = 2000
ASKED = (Role.DEPUTY_MANAGER, Role.REGISTERED_MANAGER)
"""Who does the review: the deputy manager, and where there is none the registered manager."""
WITHIN = WorkingDays(0)
"""A review is due at the end of the day it opens, or of the next working day."""
LADDER = tuple(
    Rung.model_validate(rung)
    for rung in (
        {"after": "1 working day", "tell": ["deputy manager"]},
        {"after": "2 working days", "answer": "registered manager"},
        {"after": "5 working days", "answer": "quality lead"},
    )
)
WAITING = "Awaiting weekly review"


class ReviewStatus(StrEnum):
    """Where a review stands. One that nobody sent before the next opened was missed."""

    PLANNED = "planned"
    OPEN = "open"
    SENT = "sent"
    NOT_NEEDED = "not needed"
    MISSED = "missed"

    @property
    def is_live(self) -> bool:
        return self in (ReviewStatus.PLANNED, ReviewStatus.OPEN)


class Said(StrEnum):
    """What a review says of one action."""

    PROGRESS = "progress"
    BARRIER = "barrier"


@dataclass(frozen=True, slots=True)
class Schedule:
    """On which day of the week (Monday is 0) and at what time a location's review opens."""

    weekday: int = 0
    at: time = time(9)


class Occurrence(NamedTuple):
    """One week's review: the Monday its week begins with, and when it opens."""

    week: date
    opens_at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """One review, as far as time is concerned."""

    status: ReviewStatus
    opens_at: datetime
    opened_at: datetime | None = None
    due_at: datetime | None = None
    fired: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ReviewPlan:
    """What a review needs next, and until when its flow may sleep."""

    finished: bool = False
    opens: bool = False
    rungs_due: tuple[int, ...] = ()
    until: datetime | None = None
    waiting_for: str = WAITING


@dataclass(frozen=True, slots=True)
class Line:
    """What was said of one action so far. Nothing need be said of one that has closed meanwhile."""

    key: str
    is_open: bool
    said: str | None
    note: str


def monday_of(day: date) -> date:
    """The first day of a week."""
    return day - timedelta(days=day.weekday())


def occurrence(schedule: Schedule, week: date, calendar: Calendar) -> Occurrence:
    """When a week's review opens. A bank holiday moves it to the next working day; a weekend day was chosen as one."""
    day = week + timedelta(days=schedule.weekday)
    if day.weekday() < 5 and not calendar.is_working(day):
        day = calendar.plus_working_days(day, 0)
    return Occurrence(week, calendar.at(day, schedule.at))


def upcoming(schedule: Schedule, now: datetime, calendar: Calendar) -> Occurrence:
    """The next review that has not opened yet."""
    week = monday_of(calendar.day_of(now))
    while (found := occurrence(schedule, week, calendar)).opens_at <= now:
        week += timedelta(days=7)
    return found


def due_of(opened_at: datetime, calendar: Calendar) -> datetime:
    """When an opened review is due."""
    return due_after(opened_at, WITHIN, calendar)


def rung_at(review: Review, rung: int, calendar: Calendar) -> datetime:
    """When a rung of an open review fires if nobody has sent it. Rungs count from 1."""
    assert review.due_at is not None
    return late_after(review.due_at, LADDER[rung - 1].after, calendar)


def next_of(review: Review, now: datetime, calendar: Calendar) -> ReviewPlan:
    """What a review needs next: to open, a rung of its ladder, or only time."""
    if not review.status.is_live:
        return ReviewPlan(finished=True)
    if review.status is ReviewStatus.PLANNED:
        return ReviewPlan(opens=now >= review.opens_at, until=review.opens_at)
    left = [rung for rung in range(1, len(LADDER) + 1) if rung > max(review.fired, default=0)]
    times = {rung: rung_at(review, rung, calendar) for rung in left}
    due = tuple(rung for rung, at in times.items() if at <= now)
    return ReviewPlan(rungs_due=due, until=min((at for at in times.values() if at > now), default=None))


def lacking(lines: Iterable[Line]) -> dict[str, str]:
    """What a review still lacks before it can be sent, by field; empty when every open action has its word."""
    fields: dict[str, str] = {}
    for line in lines:
        if len(line.note) > LONGEST_NOTE:
            fields[f"note-{line.key}"] = f"Keep this under {LONGEST_NOTE:,} characters."
        if not line.is_open:
            continue
        if line.said not in set(Said):
            fields[f"said-{line.key}"] = "Choose whether it moved or something is in the way."
        elif len(line.note.strip()) < 5:
            asks = "Say what is in the way, so that somebody can help."
            fields[f"note-{line.key}"] = asks if line.said == Said.BARRIER else "Say in a few words how far it is."
    return fields
