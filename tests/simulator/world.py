"""The world: one queue of events in the order of time, one seed, and a process that may die at any of them."""

import heapq
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.digest import send_digests
from commands.import_telling import tell_of_cut_off_imports
from commands.office import Office
from commands.passing_on import pass_on_what_waits
from commands.roles import follow_ended_roles
from commands.sweeping import sweep_files
from commands.undelivered import ask_about_dead_mail
from domain.errors import Refused
from tests.simulator.falling import Fall
from tests.simulator.homes import Homes
from tests.simulator.post import Letterbox, Post
from tests.simulator.timer import AT_ONCE, Timer
from tests.simulator.uploading import Uploads
from tests.simulator.watching import Ack, Watcher

Doing = Callable[[], Awaitable[None]]
Check = Callable[[AsyncConnection], Awaitable[None]]
TICK = timedelta(microseconds=1)
YEAR = timedelta(days=365.25)


@dataclass(order=True)
class Event:
    at: datetime
    number: int
    what: Doing = field(compare=False)
    name: str = field(compare=False)


@dataclass
class World:
    """All that is simulated. Only the database, the letterbox and the timer's runs outlive the process."""

    office: Office
    chance: random.Random
    now: datetime
    ends_at: datetime
    fall: Fall
    watcher: Watcher
    box: Letterbox
    new_id: Callable[[], UUID]
    look_at_all_every: int = 1000
    counts: Counter[str] = field(default_factory=Counter[str])
    touched: set[UUID] = field(default_factory=set[UUID])
    queue: list[Event] = field(default_factory=list[Event])
    away_until: datetime | None = None
    is_lost: bool = False
    what: str = ""
    made: int = 0
    done: int = 0
    heard: int = 0
    look_again: int = 0
    reads: Callable[[str], None] = lambda address: None
    after_death: Callable[[], None] = lambda: None
    checks: list[Check] = field(default_factory=list[Check])

    def __post_init__(self) -> None:
        self.homes = Homes(self.office, self.chance)
        self.store = self.watcher.shelf.store
        shelf = self.watcher.shelf
        self.uploads = Uploads(self.office, self.chance, self.fall, shelf, lambda: self.now, self.counts)
        self.timer = Timer(self.office, lambda: self.now, self.touched.add)
        self.post = Post(self.office, self.chance, self.box, lambda address: self.reads(address))
        self.mail_at: datetime | None = self.now
        self.asked_at: datetime | None = self.now

    def happens(self, share: float) -> bool:
        return self.chance.random() < share

    def later(self, after: timedelta, what: Doing, name: str) -> None:
        """Something happens then, a moment after anything else at that time."""
        self.made += 1
        jitter = timedelta(microseconds=self.chance.randrange(1_000_000))
        heapq.heappush(self.queue, Event(self.now + after + jitter, self.made, what, name))

    def exactly(self, at: datetime, what: Doing, name: str) -> None:
        """Something happens in that very moment, before whatever else does."""
        self.made += 1
        heapq.heappush(self.queue, Event(at, self.made, what, name))

    def born(self, action_id: UUID) -> None:
        self.touched.add(action_id)

    def acknowledged(self, ack: Ack) -> None:
        self.watcher.of(ack.action_id).acks[ack.request_id] = ack
        self.touched.add(ack.action_id)

    async def run(self) -> None:
        """Live until the end: whatever comes first, an event, a run whose time has come, or mail."""
        while (at := self._next_at()) < self.ends_at:
            if self.queue and self.queue[0].at <= at:
                event = heapq.heappop(self.queue)
                self.now = max(event.at, self.now + TICK)
                await self._happen(event)
            else:
                self.now, self.what = max(at, self.now + TICK), "time passed"
            await self._time_does_its_part()
            await self._look()
        self.now = self.ends_at

    def _next_at(self) -> datetime:
        """The next moment that anything happens; while the worker is away, only what people do."""
        people = self.queue[0].at if self.queue else self.ends_at
        if self.is_away:
            return people
        return min(
            at for at in (people, self.timer.next_at(), self.mail_at, self.asked_at, self.ends_at) if at is not None
        )

    @property
    def is_away(self) -> bool:
        return self.away_until is not None

    async def _happen(self, event: Event) -> None:
        self.done += 1
        self.what = f"{event.name}, event {self.done}"
        self.counts[event.name] += 1
        if self.happens(0.02):
            self.fall.dread()
        try:
            await self._alive(event.what, event.name)
        except Refused as refused:
            self.counts[f"refused: {event.name}, {refused.code}"] += 1

    async def _time_does_its_part(self) -> None:
        """The worker hears of what was committed a little later; several requests become one."""
        if self.fall.commits != self.heard:
            self.heard = self.fall.commits
            self.asked_at = self.asked_at or self.now + timedelta(minutes=self.chance.randrange(15))
            soon = self.now + timedelta(minutes=self.chance.randrange(1, 60))
            self.mail_at = min(self.mail_at or soon, soon)
        if not self.is_away:
            await self._alive(self._work, "the worker")

    async def _work(self) -> None:
        asked = await self.timer.due()
        if asked or self._has_come(self.asked_at):
            if self.is_lost:  # the service is back once the engine has its runs again
                self.watcher.returned_at, self.is_lost = self.now, False
            await self.timer.asked()
            self.asked_at = None
        if self._has_come(self.mail_at):
            self.mail_at = await self.post.turn(self.now)
        self.heard = self.fall.commits

    def _has_come(self, at: datetime | None) -> bool:
        return at is not None and at <= self.now

    async def _alive(self, what: Doing, name: str) -> None:
        """Do something; if the process dies of it, it is down for a while, and goes on from the database."""
        try:
            await what()
        except BaseException:
            if not self.fall.calm():
                raise
            await self.fall.is_over(self.watcher.connection)
            self.counts[f"died: {name}"] += 1
            self._go_away()
            self.after_death()
        finally:
            self.fall.calm()

    def _go_away(self) -> None:
        minutes = self.chance.choice((0, 0, 0, 1, 10, 60, 600, 3000))
        if not self.is_away:
            self.away_until = self.now + timedelta(minutes=minutes)
            self.later(timedelta(minutes=minutes), self._return, "return")

    async def _return(self) -> None:
        self.away_until, self.mail_at, self.asked_at = None, self.now, self.now
        self.watcher.returned_at = self.now

    async def be_away(self) -> None:
        """The worker stops for hours; people go on."""
        self._go_away()

    async def lose_the_engine(self) -> None:
        self.is_lost = True
        await self.timer.lose_everything()

    async def tidy(self) -> None:
        """What the worker does every few minutes; here twice a day, which leaves more lying."""
        if self.is_away:
            return
        await follow_ended_roles(self.office, self.now)
        await ask_about_dead_mail(self.office, self.now)
        await pass_on_what_waits(self.office, self.now)
        await tell_of_cut_off_imports(self.office, self.now, AT_ONCE)
        await sweep_files(self.office, self.store, self.now)
        await self.timer.keep_reviews()

    async def remind(self) -> None:
        if not self.is_away:
            await send_digests(self.office, "Simulated Care", self.now)

    async def _look(self) -> None:
        for action_id in sorted(self.touched):
            await self.watcher.look(action_id, self.now, self.what, on_time=not self.is_away)
        self.touched.clear()
        if self.done >= self.look_again:
            self.look_again = self.done + self.look_at_all_every
            await self.check_everything(at_rest=False)

    async def come_to_rest(self) -> None:
        """The last look, when all that is lying has been seen to; what was killed just now is swept tomorrow."""
        await self.tidy()
        await sweep_files(self.office, self.store, self.now + timedelta(days=1))
        await self.check_everything(at_rest=True)

    async def check_everything(self, *, at_rest: bool) -> None:
        """All laws on all there is. What was asked of the worker and not yet heard by it is left out."""
        if not self.is_away and self.asked_at is None:
            self.watcher.check_runs(self.timer.waits, self.now)
        await self.watcher.check_everything(self.now, at_rest=at_rest and not self.is_away)
        for check in self.checks:
            await check(self.watcher.connection)
