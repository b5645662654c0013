"""The waker: whoever asked for a run to look again, it does, soon.

Hears requests at once and sweeps for what it did not hear. Requests for one action coalesce: the
row holds one time. People go first: while answers keep coming in, a request waits for a pause
between them, but not for long; nothing but the view depends on it. No more runs are pushed than the
runner can take, those whose deadline is nearest first. An action without a run gets one here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from sqlalchemy.ext.asyncio import AsyncEngine

from db.action_runs import Wanted, claim_wakes, set_run, unclaim_wakes
from db.listening import Listener
from db.sustaining import forget_re_audit_runs
from flows.deploy import ACTION_DEPLOYMENT
from flows.waiting import woken_state

SWEEP = 3.0
# A pause among requests, in seconds: whoever just answered has their mail by then. Ten answers a second pause often
# enough, a hundred never.
PAUSE = 0.08
# How long requests that keep coming may hold up the first of them, in seconds; a rung has a minute.
PATIENCE = 10.0
# A push that nobody followed up is done again after this long.
PUSH_AGAIN = timedelta(seconds=30)
log = structlog.get_logger("waker")


class Waker:
    """Turns wake requests into runs that are due now.

    `poke` tells the runner to poll at once; `hungry` returns when it has room for more; `run_now` runs a
    waiting run here, or returns False: then Prefect is told that it is due, for whoever polls first.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        client: PrefectClient,
        poke: Callable[[], None],
        hungry: Callable[[], Awaitable[object]],
        run_now: Callable[[FlowRun], Awaitable[bool]],
        at_once: int = 8,
    ) -> None:
        self._engine = engine
        self._client = client
        self._poke = poke
        self._hungry = hungry
        self._run_now = run_now
        self._at_once = at_once
        self._deployment: DeploymentResponse | None = None

    async def run(self) -> None:
        """Run until cancelled."""
        async with Listener(self._engine, "action_wake") as listener:
            behind = False
            while True:
                # Whoever is behind waits for nobody: requests that never pause would hold up all.
                behind = behind or not await a_pause(listener.heard)
                pushed = 0
                try:
                    pushed = await self.turn()
                except Exception as wrong:  # Prefect or the database may be away: wait, then go on
                    log.warning("waking waits", error=str(wrong)[:200])
                    await asyncio.sleep(1)
                if pushed:
                    await _at_most(self._hungry())
                if pushed < self._at_once:
                    behind = False
                    await _at_most(listener.heard())

    async def turn(self) -> int:
        """Push the runs that were asked for, as many as fit; how many that were."""
        async with self._engine.begin() as connection:
            claimed = await claim_wakes(connection, self._at_once, PUSH_AGAIN)
        if not claimed:
            return 0
        outcomes = await asyncio.gather(*(self._wake(one) for one in claimed), return_exceptions=True)
        self._poke()
        failed = [(one, error) for one, error in zip(claimed, outcomes, strict=True) if error is not None]
        if failed:
            self._deployment = None
            async with self._engine.begin() as connection:
                await unclaim_wakes(connection, [one.id for one, _ in failed])
            raise next(error for _, error in failed)
        return len(claimed)

    async def _wake(self, one: Wanted) -> None:
        if one.re_audit_run_id is not None:
            if await self._push(one, one.re_audit_run_id):
                return
            async with self._engine.begin() as connection:
                await forget_re_audit_runs(connection, [one.re_audit_run_id])
        if one.flow_run_id is None or not await self._push(one, one.flow_run_id, await self._known(one)):
            await self._create(one)

    async def _push(self, one: Wanted, run: UUID, known: FlowRun | None = None) -> bool:
        """Let a run look again now, here if we know all of it; False when Prefect has lost it."""
        try:
            if known is None or not await self._run_now(known):
                await self._client.set_flow_run_state(run, woken_state(), force=True)
        except ObjectNotFound:
            log.warning("a run had vanished; it is made again", action=one.ref)
            return False
        return True

    async def _known(self, one: Wanted) -> FlowRun | None:
        """An action's run as Prefect has it, as far as it matters for running it: we gave it all that."""
        if one.flow_run_id is None:
            return None
        deployment = await self._our_deployment()
        return FlowRun(
            id=one.flow_run_id,
            flow_id=deployment.flow_id,
            deployment_id=deployment.id,
            name=one.ref,
            parameters=_parameters(one),
            tags=one.tags,
        )

    async def _create(self, one: Wanted) -> None:
        """Make the action's run. Its key makes it the only one, whoever makes it and however often."""
        run = await self._client.create_flow_run_from_deployment(
            (await self._our_deployment()).id,
            name=one.ref,
            parameters=_parameters(one),
            tags=one.tags,
            idempotency_key=str(one.id),
        )
        async with self._engine.begin() as connection:
            await set_run(connection, one.id, run.id)
        # The run may have been there before, waiting or ended.
        if run.state is None or run.state.name != "Scheduled":
            await self._client.set_flow_run_state(run.id, woken_state(), force=True)

    async def _our_deployment(self) -> DeploymentResponse:
        if self._deployment is None:
            self._deployment = await self._client.read_deployment_by_name(ACTION_DEPLOYMENT)
        return self._deployment


def _parameters(one: Wanted) -> dict[str, str]:
    return {"action_id": str(one.id), "ref": one.ref}


async def a_pause(heard: Callable[[], Awaitable[object]], pause: float = PAUSE, patience: float = PATIENCE) -> bool:
    """True once nothing was heard for `pause` seconds; False after `patience` seconds without."""
    clock = asyncio.get_running_loop().time
    until = clock() + patience
    while clock() < until:
        try:
            await asyncio.wait_for(heard(), pause)
        except TimeoutError:
            return True
    return False


async def _at_most(news: Awaitable[object]) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(news, SWEEP)
