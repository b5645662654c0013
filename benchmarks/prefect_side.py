"""The Prefect side: wakes per second of our worker and of a stock one, and how late the view is."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from benchmarks.stack import HERE, Stack
from commands.office import Office
from db.run_checks import ask_wakes
from flows.environment import auth_string, client_environment
from settings import Settings

_SHOWN = text("SELECT wake_requested_at IS NULL AND view_shown_at > :since FROM action_run WHERE action_id = :id")
_ALL_SHOWN = text(
    "SELECT count(*) FROM action_run WHERE action_id = ANY(:ids) AND wake_requested_at IS NULL"
    " AND view_shown_at > :since"
)
_RUNS = text("SELECT flow_run_id FROM action_run WHERE action_id = ANY(:ids)")
STOCK_WITHIN = 180.0


async def shown_after(office: Office, action_id: UUID, since: datetime) -> float:
    """Seconds until the action's run shows what it waits for now."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < 30:
        async with office.engine.connect() as connection:
            if (await connection.execute(_SHOWN, {"id": action_id, "since": since})).scalar_one_or_none():
                return time.perf_counter() - begun
        await asyncio.sleep(0.02)
    return 30.0


async def our_wakes(office: Office, ids: list[UUID]) -> float:
    """Wakes per second of our worker: asked for all at once, until the last has parked again."""
    since, begun = datetime.now(UTC), time.perf_counter()
    async with office.engine.begin() as connection:
        await ask_wakes(connection, ids)
    while True:
        async with office.engine.connect() as connection:
            if (await connection.execute(_ALL_SHOWN, {"ids": ids, "since": since})).scalar_one() == len(ids):
                return len(ids) / (time.perf_counter() - begun)
        await asyncio.sleep(0.05)


async def stock_wakes(stack: Stack, office: Office, ids: list[UUID]) -> float:
    """Wakes per second of a stock `prefect worker` process pool on the same runs, ours stopped meanwhile."""
    settings = Settings(home=stack.home, prefect_port=int(stack.environment["FOLLOWTHROUGH_PREFECT_PORT"]))
    environment = client_environment(settings) | {
        **stack.environment,
        "FOLLOWTHROUGH_DATABASE_URL": stack.database_url,
        "FOLLOWTHROUGH_CODE": str(HERE),
        "PYTHONPATH": str(HERE),
    }
    async with office.engine.connect() as connection:
        runs = [str(row.flow_run_id) for row in await connection.execute(_RUNS, {"ids": ids})]
    os.kill(stack.pid_of("worker"), signal.SIGSTOP)
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "prefect", "worker", "start", "--pool", "followthrough", "--type", "process"),
        env={**os.environ, **environment},
        cwd=HERE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        user, _, password = auth_string(settings).partition(":")
        async with httpx.AsyncClient(base_url=settings.prefect_api_url, auth=(user, password), timeout=60) as api:
            await _worker_is_there(api)
            return await _woken(api, runs)
    finally:
        worker.terminate()
        await worker.wait()
        os.kill(stack.pid_of("worker"), signal.SIGCONT)


async def _worker_is_there(api: httpx.AsyncClient) -> None:
    """Wait for the stock worker to have polled once: its own start is not measured."""
    for _ in range(240):
        found: list[dict[str, Any]] = (await api.post("/work_pools/followthrough/workers/filter", json={})).json()
        if any("ProcessWorker" in one["name"] for one in found):
            await asyncio.sleep(3)
            return
        await asyncio.sleep(0.5)
    raise RuntimeError("The stock worker did not start.")


async def _woken(api: httpx.AsyncClient, runs: list[str]) -> float:
    state = {"type": "SCHEDULED", "name": "Stock", "state_details": {"scheduled_time": datetime.now(UTC).isoformat()}}
    begun, parked = time.perf_counter(), list[Any]()
    for run in runs:
        await api.post(f"/flow_runs/{run}/set_state", json={"state": state, "force": True})
    while time.perf_counter() - begun < STOCK_WITHIN:
        found = (await api.post("/flow_runs/filter", json={"flow_runs": {"id": {"any_": runs}}})).json()
        parked = [one for one in found if one["state_name"].startswith(("Awaiting", "Completed"))]
        if len(parked) == len(runs):
            return len(runs) / (time.perf_counter() - begun)
        await asyncio.sleep(0.2)
    return len(parked) / STOCK_WITHIN
