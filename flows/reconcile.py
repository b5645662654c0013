"""Two databases, one truth: every open action has exactly one live run, and it wakes when the journal says.

Safe to run at any time, on any combination of older copies of the two databases. What the tracker
says holds; runs are asked for, pushed, completed or cancelled until they agree with it. Pushing is
left to the waker, which waits longer after each failure.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from prefect import flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled
from sqlalchemy.ext.asyncio import AsyncEngine

from db.action_runs import set_run
from db.run_checks import KnownRun, ask_for_astray, ask_wakes, end_turn, known_runs, open_runs, take_turn
from db.sustaining import forget_re_audit_runs, planned_re_audits
from flows.deploy import ACTION_DEPLOYMENT, register
from flows.review_runs import keep_reviews
from flows.runner import action_of
from tasks.desk import the_office

PAGE = 150
SLACK = timedelta(seconds=30)
NIL = UUID(int=0)
BUSY = (StateType.RUNNING, StateType.PENDING)
LIVE = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED]
log = structlog.get_logger("reconciler")


@flow(name="reconcile", persist_result=False)
async def reconcile_now() -> None:
    """Compare every run with the tracker; for operators, since workers do so by themselves."""
    async with get_client() as client:
        await Reconciler(the_office().engine, client).everything()
        await keep_reviews(the_office(), client)


class Reconciler:
    """Walks over our open actions and over Prefect's live runs, a few pages at a time, for ever."""

    def __init__(self, engine: AsyncEngine, client: PrefectClient) -> None:
        self._engine = engine
        self._client = client
        self._after = NIL
        self._after_re_audit = NIL
        self._seen = 0

    async def everything(self) -> int:
        """Both walks from end to end; how many runs were astray."""
        self._after, self._after_re_audit, self._seen = NIL, NIL, 0
        return await self.some(pages=None)

    async def some(self, pages: int | None = 7) -> int:
        """The next pages of both walks; how many runs were astray. Nothing, while another worker does it."""
        async with self._engine.connect() as turn:
            if not await take_turn(turn):
                return 0
            try:
                return await self._compare(pages)
            finally:
                await end_turn(turn)

    async def _compare(self, pages: int | None) -> int:
        deployment = await self._deployment_id()
        async with self._engine.begin() as connection:
            astray = await ask_for_astray(connection)
        astray += await self._walk_ours(pages)
        astray += await self._walk_theirs(deployment, pages)
        astray += await self._walk_re_audits(pages)
        if astray:
            log.info("runs brought back in line", count=astray)
        return astray

    async def _deployment_id(self) -> UUID:
        try:
            return (await self._client.read_deployment_by_name(ACTION_DEPLOYMENT)).id
        except ObjectNotFound:
            log.warning("Prefect does not know our deployments; they are registered again")
            await register()
            return (await self._client.read_deployment_by_name(ACTION_DEPLOYMENT)).id

    async def _walk_ours(self, pages: int | None) -> int:
        """Every open action's run is there, alive, and waits for the right moment."""
        astray = 0
        while pages is None or pages > 0:
            async with self._engine.connect() as connection:
                page = await open_runs(connection, self._after, PAGE)
            if page:
                astray += await self._check_ours(page)
            self._after = page[-1].action_id if len(page) == PAGE else NIL
            if self._after == NIL:
                break
            pages = None if pages is None else pages - 1
        return astray

    async def _check_ours(self, page: list[KnownRun]) -> int:
        runs = await self._read(one.flow_run_id for one in page if one.flow_run_id)
        gone = [one.action_id for one in page if one.flow_run_id not in runs]
        astray = [one.action_id for one in page if is_astray(one, runs.get(one.flow_run_id or NIL))]
        async with self._engine.begin() as connection:
            await ask_wakes(connection, gone, forget=True)
            await ask_wakes(connection, astray)
        return len(gone) + len(astray)

    async def _read(self, ids: Iterable[UUID]) -> dict[UUID, FlowRun]:
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=list(ids)))
        return {run.id: run for run in await self._client.read_flow_runs(flow_run_filter=wanted, limit=PAGE)}

    async def _walk_re_audits(self, pages: int | None) -> int:
        """Every re-audit that is to come has its run: upcoming, or waiting for somebody."""
        gone: list[UUID] = []
        while pages is None or pages > 0:
            async with self._engine.connect() as connection:
                page = await planned_re_audits(connection, self._after_re_audit, PAGE)
            runs = await self._read(one.flow_run_id for one in page) if page else {}
            alive = {key for key, run in runs.items() if run.state is not None and not run.state.is_final()}
            gone += [one.flow_run_id for one in page if one.flow_run_id not in alive]
            self._after_re_audit = page[-1].id if len(page) == PAGE else NIL
            if self._after_re_audit == NIL:
                break
            pages = None if pages is None else pages - 1
        if gone:
            async with self._engine.begin() as connection:
                await forget_re_audit_runs(connection, gone)
                await ask_for_astray(connection)
        return len(gone)

    async def _walk_theirs(self, deployment: UUID, pages: int | None) -> int:
        """Every live run belongs to an open action, and to none that has another."""
        live = FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=LIVE)),
        )
        astray = 0
        while pages is None or pages > 0:
            runs = await self._client.read_flow_runs(
                flow_run_filter=live, sort=FlowRunSort.ID_DESC, limit=PAGE, offset=self._seen
            )
            astray += await self._check_theirs(runs)
            self._seen = self._seen + PAGE if len(runs) == PAGE else 0
            if not self._seen:
                break
            pages = None if pages is None else pages - 1
        return astray

    async def _check_theirs(self, runs: list[FlowRun]) -> int:
        async with self._engine.connect() as connection:
            known = await known_runs(connection, [key for run in runs if (key := action_of(run))])
        astray = 0
        for run in runs:
            ours = known.get(action_of(run) or NIL)
            astray += await self._settle(run, ours)
        return astray

    async def _settle(self, run: FlowRun, ours: KnownRun | None) -> bool:
        """Keep, adopt, finish or cancel one live run; whether anything had to be done."""
        if ours is None:
            await self._cancel(run, "No such action")
            return True
        if ours.flow_run_id is None:
            async with self._engine.begin() as connection:
                await set_run(connection, ours.action_id, run.id)
            return True
        if ours.flow_run_id != run.id:
            await self._cancel(run, "Another run keeps time")
            return True
        if ours.is_open or ours.is_leased or ours.is_asked or _was_just_taken_up(run):
            return False
        async with self._engine.begin() as connection:
            await ask_wakes(connection, [ours.action_id])
        return True

    async def _cancel(self, run: FlowRun, why: str) -> None:
        await self._client.set_flow_run_state(run.id, Cancelled(name=why), force=True)


def _was_just_taken_up(run: FlowRun) -> bool:
    """Whether it runs and has done so for a moment only: its lease is let go before Prefect hears that it ended."""
    return run.state is not None and run.state.type in BUSY and run.state.timestamp > datetime.now(UTC) - SLACK


def is_astray(ours: KnownRun, run: FlowRun | None) -> bool:
    """Whether a run does not do what the tracker needs of it: ended early, stuck, or waiting for another moment."""
    if run is None or ours.is_leased or ours.is_asked:
        return False
    if run.state is None or run.state.is_final() or run.state.is_paused() or run.state.is_cancelling():
        return True
    if run.state.type in BUSY:
        return not _was_just_taken_up(run)
    at = run.state.state_details.scheduled_time
    return at is None or (ours.waiting_until is not None and at > ours.waiting_until + SLACK)
