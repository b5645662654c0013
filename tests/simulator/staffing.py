"""People come and go: they leave, lose a role and get one, and change their address."""

from dataclasses import dataclass
from datetime import timedelta

from commands.leaving import change_person, leave
from commands.roles import end_role, give_role
from db.session import glance
from domain.actors import OPERATOR, Actor
from domain.vocabulary import Role
from tests.simulator.homes import OWNERS, Person
from tests.simulator.waiting import a_role_of
from tests.simulator.world import World


@dataclass
class Staffing:
    """Chances of the day that are about one person."""

    world: World

    async def leave_for_good(self) -> None:
        """Somebody leaves; somebody else comes, the same day or weeks later."""
        world, person = self.world, self._anybody()
        after = timedelta(days=world.chance.choice((0, 0, 2, 10, 30)), minutes=3)
        world.later(after, lambda: self._come(person), "somebody comes")
        await leave(world.office, self._boss(person), person.id, world.now)
        world.homes.forget(person)

    async def _come(self, instead_of: Person) -> None:
        await self.world.homes.hire(instead_of.role, instead_of.home, self.world.now)

    async def lose_a_role(self) -> None:
        """A role ends, at once or on a day soon; some have another one then, most the same again after a while."""
        world, person = self.world, self._anybody()
        async with glance(world.office.engine) as connection:
            role = await a_role_of(connection, person.id)
        if role is None:
            return
        days = world.chance.choice((None, None, 1, 4))
        today = world.office.calendar.day_of(world.now)
        last = None if days is None else today + timedelta(days=days)
        again = timedelta(days=(days or 0) + 1 + world.chance.randrange(20))
        other = world.chance.choice(OWNERS) if person.role in OWNERS else person.role
        world.later(again, lambda: self._get_a_role(person, other), "a role is given")
        await end_role(world.office, self._boss(person), role, last, world.now)
        person.works = False

    async def _get_a_role(self, person: Person, role: Role) -> None:
        world = self.world
        if person.id not in world.homes.people:
            return
        today = world.office.calendar.day_of(world.now)
        await give_role(world.office, self._boss(person), person.id, role, person.home, today, None, world.now)
        person.role, person.works = role, True

    async def change_address(self) -> None:
        """Somebody gets another address: what went to the old one opens nothing any more."""
        world, person = self.world, self.world.homes.anybody()
        address = f"{person.name.replace(' ', '').lower()}.{world.new_id().hex[-6:]}@example.org"
        world.homes.by_address[address] = person
        await change_person(world.office, self._boss(person), person.id, person.name, address, world.now)
        person.address = address

    def _anybody(self) -> Person:
        """Anybody but the only administrator."""
        return self.world.chance.choice(
            [one for one in self.world.homes.people.values() if one.role is not Role.ADMINISTRATOR]
        )

    def _boss(self, person: Person) -> Actor:
        """Who may say so: an administrator, or the manager of the home for those below them."""
        world = self.world
        bosses = world.homes.with_role(Role.ADMINISTRATOR)
        if person.home and person.role not in (Role.REGISTERED_MANAGER, Role.DEPUTY_MANAGER) and world.happens(0.6):
            bosses = world.homes.with_role(Role.REGISTERED_MANAGER, person.home) or bosses
        return world.chance.choice(bosses).signed_in if bosses else OPERATOR
