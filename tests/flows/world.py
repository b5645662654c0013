"""A tracker and a Prefect server together, and what both say of an action's run."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from prefect.client.schemas.objects import FlowRun
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.action_runs import leased
from flows.connection import SharedClient
from flows.reconcile import Reconciler
from flows.runner import Runner
from flows.waking import Waker
from tests.cast import Cast, a_care_plan_action

WITHIN = 120.0


async def define_actions(cast: Cast, count: int = 1, **changes: Any) -> list[UUID]:
    """Actions as people define them, now and due in two weeks, with references that no other test uses."""
    now = datetime.now(UTC)
    changes.setdefault("due_at", now + timedelta(days=14))
    made = [await a_care_plan_action(cast, now, **changes) for _ in range(count)]
    async with cast.office.engine.begin() as connection:
        for action in made:
            # Prefect's database is shared by all tests, and starts each tracker's count at one again.
            await connection.execute(
                text("UPDATE action SET ref = :ref WHERE id = :id"),
                {"ref": f"FT-{str(action.action_id)[-8:]}", "id": action.action_id},
            )
    return [action.action_id for action in made]


@asynccontextmanager
async def worker(engine: AsyncEngine, client: SharedClient, name: str = "one") -> AsyncGenerator[None]:
    """Runner and waker, as a worker runs them."""

    async def elsewhere(actions: list[UUID]) -> set[UUID]:
        async with engine.connect() as connection:
            return await leased(connection, actions)

    runner = Runner(client, 8, name, elsewhere)
    jobs = [
        asyncio.create_task(runner.run()),
        asyncio.create_task(Waker(engine, client, runner.poke, runner.hungry, runner.run_now).run()),
    ]
    try:
        yield
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something to become true; fails after a while."""
    deadline = time.monotonic() + WITHIN
    while not await what():
        assert time.monotonic() < deadline, f"not within {WITHIN:.0f} seconds"
        await asyncio.sleep(0.05)


async def row(engine: AsyncEngine, action_id: UUID) -> Any:
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT * FROM action_run WHERE action_id = :id"), {"id": action_id})
        return found.one()


async def is_at_rest(engine: AsyncEngine, *actions: UUID) -> bool:
    """Whether these actions' runs have parked, with no wake left to serve."""
    rows = [await row(engine, action) for action in actions]
    return all(r.waiting_for and r.wake_requested_at is None and r.lease_holder is None for r in rows)


async def run_of(engine: AsyncEngine, client: SharedClient, action: UUID) -> FlowRun:
    return await client.read_flow_run((await row(engine, action)).flow_run_id)


async def runs_named(client: SharedClient, name: str) -> list[FlowRun]:
    return await client.read_flow_runs(flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=[name])))


async def ask(engine: AsyncEngine, *actions: UUID) -> None:
    """Ask for wakes as an answer does, after it has committed."""
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE action_run SET wake_requested_at = clock_timestamp() WHERE action_id = ANY(:ids)"),
            {"ids": list(actions)},
        )
        await connection.execute(text("SELECT pg_notify('action_wake', '')"))


async def reconcile(engine: AsyncEngine, client: SharedClient) -> int:
    return await Reconciler(engine, client).everything()
