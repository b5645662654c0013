"""What happens in the homes: findings, absences, people who leave, managers who step in, and mistakes with links."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from commands.absences import Away, change_absence, end_absence, record_absence
from commands.accept import accept
from commands.assign import give_step
from commands.define import define
from commands.end import cancel, supersede
from commands.handing_over import hand_to_cover
from commands.reassigning import change_owner
from commands.small_home import end_early, record_small_home
from commands.submit import submit
from db.session import glance
from domain.actors import OPERATOR, Actor
from domain.errors import Refused
from domain.vocabulary import Identified, Role
from tests.cast import evidence_answer
from tests.simulator.defining import THEMES, a_whole_definition
from tests.simulator.homes import OWNERS, Person
from tests.simulator.waiting import an_open_step, where
from tests.simulator.watching import Broken
from tests.simulator.world import World

DEFINERS = {"safeguarding-learning": Role.SAFEGUARDING_LEAD, "feedback-experience": Role.ENGAGEMENT_LEAD}


@dataclass
class Happening:
    """Chances of the day. Each is one event of its own."""

    world: World

    async def find_something(self) -> None:
        """A finding at some home; one in twelve is a draft at first, and one in four homes uses another pathway."""
        world = self.world
        home = world.chance.choice(list(world.homes.pathways))
        pathway = world.chance.choice(list(world.homes.pathways.values()))
        changes: dict[str, Any] = {} if world.happens(0.8) else {"pathway": pathway}
        if world.happens(0.08):
            changes |= {"closure_criteria": None}
        definition = a_whole_definition(world, home, world.chance.choice(THEMES), **changes)
        leads = world.homes.with_role(DEFINERS.get(definition.pathway, Role.QUALITY_LEAD))
        who = world.chance.choice(leads).signed_in if leads else OPERATOR
        defined = await define(world.office, who, definition, world.now)
        world.born(defined.action_id)

    async def be_away(self) -> None:
        """Somebody is away: said or not, ahead or on the day, covered or not, handing over what they have or not."""
        world, person = self.world, self.world.homes.anybody()
        days, ahead = world.chance.choice((1, 3, 7, 14, 14, 28)), world.chance.choice((0, 0, 0, 0, 2, 9))
        starts_on = world.office.calendar.day_of(world.now) + timedelta(days=ahead)
        world.later(timedelta(days=ahead), lambda: self._go(person, timedelta(days=days)), "somebody goes")
        if world.happens(0.2):
            return
        away = Away(starts_on, starts_on + timedelta(days=days), self._cover_for(person))
        absence = await record_absence(world.office, person.signed_in, person.id, away, world.new_id(), world.now)
        if away.cover_id and world.happens(0.4):
            world.later(timedelta(minutes=5), lambda: self._hand_over(person, absence), "hand over")
        if world.happens(0.15):
            world.later(timedelta(days=ahead + days / 2), lambda: self._back_early(person, absence), "back early")
        if world.happens(0.15):
            after = timedelta(days=world.chance.random() * (ahead + days))
            world.later(after, lambda: self._other_plans(person, absence, away), "other plans")

    async def _go(self, person: Person, after: timedelta) -> None:
        person.away_until = self.world.now + after

    async def _other_plans(self, person: Person, absence: UUID, away: Away) -> None:
        """They stay away for longer or shorter, and somebody else covers, or nobody."""
        last = away.ends_on + timedelta(days=self.world.chance.choice((-2, 0, 0, 5)))
        changed = Away(away.starts_on, last, self._cover_for(person))
        await change_absence(self.world.office, person.signed_in, absence, changed, self.world.now)

    def _cover_for(self, person: Person) -> UUID | None:
        if self.world.happens(0.4):
            return None
        people = self.world.homes.at(person.home) if person.home else list(self.world.homes.people.values())
        others = [one.id for one in people if one.id != person.id]
        return self.world.chance.choice(others) if others else None

    async def _hand_over(self, person: Person, absence: UUID) -> None:
        await hand_to_cover(self.world.office, person.signed_in, absence, self.world.now)

    async def _back_early(self, person: Person, absence: UUID) -> None:
        person.away_until = None
        await end_absence(self.world.office, person.signed_in, absence, self.world.now)

    async def step_in(self) -> None:
        """A manager gives a step to somebody else, changes the owner, or ends an action."""
        world, action = self.world, self._some_action()
        if action is None:
            return
        async with glance(world.office.engine) as connection:
            row, step = await where(connection, action), await an_open_step(connection, action)
        managers = world.homes.with_role(Role.REGISTERED_MANAGER, row.location_id)
        colleagues = world.homes.at(row.location_id, *OWNERS)
        if not managers or not colleagues:
            return
        who, to = world.chance.choice(managers).signed_in, world.chance.choice(colleagues).id
        luck = world.chance.random()
        if luck < 0.45 and step:
            await give_step(world.office, who, step, to, "They know the floor.", world.now)
        elif luck < 0.85:
            await change_owner(world.office, who, action, world.new_id(), to, "They know the floor.", world.now)
        else:
            await self._end(row.ref)

    async def _end(self, ref: str) -> None:
        world, reason = self.world, "The wing is closed, so nobody lives there any more."
        boss = self.world.chance.choice(world.homes.with_role(Role.NOMINATED_INDIVIDUAL) or [world.homes.anybody()])
        other = self._some_action()
        if other is None or world.happens(0.6):
            await cancel(world.office, boss.signed_in, ref, reason, world.now)
            return
        async with glance(world.office.engine) as connection:
            instead = (await where(connection, other)).ref
        await supersede(world.office, boss.signed_in, ref, instead, reason, world.now)

    def _some_action(self) -> UUID | None:
        young = [key for key, one in self.world.watcher.seen.items() if one.is_open]
        return self.world.chance.choice(young) if young else None

    async def be_too_small(self) -> None:
        """A manager says that the home is too small to keep duties apart."""
        world = self.world
        home = world.chance.choice(list(world.homes.pathways))
        for manager in world.homes.with_role(Role.REGISTERED_MANAGER, home)[:1]:
            until = world.office.calendar.day_of(world.now) + timedelta(days=60)
            why = "Two people are on leave and one post is empty."
            key = await record_small_home(world.office, manager.signed_in, home, world.new_id(), why, until, world.now)
            if world.happens(0.4):
                after = timedelta(days=world.chance.randrange(1, 50))
                world.later(after, partial(self._is_large_enough, manager, key), "small home ends early")

    async def _is_large_enough(self, manager: Person, key: UUID) -> None:
        why = "The empty post has been filled."
        await end_early(self.world.office, manager.signed_in, key, why, self.world.now)

    async def use_a_wrong_link(self) -> None:
        """A link that was forwarded, or is old, or is for another step: it answers nothing that it may not."""
        world = self.world
        if not world.box.links:
            return
        (address, step), links = world.chance.choice(list(world.box.links.items())[-400:])
        other = world.chance.choice(list(world.box.links))[1]
        thief = world.homes.anybody()
        way = world.chance.choice(("forwarded", "other step", "outsider"))
        actor = Actor(thief.id, Identified.LINK, link_id=links[-1])
        if way == "other step":
            step = other if other != step else world.new_id()
        if way == "outsider":
            actor = thief.signed_in
        if way == "forwarded" and thief.address == address:
            return
        await self.try_both(actor, step, way)

    async def try_both(self, actor: Actor, step: UUID, way: str) -> None:
        """Say yes, and send evidence, as somebody who may do neither."""
        world = self.world
        calls: tuple[Callable[[], Awaitable[Any]], ...] = (
            lambda: accept(world.office, actor, step, world.new_id(), world.now),
            lambda: submit(world.office, actor, step, world.new_id(), evidence_answer(), world.now),
        )
        for call in calls:
            try:
                receipt = await call()
            except Refused as refused:
                world.counts[f"wrong way in: {refused.code}"] += 1
                continue
            if receipt.counted and way != "outsider":
                raise Broken("a link of somebody else, or for something else, answers nothing", f"{way} on {step}")
            world.touched.add(receipt.action_id)
