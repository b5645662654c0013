"""Four invented homes and those who work for all of them: who holds what, what they are like, and who is away."""

import random
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from commands.office import Office
from commands.pathways import publish_shipped
from commands.people import Holds, add_location, add_person
from domain.actors import OPERATOR, Actor
from domain.vocabulary import Identified, Role

HOMES = {
    "Cedar View": "care-plan-audit",
    "Elm Court": "general",
    "Larch House": "safeguarding-learning",
    "Rowan Lodge": "feedback-experience",
}
IN_EACH = (
    *(Role.REGISTERED_MANAGER, Role.REGISTERED_MANAGER, Role.DEPUTY_MANAGER, Role.TEAM_LEADER, Role.TEAM_LEADER),
    *(Role.CARE_COORDINATOR, Role.CARE_COORDINATOR, Role.KEY_WORKER, Role.KEY_WORKER),
)
FOR_ALL = (
    *(Role.QUALITY_LEAD, Role.QUALITY_LEAD, Role.SAFEGUARDING_LEAD, Role.ENGAGEMENT_LEAD),
    *(Role.NOMINATED_INDIVIDUAL, Role.ADMINISTRATOR),
)
OWNERS = (Role.CARE_COORDINATOR, Role.KEY_WORKER, Role.TEAM_LEADER)


@dataclass(slots=True)
class Person:
    """Somebody. `pace` is how many days they usually take; `looks_at` is when they will look at their work next.

    `works` says that they hold their role now.
    """

    id: UUID
    address: str
    name: str
    role: Role
    home: UUID | None
    pace: float
    works: bool = True
    away_until: datetime | None = None
    looks_at: datetime | None = None

    @property
    def signed_in(self) -> Actor:
        return Actor(self.id, Identified.LOGIN)


@dataclass
class Homes:
    """Everybody who works here now, by key and by address."""

    office: Office
    chance: random.Random
    pathways: dict[UUID, str] = field(default_factory=dict[UUID, str])
    people: dict[UUID, Person] = field(default_factory=dict[UUID, Person])
    by_address: dict[str, Person] = field(default_factory=dict[str, Person])
    hired: int = 0

    async def open(self, now: datetime) -> None:
        """Publish the pathways and hire everybody. Homes take mail in daytime, as they do unless told otherwise."""
        await publish_shipped(self.office, now)
        for role in FOR_ALL:
            await self.hire(role, None, now)
        for name, pathway in HOMES.items():
            home = await add_location(self.office, OPERATOR, name, now)
            self.pathways[home] = pathway
            for role in IN_EACH:
                await self.hire(role, home, now)

    async def hire(self, role: Role, home: UUID | None, now: datetime) -> Person:
        self.hired += 1
        name, address = f"Simulant {self.hired}", f"simulant{self.hired}@example.org"
        key = await add_person(self.office, OPERATOR, name, address, (Holds(role, home),), now)
        person = Person(key, address, name, role, home, self.chance.choice((0.3, 1, 1, 2, 4, 9)))
        self.people[key] = self.by_address[address] = person
        return person

    def forget(self, person: Person) -> None:
        """They have left."""
        del self.people[person.id]

    def at(self, home: UUID, *roles: Role) -> list[Person]:
        """Who holds one of these roles at a home, or any role there."""
        return [p for p in self.people.values() if p.works and p.home == home and (not roles or p.role in roles)]

    def with_role(self, role: Role, home: UUID | None = None) -> list[Person]:
        return [p for p in self.people.values() if p.works and p.role is role and p.home in (home, None)]

    def anybody(self) -> Person:
        return self.chance.choice(list(self.people.values()))
