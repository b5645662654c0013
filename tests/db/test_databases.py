"""The two databases are made on a server that somebody else runs, or it is said why not."""

import pytest
from sqlalchemy import text

from db.databases import DatabaseUnreachable, make_if_missing
from db.embedded import Embedded
from db.engine import make_engine

SETTING = "FOLLOWTHROUGH_PREFECT_DATABASE_URL"


async def test_a_missing_database_is_made_once_with_its_extension(postgres: Embedded) -> None:
    url = postgres.url("made-for-prefect")
    await make_if_missing(SETTING, url, "pg_trgm")
    await make_if_missing(SETTING, url, "pg_trgm")
    engine = make_engine(url)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT similarity('a', 'a')"))).scalar_one() == 1
    await engine.dispose()


async def test_a_refused_user_is_said_with_the_setting_and_without_the_password(postgres: Embedded) -> None:
    url = postgres.url("tracker").replace("postgres@", "eve:hush-hush@")
    with pytest.raises(DatabaseUnreachable, match=r"eve.*Check FOLLOWTHROUGH_PREFECT_DATABASE_URL") as refused:
        await make_if_missing(SETTING, url)
    assert "hush" not in str(refused.value)


async def test_nobody_there_is_said_in_plain_words() -> None:
    with pytest.raises(DatabaseUnreachable, match=r"“x” at 127\.0\.0\.1:9 cannot be used: nothing answers there\."):
        await make_if_missing(SETTING, "postgresql+asyncpg://a@127.0.0.1:9/x")
