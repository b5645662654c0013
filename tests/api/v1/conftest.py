"""Systems with keys, against the real application on a database of each test's own."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import schemathesis
import uvicorn

from api.app import create_app
from commands.api_keys import make_key
from commands.office import utc_now
from db.embedded import Embedded
from db.engine import make_engine
from domain.actors import OPERATOR
from domain.connecting import Purpose
from settings import Settings
from tests.api.house import House, anybody, build
from tests.cast import Cast
from tests.conftest import clone, execute

EVERYTHING = frozenset(Purpose)


@dataclass(frozen=True, slots=True)
class System:
    """Another system: its key, and a client that sends it."""

    key_id: UUID
    token: str
    http: httpx.AsyncClient

    async def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> httpx.Response:
        """Send a body under an idempotency key, a fresh one unless it is given."""
        return await self.http.post(path, json=body, headers={"Idempotency-Key": key or uuid4().hex, **headers})


async def a_system(
    house: House, *purposes: Purpose, location: UUID | None = None, name: str = "Incident system", days: int = 30
) -> System:
    """A system with a key for these purposes, or for all of them."""
    now = utc_now()
    made = await make_key(
        *(house.cast.office, OPERATOR, uuid4(), name, frozenset(purposes) or EVERYTHING),
        *(location, now + timedelta(days=days), now),
    )
    assert made.token is not None
    http = anybody(house)
    http.base_url = httpx.URL("http://127.0.0.1:8080/api/v1/")
    http.headers["Authorization"] = f"Bearer {made.token}"
    return System(made.id, made.token, http)


@pytest.fixture
async def system(bare: House) -> AsyncIterator[System]:
    """A system that may do everything everywhere, in a house without actions."""
    made = await a_system(bare)
    yield made
    await made.http.aclose()


def a_finding(house: House, **changes: Any) -> dict[str, Any]:
    return {
        "location_id": str(house.cast.location),
        "source": "incident",
        "summary": "Two falls in the same bathroom within a week; no grab rail beside the basin.",
        "theme": "falls",
        "external_ref": "INC-20418",
    } | changes


def an_action(house: House, **changes: Any) -> dict[str, Any]:
    """Everything that an action needs to go to its owner at once."""
    due = house.cast.office.calendar.day_of(utc_now() + timedelta(days=30))
    return a_finding(house) | {
        "title": "A grab rail beside every basin",
        "what_will_change": "Maintenance fits a grab rail beside the basin in all six bathrooms this month.",
        "measure": {"what": "bathrooms with a rail beside the basin", "baseline": "0 of 6", "target": "6 of 6"},
        "risk": "medium",
        "due_on": due.isoformat(),
        "closure_criteria": "Six photographs, and no fall at a basin for four weeks.",
        "owner_email": "oona@example.org",
    } | changes  # fmt: skip


@dataclass(frozen=True, slots=True)
class Served:
    """The application under its own address, a key, its description, and something that is really there."""

    address: str
    token: str
    document: dict[str, Any]
    location: str
    ref: str
    database: str

    @property
    def schema(self) -> Any:
        return schemathesis.openapi.from_dict(self.document)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="package")
async def served(postgres: Embedded, employed: Cast, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    name, home = f"s{uuid4().hex[:12]}", tmp_path_factory.mktemp("served")
    await clone(postgres, name, "employed")
    url = postgres.url(name)
    engine = make_engine(url)
    house = build(employed, engine, url, home)
    system = await a_system(house)
    raised = (await system.post("findings", a_finding(house))).json()
    await system.http.aclose()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        made = Settings(home=home, database_url=url, api_requests_each_minute=100_000, _env_file=None)  # pyright: ignore[reportCallIssue]
        server = uvicorn.Server(uvicorn.Config(create_app(made), log_level="error"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        document = await _described(address)
        yield Served(address, system.token, document, str(house.cast.location), raised["ref"], url)
        server.should_exit = True
        await asyncio.to_thread(thread.join, 20)
    await house.app.state.front.office.engine.dispose()
    await engine.dispose()
    await execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def _described(address: str) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        while True:
            try:
                return (await client.get(f"{address}/openapi.json")).json()
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
