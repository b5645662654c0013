"""Places for messages in flight. One that takes long moves aside, so that it holds up nobody but itself."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

BRISK = 8
PATIENCE = 1.5


class Places:
    """A few places for messages that go through at once, and as many again for slow ones as connections allow."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._brisk: dict[asyncio.Task[None], UUID] = {}
        self._slow: dict[asyncio.Task[None], UUID] = {}
        self._freed = asyncio.Event()

    @property
    def free(self) -> int:
        """How many more may be started now."""
        return min(BRISK - len(self._brisk), self._connections - self.taken)

    @property
    def taken(self) -> int:
        return len(self._brisk) + len(self._slow)

    @property
    def has_brisk(self) -> bool:
        """Whether something is in flight that has not taken long yet."""
        return bool(self._brisk)

    def message_ids(self) -> list[UUID]:
        return [*self._brisk.values(), *self._slow.values()]

    async def freed(self) -> None:
        """Wait until a place has come free since the last call returned."""
        await self._freed.wait()
        self._freed.clear()

    def start(self, message_id: UUID, sending: Coroutine[Any, Any, None]) -> None:
        """Take a place for one message until its sending ends."""
        task = asyncio.create_task(sending)
        self._brisk[task] = message_id
        patience = asyncio.get_running_loop().call_later(PATIENCE, self._move_aside, task)
        task.add_done_callback(lambda ended: self._leave(ended, patience))

    async def finish(self, within: float) -> None:
        """Let what is in flight arrive; what does not in time is cut off, and sent again."""
        tasks = [*self._brisk, *self._slow]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=within)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _move_aside(self, task: asyncio.Task[None]) -> None:
        if task in self._brisk:
            self._slow[task] = self._brisk.pop(task)
            self._freed.set()

    def _leave(self, task: asyncio.Task[None], patience: asyncio.TimerHandle) -> None:
        patience.cancel()
        self._brisk.pop(task, None)
        self._slow.pop(task, None)
        self._freed.set()
        if not task.cancelled() and (broken := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "sending a mail ended unexpectedly", "exception": broken, "task": task}
            )
