"""The waker: whoever asked for a run to look again, it does, soon.

Hears requests at once and sweeps for what it did not hear. Requests for one action coalesce:
the row holds one time. An action without a run gets one here.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

import structlog
from prefect.client.orchestration import PrefectClient
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled
from sqlalchemy.ext.asyncio import AsyncEngine

from db.action_runs import Wanted, set_run, wanted
from db.listening import Listener
from flows.deploy import ACTION_DEPLOYMENT

SWEEP = 3.0
BATCH = 20
log = structlog.get_logger("waker")


class Waker:
    """Turns wake requests into runs that are due now. `poke` tells the runner to poll at once."""

    def __init__(self, engine: AsyncEngine, client: PrefectClient, poke: Callable[[], None]) -> None:
        self._engine = engine
        self._client = client
        self._poke = poke
        self._deployment: UUID | None = None
        self._woken: dict[UUID, object] = {}

    async def run(self) -> None:
        """Run until cancelled."""
        async with Listener(self._engine, "action_wake") as listener:
            while True:
                try:
                    more = await self.turn() >= BATCH
                except Exception as wrong:  # Prefect or the database may be away: wait, then go on
                    log.warning("waking waits", error=str(wrong)[:200])
                    more = False
                    await asyncio.sleep(1)
                if not more:
                    await _rest(listener)

    async def turn(self) -> int:
        """Wake every action that was asked for and is not woken yet; how many that were."""
        asked = await wanted(self._engine, BATCH * 10)
        # A run that was made due for this very request needs no second push.
        self._woken = {w.id: w.wake_requested_at for w in asked if self._woken.get(w.id) == w.wake_requested_at}
        fresh = [w for w in asked if w.id not in self._woken][:BATCH]
        for one in fresh:
            await self._wake(one)
            self._woken[one.id] = one.wake_requested_at
        if fresh:
            self._poke()
        return len(fresh)

    def forget(self) -> None:
        """Push every request again; the reconciler calls this, in case a run was lost after it was pushed."""
        self._woken.clear()

    async def _wake(self, one: Wanted) -> None:
        if one.flow_run_id is not None:
            try:
                await self._client.set_flow_run_state(one.flow_run_id, Scheduled(name="Woken"), force=True)
                return
            except ObjectNotFound:
                log.warning("a run had vanished; it is made again", action=one.ref)
        await self._create(one)

    async def _create(self, one: Wanted) -> None:
        run = await self._client.create_flow_run_from_deployment(
            await self._deployment_id(),
            name=one.ref,
            parameters={"action_id": str(one.id), "ref": one.ref},
            tags=one.tags,
            idempotency_key=str(one.id),
        )
        await set_run(self._engine, one.id, run.id)
        if run.state is not None and run.state.is_final():
            await self._client.set_flow_run_state(run.id, Scheduled(name="Woken"), force=True)

    async def _deployment_id(self) -> UUID:
        if self._deployment is None:
            self._deployment = (await self._client.read_deployment_by_name(ACTION_DEPLOYMENT)).id
        return self._deployment


async def _rest(listener: Listener) -> None:
    try:
        await asyncio.wait_for(listener.heard(), SWEEP)
    except TimeoutError:
        return
