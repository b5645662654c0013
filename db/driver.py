"""The driver beneath SQLAlchemy: statements and transactions of the answer path run on it (decision 0028).

Errors come as SQLAlchemy's, so that whoever handles them need not know where a statement ran.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_KINDS: tuple[tuple[type[Exception], type[DBAPIError]], ...] = (
    (asyncpg.IntegrityConstraintViolationError, IntegrityError),
    (asyncpg.SyntaxOrAccessError, ProgrammingError),
    (asyncpg.InterfaceError, InterfaceError),
    (asyncpg.PostgresError, DBAPIError),
)
_plain: WeakKeyDictionary[AsyncEngine, AsyncEngine] = WeakKeyDictionary()


def plain(engine: AsyncEngine) -> AsyncEngine:
    """The same engine and pool, where SQLAlchemy begins no transaction: each statement stands by itself."""
    known = _plain.get(engine)
    if known is None:
        known = _plain[engine] = engine.execution_options(isolation_level="AUTOCOMMIT")
    return known


def driver_of(connection: AsyncConnection) -> Any:
    """The asyncpg connection that this one stands on. It is good for as long as this one is open."""
    pooled: Any = connection.sync_connection
    return pooled.connection.driver_connection


@contextmanager
def said_as_sqlalchemy_does(driver: Any, sql: str) -> Generator[None]:
    """Raise what goes wrong on the driver as SQLAlchemy would have.

    A connection that is lost while the driver looks up a type leaves it between two states. Nobody may use it again.
    """
    try:
        yield
    except asyncpg.InternalClientError as wrong:
        driver.terminate()
        raise InterfaceError(sql, None, wrong, connection_invalidated=True) from wrong
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as wrong:
        kind = next(kind for known, kind in _KINDS if isinstance(wrong, known))
        raise kind(sql, None, wrong, connection_invalidated=driver.is_closed()) from wrong


@asynccontextmanager
async def begun(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """A connection with a transaction: committed at the end, rolled back on any exception.

    One that was lost, or that could not be rolled back, is not given to anybody else.
    """
    async with plain(engine).connect() as connection:
        driver = driver_of(connection)
        try:
            with said_as_sqlalchemy_does(driver, "BEGIN or COMMIT"):
                async with driver.transaction():
                    yield connection
        finally:
            if driver.is_closed() or driver.is_in_transaction():
                await connection.invalidate()
