"""Whatever copies of the two databases meet, every open action ends up with exactly one live run."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Crashed, Failed, Running
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from flows.connection import SharedClient
from flows.deploy import ACTION_DEPLOYMENT, POOL, register
from flows.reconcile import LIVE
from flows.waiting import waiting_state
from tests.cast import Cast
from tests.flows.world import define_actions, is_at_rest, reconcile, row, run_of, runs_named, until, worker


@pytest.fixture
async def action(cast: Cast, engine: AsyncEngine, client: SharedClient) -> UUID:
    """An action whose run waits for its owner."""
    await register()
    [made] = await define_actions(cast)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, made))
    return made


async def settle(engine: AsyncEngine, client: SharedClient, action: UUID) -> FlowRun:
    """Reconcile, let a worker do what was asked for, and read the run."""
    await reconcile(engine, client)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
    return await run_of(engine, client, action)


async def live_runs(client: SharedClient, name: str) -> list[FlowRun]:
    return [run for run in await runs_named(client, name) if run.state_type in LIVE]


async def test_a_run_in_order_is_left_alone(action: UUID, engine: AsyncEngine, client: SharedClient) -> None:
    await reconcile(engine, client)  # ends the runs that other tests left in this Prefect
    before = await run_of(engine, client, action)
    assert await reconcile(engine, client) == 0
    assert (await run_of(engine, client, action)).state_id == before.state_id


async def test_a_vanished_run_is_made_again(action: UUID, engine: AsyncEngine, client: SharedClient) -> None:
    lost = await run_of(engine, client, action)
    await client.delete_flow_run(lost.id)
    run = await settle(engine, client, action)
    assert run.id != lost.id
    assert run.state_name == "Awaiting acceptance"


@pytest.mark.parametrize("state", [Failed(), Crashed()], ids=["failed", "crashed"])
async def test_a_broken_run_is_restarted(
    action: UUID, engine: AsyncEngine, client: SharedClient, state: State[Any]
) -> None:
    broken = await run_of(engine, client, action)
    await client.set_flow_run_state(broken.id, state, force=True)
    run = await settle(engine, client, action)
    assert (run.id, run.state_name) == (broken.id, "Awaiting acceptance")


async def test_a_run_that_somebody_cancelled_by_hand_goes_on(
    action: UUID, engine: AsyncEngine, client: SharedClient
) -> None:
    run = await run_of(engine, client, action)
    await client.set_flow_run_state(run.id, waiting_state("x", None).model_copy(update={"type": StateType.CANCELLED}))
    assert (await settle(engine, client, action)).state_name == "Awaiting acceptance"


async def test_a_run_that_waits_too_long_is_woken(action: UUID, engine: AsyncEngine, client: SharedClient) -> None:
    run = await run_of(engine, client, action)
    too_late = datetime.now(UTC) + timedelta(days=300)
    await client.set_flow_run_state(run.id, waiting_state("Awaiting acceptance", too_late), force=True)
    run = await settle(engine, client, action)
    assert run.state is not None
    assert run.state.state_details.scheduled_time is not None
    assert run.state.state_details.scheduled_time < too_late


async def test_a_run_left_running_by_a_killed_worker_is_taken_over(
    action: UUID, engine: AsyncEngine, client: SharedClient
) -> None:
    run = await run_of(engine, client, action)
    await client.set_flow_run_state(run.id, Running(), force=True)
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE action_run SET lease_holder = 'killed', lease_until = clock_timestamp() - interval '1 second'"
                " WHERE action_id = :id"
            ),
            {"id": action},
        )
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
    assert (await run_of(engine, client, action)).state_name == "Awaiting acceptance"


async def test_of_two_runs_the_one_the_tracker_knows_is_kept(
    action: UUID, engine: AsyncEngine, client: SharedClient
) -> None:
    kept = await run_of(engine, client, action)
    deployment = await client.read_deployment_by_name(ACTION_DEPLOYMENT)
    await client.create_flow_run_from_deployment(
        deployment.id,
        name=kept.name,
        parameters=kept.parameters,
        state=waiting_state("By hand", datetime.now(UTC) + timedelta(days=1)),
    )
    await reconcile(engine, client)
    assert [run.id for run in await live_runs(client, kept.name)] == [kept.id]


async def test_a_run_without_an_action_is_cancelled(action: UUID, engine: AsyncEngine, client: SharedClient) -> None:
    deployment = await client.read_deployment_by_name(ACTION_DEPLOYMENT)
    stray = await client.create_flow_run_from_deployment(
        deployment.id, parameters={"action_id": str(uuid4()), "ref": "FT-0000"}, state=waiting_state("Stray", None)
    )
    await reconcile(engine, client)
    assert (await client.read_flow_run(stray.id)).state_type is StateType.CANCELLED


async def test_an_older_copy_of_the_tracker_finds_its_run_again(
    action: UUID, engine: AsyncEngine, client: SharedClient
) -> None:
    run = await run_of(engine, client, action)
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM action_run WHERE action_id = :id"), {"id": action})
    assert (await settle(engine, client, action)).id == run.id
    assert [each.id for each in await live_runs(client, run.name)] == [run.id]


async def test_an_emptied_prefect_gets_its_deployments_and_every_run_back(
    action: UUID, engine: AsyncEngine, client: SharedClient
) -> None:
    lost = await run_of(engine, client, action)
    deployment = await client.read_deployment_by_name(ACTION_DEPLOYMENT)
    await client.delete_flow_run(lost.id)
    await client.delete_deployment(deployment.id)
    await client.delete_work_pool(POOL)
    run = await settle(engine, client, action)
    assert run.id != lost.id
    assert (await row(engine, action)).flow_run_id == run.id


async def test_two_reconcilers_at_once_do_the_work_once(
    action: UUID, engine: AsyncEngine, client: SharedClient
) -> None:
    lost = await run_of(engine, client, action)
    await client.delete_flow_run(lost.id)
    await asyncio.gather(*(reconcile(engine, client) for _ in range(4)))
    async with worker(engine, client, "one"), worker(engine, client, "two"):
        await until(lambda: is_at_rest(engine, action))
    assert len(await live_runs(client, lost.name)) == 1
