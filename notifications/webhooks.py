"""The webhooks' loop: what changed is told to those who asked, at least once, in order for each action.

Each receiver has places of its own, so a slow one waits for itself alone. What it does not take is
tried again for three days, ever more rarely; then it is dead, and a person can send it again.
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.api_requests import forget_old
from db.listening import Listener
from db.webhook_delivery import claim, forget_delivered, mark_dead, mark_delivered, next_due, try_later
from db.webhooks import stop
from domain.connecting import GONE, takes_calls
from notifications.settling import NotStored, Settling
from notifications.webhook_post import PATIENCE, NotReached, post
from notifications.webhook_signing import body_of, headers_for

EACH = 4
CLAIM_FOR = timedelta(seconds=60)
SWEEP = 5.0
TIDY_EVERY = 3600.0
log = structlog.get_logger("webhooks")


def back_off(attempts: int) -> timedelta:
    """Five seconds, trebling to three hours, with jitter."""
    seconds = min(5 * 3 ** (attempts - 1), 3 * 3600)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311


class WebhookLoop:
    """Sends what is queued, as it is queued. Several may run; each delivery is claimed by one."""

    def __init__(
        self,
        engine: AsyncEngine,
        secret_key: bytes,
        *,
        allow_private: bool = False,
        again_after: Callable[[int], timedelta] = back_off,
        patience: float = PATIENCE,
    ) -> None:
        # Every statement here is a transaction of its own.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._listener = Listener(engine, "webhook")
        self._settling = Settling(self._engine)
        self._secret_key = secret_key
        self._allow_private = allow_private
        self._again_after = again_after
        self._patience = patience
        self._in_flight: dict[asyncio.Task[None], UUID] = {}
        self._freed = asyncio.Event()

    async def run(self) -> None:
        """Run until cancelled; calls in flight are finished first."""
        tidying = asyncio.create_task(self._tidy())
        try:
            async with self._listener:
                while True:
                    await self._rest(await self._turn())
        finally:
            tidying.cancel()
            tasks = list(self._in_flight)
            if tasks:
                await asyncio.wait(tasks, timeout=self._patience)
            for task in tasks:
                task.cancel()
            await asyncio.gather(tidying, *tasks, return_exceptions=True)

    async def _turn(self) -> float:
        """Claim and start what is due; returns for how long nothing is to be done, in seconds."""
        taken = Counter(self._in_flight.values())
        now = datetime.now(UTC)
        try:
            async with self._engine.connect() as connection:
                rows = await claim(connection, now, now + CLAIM_FOR, EACH, taken)
                full = [webhook for webhook, count in taken.items() if count >= EACH]
                due = None if rows else await next_due(connection, full)
        except (SQLAlchemyError, OSError) as broken:
            log.warning("the database cannot be reached; webhooks wait", error=str(broken)[:200])
            return 1.0
        for row in rows:
            task = asyncio.create_task(self._send(row))
            self._in_flight[task] = row.webhook_id
            task.add_done_callback(self._ended)
        if rows:
            return 0.0
        return SWEEP if due is None else min(SWEEP, max(0.05, (due - now).total_seconds()))

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._in_flight[task]
        self._freed.set()

    async def _rest(self, pause: float) -> None:
        """Wait for news, for a call to end, or for the next thing due."""
        if pause == 0.0:
            return
        waits: list[asyncio.Task[Any]] = [
            asyncio.create_task(self._listener.heard()),
            asyncio.create_task(self._freed.wait()),
        ]
        try:
            await asyncio.wait(waits, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            self._freed.clear()
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _send(self, row: Any) -> None:
        try:
            await self._hand_over(row)
        except NotStored:
            log.warning("what became of a webhook call could not be stored; it is sent again", delivery=str(row.id))
        except Exception:  # one call that cannot be made must not stop the others; its claim runs out
            log.exception("a webhook call failed", delivery=str(row.id))

    async def _hand_over(self, row: Any) -> None:
        body = body_of(row)
        headers = headers_for(self._secret_key, row, body, datetime.now(UTC))
        try:
            status = await post(row.url, headers, body, allow_private=self._allow_private, within=self._patience)
        except NotReached as why:
            await self._again(row, str(why))
            return
        if takes_calls(status):
            await self._settling.store(lambda c: mark_delivered(c, row.id, datetime.now(UTC)))
        elif status == GONE:
            await self._settling.store(lambda c: self._gone(c, row))
        else:
            await self._again(row, f"answered {status}")

    async def _gone(self, connection: AsyncConnection, row: Any) -> None:
        """The receiver says for good that nobody is there."""
        log.warning("a webhook is stopped: the receiver answered that it is gone", webhook=str(row.webhook_id))
        await mark_dead(connection, row, f"answered {GONE}: gone")
        await stop(connection, row.webhook_id, "The receiver answered that it is gone (410).", datetime.now(UTC))

    async def _again(self, row: Any, why: str) -> None:
        again = datetime.now(UTC) + self._again_after(row.attempts)
        if again >= row.give_up_at:
            log.error("a webhook call is given up", delivery=str(row.id), why=why[:200])
            await self._settling.store(lambda c: mark_dead(c, row, why))
            return
        await self._settling.store(lambda c: try_later(c, row, again, why))

    async def _tidy(self) -> None:
        """Forget what arrived long ago, and idempotency keys that nobody sends again."""
        while True:
            with contextlib.suppress(SQLAlchemyError, OSError):
                async with self._engine.connect() as connection:
                    await forget_delivered(connection, datetime.now(UTC))
                    await forget_old(connection, datetime.now(UTC))
            await asyncio.sleep(TIDY_EVERY)
