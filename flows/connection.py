"""One client to the Prefect server for everything a worker does.

Every new client loads the certificate bundle afresh (26 ms), so flows, tasks, waker and reconciler
share this one.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from httpx import Response
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.responses import (
    OrchestrationResult,
    SetStateStatus,
    StateAcceptDetails,
    StateWaitDetails,
)
from prefect.context import AsyncClientContext, SyncClientContext
from prefect.exceptions import Abort
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)
from prefect.states import Running

WAITS_AT_MOST = 2


class SharedClient(PrefectClient):
    """A client that never sleeps on behalf of a run, and does not say or ask what is known already.

    Told to wait until a run's scheduled time, Prefect's engine sleeps: for months, if the run was
    parked by somebody else between our poll and our start. Such a run is simply not ours to run.
    At every start it writes the flow's version and retry policy to the run, which never change,
    says that the run runs, and reads the run: of a run that was begun here, both are known.
    """

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._begun: dict[UUID, FlowRun] = {}

    @asynccontextmanager
    async def begin(self, flow_run: FlowRun) -> AsyncGenerator[FlowRun]:
        """Let a waiting run run now, whatever moment it waits for; yields it as the engine should get it.

        One call instead of four: no state “Woken”, no poll, no reading. Raises ObjectNotFound when Prefect lost it.
        """
        result = await super().set_flow_run_state(flow_run.id, Running(), force=True)
        begun = flow_run.model_copy(update={"state": result.state})
        self._begun[flow_run.id] = begun
        try:
            yield begun
        finally:
            self._begun.pop(flow_run.id, None)

    async def read_flow_run(self, flow_run_id: UUID) -> FlowRun:
        # Once: whoever asks later asks because something may have changed.
        return self._begun.pop(flow_run_id, None) or await super().read_flow_run(flow_run_id)

    async def set_flow_run_state(
        self, flow_run_id: UUID | str, state: State[Any], force: bool = False
    ) -> OrchestrationResult[Any]:
        begun = self._begun.get(UUID(str(flow_run_id)))
        if begun is not None and state.is_running():
            return OrchestrationResult(state=begun.state, status=SetStateStatus.ACCEPT, details=StateAcceptDetails())
        result = await super().set_flow_run_state(flow_run_id, state, force)
        waits = isinstance(result.details, StateWaitDetails) and result.details.delay_seconds > WAITS_AT_MOST
        if result.status is SetStateStatus.WAIT and waits:
            raise Abort("The run waits for a later time.")
        return result

    async def update_flow_run(self, flow_run_id: UUID, *known: Any, **more: Any) -> Response:
        if not known and set(more) <= {"flow_version", "empirical_policy"}:
            return Response(204)
        return await super().update_flow_run(flow_run_id, *known, **more)


@asynccontextmanager
async def shared_client() -> AsyncGenerator[SharedClient]:
    """Open the one client; whatever runs inside finds it by itself, and so does what only knows blocking clients."""
    context = AsyncClientContext()
    context.client = client = SharedClient(PREFECT_API_URL.value(), auth_string=PREFECT_API_AUTH_STRING.value())
    # A thread for each run would tell Prefect that it is alive; our leases do.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}), SyncClientContext():
        async with context:
            yield client
