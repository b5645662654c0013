"""Making the two databases on a server that somebody else runs, and saying why that is not possible."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy import NullPool, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from domain.errors import Refused

OLDEST_VERSION = 15
CANNOT = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError)
NO_TABLES = frozenset({asyncpg.UndefinedTableError.sqlstate, asyncpg.UndefinedColumnError.sqlstate})
# Where PostgreSQL lets one in to make another database.
MAINTENANCE = "postgres"


class DatabaseUnreachable(Refused):
    """The database cannot be reached."""

    def __init__(self, setting: str, url: URL, why: str) -> None:
        where = f"{url.host or url.query.get('host') or 'localhost'}{f':{url.port}' if url.port else ''}"
        super().__init__(
            f"The database “{url.database}” at {where} cannot be used: {why.rstrip('.')}."
            f" Check {setting}, and that PostgreSQL is running."
        )


async def make_if_missing(setting: str, address: str, *extensions: str) -> None:
    """Make the database that `setting` names unless it is there, with these extensions.

    Raises `DatabaseUnreachable`.
    """
    url = make_url(address)
    try:
        if not await _is_there(url):
            async with _connected(url.set(database=MAINTENANCE)) as connection:
                await connection.execute(text(f'CREATE DATABASE "{url.database}"'))
        async with _connected(url) as connection:
            await _look_at(connection, setting, url)
            for name in extensions:
                await connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name}"))
    except CANNOT as why:
        raise DatabaseUnreachable(setting, url, _reason(why)) from why


async def check_reachable(setting: str, engine: AsyncEngine) -> None:
    """Raises `DatabaseUnreachable` where nothing answers, or nobody is let in."""
    try:
        async with engine.connect():
            pass
    except CANNOT as why:
        raise DatabaseUnreachable(setting, engine.url, _reason(why)) from why


def lacks_our_tables(wrong: Exception) -> bool:
    """Whether a statement failed because the database was never brought up to date."""
    said = wrong.orig if isinstance(wrong, DBAPIError) else wrong
    return getattr(said, "sqlstate", None) in NO_TABLES


async def _is_there(url: URL) -> bool:
    try:
        async with _connected(url):
            return True
    except asyncpg.InvalidCatalogNameError:
        return False
    except DBAPIError as why:
        if getattr(why.orig, "sqlstate", None) == asyncpg.InvalidCatalogNameError.sqlstate:
            return False
        raise


async def _look_at(connection: AsyncConnection, setting: str, url: URL) -> None:
    version = int((await connection.execute(text("SHOW server_version_num"))).scalar_one()) // 10_000
    if version < OLDEST_VERSION:
        raise DatabaseUnreachable(setting, url, f"it is PostgreSQL {version}, and {OLDEST_VERSION} or newer is needed")


@asynccontextmanager
async def _connected(url: URL) -> AsyncGenerator[AsyncConnection]:
    """Outside a transaction, as making a database asks."""
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"timeout": 10})
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _reason(why: Exception) -> str:
    """What PostgreSQL or the network said, without the statement that SQLAlchemy adds."""
    if isinstance(why, ConnectionRefusedError | FileNotFoundError):
        return "nothing answers there"
    said = str(why.orig) if isinstance(why, DBAPIError) else str(why)
    return said.rsplit(">: ", 1)[-1] or type(why).__name__
