"""How many waiting runs Prefect wakes in a second: with our worker, and with a stock process pool.

A wake is whole: pushed, polled, lease taken, process read, parked again, lease released. Everything
runs on this machine. `python -m benchmarks.wakes` starts what it needs and prints the figures; the
whole benchmark calls `measure` with its own database and server.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db import embedded
from db.engine import make_engine
from db.migrate import migrate
from flows.environment import auth_string, client_environment, server_environment
from settings import Settings

ROOT = Path(__file__).parent.parent
POOL = "followthrough"
_NOW = text("SELECT clock_timestamp()")
_SOME = text("SELECT action_id, flow_run_id FROM action_run WHERE flow_run_id IS NOT NULL ORDER BY action_id LIMIT :n")
_ASK = text("UPDATE action_run SET wake_requested_at = clock_timestamp() WHERE action_id = ANY(:ids)")
_NOTIFY = text("SELECT pg_notify('action_wake', '')")
_DONE = text("SELECT count(*) FROM action_run WHERE action_id = ANY(:ids) AND view_shown_at > :since")
_WAITING = text(
    "SELECT count(*) FROM action_run"
    " WHERE waiting_for IS NOT NULL AND wake_requested_at IS NULL AND lease_holder IS NULL"
)


def child_environment(settings: Settings, database_url: str) -> dict[str, str]:
    """What our worker and a stock one need to find the tracker and the server."""
    return client_environment(settings) | {
        "FOLLOWTHROUGH_DATABASE_URL": database_url,
        "FOLLOWTHROUGH_HOME": str(settings.home.resolve()),
        "FOLLOWTHROUGH_PREFECT_PORT": str(settings.prefect_port),
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def process(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A child for as long as the block lasts."""
    with log.open("ab") as out:
        child = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out, cwd=ROOT)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


async def measure(
    engine: AsyncEngine, settings: Settings, database_url: str, wakes: int = 100, stock_wakes: int = 8
) -> dict[str, float]:
    """Both rates, one after the other, on the open actions that are there. No worker may run beside it."""
    environment = child_environment(settings, database_url)
    with process([sys.executable, "-m", "cli.main", "worker"], environment, settings.home / "bench-worker.log"):
        await _until_all_wait(engine, wakes)
        ours = await _ours(engine, wakes)
    stock = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--name", "stock"]
    async with _api(settings) as api:
        with process(stock, environment, settings.home / "bench-stock.log"):
            await _until_online(api, "stock")
            theirs = await _theirs(engine, api, stock_wakes)
    return {
        "wakes_per_s": round(ours, 2),
        "stock_wakes_per_s": round(theirs, 3),
        "wake_ratio": round(ours / theirs, 1),
    }


async def _ours(engine: AsyncEngine, wakes: int) -> float:
    ids = [action for action, _ in await _runs(engine, wakes)]
    async with engine.begin() as connection:
        since = (await connection.execute(_NOW)).scalar_one()
        await connection.execute(_ASK, {"ids": ids})
        await connection.execute(_NOTIFY)
    return await _rate(engine, ids, since)


async def _theirs(engine: AsyncEngine, api: httpx.AsyncClient, wakes: int) -> float:
    """A stock worker has no waker, so the runs are pushed here, as ours would push them."""
    runs = await _runs(engine, wakes)
    async with engine.connect() as connection:
        since = (await connection.execute(_NOW)).scalar_one()
    for _, run in runs:
        state = {"type": "SCHEDULED", "name": "Woken", "state_details": {"scheduled_time": since.isoformat()}}
        (await api.post(f"/flow_runs/{run}/set_state", json={"state": state, "force": True})).raise_for_status()
    return await _rate(engine, [action for action, _ in runs], since)


async def _runs(engine: AsyncEngine, most: int) -> list[tuple[UUID, UUID]]:
    async with engine.connect() as connection:
        return [(row.action_id, row.flow_run_id) for row in await connection.execute(_SOME, {"n": most})]


async def _rate(engine: AsyncEngine, ids: list[UUID], since: datetime, within: float = 180) -> float:
    started = time.monotonic()
    while time.monotonic() - started < within:
        async with engine.connect() as connection:
            done = (await connection.execute(_DONE, {"ids": ids, "since": since})).scalar_one()
        if done >= len(ids):
            return len(ids) / (time.monotonic() - started)
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{done} of {len(ids)} runs woke within {within:.0f} s")


async def _until_all_wait(engine: AsyncEngine, count: int, within: float = 240) -> None:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        async with engine.connect() as connection:
            if (await connection.execute(_WAITING)).scalar_one() >= count:
                return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"fewer than {count} actions have a waiting run")


def _api(settings: Settings) -> httpx.AsyncClient:
    user, _, password = auth_string(settings).partition(":")
    return httpx.AsyncClient(base_url=settings.prefect_api_url, auth=(user, password), timeout=30)


async def _until_online(api: httpx.AsyncClient, name: str, within: float = 60) -> None:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        answer = await api.post(f"/work_pools/{POOL}/workers/filter", json={})
        if answer.status_code == 200 and any(w["name"] == name and w["status"] == "ONLINE" for w in answer.json()):
            return
        await asyncio.sleep(0.2)
    raise TimeoutError(f"the worker {name} did not come online")


async def _alone(wakes: int) -> dict[str, float]:
    from commands.office import utc_now
    from tests.cast import a_care_plan_action, engage
    from tests.prefect_server import PrefectServer, free_port

    with tempfile.TemporaryDirectory(prefix="ft-wakes-") as folder:
        home = Path(folder)
        settings = Settings(home=home, prefect_port=free_port())
        cluster = await asyncio.to_thread(embedded.start, home / "postgres")
        engine = make_engine(cluster.url("followthrough"))
        server = PrefectServer(cluster.url("prefect"), home / "prefect", settings.prefect_port)
        try:
            await embedded.make_databases(cluster, "followthrough", "prefect")
            await migrate(engine)
            cast = await engage(engine, utc_now())
            for _ in range(wakes):
                await a_care_plan_action(cast, utc_now())
            extra = server_environment(settings, server.database_url)
            await asyncio.to_thread(server.start, extra)
            return await measure(engine, settings, cluster.url("followthrough"), wakes)
        finally:
            await engine.dispose()
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(cluster.stop)


if __name__ == "__main__":
    figures = asyncio.run(_alone(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
    print(json.dumps(figures, indent=2))
