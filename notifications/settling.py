"""What became of a mail, stored. A restarted database is waited for: what was accepted is not to be sent twice."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.outbox_delivery import mark_sent

T = TypeVar("T")
GIVE_UP_AFTER = 120.0
log = structlog.get_logger("delivery")


class NotStored(Exception):
    """The database could not be reached for two minutes; the claim runs out, and the mail is sent again."""


class Settling:
    """Stores fates as they are known. Those that come in while one write runs share the next."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._accepted: list[tuple[UUID, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def sent(self, message_id: UUID) -> None:
        """Store that the server has a mail; returns once that is committed."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._accepted.append((message_id, stored))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_accepted())
        await stored

    async def store(self, change: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Commit one change, trying again while the database is away. Raises NotStored."""
        loop = asyncio.get_running_loop()
        give_up_at, pause = loop.time() + GIVE_UP_AFTER, 0.1
        while True:
            try:
                async with self._engine.connect() as connection:
                    return await change(connection)
            except (SQLAlchemyError, OSError) as broken:
                if loop.time() > give_up_at:
                    raise NotStored from broken
                log.warning("what became of a mail waits for the database", error=str(broken)[:200])
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _write_accepted(self) -> None:
        try:
            while self._accepted:
                batch, self._accepted = self._accepted, []
                await self._write(batch)
        finally:
            self._writing = None

    async def _write(self, batch: list[tuple[UUID, asyncio.Future[None]]]) -> None:
        ids = [message_id for message_id, _ in batch]
        try:
            await self.store(lambda connection: mark_sent(connection, ids, datetime.now(UTC)))
        except NotStored as why:
            _each(batch, why)
        else:
            _each(batch, None)


def _each(batch: list[tuple[UUID, asyncio.Future[None]]], broken: NotStored | None) -> None:
    for _, stored in batch:
        if stored.done():
            continue
        if broken is None:
            stored.set_result(None)
        else:
            stored.set_exception(broken)
