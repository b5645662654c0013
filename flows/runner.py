"""The runner: polls Prefect for due runs of our pool and runs them in this process.

A stock Prefect worker starts a Python process for every wake; this one awaits the flow. One HTTP
client is kept open for all runs, because every new one loads the certificate bundle afresh.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import run_flow_async
from prefect.flows import Flow, load_flow_from_entrypoint

from flows.deploy import HERE, POOL

POLL = 2.0
HEARTBEAT = 30.0
log = structlog.get_logger("runner")


class Runner:
    """Runs due flow runs, at most `at_once` at the same time."""

    def __init__(self, client: PrefectClient, at_once: int, name: str) -> None:
        self._client = client
        self._at_once = at_once
        self._name = name
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._news = asyncio.Event()
        self._flows: dict[UUID, Flow[Any, Any]] = {}

    def poke(self) -> None:
        """Poll at once: something has just become due."""
        self._news.set()

    async def run(self) -> None:
        """Run until cancelled; runs in flight are finished first."""
        beat = asyncio.create_task(self._beat())
        try:
            while True:
                pause = POLL
                try:
                    started = await self.turn()
                    pause = 0.0 if started and len(self._running) < self._at_once else POLL
                except Exception as wrong:  # the Prefect server may be away: keep asking
                    log.warning("polling waits", error=str(wrong)[:200])
                await self._rest(pause)
        finally:
            beat.cancel()
            if self._running:
                await asyncio.wait(self._running.values(), timeout=20)

    async def turn(self) -> int:
        """Start what is due and fits; how many runs were started."""
        room = self._at_once - len(self._running)
        if room <= 0:
            return 0
        soon = datetime.now(UTC) + timedelta(milliseconds=50)
        found = await self._client.get_scheduled_flow_runs_for_work_pool(POOL, scheduled_before=soon)
        fresh = [each.flow_run for each in found if each.flow_run.id not in self._running][:room]
        for flow_run in fresh:
            task = asyncio.create_task(self._one(flow_run))
            self._running[flow_run.id] = task
            task.add_done_callback(lambda _, key=flow_run.id: self._done(key))
        return len(fresh)

    def _done(self, key: UUID) -> None:
        self._running.pop(key, None)
        self._news.set()

    async def _rest(self, pause: float) -> None:
        if pause == 0.0:
            return
        try:
            await asyncio.wait_for(self._news.wait(), pause)
        except TimeoutError:
            return
        finally:
            self._news.clear()

    async def _one(self, flow_run: FlowRun) -> None:
        try:
            flow = await self._flow_of(flow_run)
            # With a deployment id the engine would start a thread and a websocket for every run, to watch
            # for suspension, which our runs never use.
            quiet = flow_run.model_copy(update={"deployment_id": None})
            await run_flow_async(flow, flow_run=quiet, parameters=flow_run.parameters, return_type="state")
        except (Pause, Abort):
            return
        except Exception as wrong:  # the engine has recorded the failure; the reconciler tries again
            log.warning("a run failed", run=flow_run.name, error=repr(wrong)[:300])

    async def _flow_of(self, flow_run: FlowRun) -> Flow[Any, Any]:
        key = flow_run.deployment_id
        if key is None:
            raise LookupError(f"Run {flow_run.name} has no deployment.")
        if key not in self._flows:
            deployment = await self._client.read_deployment(key)
            if deployment.entrypoint is None:
                raise LookupError(f"Deployment {deployment.name} has no entrypoint.")
            path, _, name = deployment.entrypoint.rpartition(":")
            module = path.removesuffix(".py").replace("/", ".")
            local = f"{module}:{name}" if (HERE / path).exists() else deployment.entrypoint
            self._flows[key] = load_flow_from_entrypoint(local.replace(":", "."), use_placeholder_flow=False)
        return self._flows[key]

    async def _beat(self) -> None:
        """Show this worker in the Prefect UI."""
        while True:
            try:
                await self._client.send_worker_heartbeat(POOL, self._name, HEARTBEAT)
            except Exception as wrong:
                log.warning("heartbeat not sent", error=str(wrong)[:200])
            await asyncio.sleep(HEARTBEAT)
