"""The embedded PostgreSQL comes back after every kind of end, and lets nobody else in."""

import asyncio
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from db import cluster_folder, embedded
from db.embedded import DatabaseWontStart, Embedded, make_databases
from tests.conftest import execute

STARTS_AND_WAITS = """
import sys, time
from pathlib import Path
from db import embedded
print(embedded.start(Path(sys.argv[1]), durable=False).process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own, which another user of the machine may not enter."""
    made = Path(tempfile.mkdtemp(prefix="ft-test-"))
    yield made / "pg"
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Embedded]:
    running = embedded.start(folder, durable=False)
    yield running
    running.stop()


async def ask(cluster: Embedded, question: str, database: str = "postgres") -> object:
    connection = await asyncpg.connect(user="postgres", database=database, host=str(cluster.socket_folder))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def test_it_comes_back_with_its_data_after_a_stop_and_after_kill_9(folder: Path) -> None:
    first = embedded.start(folder)
    asyncio.run(execute(first, "CREATE TABLE kept AS SELECT 42 AS n"))
    first.stop()
    assert not (folder / "postmaster.pid").exists()
    second = embedded.start(folder)
    assert asyncio.run(ask(second, "SHOW fsync")) == "on"
    asyncio.run(execute(second, "UPDATE kept SET n = 43"))
    second.process.kill()
    second.process.wait()
    assert (folder / "postmaster.pid").exists()
    third = restarted(folder)
    assert asyncio.run(ask(third, "SELECT n FROM kept")) == 43
    third.stop()


def restarted(folder: Path) -> Embedded:
    """As the supervisor does: the killed one's sessions may take a moment to end."""
    for _ in range(50):
        try:
            return embedded.start(folder)
        except DatabaseWontStart:
            time.sleep(0.1)
    raise AssertionError("it never came back")


def test_a_pid_file_whose_number_another_program_has_now_is_no_obstacle(folder: Path) -> None:
    embedded.start(folder, durable=False).stop()
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n1\n5432\n")
    embedded.start(folder, durable=False).stop()


def test_it_ends_with_whoever_started_it_even_by_kill_9(folder: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", STARTS_AND_WAITS, str(folder)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    postmaster = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    postmaster.wait(20)
    assert not (folder / "postmaster.pid").exists()


def test_a_start_that_was_cut_short_leaves_no_half_of_a_cluster(folder: Path) -> None:
    half = folder.with_name("pg.new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    embedded.start(folder, durable=False).stop()
    assert not half.exists()


def test_a_cluster_that_cannot_start_says_what_postgresql_said(folder: Path) -> None:
    embedded.start(folder, durable=False).stop()
    (folder / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(DatabaseWontStart, match="no_such_setting"):
        embedded.start(folder, durable=False)


async def test_databases_are_made_once_with_what_prefect_needs(postgres: Embedded) -> None:
    await make_databases(postgres, "made-once")
    await make_databases(postgres, "made-once")
    assert await ask(postgres, "SELECT similarity('weight', 'weights') > 0.5", "made-once") is True


def test_nobody_else_on_the_machine_gets_in(folder: Path, cluster: Embedded) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "pg_hba.conf").read_text() == "local all all peer map=followthrough\n"
    assert "nobody" not in (folder / "pg_ident.conf").read_text()


def test_a_deep_folder_has_a_socket_folder_as_private_as_itself(folder: Path) -> None:
    deep = folder.parent / ("deep" * 25) / "pg"
    cluster = embedded.start(deep, durable=False)
    try:
        assert cluster.socket_folder != deep
        assert stat.S_IMODE(cluster.socket_folder.stat().st_mode) == 0o700
    finally:
        cluster.stop()
        shutil.rmtree(cluster.socket_folder)


def test_a_link_put_in_the_place_of_the_socket_folder_is_not_followed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder.parent))
    deep = folder.parent / ("deep" * 25)
    found = cluster_folder.socket_folder(deep, None)
    found.rmdir()
    found.symlink_to("/")
    with pytest.raises(OSError, match=r"Not a directory|symbolic"):
        cluster_folder.socket_folder(deep, None)
