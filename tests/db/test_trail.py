"""The trail: a chain that shows the first entry that was touched."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.session import transaction
from db.trail import Entry, verify
from domain.actors import OPERATOR

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


async def _write(engine: AsyncEngine, count: int) -> None:
    async with transaction(engine, OPERATOR, NOW) as tx:
        for number in range(count):
            tx.record(Entry("something happened", "test", words={"number": number, "who": "nobody"}))


async def test_an_untouched_chain_holds_across_transactions(engine: AsyncEngine) -> None:
    await _write(engine, 3)
    await _write(engine, 2)
    async with engine.connect() as connection:
        assert await verify(connection) == (5, None)


@pytest.mark.parametrize(
    ("tamper", "bad"),
    [
        ("UPDATE trail_entry SET words = '{\"number\": 99}' WHERE seq = 3", 3),
        ("UPDATE trail_entry SET what = 'nothing happened' WHERE seq = 2", 2),
        ("UPDATE trail_entry SET at = at + interval '1 second' WHERE seq = 4", 4),
        ("DELETE FROM trail_entry WHERE seq = 3", 3),
        ("UPDATE trail_entry SET hash = repeat('a', 32)::bytea WHERE seq = 5", 5),
    ],
)
async def test_verify_names_the_first_entry_that_was_touched(engine: AsyncEngine, tamper: str, bad: int) -> None:
    await _write(engine, 5)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE trail_entry DISABLE TRIGGER ALL"))
        await connection.execute(text(tamper))
        _, fault = await verify(connection)
    assert fault is not None
    assert fault.seq == bad


@pytest.mark.parametrize(
    "change", ["UPDATE trail_entry SET what = 'x'", "DELETE FROM trail_entry", "TRUNCATE trail_entry"]
)
async def test_the_database_refuses_to_change_the_trail(engine: AsyncEngine, change: str) -> None:
    await _write(engine, 1)
    async with engine.begin() as connection:
        with pytest.raises(DBAPIError, match="append-only"):
            await connection.execute(text(change))


async def test_erasing_words_leaves_the_chain_whole(engine: AsyncEngine) -> None:
    await _write(engine, 3)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE trail_entry SET words = NULL, salt = NULL WHERE seq = 2"))
    async with engine.connect() as connection:
        assert await verify(connection) == (3, None)
