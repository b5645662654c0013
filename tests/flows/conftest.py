"""A real Prefect server for these tests, and a tracker whose tasks find their office."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from prefect.context import refresh_global_settings_context

from db import embedded
from db.embedded import Embedded
from flows.connection import SharedClient, shared_client
from tasks.desk import set_office
from tests.cast import Cast
from tests.prefect_server import PrefectServer, prefect_server

CLIENT = {
    "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
}


@pytest.fixture(scope="package")
def prefect(postgres: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    """One server for the run; this process talks to it from here on."""
    asyncio.run(embedded.make_databases(postgres, "prefect"))
    home: Path = tmp_path_factory.mktemp("prefect")
    before = dict(os.environ)
    with prefect_server(postgres.url("prefect"), home) as server:
        ours = {name: value for name, value in server.environment.items() if name.startswith(("PREFECT_", "DO_NOT"))}
        os.environ.update(ours | CLIENT)
        refresh_global_settings_context()
        yield server
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
async def client(prefect: PrefectServer) -> AsyncIterator[SharedClient]:
    async with shared_client() as opened:
        yield opened


@pytest.fixture
def cast(cast: Cast) -> Cast:
    """The cast, whose office the tasks of this process find."""
    set_office(cast.office)
    return cast
