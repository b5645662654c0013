"""LISTEN: hearing at once what another process committed. A lost connection is made again, and counts as news."""

import asyncio
import contextlib
from types import TracebackType
from typing import Any, Self

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

RECONNECT_AFTER = 1.0


class Listener:
    """Hears one channel. `heard()` returns once something was said since it last returned."""

    def __init__(self, engine: AsyncEngine, channel: str) -> None:
        self._dsn = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._channel = channel
        self._news = asyncio.Event()
        self._lost = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._payloads: set[str] = set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def heard(self) -> set[str]:
        """Wait for news; what was said since the last call."""
        await self._news.wait()
        self._news.clear()
        payloads, self._payloads = self._payloads, set()
        return payloads

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await self._hear_until_lost()
            await asyncio.sleep(RECONNECT_AFTER)

    async def _hear_until_lost(self) -> None:
        connection = await asyncpg.connect(self._dsn, timeout=5)
        self._lost.clear()
        try:
            connection.add_termination_listener(self._ended)
            await connection.add_listener(self._channel, self._said)
            # Whatever was said while nobody listened is found by looking once now.
            self._news.set()
            await self._lost.wait()
        finally:
            await connection.close(timeout=2)

    def _said(self, connection: Any, pid: int, channel: str, payload: object) -> None:
        self._payloads.add(str(payload))
        self._news.set()

    def _ended(self, connection: Any) -> None:
        self._lost.set()
