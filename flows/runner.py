"""The runner: polls Prefect for due runs of our pool and runs them in this process.

A stock Prefect worker starts a Python process for every wake; this one awaits the flow.
"""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zlib import crc32

import structlog
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import SetStateStatus, WorkerFlowRunResponse
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import run_flow_async
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.states import Pending

from flows.connection import SharedClient
from flows.deploy import POOL, module_path

POLL = 2.0
HEARTBEAT = 30.0
STOPS_WITHIN = 20.0
AFTER_FAILURE = 1.0
# How many due runs are fetched at once, for each that can run.
WINDOW = 3
# Nothing is ever stored as a result; this is only never asked for.
NOWHERE: Any = Path(os.devnull)
log = structlog.get_logger("runner")

Leased = Callable[[list[UUID]], Awaitable[set[UUID]]]


class Runner:
    """Runs due flow runs, at most `at_once` at the same time.

    `leased` says which of some actions another worker is running now; their runs are left alone.
    """

    def __init__(self, client: SharedClient, at_once: int, name: str, leased: Leased) -> None:
        self._client = client
        self._at_once = at_once
        self._name = name
        self._leased = leased
        self._due: deque[FlowRun] = deque()
        self._more = False
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._news = asyncio.Event()
        self._hungry = asyncio.Event()
        self._flows: dict[UUID, Flow[Any, Any]] = {}

    def poke(self) -> None:
        """Poll at once: something has just become due."""
        self._hungry.clear()
        self._news.set()

    async def hungry(self) -> None:
        """Return when nothing that is due waits for a place."""
        await self._hungry.wait()

    async def run_now(self, flow_run: FlowRun) -> bool:
        """Run a waiting run at once, whatever moment it waits for; False when there is no place for it here.

        Returns when Prefect shows it as running. Raises ObjectNotFound when Prefect has lost it.
        """
        if not self._room or flow_run.id in self._running:
            return False
        begun = asyncio.get_running_loop().create_future()
        self._start(flow_run, self._begin(flow_run, begun))
        await begun
        return True

    async def run(self) -> None:
        """Run until cancelled; runs in flight are finished first."""
        beat = asyncio.create_task(self._beat())
        try:
            while True:
                started = 0
                try:
                    started = await self.turn()
                except Exception as wrong:  # the Prefect server may be away: keep asking
                    log.warning("polling waits", error=str(wrong)[:200])
                await self._rest(0.0 if started and self._room and self._more else POLL)
        finally:
            beat.cancel()
            if self._running:
                await asyncio.wait(self._running.values(), timeout=STOPS_WITHIN)

    async def turn(self) -> int:
        """Start what is due and fits; how many runs were started."""
        if self._room and not self._due:
            self._due.extend(await self._poll())
        started = 0
        while self._room and self._due:
            flow_run = self._due.popleft()
            if flow_run.id not in self._running:
                self._start(flow_run, self._one(flow_run))
                started += 1
        if self._room and not self._due:
            self._hungry.set()
        return started

    @property
    def _room(self) -> int:
        return self._at_once - len(self._running)

    async def _poll(self) -> list[FlowRun]:
        soon = datetime.now(UTC) + timedelta(milliseconds=50)
        # The client's own method would fetch 200 runs each time, however few there is room for.
        answer = await self._client.request(
            "POST",
            "/work_pools/{name}/get_scheduled_flow_runs",
            path_params={"name": POOL},
            json={"scheduled_before": soon.isoformat(), "limit": self._at_once * WINDOW},
        )
        found = [each.flow_run for each in WorkerFlowRunResponse.model_validate_list(answer.json())]
        self._more = len(found) == self._at_once * WINDOW
        elsewhere = await self._leased([key for run in found if (key := action_of(run)) is not None])
        fresh = [run for run in found if action_of(run) not in elsewhere and run.id not in self._running]
        # Workers that poll the same runs begin at different places, so that they seldom meet.
        begin = crc32(self._name.encode()) % len(fresh) if fresh else 0
        return fresh[begin:] + fresh[:begin]

    def _start(self, flow_run: FlowRun, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=flow_run.name)
        self._running[flow_run.id] = task
        task.add_done_callback(lambda _, key=flow_run.id: self._done(key))

    def _done(self, key: UUID) -> None:
        self._running.pop(key, None)
        self._news.set()

    async def _rest(self, pause: float) -> None:
        if pause:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), pause)
        self._news.clear()

    async def _one(self, flow_run: FlowRun) -> None:
        try:
            flow = await self._flow_of(flow_run)
            if await self._is_ours(flow_run):
                await self._live(flow, flow_run)
        except Abort:  # it waits for a later time by now
            return
        except Exception as wrong:  # it could not even begin: it is still due, and would be polled again at once
            log.warning("a run did not begin", run=flow_run.name, error=repr(wrong)[:300])
            await asyncio.sleep(AFTER_FAILURE)

    async def _begin(self, flow_run: FlowRun, begun: asyncio.Future[None]) -> None:
        """Begin a run that nobody has to poll for; `begun` hears whether that could be done."""
        try:
            flow = await self._flow_of(flow_run)
            async with self._client.begin(flow_run) as ours:
                if not begun.done():
                    begun.set_result(None)
                await self._live(flow, ours)
        except Exception as wrong:
            if begun.done():
                raise
            begun.set_exception(wrong)
        finally:
            begun.cancel()  # does nothing to one that has heard

    async def _live(self, flow: Flow[Any, Any], flow_run: FlowRun) -> None:
        # With a deployment id the engine would start a thread and a websocket for every run, to watch
        # for suspension, which our runs never use.
        quiet = flow_run.model_copy(update={"deployment_id": None})
        try:
            await run_flow_async(flow, flow_run=quiet, parameters=flow_run.parameters, return_type="state")
        except (Pause, Abort):
            return
        except Exception as wrong:  # the engine has recorded the failure, and the lease asks for another try
            log.warning("a run failed", run=flow_run.name, error=repr(wrong)[:300])
            await asyncio.sleep(AFTER_FAILURE)

    async def _is_ours(self, flow_run: FlowRun) -> bool:
        """Whether nobody else runs it, as far as can be seen; an action's own lease decides in the end.

        Runs without a lease are claimed as Prefect's workers do: one of them gets to Pending.
        """
        if (action := action_of(flow_run)) is not None:
            return not await self._leased([action])
        claim = await self._client.set_flow_run_state(flow_run.id, Pending())
        return claim.status is SetStateStatus.ACCEPT

    async def _flow_of(self, flow_run: FlowRun) -> Flow[Any, Any]:
        key = flow_run.deployment_id
        if key is None:
            raise LookupError(f"Run {flow_run.name} has no deployment.")
        if key not in self._flows:
            deployment = await self._client.read_deployment(key)
            if deployment.entrypoint is None:
                raise LookupError(f"Deployment {deployment.name} has no entrypoint.")
            path = module_path(deployment.entrypoint)
            flow = load_flow_from_entrypoint(path, use_placeholder_flow=False)
            # Without a storage of its own, every run asks the server for one, and blocks the loop meanwhile.
            self._flows[key] = flow.with_options(result_storage=NOWHERE)
        return self._flows[key]

    async def _beat(self) -> None:
        """Show this worker in the Prefect UI."""
        while True:
            try:
                await self._client.send_worker_heartbeat(POOL, self._name, HEARTBEAT)
            except Exception as wrong:
                log.warning("heartbeat not sent", error=str(wrong)[:200])
            await asyncio.sleep(HEARTBEAT)


def action_of(flow_run: FlowRun) -> UUID | None:
    """The action that a run keeps time for; None for runs of the other flows."""
    key = flow_run.parameters.get("action_id")
    with suppress(ValueError):
        return UUID(str(key)) if key else None
    return None
