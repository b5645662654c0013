"""What waits for one person's answer: who may be asked, who is asked instead while they are away, and for whom.

Steps go to a cover when they open, or when they are handed over. A question, which only waits for an answer, goes by
itself: whoever decides on risk or on more time can't be waited for. What a cover has been given stays with them when
the other is back, who may answer it as well.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.assigning import Candidate, Choice, choose, cover_of


class Question(StrEnum):
    """What somebody is asked besides steps and weekly reviews, as the trail names it."""

    ESCALATION = "escalation"
    EXTENSION = "extension"
    BARRIER = "barrier"
    LATE_REVIEW = "review escalation"
    REPEAT = "repeat finding"
    UNDELIVERED = "undelivered"
    SMALL_HOME = "small home"


@dataclass(frozen=True, slots=True)
class Answerers:
    """Who may be asked at a location: holders of these roles, or these people, nearest first; and who never is."""

    nearest: tuple[str | UUID, ...]
    location_id: UUID | None
    never: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """Who has to answer, and for whom, where they cover for somebody."""

    person_id: UUID | None
    for_id: UUID | None = None

    @property
    def stands_for(self) -> UUID | None:
        """Whose answer it is: the person covered, where somebody covers."""
        return self.for_id or self.person_id


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody has to do with a request: whether it waits for them, and whom their answer stands in for."""

    is_asked: bool
    for_id: UUID | None = None


def asked_instead(asked: Asked, whose: Candidate, never: frozenset[UUID]) -> Choice | None:
    """Who is asked from now on; None where it stays with whoever has it.

    `whose` is the person it stands for, as they are today. Nobody `never` is asked, nor covers for one who is; where
    nobody can stand in it stays, and the ladder tells others.
    """
    choice = choose([whose], never, signed_in=True)
    if choice is None or (whose.is_away and choice.assigned_for_id is None):
        return None
    return None if Asked(choice.assignee_id, choice.assigned_for_id) == asked else choice


def part_of(person_id: UUID, asked: Asked, whose: Candidate | None, never: frozenset[UUID]) -> Part:
    """What this person has to do with it today: as the one asked, the one covered, or the cover of the day."""
    if person_id == asked.person_id:
        return Part(True, asked.for_id)
    if person_id == asked.for_id:
        return Part(True)
    if whose is not None and cover_of(whose, never) == person_id:
        return Part(True, whose.person_id)
    return Part(False)
