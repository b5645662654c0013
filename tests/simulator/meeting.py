"""Two at once: two people, one in two windows, or somebody and the deadline, in the very same moment."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from commands.assign import give_step
from commands.end import cancel
from commands.reassigning import change_owner
from db.session import glance
from domain.errors import Refused
from domain.vocabulary import Form, Role
from tests.simulator.chance import BESIDE
from tests.simulator.doing import KINDS
from tests.simulator.homes import OWNERS, Person
from tests.simulator.sending import Sending
from tests.simulator.timer import Run
from tests.simulator.turns import Turns
from tests.simulator.versions import Versions
from tests.simulator.waiting import Item, waiting_for, where
from tests.simulator.world import Doing, World

WHY = "They know the floor."


async def at_once(world: World, first: Doing, second: Doing) -> None:
    """The second begins before one of the next statements of the first; then they take turns as chance has it."""
    begun: list[asyncio.Task[None]] = []
    own = random.Random(world.chance.getrandbits(32))
    turns = Turns(random.Random(world.chance.getrandbits(32)), world.watcher.connection)

    async def beside() -> None:
        BESIDE.set(own)
        await turns.after()
        await see_through(second)

    async def see_through(what: Doing) -> None:
        try:
            await _tolerantly(world, what)
        finally:
            turns.leave()

    def begin() -> None:
        begun.append(asyncio.create_task(beside()))
        turns.join(begun[0])

    world.fall.calm()
    world.fall.meanwhile(world.chance.randrange(1, 16), begin)
    turns.join(asyncio.current_task())
    world.fall.turns, keeper = turns, asyncio.create_task(turns.keep())
    try:
        await see_through(first)
    finally:
        world.fall.begin_now()
        [died_of] = await asyncio.gather(*begun, return_exceptions=True)
        await keeper
        world.fall.turns = None
    if died_of is not None:
        raise died_of


async def _tolerantly(world: World, what: Doing) -> None:
    """One of two may well be told that the other was first."""
    try:
        await what()
    except Refused as refused:
        world.counts[f"at once: refused, {refused.code}"] += 1


@dataclass
class Meeting:
    """Chances of the day in which two meet."""

    world: World
    forms: Sending
    versions: Versions

    async def meet(self) -> None:
        """Somebody sees to what waits for them, and somebody else does something about it in that moment."""
        world = self.world
        for _ in range(12):
            person = world.homes.anybody()
            items = [item for item in await self._waits_for(person) if item.action_id]
            if items:
                await self._meet_over(person, world.chance.choice(items))
                return

    async def _meet_over(self, person: Person, item: Item) -> None:
        world = self.world
        name, rival = await self._rival(person, item)
        world.counts[f"at once: {item.kind} and {name}"] += 1

        async def sees_to_it() -> None:
            await KINDS[item.kind](self.forms, person, item)

        pair = [sees_to_it, rival]
        world.chance.shuffle(pair)
        world.touched.add(item.action)
        await at_once(world, *pair)

    async def await_a_deadline(self) -> None:
        """Somebody will answer in the moment in which a run wakes: before it, after it, or while it works."""
        world = self.world
        soon = world.now + timedelta(days=20)
        ahead = [(run, at) for run, at in world.timer.waits.items() if not run.is_review and world.now < at < soon]
        if ahead:
            run, at = world.chance.choice(ahead)
            world.exactly(at, lambda: self._at_the_deadline(run), "the last moment")

    async def _at_the_deadline(self, run: Run) -> None:
        world, seen = self.world, self.world.watcher.seen.get(run.of)
        for step in seen.journal.open_steps if seen else ():
            person = world.homes.people.get(step.assignee_id or UUID(int=0))
            items = await self._waits_for(person) if person else []
            item = next((one for one in items if one.id == step.id), None)
            if person and item:
                await self._answer_and_wake(person, item, run)
                return

    async def _answer_and_wake(self, person: Person, item: Item, run: Run) -> None:
        world = self.world

        async def answers() -> None:
            await KINDS[item.kind](self.forms, person, item)

        async def wakes() -> None:
            await world.timer.wake(run)

        world.touched.add(item.action)
        luck = world.chance.random()
        if luck < 0.25:
            await _tolerantly(world, answers)  # the run wakes in this moment as well
        elif luck < 0.5 and not world.is_away:
            await wakes()
            await _tolerantly(world, answers)
        elif not world.is_away:
            await at_once(world, *((answers, wakes) if luck < 0.75 else (wakes, answers)))

    async def _waits_for(self, person: Person) -> list[Item]:
        async with glance(self.world.office.engine) as connection:
            return await waiting_for(connection, person.id)

    async def _rival(self, person: Person, item: Item) -> tuple[str, Doing]:
        """Who or what comes in between."""
        world = self.world
        async with glance(world.office.engine) as connection:
            row = await where(connection, item.action)
        twins = [one for one in world.homes.with_role(person.role, person.home) if one.id != person.id]
        twin = world.chance.choice(twins) if twins else person
        bosses = world.homes.with_role(Role.NOMINATED_INDIVIDUAL) or [person]
        others = world.homes.at(row.location_id, *OWNERS) or [person]
        boss, to = world.chance.choice(bosses).signed_in, world.chance.choice(others)
        run = Run(item.action)
        rivals: dict[str, Callable[[], Awaitable[object]]] = {
            "the same in another window": lambda: KINDS[item.kind](self.forms, person, item),
            "a colleague": lambda: KINDS[item.kind](self.forms, twin, item),
            "another owner": lambda: change_owner(
                world.office, boss, item.action, world.new_id(), to.id, WHY, world.now
            ),
            "a move": lambda: self.versions.move_one(item.action),
        }
        if not world.is_away:  # then nobody wakes anything, and a rung is late until the worker is back
            rivals["time"] = lambda: world.timer.wake(run)
        if item.kind in set(Form):
            rivals["somebody else given it"] = lambda: give_step(world.office, boss, item.step, to.id, WHY, world.now)
        if world.happens(0.1):
            reason = "The wing is closed, so nobody lives there any more."
            rivals["the end"] = lambda: cancel(world.office, boss, row.ref, reason, world.now)
        name = world.chance.choice(list(rivals))
        rival = rivals[name]

        async def comes() -> None:
            await rival()

        return name, comes
