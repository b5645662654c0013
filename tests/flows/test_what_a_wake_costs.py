"""What a wake costs Prefect: two calls, and no event that it keeps. Both were half of a wake's price once."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

import asyncpg
import httpx
import pytest
from prefect.events import Event, Resource
from sqlalchemy.ext.asyncio import AsyncEngine

from db.embedded import Embedded
from flows.connection import SharedClient
from flows.deploy import register
from flows.runner import Runner
from flows.waking import Waker
from tests.cast import Cast
from tests.flows.world import ask, define_actions, is_at_rest, run_of, until, worker

# Prefect writes events down as soon as it has gathered this many.
A_BATCH = 20


async def test_a_wake_makes_two_calls_it_runs_and_it_waits_again(
    cast: Cast, engine: AsyncEngine, client: SharedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register()
    [action] = await define_actions(cast)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
    runner = Runner(client, 8, "one", nobody_else)
    waker = Waker(engine, client, runner.poke, runner.hungry, runner.run_now)
    await wake(waker, runner, engine, action)  # learns the deployment, once for all wakes
    before = await run_of(engine, client, action)
    with counted(monkeypatch) as calls:
        await wake(waker, runner, engine, action)
    after = await run_of(engine, client, action)
    assert calls == [f"POST /api/flow_runs/{before.id}/set_state"] * 2
    assert (after.state_name, after.run_count) == ("Awaiting acceptance", before.run_count + 1)


async def test_prefect_keeps_no_events(client: SharedClient, postgres: Embedded) -> None:
    told = [Event(event="told", resource=Resource({"prefect.resource.id": f"told.{n}"})) for n in range(A_BATCH)]
    await client.request("POST", "/events", json=[event.model_dump(mode="json") for event in told])
    await asyncio.sleep(0.2)
    prefect = await asyncpg.connect(user="postgres", database="prefect", host=str(postgres.socket_folder))
    kept = await prefect.fetchval("SELECT count(*) FROM events")
    await prefect.close()
    assert kept == 0


async def wake(waker: Waker, runner: Runner, engine: AsyncEngine, action: UUID) -> None:
    """Ask for one wake and see it through, with nobody who polls or beats meanwhile."""
    await ask(engine, action)
    assert await waker.turn() == 1
    await asyncio.gather(*runner._running.values())
    assert await is_at_rest(engine, action)


async def nobody_else(_actions: list[UUID]) -> set[UUID]:
    return set()


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Generator[list[str]]:
    """Every HTTP call of this process, whichever client makes it; each goes through to the real server."""
    calls: list[str] = []
    send, send_blocking = httpx.AsyncHTTPTransport.handle_async_request, httpx.HTTPTransport.handle_request

    async def noted(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        calls.append(f"{request.method} {request.url.path}")
        return await send(self, request)

    def noted_blocking(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        calls.append(f"{request.method} {request.url.path}")
        return send_blocking(self, request)

    with monkeypatch.context() as patched:
        patched.setattr(httpx.AsyncHTTPTransport, "handle_async_request", noted)
        patched.setattr(httpx.HTTPTransport, "handle_request", noted_blocking)
        yield calls
