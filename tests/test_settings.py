"""Settings as people write them."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from settings import Settings


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("postgres://u:p@h/db", "postgresql+asyncpg://u:p@h/db"),
        ("postgresql://u:p@h/db?sslmode=require", "postgresql+asyncpg://u:p@h/db?ssl=require"),
        ("postgresql+psycopg://u@/db?host=/run", "postgresql+asyncpg://u@/db?host=/run"),
        ("", None),
    ],
)
def test_database_addresses_may_be_written_as_usual(written: str, used: str | None) -> None:
    assert Settings(database_url=written).database_url == used


def test_prefect_lives_beside_the_tracker_unless_it_is_told_otherwise() -> None:
    tracker = "postgresql+asyncpg://u:p@h:5433/tracker?ssl=require"
    assert Settings().prefect_database(tracker) == "postgresql+asyncpg://u:p@h:5433/prefect?ssl=require"
    told = Settings(prefect_database_url="postgresql://other/runs")
    assert told.prefect_database(tracker) == "postgresql+asyncpg://other/runs"


def test_the_key_is_made_once_whole_and_for_this_user_alone(tmp_path: Path) -> None:
    def read(_: int) -> bytes:
        return Settings(home=tmp_path / "new").secret_key

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(read, range(16)))
    assert [len(key) for key in keys] == [32]
    assert stat.S_IMODE((tmp_path / "new" / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret.key"]
