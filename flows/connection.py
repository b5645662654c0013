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
from prefect.client.schemas.objects import State
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus, StateWaitDetails
from prefect.context import AsyncClientContext, SyncClientContext
from prefect.exceptions import Abort
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)

WAITS_AT_MOST = 2


class SharedClient(PrefectClient):
    """A client that never sleeps on behalf of a run, and does not write what is there already.

    Told to wait until a run's scheduled time, Prefect's engine sleeps: for months, if the run was
    parked by somebody else between our poll and our start. Such a run is simply not ours to run.
    And at every start it writes the flow's version and retry policy to the run, which never change.
    """

    async def set_flow_run_state(
        self, flow_run_id: UUID | str, state: State[Any], force: bool = False
    ) -> OrchestrationResult[Any]:
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
async def shared_client() -> AsyncGenerator[PrefectClient]:
    """Open the one client; whatever runs inside finds it by itself, and so does what only knows blocking clients."""
    context = AsyncClientContext()
    context.client = SharedClient(PREFECT_API_URL.value(), auth_string=PREFECT_API_AUTH_STRING.value())
    # A thread for each run would tell Prefect that it is alive; our leases do.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}), SyncClientContext():
        async with context:
            yield context.client
