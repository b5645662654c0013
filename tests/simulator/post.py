"""The post: a false mail server with moods of its own, and delivery on the commands that real delivery uses."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.office import Office
from commands.undelivered import ask_about_dead_mail
from db.outbox_delivery import claim, give_back, mark_dead, mark_sent, next_due, try_later
from db.session import glance
from notifications.compose import Sender, compose

CLAIM_FOR = timedelta(seconds=45)
AT_ONCE = 20
COMPOSED = 0.02
GOES_AWAY, LATER, BROKEN, REFUSED = 0.002, 0.010, 0.014, 0.015
SENDER = Sender("actions@example.org", "Simulated Care", "https://followthrough.example.org", bytes(range(32)))


@dataclass
class Letterbox:
    """What the server took, for good: it is not ours and survives everything.

    `links` are those that came to an address for a step. `unsure` counts mails that were in flight when a process
    died or a connection broke: so many may come twice.
    """

    times: Counter[UUID] = field(default_factory=Counter[UUID])
    links: dict[tuple[str, UUID], list[UUID]] = field(default_factory=dict[tuple[str, UUID], list[UUID]])
    unsure: int = 0


class Post:
    """Claims what is due, hands it over, settles it. `read` is told of each address that got something."""

    def __init__(self, office: Office, chance: random.Random, box: Letterbox, read: Callable[[str], None]) -> None:
        self._office = office
        self._chance = chance
        self._box = box
        self._read = read
        self._down_until: datetime | None = None

    async def turn(self, now: datetime) -> datetime | None:
        """Send what is due; when there is something to send again."""
        due = await self._next()
        while due is not None and due <= now:
            if self._is_down(now):
                return self._down_until
            async with glance(self._office.engine) as connection:
                rows = await self._claimed(connection, now)
                batches = [rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE)]
                refused = [await self._send(connection, batch, now) for batch in batches]
            if any(refused):
                await ask_about_dead_mail(self._office, now)
            due = await self._next()
        return due

    async def _claimed(self, connection: AsyncConnection, now: datetime) -> list[Any]:
        """All that is due, in an order of our own: that of the rows is how PostgreSQL came upon them."""
        rows: list[Any] = []
        while more := await claim(connection, now, now + CLAIM_FOR, AT_ONCE):
            rows += more
        return sorted(rows, key=lambda row: row.id)

    async def _next(self) -> datetime | None:
        async with glance(self._office.engine) as connection:
            return await next_due(connection)

    def _is_down(self, now: datetime) -> bool:
        return self._down_until is not None and now < self._down_until

    async def _send(self, connection: AsyncConnection, rows: Sequence[Any], now: datetime) -> bool:
        """Hand a few over; whether one of them was refused for good."""
        sent: list[UUID] = []
        refused = False
        for row in rows:
            luck = self._chance.random()
            if luck < GOES_AWAY:
                self._down_until = now + timedelta(minutes=self._chance.randrange(1, 600))
            if self._is_down(now):
                await give_back(connection, row, "the server is away")
            elif luck < LATER:
                await try_later(connection, row, now + timedelta(seconds=15 * 2**row.attempts), "451 not now")
            elif luck < BROKEN:
                self._take(row, now)
                self._box.unsure += 1
                await try_later(connection, row, now + timedelta(seconds=20), "the connection broke")
            elif luck < REFUSED:
                refused = await mark_dead(connection, row, "550 no such mailbox") or refused
            else:
                self._take(row, now)
                sent.append(row.id)
        # Until the next statement is through, nobody but the server knows of these.
        if sent:
            self._box.unsure += len(sent)
            await mark_sent(connection, sent, now)
            self._box.unsure -= len(sent)
        return refused

    def _take(self, row: Any, now: datetime) -> None:
        if self._chance.random() < COMPOSED:
            compose(row, SENDER, now)
        self._box.times[row.id] += 1
        if row.step_id and row.link_id:
            self._box.links.setdefault((row.to_address, row.step_id), []).append(row.link_id)
        self._read(row.to_address)
