"""Connections to PostgreSQL."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine


def make_engine(url: str, *, pool_size: int = 5) -> AsyncEngine:
    """An engine for one process, with at most `pool_size` connections; who comes when all are out waits for one.

    One process has one processor: ten connections answered no more people than five do, and each is a process of
    7 MB in the database. The one used last is used first, so that a quiet home warms but one or two. Nobody may
    ask for a second connection while holding one: the walk over all pages has a single one.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_pre_ping=False,
        pool_recycle=1800,
        hide_parameters=True,  # an error is logged, and they are what people wrote
        connect_args={"server_settings": {"application_name": "followthrough", "timezone": "UTC"}},
    )
    event.listen(engine.sync_engine, "checkout", _pass_over_ended)
    return engine


def _pass_over_ended(adapted: Any, _record: object, _pooled: object) -> None:
    """Never hand out a connection that the server has ended: that one and its like are made anew, and nobody notices.

    The driver knows it at once, so this needs no ping.
    """
    if adapted.driver_connection.is_closed():
        raise InvalidatePoolError("The server had ended this connection.")


async def check_answers(connection: AsyncConnection) -> None:
    """Raise DBAPIError where PostgreSQL does not answer."""
    await connection.exec_driver_sql("SELECT 1")
