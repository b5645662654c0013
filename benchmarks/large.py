"""Lists, hints and the overview of a tracker that has grown: 100,000 open actions and 50,000 that have closed.

Fills a database of its own in bulk, then asks the real pages and the real API for what people and other systems
ask most, each many times over, one after the other. Prints a table; `large.json` holds the last run.
"""

import asyncio
import contextlib
import json
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from benchmarks.filling import CLOSED, HOMES, OPEN, Filled, fill
from commands.api_keys import make_key
from commands.office import Office, england_and_wales, utc_now
from commands.people import first_sign_in_link
from db import embedded
from db.engine import make_engine
from db.migrate import migrate
from db.repeats import known_themes, repeat_candidates, similar_open
from db.scope import Viewer
from domain.actors import OPERATOR
from domain.connecting import LONGEST_LIFE, Purpose
from domain.vocabulary import Role
from settings import Settings

TIMES = 40
LIST_GOAL, OVERVIEW_GOAL = 200.0, 500.0
PASSWORD = "three plain invented words"
RESULT = Path(__file__).parent / "large.json"
Ask = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Timed:
    """One question, in milliseconds, and how long its 95th percentile may be."""

    what: str
    p50: float
    p95: float
    goal: float


async def timed(what: str, ask: Ask, goal: float = LIST_GOAL) -> Timed:
    """Ask many times, one after the other; the first three only fill the caches."""
    took: list[float] = []
    for number in range(TIMES + 3):
        started = time.perf_counter()
        await ask()
        if number >= 3:
            took.append(1000 * (time.perf_counter() - started))
    result = Timed(what, statistics.median(took), statistics.quantiles(took, n=20)[-1], goal)
    verdict = "" if result.p95 <= goal else "   over the goal"
    print(f"  {what:<58}{result.p50:9.1f}{result.p95:9.1f}{goal:8.0f}{verdict}", flush=True)
    return result


class Browser:
    """A signed-in person, or another system with its key."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    def asks(self, path: str, **params: Any) -> Ask:
        async def ask() -> None:
            answer = await self._client.get(path, params=params)
            assert answer.status_code == 200, (path, answer.status_code, answer.text[:400])

        return ask

    async def cursor(self, path: str, pages: int, **params: Any) -> dict[str, Any]:
        """Turn that many pages, and say what the next one is asked with."""
        for _ in range(pages):
            found = (await self._client.get(path, params=params)).json()
            params["cursor"] = found["next"]
        return params


async def signed_in(app: Any, office: Office, email: str) -> Browser:
    minted = await first_sign_in_link(office, OPERATOR, email, utc_now(), mail=False)
    client = _client(app)
    answer = await client.post(f"/welcome/{minted.token}", data={"password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return Browser(client)


async def other_system(app: Any, office: Office, location: UUID | None) -> Browser:
    purposes = frozenset({Purpose.READ_STATUS, Purpose.READ_WORDS})
    now = utc_now()
    key = await make_key(office, OPERATOR, uuid4(), "Bench", purposes, location, now + LONGEST_LIFE / 2, now)
    client = _client(app)
    client.headers["Authorization"] = f"Bearer {key.token}"
    return Browser(client)


def _client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080", timeout=120)


@contextlib.asynccontextmanager
async def a_large_tracker() -> AsyncGenerator[tuple[Office, Any, Filled]]:
    """A database of its own, filled, with the pages and the API on it."""
    home = Path(tempfile.mkdtemp(prefix="ft-large-"))
    cluster = await asyncio.to_thread(embedded.start, home / "pg", durable=False)
    try:
        await embedded.make_databases(cluster, "large")
        engine: AsyncEngine = make_engine(cluster.url("large"))
        await migrate(engine)
        key = bytes(range(32))
        (home / "secret.key").write_bytes(key)
        office = Office(engine, key, england_and_wales())
        started = time.perf_counter()
        filled = await fill(office)
        print(f"Filled in {time.perf_counter() - started:.0f} s: {OPEN:,} open, {CLOSED:,} closed, {HOMES} homes.\n")
        url = cluster.url("large")
        settings = Settings(home=home, database_url=url, api_requests_each_minute=10**6, _env_file=None)  # pyright: ignore[reportCallIssue]
        yield office, create_app(settings), filled
        await engine.dispose()
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


async def pages(app: Any, office: Office) -> list[Timed]:
    """What people open: somebody who sees every home, one of a single home, one who only takes part."""
    lead, manager, owner = [await signed_in(app, office, f"{who}@example.org") for who in ("lead", "manager", "owner")]
    deep = OPEN // 50 - 10
    return [
        await timed("tracker, every home, first page", lead.asks("/tracker")),
        await timed("tracker, every home, open ones", lead.asks("/tracker", open="yes")),
        await timed("tracker, every home, late ones", lead.asks("/tracker", late="yes")),
        await timed("tracker, every home, by status", lead.asks("/tracker", status="sample audit")),
        await timed(f"tracker, every home, page {deep:,}", lead.asks("/tracker", page=deep)),
        await timed("tracker, every home, a word searched", lead.asks("/tracker", q="weights 4711")),
        await timed("tracker, one home, first page", manager.asks("/tracker")),
        await timed("tracker, one home, a word searched", manager.asks("/tracker", q="weights")),
        await timed("tracker, who only takes part", owner.asks("/tracker")),
        await timed("my work", owner.asks("/work")),
        await timed("overview, every home", lead.asks("/overview"), OVERVIEW_GOAL),
        await timed("overview, one home", manager.asks("/overview"), OVERVIEW_GOAL),
    ]


async def api(app: Any, office: Office, filled: Filled) -> list[Timed]:
    """What other systems ask."""
    every, one = [await other_system(app, office, location) for location in (None, filled.home)]
    path = "/api/v1/actions"
    deep = await every.cursor(path, 300, limit=100)
    since = filled.since.isoformat()
    return [
        await timed("API list, first page of 100", every.asks(path, limit=100)),
        await timed("API list, 300 pages on", every.asks(path, **deep)),
        await timed("API list, overdue", every.asks(path, limit=100, overdue="true")),
        await timed("API list, by status", every.asks(path, limit=100, status="sample audit")),
        await timed("API list, changed since", every.asks(path, limit=100, updated_since=since)),
        await timed("API list, by the other system's reference", every.asks(path, external_ref="INC-4711")),
        await timed("API list, key of one home", one.asks(path, limit=100)),
        await timed("API, one action", every.asks(f"{path}/{filled.ref}")),
    ]


async def hints(office: Office, filled: Filled) -> list[Timed]:
    """What is asked while somebody writes a definition, in a home with many open actions."""
    viewer = Viewer(filled.lead, ((Role.QUALITY_LEAD, None),))
    title, change = "Weekly weights 4711", "Each person at risk is weighed weekly and the weight is in the plan."
    found = "7 of 12 people at risk had no weight recorded in the last 30 days."

    async def alike() -> None:
        async with office.engine.connect() as connection:
            assert await similar_open(connection, viewer, filled.home, title, change, found)

    async def again() -> None:
        async with office.engine.connect() as connection:
            await repeat_candidates(connection, filled.home, "nutrition", filled.since, viewer)

    async def themes() -> None:
        async with office.engine.connect() as connection:
            assert await known_themes(connection, viewer)

    return [
        await timed(f"likeness hint, {OPEN // HOMES:,} open actions at the home", alike),
        await timed("repeat hint", again),
        await timed("themes in use", themes),
    ]


async def measure() -> dict[str, Any]:
    async with a_large_tracker() as (office, app, filled):
        print(f"  {'milliseconds':<58}{'p50':>9}{'p95':>9}{'goal':>8}")
        results = [*await pages(app, office), *await api(app, office, filled), *await hints(office, filled)]
    return {
        "open": OPEN,
        "closed": CLOSED,
        "homes": HOMES,
        "times": TIMES,
        "python": platform.python_version(),
        "measured": utc_now().isoformat(timespec="seconds"),
        "results": [
            {"what": r.what, "p50_ms": round(r.p50, 1), "p95_ms": round(r.p95, 1), "goal_ms": r.goal} for r in results
        ],
        "over_goal": [r.what for r in results if r.p95 > r.goal],
    }


def main() -> None:
    result = asyncio.run(measure())
    RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    sys.exit(1 if result["over_goal"] else 0)


if __name__ == "__main__":
    main()
