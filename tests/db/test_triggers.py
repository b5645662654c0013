"""The triggers that the migrations make are those that the models declare."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.embedded import Embedded
from db.engine import make_engine
from db.models import metadata
from tests.conftest import execute

_TRIGGERS = text("""
SELECT t.tgrelid::regclass::text || '.' || t.tgname AS name, pg_get_triggerdef(t.oid) AS definition,
       pg_get_functiondef(t.tgfoid) AS function
FROM pg_trigger t WHERE NOT t.tgisinternal ORDER BY 1
""")


async def triggers_in(engine: AsyncEngine) -> dict[str, tuple[str, str]]:
    async with engine.connect() as connection:
        return {row.name: (row.definition, row.function) for row in await connection.execute(_TRIGGERS)}


async def test_the_migrated_database_has_the_triggers_that_the_models_say(
    engine: AsyncEngine, postgres: Embedded
) -> None:
    await execute(postgres, "CREATE DATABASE declared")
    declared = make_engine(postgres.url("declared"))
    async with declared.begin() as connection:
        await connection.execute(text("CREATE EXTENSION pg_trgm"))
        await connection.run_sync(metadata.create_all)
    by_models = await triggers_in(declared)
    await declared.dispose()
    await execute(postgres, "DROP DATABASE declared")
    assert await triggers_in(engine) == by_models
    assert {"closure.closure_keeps_duties_apart", "trail_entry.trail_is_append_only"} < set(by_models)
