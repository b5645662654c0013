"""The people of one home: the roles they hold, when they are away, and who covers. Kept in memory."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from domain.assigning import Candidate
from domain.vocabulary import Role
from tests.domain.making import known

MEMBERS = tuple(known(f"person {number}") for number in range(9))


@dataclass(frozen=True, slots=True)
class Absence:
    """Days away, both ends included; the newest one counts."""

    person: UUID
    first: date
    last: date
    cover: UUID | None


@dataclass(slots=True)
class House:
    """Who holds what. Somebody who has left holds nothing and covers nothing new."""

    roles: dict[UUID, frozenset[Role]]
    absences: list[Absence] = field(default_factory=list[Absence])
    left: set[UUID] = field(default_factory=set[UUID])

    @property
    def present(self) -> list[UUID]:
        return [person for person in self.roles if person not in self.left]

    def holds(self, person: UUID, role: str) -> bool:
        return person not in self.left and role in self.roles[person]

    def holders(self, role: str, day: date) -> list[Candidate]:
        """Everyone who holds the role that day, as `db.people` finds them."""
        return [self.candidate(person, day) for person in self.present if role in self.roles[person]]

    def candidate(self, person: UUID, day: date) -> Candidate:
        away = [
            absence for absence in self.absences if absence.person == person and absence.first <= day <= absence.last
        ]
        return Candidate(person, True, bool(away), away[-1].cover if away else None)

    def go_away(self, person: UUID, first: date, days: int, cover: UUID | None) -> None:
        self.absences.append(Absence(person, first, first + timedelta(days=days), None if cover == person else cover))
