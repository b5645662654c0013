"""Turns: two at once on one database, statement by statement, and the same way again from the same chance.

Left alone, PostgreSQL and the processor would decide who comes first, and a world could not be had again.
"""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

CHANGES = 0.3
SOON = 0.002
_HELD_UP = text("SELECT CAST(:other AS integer) = ANY(pg_blocking_pids(:one))")


@dataclass(eq=False)
class Party:
    """One of two. `parked` is where it waits for its turn, `pid` the connection that it used last."""

    parked: asyncio.Future[None] | None = None
    pid: int = 0
    moves: int = 0
    is_held_up: bool = False
    is_done: bool = False
    has_come: asyncio.Event = field(default_factory=asyncio.Event)


class Turns:
    """Whose turn it is. It changes before a statement, by chance, and where a lock of the other holds one up."""

    def __init__(self, chance: random.Random, connection: AsyncConnection) -> None:
        self._chance = chance
        self._connection = connection
        self._asking = asyncio.Lock()
        self._parties: dict[Any, Party] = {}
        self._turn: Party | None = None

    def join(self, task: Any) -> None:
        """This task takes part from now on; the first has the turn."""
        party = self._parties[task] = Party()
        self._turn = self._turn or party

    def leave(self) -> None:
        """This one has seen it through, or died of it."""
        me = self._me()
        if me is not None:
            me.is_done = True
            me.has_come.set()
            self._turn = None
            if (other := self._other(me)) is not None:
                self._give(other)

    async def before(self, driver: Any) -> None:
        """A statement comes: now, or after the other has had a turn."""
        me = self._me()
        if me is None:
            return
        me.moves += 1
        other = self._other(me)
        if other is not None and self._chance.random() < CHANGES and await self._can_go(other, me):
            self._give(other)
            await self._park(me)
        me.pid = driver.get_server_pid()

    async def after(self) -> None:
        """A statement is over, or one has only come: wait for one's turn."""
        me = self._me()
        if me is not None:
            me.moves += 1
            me.is_held_up = False
            if self._turn is not me:
                await self._park(me)

    async def keep(self) -> None:
        """Let the other go on wherever its lock holds up whose turn it is, until all have seen it through."""
        last: tuple[Party | None, int] = (None, 0)
        while not all(party.is_done for party in self._parties.values()):
            await asyncio.sleep(SOON)
            me = self._turn
            other = self._other(me) if me else None
            if me is None or other is None or (me, me.moves) != last:
                last = (me, me.moves if me else 0)
            elif other.parked is not None and await self._is_held_up(me, other):
                me.is_held_up = True
                self._give(other)

    def _me(self) -> Party | None:
        return self._parties.get(asyncio.current_task())

    def _other(self, me: Party) -> Party | None:
        return next((one for one in self._parties.values() if one is not me and not one.is_done), None)

    def _give(self, other: Party) -> None:
        self._turn = other
        if other.parked is not None and not other.parked.done():
            other.parked.set_result(None)

    async def _park(self, me: Party) -> None:
        me.parked = asyncio.get_running_loop().create_future()
        me.has_come.set()
        try:
            await me.parked
        finally:
            me.parked = None
            me.has_come.clear()

    async def _can_go(self, other: Party, me: Party) -> bool:
        """Whether the other waits for its turn, and not for a lock of this one."""
        if other.is_held_up and await self._is_held_up(other, me):
            return False
        await other.has_come.wait()
        return not other.is_done

    async def _is_held_up(self, one: Party, other: Party) -> bool:
        async with self._asking:
            found = await self._connection.execute(_HELD_UP, {"one": one.pid, "other": other.pid})
            return bool(found.scalar_one())
