"""What tests share: a real PostgreSQL, and databases cloned from a migrated one."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import psutil
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db import embedded
from db.embedded import Embedded
from db.engine import make_engine
from db.migrate import migrate
from tests.cast import Cast, at_work, employ, engage
from tests.units import Units, place

TEMPLATE = "migrated"
MEMORY = Path("/dev/shm")
ENOUGH = 4 * 1024**3


def _work_in_memory() -> None:
    """Put what tests write into memory where there is plenty: a database is 600 files, and some disks need a second."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) > ENOUGH:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


_work_in_memory()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Units:
    return Units(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.nodeid))


# How long an example takes says more of the machine than of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Embedded]:
    """A cluster for the whole run, with one migrated database that the others are cloned from."""
    folder = Path(tempfile.mkdtemp(prefix="ft-test-"))
    cluster = embedded.start(folder / "pg", durable=False)
    asyncio.run(make_template(cluster))
    yield cluster
    cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)


async def make_template(cluster: Embedded) -> None:
    await embedded.make_databases(cluster, TEMPLATE)
    engine = make_engine(cluster.url(TEMPLATE))
    await migrate(engine)
    await engine.dispose()


async def execute(cluster: Embedded, statement: str) -> None:
    connection = await asyncpg.connect(user="postgres", database="postgres", host=str(cluster.socket_folder))
    await connection.execute(statement)
    await connection.close()


async def clone(cluster: Embedded, name: str, template: str = TEMPLATE) -> None:
    """Make a migrated database. Copying its files is several times quicker than PostgreSQL's usual way."""
    await execute(cluster, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


@pytest.fixture(scope="session")
async def engaged(postgres: Embedded) -> Cast:
    """Who works in the database of that name, which is cloned for each test that has a cast."""
    return await _filled(postgres, "engaged", engage)


@pytest.fixture(scope="session")
async def employed(postgres: Embedded) -> Cast:
    """The same with everybody who signs in, for tests that have a house; they have been there for a while."""
    return await _filled(postgres, "employed", employ)


async def _filled(cluster: Embedded, name: str, fill: Callable[[AsyncEngine], Awaitable[Cast]]) -> Cast:
    await clone(cluster, name)
    engine = make_engine(cluster.url(name))
    made = await fill(engine)
    await engine.dispose()
    return made


@pytest.fixture
async def database(postgres: Embedded, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of a fresh, migrated database of this test's own, with people in it if the test has a cast."""
    name = f"t{uuid4().hex[:12]}"
    template = next((filled for filled in ("engaged", "employed") if filled in request.fixturenames), TEMPLATE)
    await clone(postgres, name, template)
    yield postgres.url(name)
    await execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database)
    yield made
    await made.dispose()


@pytest.fixture
def cast(engaged: Cast, engine: AsyncEngine) -> Cast:
    """The people of Cedar View, and an office on this test's own database."""
    return at_work(engaged, engine)


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.connect() as opened:
        yield opened
        await opened.rollback()
