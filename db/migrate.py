"""Bringing a database to the present schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

HERE = Path(__file__).parent
# As in migration 0017, for a database that was given the extension after that.
_INDEX_WORDS = """
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE INDEX IF NOT EXISTS ix_action_words_trigrams ON action_words USING gin (words gin_trgm_ops);
    END IF;
END $$
"""
_INDEXES_WORDS = text("SELECT to_regclass('ix_action_words_trigrams') IS NOT NULL")


def alembic_config() -> Config:
    """Alembic's configuration, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations"))
    return config


def newest() -> str | None:
    """The revision that a database of this version has."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


async def migrate(engine: AsyncEngine) -> None:
    """Apply every migration that is missing; safe to run at every start, and by two processes at once.

    The index on words is made here too, where the database has learned to compare them since.
    """

    def upgrade(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    async with engine.begin() as connection:
        await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7011965)")
        await connection.run_sync(upgrade)
        await connection.exec_driver_sql(_INDEX_WORDS)


async def indexes_words(connection: AsyncConnection) -> bool:
    """Whether words are searched for by an index. Only where the database can compare them."""
    return (await connection.execute(_INDEXES_WORDS)).scalar_one()


async def versions_of(connection: AsyncConnection) -> tuple[str, str | None]:
    """PostgreSQL's version, and the revision of the tables; None where there are none."""
    server = (await connection.execute(text("SHOW server_version"))).scalar_one()
    if (await connection.execute(text("SELECT to_regclass('alembic_version')"))).scalar_one() is None:
        return server, None
    return server, (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
