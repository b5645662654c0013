"""Waiting for people: park the run with its deadline. Only this file knows how.

A waiting run is a scheduled run: a state of type SCHEDULED with a name that people understand,
due at the next moment something happens by itself. Nothing runs and nothing is held in memory
meanwhile; Prefect's scheduler is the timer. `propose_state` and `Pause` are not documented API:
a contract test pins what is relied on.
"""

from datetime import UTC, datetime, timedelta
from typing import NoReturn, cast

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import State, StateDetails, StateType
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.utilities.engine import propose_state

# Where no deadline is known, look again anyway: cheap, and a safety net.
LOOK_AGAIN = timedelta(days=30)
WOKEN = "Woken"


class Parked(Pause):
    """The run waits. Raised through the flow so that the engine leaves the run as it is."""

    def __init__(self, name: str, until: datetime | None, state: State[None] | None = None) -> None:
        super().__init__(state=state)
        self.name = name
        self.until = until


def waiting_state(name: str, until: datetime | None) -> State[None]:
    """The state of a run that waits for somebody until then.

    It says so in words too: Prefect's pages show when a run that has begun last ran, and not when it is due.
    """
    at = until or datetime.now(UTC) + LOOK_AGAIN
    words = f"Until {at.astimezone(UTC):%-d %B %Y, %H:%M} UTC at the latest."
    details = StateDetails(scheduled_time=at)  # pyright: ignore[reportArgumentType]
    return State(type=StateType.SCHEDULED, name=name, message=words, state_details=details)


def woken_state() -> State[None]:
    """The state of a run that is to look again now."""
    return waiting_state(WOKEN, datetime.now(UTC))


async def park(name: str, until: datetime | None) -> NoReturn:
    """Leave the present run waiting for somebody, until then at the latest."""
    raise Parked(name, until, await show_waiting(name, until))


async def show_waiting(name: str, until: datetime | None) -> State[None]:
    """Set the present run to waiting; for those who still have something to do before it lets go."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("Only a flow run can wait.")
    # The client the engine runs with is open already; another would load the certificates afresh.
    client = cast(PrefectClient, context.client)
    return await propose_state(client, waiting_state(name, until), flow_run_id=context.flow_run.id)
