"""Two databases, one truth: every open action has exactly one live run, and it wakes when the journal says.

Safe to run at any time, on any combination of older copies of the two databases. What the tracker
says holds; runs are made, pushed or completed until they agree with it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, StateType
from sqlalchemy.ext.asyncio import AsyncEngine

from db.action_runs import OpenRun, ask_for_astray, ask_wakes, open_runs
from domain.vocabulary import FINISHED

PAGE = 150
SLACK = timedelta(seconds=30)
NIL = UUID(int=0)
log = structlog.get_logger("reconciler")


async def reconcile(engine: AsyncEngine, client: PrefectClient) -> int:
    """Ask for a wake of every action whose run is missing, ended, stuck or waiting for the wrong moment."""
    finished = sorted(str(status) for status in FINISHED)
    asked = await ask_for_astray(engine, finished)
    after = NIL
    while page := await open_runs(engine, finished, after, PAGE):
        after = page[-1].action_id
        runs = await _read(client, [one.flow_run_id for one in page])
        gone = [one.action_id for one in page if one.flow_run_id not in runs]
        astray = [one.action_id for one in page if one.flow_run_id in runs and is_astray(one, runs[one.flow_run_id])]
        await ask_wakes(engine, gone, forget=True)
        await ask_wakes(engine, astray)
        asked += len(gone) + len(astray)
    if asked:
        log.info("runs brought back in line", count=asked)
    return asked


def is_astray(ours: OpenRun, run: FlowRun) -> bool:
    """Whether a run does not do what the tracker needs of it: ended early, stuck, or waiting for another moment."""
    if ours.is_leased:
        return False
    if run.state is None or run.state.is_final():
        return True
    if run.state.type in (StateType.RUNNING, StateType.PENDING):
        return run.state.timestamp < datetime.now(UTC) - SLACK
    at = run.state.state_details.scheduled_time
    return ours.waiting_until is not None and (at is None or at > ours.waiting_until + SLACK)


async def _read(client: PrefectClient, ids: Iterable[UUID]) -> dict[UUID, FlowRun]:
    wanted = FlowRunFilter(id=FlowRunFilterId(any_=list(ids)))
    return {run.id: run for run in await client.read_flow_runs(flow_run_filter=wanted, limit=200)}
