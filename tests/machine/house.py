"""The people of one home: the roles they hold, when they are away, and who covers. Kept in memory."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from domain.assigning import Candidate, Cover
from domain.standing import needs_account
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
    passwords: set[UUID] = field(default_factory=set[UUID])

    @property
    def present(self) -> list[UUID]:
        return [person for person in self.roles if person not in self.left]

    def holds(self, person: UUID, role: str) -> bool:
        return person not in self.left and role in self.roles[person]

    def signs_in(self, person: UUID) -> bool:
        """Whether they have an account: a password, or a role whose holders always do."""
        return person in self.passwords or needs_account(self.roles[person])

    @staticmethod
    def is_reached(person: UUID) -> bool:
        """Whether they have an address, which a cover's way in is mailed to."""
        return person not in MEMBERS[-2:]

    def holders(self, role: str, day: date) -> list[Candidate]:
        """Everyone who holds the role that day, as `db.people` finds them."""
        return [self.candidate(person, day) for person in self.present if role in self.roles[person]]

    def candidate(self, person: UUID, day: date) -> Candidate:
        """Somebody as `db.people` finds them: away or not, with their cover and that one's cover."""
        covers: list[Cover] = []
        cover = self._cover_of(person, day)
        while cover is not None and len(covers) < 2:
            able = self.is_reached(cover) or self.signs_in(cover)
            covers.append(Cover(cover, cover in self.left, bool(self.roles[cover]), self.is_away(cover, day), able))
            cover = self._cover_of(cover, day)
        return Candidate(person, True, self.is_away(person, day), tuple(covers), self.signs_in(person))

    def is_away(self, person: UUID, day: date) -> bool:
        return self._absence(person, day) is not None

    def _cover_of(self, person: UUID, day: date) -> UUID | None:
        absence = self._absence(person, day)
        return absence.cover if absence else None

    def _absence(self, person: UUID, day: date) -> Absence | None:
        away = [one for one in self.absences if one.person == person and one.first <= day <= one.last]
        return away[-1] if away else None

    def go_away(self, person: UUID, first: date, days: int, cover: UUID | None) -> None:
        self.absences.append(Absence(person, first, first + timedelta(days=days), None if cover == person else cover))
