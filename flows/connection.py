"""One client to the Prefect server for everything a worker does.

Every new client loads the certificate bundle afresh (26 ms), so flows, tasks, waker and reconciler
share this one.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import State
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus, StateWaitDetails
from prefect.context import AsyncClientContext
from prefect.exceptions import Abort
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL

WAITS_AT_MOST = 2


class SharedClient(PrefectClient):
    """A client that never sleeps on behalf of a run.

    Told to wait until a run's scheduled time, Prefect's engine sleeps: for months, if the run was
    parked by somebody else between our poll and our start. Such a run is simply not ours to run.
    """

    async def set_flow_run_state(
        self, flow_run_id: UUID | str, state: State[Any], force: bool = False
    ) -> OrchestrationResult[Any]:
        result = await super().set_flow_run_state(flow_run_id, state, force)
        waits = isinstance(result.details, StateWaitDetails) and result.details.delay_seconds > WAITS_AT_MOST
        if result.status is SetStateStatus.WAIT and waits:
            raise Abort("The run waits for a later time.")
        return result


@asynccontextmanager
async def shared_client() -> AsyncGenerator[PrefectClient]:
    """Open the one client; whatever runs inside finds it by itself."""
    context = AsyncClientContext()
    context.client = SharedClient(PREFECT_API_URL.value(), auth_string=PREFECT_API_AUTH_STRING.value())
    async with context:
        yield context.client
