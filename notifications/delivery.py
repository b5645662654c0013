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
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.listening import Listener
from db.outbox_delivery import claim, mark_dead, mark_sent, next_due, try_later
from notifications.compose import compose
from notifications.mailer import Mailer, RefusedForGood, TryAgain
from settings import Settings

AT_ONCE = 12
CLAIM_FOR = timedelta(minutes=2)
SWEEP = 5.0
MOST_ATTEMPTS = 40
log = structlog.get_logger("delivery")


def back_off(attempts: int) -> timedelta:
    """Half a minute, doubling to an hour, with jitter so that a returning server is not hit at once."""
    seconds = min(30 * 2 ** (attempts - 1), 3600)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311


class DeliveryLoop:
    """Sends what is queued, as it is queued. Several may run; each message is claimed by one."""

    def __init__(
        self,
        engine: AsyncEngine,
        settings: Settings,
        on_dead: Callable[[UUID, str], Awaitable[None]] | None = None,
        mailer: Mailer | None = None,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._mailer = mailer or Mailer(settings.effective_smtp_url)
        self._on_dead = on_dead
        self._sending: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()

    async def run(self) -> None:
        """Run until cancelled; in-flight messages are finished first."""
        listener = Listener(self._engine, "mail")
        try:
            async with listener:
                while True:
                    pause = await self._turn()
                    await self._rest(listener, pause)
        finally:
            if self._sending:
                await asyncio.wait(self._sending, timeout=10)
            await self._mailer.close()

    async def _turn(self) -> float:
        """Claim and start what is due; returns how long nothing is due, in seconds."""
        room = AT_ONCE - len(self._sending)
        if room <= 0:
            return SWEEP
        try:
            async with self._engine.begin() as connection:
                now = datetime.now(UTC)
                rows = await claim(connection, now, now + CLAIM_FOR, room)
                due = None if rows else await next_due(connection)
        except (DBAPIError, OSError) as broken:
            log.warning("the database cannot be reached; mail waits", error=str(broken)[:200])
            return SWEEP
        for row in rows:
            task = asyncio.create_task(self._send(row))
            self._sending.add(task)
            task.add_done_callback(self._done)
        if rows:
            return 0.0
        return SWEEP if due is None else min(SWEEP, max(0.05, (due - now).total_seconds()))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._freed.set()

    async def _rest(self, listener: Listener, pause: float) -> None:
        """Wait for news, for a place to come free when all are taken, or for the next thing due."""
        if pause == 0.0 and len(self._sending) < AT_ONCE:
            return
        self._freed.clear()
        waits: set[asyncio.Task[Any]] = {asyncio.create_task(listener.heard())}
        if len(self._sending) >= AT_ONCE:
            waits.add(asyncio.create_task(self._freed.wait()))
        _, pending = await asyncio.wait(waits, timeout=pause or SWEEP, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()

    async def _send(self, row: Any) -> None:
        settings = self._settings
        try:
            mail = compose(
                row,
                mail_from=settings.mail_from,
                organisation=settings.organisation,
                address=settings.address,
                secret_key=settings.secret_key,
            )
            await self._mailer.send(mail, row.to_address, settings.mail_from)
        except TryAgain as why:
            await self._again(row, str(why))
        except RefusedForGood as why:
            await self._give_up(row, str(why))
        except asyncio.CancelledError:
            raise
        except Exception as wrong:  # a message that cannot be written must not stop the others
            log.exception("a message could not be composed", message=str(row.id))
            await self._give_up(row, f"could not be composed: {wrong!r}")
        else:
            await self._settle(lambda c: mark_sent(c, row.id, datetime.now(UTC)))

    async def _again(self, row: Any, why: str) -> None:
        if row.attempts >= MOST_ATTEMPTS:
            await self._give_up(row, why)
            return
        again = datetime.now(UTC) + back_off(row.attempts)
        await self._settle(lambda c: try_later(c, row.id, again, why))

    async def _give_up(self, row: Any, why: str) -> None:
        log.error("mail refused for good", message=str(row.id), why=why[:200])
        await self._settle(lambda c: mark_dead(c, row.id, why))
        if self._on_dead is not None:
            with contextlib.suppress(DBAPIError, OSError):
                await self._on_dead(row.id, why)

    async def _settle(self, change: Callable[[Any], Awaitable[None]]) -> None:
        try:
            async with self._engine.begin() as connection:
                await change(connection)
        except (DBAPIError, OSError) as broken:
            # The claim runs out and the message is sent again: twice is better than never.
            log.warning("what became of a mail could not be stored", error=str(broken)[:200])
