"""Deaths of the process: at any statement, or right after a commit, its connections are gone and so is what it knew."""

import random
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from asyncpg.connection import Connection
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util import await_only

from tests.simulator.turns import Turns

_DYING = text("SELECT pid FROM pg_stat_activity WHERE pid = ANY(:pids)")


class Died(BaseException):
    """The process died here. Nothing catches it but whoever starts the next one."""


class Fall:
    """When the process dies next: in so many statements, or not at all. `commits` counts what it did."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._left: int | None = None
        self._dead = False
        self._waiting: tuple[int, Callable[[], None]] | None = None
        self.turns: Turns | None = None
        self.dying: list[int] = []
        self.commits = 0

    def dread(self, most: int = 40) -> None:
        """Die somewhere in the next few statements, if there are as many."""
        self._left = self._chance.randrange(1, most)

    def die_here(self) -> NoReturn:
        """The process dies where it stands, between two statements."""
        self._dead = True
        raise Died

    def meanwhile(self, after: int, begin: Callable[[], None]) -> None:
        """Let something begin before the statement after so many."""
        self._waiting = (after, begin)

    def begin_now(self) -> None:
        """Let it begin, if it has not."""
        waiting, self._waiting = self._waiting, None
        if waiting:
            waiting[1]()

    def calm(self) -> bool:
        """Begin anew; whether the process had died."""
        died, self._dead, self._left = self._dead, False, None
        return died

    def is_here(self) -> bool:
        """Whether it happens at this statement; from then on nothing works any more."""
        if self._left is not None and not self._dead:
            self._left -= 1
            self._dead = self._left <= 0
        return self._dead

    def before_commit(self) -> bool:
        return self._chance.random() < 0.5

    def watch(self, engine: AsyncEngine) -> None:
        """Let it happen on every connection of this engine."""
        event.listen(engine.sync_engine, "connect", self._mortal)
        event.listen(engine.sync_engine, "before_cursor_execute", self._at_statement)
        event.listen(engine.sync_engine, "after_cursor_execute", self._after_statement)
        event.listen(engine.sync_engine, "handle_error", self._after_statement)

    async def before(self, driver: Any) -> None:
        """A statement comes; somebody else may begin now, or have their turn first."""
        if self._waiting:
            self._waiting = (self._waiting[0] - 1, self._waiting[1])
            if self._waiting[0] < 0:
                self.begin_now()
        if self.turns:
            await self.turns.before(driver)

    async def after(self) -> None:
        if self.turns:
            await self.turns.after()

    def _mortal(self, adapted: Any, _record: object) -> None:
        adapted.driver_connection.__class__ = mortal(self)

    def _at_statement(self, connection: Any, *_: object) -> None:
        driver = connection.connection.driver_connection
        if self._waiting or self.turns:
            await_only(self.before(driver))
        if self.is_here():
            self.die(driver)

    def die(self, driver: Any) -> NoReturn:
        self.dying.append(driver.get_server_pid())
        driver.terminate()
        raise Died

    async def is_over(self, connection: AsyncConnection) -> None:
        """Wait until PostgreSQL has noticed: what was under way is undone, and its locks are gone."""
        while self.dying:
            self.dying = list((await connection.execute(_DYING, {"pids": self.dying})).scalars())

    def _after_statement(self, *_: object) -> None:
        if self.turns:
            await_only(self.after())


def mortal(fall: Fall) -> type[Any]:
    """A connection of asyncpg's that dies when the process does; statements through SQLAlchemy are watched there."""

    class Mortal(Connection):
        __slots__ = ()

        async def execute(self, query: str, *args: Any, **more: Any) -> str:
            work: Callable[..., Awaitable[str]] = super().execute
            commits = query.startswith("COMMIT")
            fall.commits += commits
            await fall.before(self)
            if fall.is_here():
                if commits and not self.is_closed() and not fall.before_commit():
                    await work(query)
                fall.die(self)
            try:
                return await work(query, *args, **more)
            finally:
                await fall.after()

        async def fetch(self, query: str, *args: Any, **more: Any) -> list[Any]:
            await fall.before(self)
            if fall.is_here():
                fall.die(self)
            try:
                return await super().fetch(query, *args, **more)
            finally:
                await fall.after()

    return Mortal
