"""Systems with keys, against the real application on a database of each test's own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from commands.api_keys import make_key
from commands.office import utc_now
from domain.actors import OPERATOR
from domain.connecting import Purpose
from tests.api.house import House, anybody

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
