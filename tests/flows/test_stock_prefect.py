"""Prefect's own commands work on our flows: a stock worker runs them, `prefect deploy` registers them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from prefect.client.schemas.objects import FlowRun, StateType
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.action_runs import release_lease, take_lease
from flows.connection import SharedClient
from flows.deploy import ACTION_DEPLOYMENT, POOL, register
from flows.waiting import woken_state
from flows.waking import Waker
from tests.cast import Cast
from tests.flows.world import ask, define_actions, is_at_rest, run_of, until, worker
from tests.prefect_server import PrefectServer

ROOT = Path(__file__).parent.parent.parent


def environment(prefect: PrefectServer, database: str, home: Path) -> dict[str, str]:
    ours = {"FOLLOWTHROUGH_DATABASE_URL": database, "FOLLOWTHROUGH_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return {**os.environ, **prefect.environment, **ours, "PREFECT_LOGGING_TO_API_ENABLED": "false"}


@contextmanager
def stock_worker(prefect: PrefectServer, database: str, home: Path) -> Generator[None]:
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process"]
    with (home / "stock.log").open("ab") as log:
        child = subprocess.Popen(command, env=environment(prefect, database, home), stdout=log, stderr=log, cwd=home)
    try:
        yield
    finally:
        child.terminate()
        child.wait(30)


async def test_a_stock_worker_runs_our_flow_beside_ours(
    cast: Cast,
    engine: AsyncEngine,
    client: SharedClient,
    prefect: PrefectServer,
    database: str,
    tmp_path: Path,
) -> None:
    await register()
    [alone, shared] = await define_actions(cast, 2)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, alone, shared))
    with stock_worker(prefect, database, tmp_path):
        await ask(engine, alone)
        await push(engine, client)
        await until(lambda: woke(engine, client, alone))
        async with worker(engine, client):
            await ask(engine, shared)
            await until(lambda: woke(engine, client, shared))
    for action in (alone, shared):
        run = await run_of(engine, client, action)
        assert (run.state_type, run.state_name) == (StateType.SCHEDULED, "Awaiting acceptance")


async def test_a_stock_worker_waits_while_ours_has_the_action(
    cast: Cast, engine: AsyncEngine, client: SharedClient, prefect: PrefectServer, database: str, tmp_path: Path
) -> None:
    await register()
    [action] = await define_actions(cast)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
    async with engine.begin() as connection:
        late = "UPDATE step SET (opened_at, due_at) = (now() - interval '30 days', now() - interval '30 days')"
        await connection.execute(text(f"{late} WHERE action_id = :id"), {"id": action})
        assert await take_lease(connection, action, "ours", timedelta(minutes=5))
    run = await run_of(engine, client, action)
    await client.set_flow_run_state(run.id, woken_state(), force=True)
    with stock_worker(prefect, database, tmp_path):

        async def waits_for_ours() -> bool:
            return (await run_of(engine, client, action)).state_name == "Being looked at"

        await until(waits_for_ours)
        assert await fired(engine, action) == []
        async with engine.begin() as connection:
            await release_lease(connection, action, "ours", "Awaiting acceptance", None)
        await until(lambda: woke(engine, client, action))
    rungs = await fired(engine, action)
    assert rungs == sorted(set(rungs)) != []


async def fired(engine: AsyncEngine, action: UUID) -> list[int]:
    async with engine.connect() as connection:
        query = text("SELECT rung FROM escalation WHERE action_id = :id ORDER BY fired_at")
        return list((await connection.execute(query, {"id": action})).scalars())


async def test_prefect_deploy_registers_what_we_register(
    client: SharedClient, prefect: PrefectServer, database: str, tmp_path: Path
) -> None:
    await register()
    ours = await client.read_deployment_by_name(ACTION_DEPLOYMENT)
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    child = await asyncio.create_subprocess_exec(
        *command,
        env={**environment(prefect, database, tmp_path), "PWD": str(ROOT)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await child.communicate()
    assert child.returncode == 0, said.decode()[-2000:]
    theirs = await client.read_deployment_by_name(ACTION_DEPLOYMENT)
    assert theirs.id == ours.id
    assert (theirs.entrypoint, theirs.pull_steps) == (ours.entrypoint, ours.pull_steps)


async def push(engine: AsyncEngine, client: SharedClient) -> None:
    """What our waker does; a stock worker has none."""

    async def ready() -> None:
        return None

    async def no_runner_here(_run: FlowRun) -> bool:
        return False

    await Waker(engine, client, lambda: None, ready, no_runner_here).turn()


async def woke(engine: AsyncEngine, client: SharedClient, action: UUID) -> bool:
    run = await run_of(engine, client, action)
    return run.run_count >= 2 and run.state_name == "Awaiting acceptance" and await is_at_rest(engine, action)
