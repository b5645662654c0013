"""The delivery loop: what is in the outbox reaches the SMTP server, at least once.

Each message is committed as sent as soon as the server has it, so a kill leaves at most the
messages in flight to be sent twice, with the same Message-ID.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.listening import Listener
from db.outbox_delivery import claim, give_back, mark_dead, next_due, put_off, renew, try_later
from domain.deadlines import Calendar
from domain.waking_hours import HOURS, put_off_until
from notifications.compose import Sender, compose
from notifications.mailer import Mailer, RefusedForGood, ServerDown, TryAgain, Unknown
from notifications.places import Places
from notifications.settling import NotStored, Settling
from settings import Settings

CLAIM_FOR = timedelta(seconds=45)
RENEW_EVERY = 10.0
SWEEP = 5.0
LOOK_AGAIN = 0.2
LAST_WORDS = 10.0
LONGEST_HOLD = 30.0
MOST_ATTEMPTS = 40
MOST_UNKNOWN = 5
log = structlog.get_logger("delivery")

OnDead = Callable[[UUID, str], Awaitable[None]]


def back_off(attempts: int) -> timedelta:
    """Fifteen seconds, doubling to an hour, with jitter so that a server is not hit by all at once."""
    seconds = min(15 * 2 ** (attempts - 1), 3600)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311


class DeliveryLoop:
    """Sends what is queued, as it is queued. Several may run; each message is claimed by one.

    `on_dead` is told of each message that will not be sent, so that a person can be.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        settings: Settings,
        on_dead: OnDead | None = None,
        mailer: Mailer | None = None,
        again_after: Callable[[int], timedelta] = back_off,
    ) -> None:
        # Every statement here is a transaction of its own; AUTOCOMMIT saves it two round trips.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._listener = Listener(engine, "mail")
        self._sender = Sender.of(settings)
        self._calendar = Calendar(settings.zone)
        self._mailer = mailer or Mailer(settings.effective_smtp_url)
        self._places = Places(self._mailer.connections)
        self._settling = Settling(self._engine)
        self._on_dead = on_dead
        self._again_after = again_after
        self._hold = 0.0
        self._held_until = 0.0

    async def run(self) -> None:
        """Run until cancelled; messages in flight are finished first."""
        renewing = asyncio.create_task(self._renew_claims())
        try:
            async with self._listener:
                while True:
                    await self._rest(await self._turn())
        finally:
            await self._places.finish(LAST_WORDS)
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            await self._mailer.close()

    async def _turn(self) -> float:
        """Claim and start what is due; returns for how long nothing is to be done, in seconds."""
        if (held := self._held_for()) > 0:
            return held
        if self._room() <= 0:
            return SWEEP
        try:
            return await self._claim(self._room())
        except (SQLAlchemyError, OSError) as broken:
            log.warning("the database cannot be reached; mail waits", error=str(broken)[:200])
            return 1.0

    def _room(self) -> int:
        """How many to claim. A server that was down is tried with one message; when it takes that, the rest follow."""
        if self._hold:
            return 0 if self._places.has_brisk else min(1, self._places.free)
        return self._places.free

    def _held_for(self) -> float:
        return self._held_until - asyncio.get_running_loop().time()

    async def _claim(self, room: int) -> float:
        async with self._engine.connect() as connection:
            now = datetime.now(UTC)
            rows = await claim(connection, now, now + CLAIM_FOR, room, self._places.message_ids())
            due = None if rows else await next_due(connection)
        for row in rows:
            self._places.start(row.id, self._send(row))
        if rows:
            return 0.0 if len(rows) == room else LOOK_AGAIN
        return SWEEP if due is None else min(SWEEP, max(0.05, (due - now).total_seconds()))

    async def _rest(self, pause: float) -> None:
        """Wait for news, for a place to come free when all are taken, or for the next thing due."""
        if pause == 0.0 and self._room() > 0:
            return
        waits: list[asyncio.Task[Any]] = []
        if self._held_for() <= 0:
            waits.append(asyncio.create_task(self._listener.heard()))
        if self._room() <= 0 or not waits:
            waits.append(asyncio.create_task(self._places.freed()))
        try:
            await asyncio.wait(waits, timeout=pause or SWEEP, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _renew_claims(self) -> None:
        """A claim is short, so that a dead worker's mail is soon sent by another; a slow server needs it longer."""
        while True:
            await asyncio.sleep(RENEW_EVERY)
            with contextlib.suppress(NotStored):
                await self._settling.store(self._renew)

    async def _renew(self, connection: AsyncConnection) -> None:
        if ids := self._places.message_ids():
            await renew(connection, ids, datetime.now(UTC) + CLAIM_FOR)

    async def _send(self, row: Any) -> None:
        try:
            await self._hand_over(row)
        except NotStored as why:
            log.warning(str(why.__doc__), message=str(row.id))

    async def _hand_over(self, row: Any) -> None:
        # Tried again, sent again, or held up until now: at night it waits like any other.
        if (morning := put_off_until(row.context.get(HOURS), datetime.now(UTC), self._calendar)) is not None:
            await self._settling.store(lambda c: put_off(c, row, morning))
            return
        try:
            mail = compose(row, self._sender, datetime.now(UTC))
        except Exception as wrong:  # a message that cannot be written must not stop the others
            log.exception("a mail could not be composed", message=str(row.id))
            await self._give_up(row, f"could not be composed: {wrong!r}")
            return
        try:
            await self._mailer.send(mail, row.to_address, self._sender.mail_from)
        except ServerDown as why:
            await self._stand_back(row, str(why))
        except RefusedForGood as why:
            self._reached()
            await self._give_up(row, str(why))
        except TryAgain as why:
            self._reached()
            await self._again(row, why)
        else:
            self._reached()
            await self._settling.sent(row.id)

    def _reached(self) -> None:
        self._hold = self._held_until = 0.0

    async def _stand_back(self, row: Any, why: str) -> None:
        """Leave the server alone for a while: half a second, doubling. No message is blamed for it."""
        now = asyncio.get_running_loop().time()
        if now >= self._held_until:
            self._hold = min(max(0.5, self._hold * 2), LONGEST_HOLD)
            self._held_until = now + self._hold
            log.warning("the mail server takes no mail; all of it waits", seconds=self._hold, error=why[:200])
        await self._settling.store(lambda c: give_back(c, row, why))

    async def _again(self, row: Any, why: TryAgain) -> None:
        # A server that takes a mail and never says so would otherwise be sent it for two days.
        if row.attempts >= (MOST_UNKNOWN if isinstance(why, Unknown) else MOST_ATTEMPTS):
            await self._give_up(row, str(why))
            return
        again = datetime.now(UTC) + self._again_after(row.attempts)
        await self._settling.store(lambda c: try_later(c, row, again, str(why)))

    async def _give_up(self, row: Any, why: str) -> None:
        log.error("a mail will not be sent", message=str(row.id), why=why[:200])
        ended = await self._settling.store(lambda c: mark_dead(c, row, why))
        if ended and self._on_dead is not None:
            try:
                await self._on_dead(row.id, why)
            except Exception:
                log.exception("nobody could be told of a mail that will not be sent", message=str(row.id))
