"""Putting a world together: who looks at their work when, what each day brings, and how many years were lived."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from commands.office import Office, england_and_wales
from db.engine import make_engine
from db.session import glance
from evidence.receive import Limits
from evidence.store import EvidenceStore
from tests.cast import KEY
from tests.simulator.chance import Chance, Ids, made_by
from tests.simulator.doing import do
from tests.simulator.falling import Fall
from tests.simulator.happening import Happening
from tests.simulator.homes import Person
from tests.simulator.importing import Imports
from tests.simulator.meeting import Meeting
from tests.simulator.post import Letterbox
from tests.simulator.sending import Sending
from tests.simulator.shelf import Shelf
from tests.simulator.staffing import Staffing
from tests.simulator.uploading import LARGEST
from tests.simulator.versions import Versions
from tests.simulator.waiting import Item, waiting_for
from tests.simulator.watching import Watcher
from tests.simulator.world import YEAR, Doing, World

NEVER = datetime.max.replace(tzinfo=UTC)
FIRST_DAY = datetime(2027, 3, 1, 6, tzinfo=UTC)
"""Some weeks before the clocks go forward, and a year before a leap day."""


@dataclass(frozen=True)
class Life:
    """How long a world lives, how many findings a year it has, and how often all of it is looked at."""

    days: int = 500
    findings_a_year: int = 160
    look_at_all_every: int = 1500


@dataclass
class People:
    """When people look at their work, and what they then see to. Moods are by person and item."""

    world: World
    forms: Sending
    moods: dict[tuple[UUID, UUID], datetime] = field(default_factory=dict[tuple[UUID, UUID], datetime])

    def read(self, address: str) -> None:
        """A mail came. Now and then it moves somebody who had meant never to answer."""
        person = self.world.homes.by_address.get(address)
        if person is None:
            return
        if self.world.happens(0.04):
            for key in [key for key, ready in self.moods.items() if key[0] == person.id and ready == NEVER]:
                del self.moods[key]
        self._look_in(person, timedelta(days=self.world.chance.expovariate(2 / person.pace)))

    def _look_in(self, person: Person, after: timedelta) -> None:
        at = max(self.world.now + after, person.away_until or self.world.now)
        if person.looks_at is None or at < person.looks_at:
            person.looks_at = at
            self.world.later(at - self.world.now, lambda: self._look(person, at), "look")

    async def _look(self, person: Person, at: datetime) -> None:
        """See to the first thing that they feel like, and come back for the next."""
        world = self.world
        if person.looks_at != at or person.id not in world.homes.people:
            return
        person.looks_at = None
        async with glance(world.office.engine) as connection:
            items = await waiting_for(connection, person.id)
        moods = [(self._mood(person, item), item) for item in items]
        ready = [item for mood, item in moods if mood <= world.now]
        if ready:
            again = world.now + timedelta(days=world.chance.expovariate(1 / 3))
            moods.append((again, ready[0]))
            self.moods[person.id, ready[0].id] = again
            if ready[0].action_id:
                world.touched.add(ready[0].action_id)
        if len(ready) > 1:
            self._look_in(person, timedelta(minutes=world.chance.randrange(1, 90)))
        elif waits := [mood for mood, _ in moods if world.now < mood < NEVER]:
            self._look_in(person, min(waits) - world.now + timedelta(minutes=1))
        if ready:
            await do(self.forms, person, ready[0])

    def _mood(self, person: Person, item: Item) -> datetime:
        key = (person.id, item.id)
        if key not in self.moods:
            wait = timedelta(days=self.world.chance.choice((0, 0, 0, 1, 4)) * person.pace)
            self.moods[key] = NEVER if self.world.happens(0.05) else self.world.now + wait
        return self.moods[key]

    def send_again(self) -> None:
        """The page did not come back: whoever sent a form sends it again."""
        sent, self.forms.in_hand = self.forms.in_hand, None
        if sent is not None and self.world.happens(0.8):
            after = timedelta(minutes=self.world.chance.randrange(1, 10))
            self.world.later(after, lambda: self.forms.send_again(sent), "send again")


@dataclass
class Lived:
    """What a world came to. `last` is what happened last to the action that a law was broken for."""

    seed: int
    life: Life
    world: World
    born: int
    years: float
    broken: AssertionError | None = None
    last: tuple[str, ...] = ()


async def live(url: str, folder: Path, seed: int, life: Life) -> Lived:
    """Live one world on a fresh migrated database, with an empty folder for its files."""
    chance = Chance(seed)
    ids = Ids(chance)
    engine, own = make_engine(url, pool_size=4), make_engine(url, pool_size=2)
    try:
        shelf = Shelf(EvidenceStore(folder, Limits(file=LARGEST)))
        with made_by(ids):
            return await _live(engine, own, shelf, seed, chance, ids, life)
    finally:
        await engine.dispose()
        await own.dispose()


async def _live(
    engine: AsyncEngine, own: AsyncEngine, shelf: Shelf, seed: int, chance: Chance, ids: Ids, life: Life
) -> Lived:
    begins = FIRST_DAY + timedelta(days=chance.randrange(0, 300))
    calendar, fall, box = england_and_wales(), Fall(chance), Letterbox()
    fall.watch(engine)
    async with glance(own) as connection:
        watcher = Watcher(own, connection, calendar, box, shelf, begins)
        ends = begins + timedelta(days=life.days)
        office = Office(engine, KEY, calendar)
        world = World(office, chance, begins, ends, fall, watcher, box, ids, life.look_at_all_every)
        broken = None
        try:
            await _days(world, life)
            await world.run()
            await world.come_to_rest()
        except AssertionError as found:
            broken = found
        last = tuple(watcher.looked_at.story()) if broken and watcher.looked_at else ()
        return Lived(seed, life, world, len(watcher.seen), years_of(world), broken, last)


async def _days(world: World, life: Life) -> None:
    """Hire everybody, and say what happens how often."""
    await world.homes.open(world.now)
    forms = Sending(world)
    happening, people, staffing = Happening(world), People(world, forms), Staffing(world)
    versions, imports = Versions(world), Imports(world)
    meeting = Meeting(world, forms, versions)
    world.checks += (imports.check, world.uploads.check)
    world.reads, world.after_death = people.read, people.send_again
    await world.timer.keep_reviews()
    _every(world, timedelta(days=365 / life.findings_a_year), happening.find_something, "finding")
    _every(world, timedelta(days=6), happening.be_away, "absence")
    _every(world, timedelta(days=45), staffing.leave_for_good, "somebody leaves")
    _every(world, timedelta(days=25), staffing.lose_a_role, "a role ends")
    _every(world, timedelta(days=20), staffing.change_address, "another address")
    _every(world, timedelta(days=35), versions.publish, "a pathway changes")
    _every(world, timedelta(days=4), versions.move, "a move")
    _every(world, timedelta(days=60), imports.come, "a tracker")
    world.later(timedelta(days=8), imports.come, "a tracker")
    _every(world, timedelta(days=3), meeting.meet, "two at once")
    _every(world, timedelta(days=4), meeting.await_a_deadline, "waiting for a deadline")
    _every(world, timedelta(days=9), happening.step_in, "a manager steps in")
    _every(world, timedelta(days=120), happening.be_too_small, "small home")
    _every(world, timedelta(days=4), happening.use_a_wrong_link, "wrong link")
    _every(world, timedelta(days=60), world.be_away, "the worker is away")
    _every(world, timedelta(days=200), world.lose_the_engine, "the engine is lost")
    for hour, what, name in ((0, world.tidy, "tidy"), (7, world.remind, "remind")):
        _daily(world, timedelta(hours=(hour - world.now.hour) % 24, minutes=20), what, name)


def _every(world: World, pause: timedelta, what: Doing, name: str) -> None:
    """Something happens again and again, at random times of that mean."""

    async def once() -> None:
        again()
        await what()

    def again() -> None:
        world.later(pause * world.chance.expovariate(1), once, name)

    again()


def _daily(world: World, first: timedelta, what: Doing, name: str) -> None:
    async def once() -> None:
        world.later(timedelta(days=1) - timedelta(seconds=1), once, name)
        await what()

    world.later(first, once, name)


def years_of(world: World) -> float:
    """Action-years: from definition until nothing can happen to an action any more, or the end."""
    total = timedelta(0)
    for one in world.watcher.seen.values():
        born = min((step.opened_at for step in one.journal.steps), default=world.now)
        total += max(timedelta(0), min(one.over_at or world.ends_at, world.now) - born)
    return total / YEAR
