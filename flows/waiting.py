"""Waiting for people: park the run with its deadline. Only this file knows how.

A waiting run is a scheduled run: a state of type SCHEDULED with a name that people understand,
due at the next moment something happens by itself. Nothing runs and nothing is held in memory
meanwhile; Prefect's scheduler is the timer. `propose_state` and `Pause` are not documented API:
a contract test pins what is relied on.
"""

from datetime import UTC, datetime, timedelta

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateDetails, StateType
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.utilities.engine import propose_state

# Where no deadline is known, look again anyway: cheap, and a safety net.
LOOK_AGAIN = timedelta(days=30)


class Parked(Pause):
    """The run waits. Raised through the flow so that the engine leaves the run as it is."""


def waiting_state(name: str, until: datetime | None) -> State[None]:
    """The state of a run that waits for somebody until then."""
    at = until or datetime.now(UTC) + LOOK_AGAIN
    return State(type=StateType.SCHEDULED, name=name, state_details=StateDetails(scheduled_time=at))  # pyright: ignore[reportArgumentType]


async def propose_waiting(name: str, until: datetime | None) -> State[None]:
    """Park the present run; the caller raises `Parked` with what this returns, once it has let go of its lease."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("Only a flow run can wait.")
    async with get_client() as client:
        return await propose_state(client, waiting_state(name, until), flow_run_id=context.flow_run.id)
