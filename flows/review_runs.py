"""Runs of the weekly reviews: planned a week ahead, so that Prefect shows them coming, and kept in line.

As with actions, the tracker is right and Prefect follows: a run that is gone is made again, one that
is stuck, ended early or waits for another moment is woken, and a review that was sent lets its run end.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, StateType

from commands.office import Office, utc_now
from commands.reviews import plan_reviews
from db.review_runs import ReviewRun, ended_in_prefect, live_review_runs, set_review_run
from domain.reviewing import WAITING, next_of
from flows.waiting import waiting_state, woken_state

REVIEW_DEPLOYMENT = "weekly-review/by-location"
PAGE = 150
SLACK = timedelta(seconds=30)
log = structlog.get_logger("reviews")


async def keep_reviews(office: Office, client: PrefectClient) -> int:
    """Plan what is to come, and bring every review's run in line; how many were astray. Safe at any time."""
    await plan_reviews(office, utc_now())
    async with office.engine.connect() as connection:
        reviews = await live_review_runs(connection)
    astray = 0
    for start in range(0, len(reviews), PAGE):
        page = reviews[start : start + PAGE]
        runs = await _read(client, [one.flow_run_id for one in page if one.flow_run_id])
        for one in page:
            run = runs.get(one.flow_run_id) if one.flow_run_id else None
            astray += await _bring_in_line(office, client, one, run)
    if astray:
        log.info("review runs brought in line", count=astray)
    return astray


async def _read(client: PrefectClient, ids: list[UUID]) -> dict[UUID, FlowRun]:
    if not ids:
        return {}
    wanted = FlowRunFilter(id=FlowRunFilterId(any_=ids))
    return {run.id: run for run in await client.read_flow_runs(flow_run_filter=wanted, limit=PAGE)}


async def _bring_in_line(office: Office, client: PrefectClient, one: ReviewRun, run: FlowRun | None) -> bool:
    plan = next_of(one.timed, utc_now(), office.calendar)
    if plan.finished and (run is None or run.state is None or run.state.is_final()):
        async with office.engine.begin() as connection:
            await ended_in_prefect(connection, one.id, utc_now())
        return False
    if run is None:
        await _make(office, client, one)
        return True
    until = utc_now() if plan.finished or plan.opens or plan.rungs_due else plan.until
    if not is_astray(run, until):
        return False
    await client.set_flow_run_state(run.id, woken_state(), force=True)
    return True


async def _make(office: Office, client: PrefectClient, one: ReviewRun) -> None:
    """Make a review's run, waiting for its day. Its key makes it the only one, whoever makes it."""
    deployment = await client.read_deployment_by_name(REVIEW_DEPLOYMENT)
    run = await client.create_flow_run_from_deployment(
        deployment.id,
        name=f"Review, week of {one.week:%-d %B %Y}",
        parameters={"review_id": str(one.id)},
        tags=["weekly review", one.location],
        idempotency_key=f"review:{one.id}",
        state=waiting_state(WAITING, one.opens_at),
    )
    # It may have been there before, and have ended with an older copy of our database.
    if run.state is None or run.state.is_final():
        await client.set_flow_run_state(run.id, woken_state(), force=True)
    async with office.engine.begin() as connection:
        await set_review_run(connection, one.id, run.id)


def is_astray(run: FlowRun, until: datetime | None) -> bool:
    """Whether a run ended early, is stuck, or sleeps longer than its review may wait."""
    if run.state is None or run.state.is_final() or run.state.is_paused() or run.state.is_cancelling():
        return True
    if run.state.type in (StateType.RUNNING, StateType.PENDING):
        return run.state.timestamp < datetime.now(UTC) - SLACK
    at = run.state.state_details.scheduled_time
    # One that wakes early finds nothing to do and waits again; only one that sleeps too long is astray.
    return at is None or (until is not None and at > max(until, datetime.now(UTC)) + SLACK)
