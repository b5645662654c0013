"""Statements and transactions on the driver beneath SQLAlchemy behave as SQLAlchemy's do."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.driver import begun, driver_of, said_as_sqlalchemy_does
from db.engine import make_engine
from db.reading import deciding, reading

_MARK = deciding("INSERT INTO ref_counter (year, last) VALUES (:year, 1)")
_MARKED = reading("SELECT last FROM ref_counter WHERE year = :year")
_SERVER_PROCESS = text("SELECT pg_backend_pid()")


async def marked(engine: AsyncEngine, year: int) -> bool:
    async with engine.connect() as connection:
        return await _MARKED.one_or_none(connection, {"year": year}) is not None


async def test_values_are_bound_by_name_and_columns_read_by_name(engine: AsyncEngine) -> None:
    twice = reading("SELECT :many::int + :one::int AS more, :many::int AS many, '12:30'::text AS at")
    async with engine.connect() as connection:
        row = await twice.one(connection, {"one": 1, "many": 41, "other": "not asked for"})
    assert (row.more, row.many, row.at) == (42, 41, "12:30")


async def test_what_both_write_is_committed_together(engine: AsyncEngine) -> None:
    async with begun(engine) as connection:
        await _MARK.all(connection, {"year": 1901})
        await connection.execute(text("INSERT INTO ref_counter (year, last) VALUES (1902, 1)"))
        assert not await marked(engine, 1901)
    assert await marked(engine, 1901)
    assert await marked(engine, 1902)


async def test_what_both_wrote_is_undone_together(engine: AsyncEngine) -> None:
    async def goes_wrong() -> None:
        async with begun(engine) as connection:
            await connection.execute(text("INSERT INTO ref_counter (year, last) VALUES (1902, 1)"))
            await _MARK.all(connection, {"year": 1901})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await goes_wrong()
    assert not await marked(engine, 1901)
    assert not await marked(engine, 1902)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("INSERT INTO ref_counter (year, last) VALUES (1901, 1), (1901, 2)", IntegrityError),
        ("SELECT no_such_column FROM ref_counter", ProgrammingError),
        ("SELECT 1 / 0", DBAPIError),
    ],
)
async def test_errors_are_those_of_sqlalchemy(engine: AsyncEngine, sql: str, kind: type[DBAPIError]) -> None:
    async with engine.connect() as connection:
        with pytest.raises(kind) as raised:
            await reading(sql).all(connection, {})
    assert not raised.value.connection_invalidated


async def test_a_statement_that_decides_needs_a_transaction(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(RuntimeError, match="needs a transaction"):
            await _MARK.all(connection, {"year": 1901})
    assert not await marked(engine, 1901)


async def test_a_connection_lost_in_a_transaction_is_not_used_again(engine: AsyncEngine, database: str) -> None:
    single = make_engine(database, pool_size=1)
    lost: list[int] = []

    async def loses_it() -> None:
        async with begun(single) as connection:
            lost.append((await connection.execute(_SERVER_PROCESS)).scalar_one())
            async with engine.connect() as other:
                await other.execute(text("SELECT pg_terminate_backend(:process)"), {"process": lost[0]})
            await _MARK.all(connection, {"year": 1901})

    with pytest.raises(DBAPIError):
        await loses_it()
    async with begun(single) as connection:
        assert (await connection.execute(_SERVER_PROCESS)).scalar_one() not in lost
        await _MARK.all(connection, {"year": 1901})
    assert await marked(engine, 1901)
    await single.dispose()


@pytest.mark.parametrize("opened", [begun, AsyncEngine.connect])
async def test_a_driver_lost_between_two_states_is_given_up(
    database: str, opened: Callable[[AsyncEngine], Any]
) -> None:
    """So asyncpg says it when the server ends a connection while it looks up a type."""
    single = make_engine(database, pool_size=1)

    async def is_lost() -> None:
        async with opened(single) as connection:
            with said_as_sqlalchemy_does(driver_of(connection), "SELECT"):
                raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    with pytest.raises(InterfaceError) as raised:
        await is_lost()
    assert raised.value.connection_invalidated
    async with opened(single) as connection:
        assert await _MARKED.all(connection, {"year": 1901}) == []
    await single.dispose()


async def test_connections_that_the_server_ended_meanwhile_are_passed_over(engine: AsyncEngine, database: str) -> None:
    idle = make_engine(database, pool_size=2)
    async with idle.connect() as one, idle.connect() as another:
        ended = [(await c.execute(_SERVER_PROCESS)).scalar_one() for c in (one, another)]
    async with engine.connect() as other:
        end = text("SELECT pg_terminate_backend(p, 5000) FROM unnest(CAST(:ended AS int[])) p")
        assert list((await other.execute(end, {"ended": ended})).scalars()) == [True, True]
    await asyncio.sleep(0.05)
    async with begun(idle) as connection:
        await _MARK.all(connection, {"year": 1901})
    assert await marked(engine, 1901)
    await idle.dispose()


async def test_a_command_that_is_cut_off_leaves_no_transaction_open(database: str) -> None:
    single = make_engine(database, pool_size=1)

    async def cut_off() -> None:
        async with begun(single) as connection:
            await _MARK.all(connection, {"year": 1901})
            await reading("SELECT pg_sleep(60)").all(connection, {})

    task = asyncio.create_task(cut_off())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with single.connect() as connection:
        assert not driver_of(connection).is_in_transaction()
    assert not await marked(single, 1901)
    await single.dispose()
