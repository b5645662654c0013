"""Connections to PostgreSQL."""

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine


def make_engine(url: str, *, pool_size: int = 5) -> AsyncEngine:
    """An engine for one process, with at most `pool_size` connections; who comes when all are out waits for one.

    One process has one processor: ten connections answered no more people than five do, and each is a process of
    7 MB in the database. The one used last is used first, so that a quiet home warms but one or two. Nobody may
    ask for a second connection while holding one: the walk over all pages has a single one.
    """
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_pre_ping=False,
        pool_recycle=1800,
        connect_args={"server_settings": {"application_name": "followthrough", "timezone": "UTC"}},
    )


async def check_answers(connection: AsyncConnection) -> None:
    """Raise DBAPIError where PostgreSQL does not answer."""
    await connection.exec_driver_sql("SELECT 1")
