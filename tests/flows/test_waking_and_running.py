"""The waker and the runner on a real Prefect server: runs are made, woken and parked, once each."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId
from prefect.client.schemas.objects import StateType
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from commands import advance
from commands.accept import accept
from db.session import transaction
from domain.actors import OPERATOR
from flows.connection import SharedClient
from flows.deploy import register
from flows.runner import Runner
from tests.cast import Cast, by_link, open_step
from tests.flows.world import ask, define_actions, is_at_rest, row, run_of, runs_named, until, worker
from tests.prefect_server import PrefectServer

pytestmark = pytest.mark.usefixtures("registered")


@pytest.fixture
async def registered(client: SharedClient) -> None:
    await register()


async def test_a_new_action_gets_one_run_that_waits_for_its_owner(
    cast: Cast, engine: AsyncEngine, client: SharedClient
) -> None:
    [action] = await define_actions(cast)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
    run = await run_of(engine, client, action)
    assert (run.state_type, run.state_name) == (StateType.SCHEDULED, "Awaiting acceptance")
    assert sorted(run.tags) == ["Cedar View", "care-plan-audit", "medium risk"]
    assert run.parameters == {"action_id": str(action), "ref": run.name}
    assert [each.id for each in await runs_named(client, run.name)] == [run.id]


async def test_an_answer_shows_in_the_run_soon(cast: Cast, engine: AsyncEngine, client: SharedClient) -> None:
    [action] = await define_actions(cast)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
        step = await open_step(cast, action, "accept")
        await accept(cast.office, await by_link(cast, step), step, uuid4(), datetime.now(UTC))

        async def shows_evidence() -> bool:
            return (await run_of(engine, client, action)).state_name == "Awaiting evidence"

        await until(shows_evidence)


async def test_a_run_looks_again_without_a_detour(cast: Cast, engine: AsyncEngine, client: SharedClient) -> None:
    [action] = await define_actions(cast)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
        await ask(engine, action)
        await until(lambda: is_at_rest(engine, action))
    states = await client.read_flow_run_states((await run_of(engine, client, action)).id)
    assert [each.name for each in states][-2:] == ["Running", "Awaiting acceptance"]
    assert "Woken" not in [each.name for each in states]


async def test_a_run_that_vanished_is_made_again_when_it_should_look(
    cast: Cast, engine: AsyncEngine, client: SharedClient
) -> None:
    [action] = await define_actions(cast)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
        lost = await run_of(engine, client, action)
        await client.delete_flow_run(lost.id)
        await ask(engine, action)
        await until(lambda: is_at_rest(engine, action))
    run = await run_of(engine, client, action)
    assert run.id != lost.id
    assert run.state_name == "Awaiting acceptance"


async def test_without_a_place_it_is_left_to_whoever_polls(
    cast: Cast, engine: AsyncEngine, client: SharedClient
) -> None:
    [action] = await define_actions(cast)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
    run = await run_of(engine, client, action)
    full = Runner(client, 0, "full", nobody_else)
    assert not await full.run_now(run)
    assert (await run_of(engine, client, action)).state_id == run.state_id


async def nobody_else(_actions: list[UUID]) -> set[UUID]:
    return set()


async def test_a_deadline_runs_each_rung_once_in_a_sub_flow(
    cast: Cast, engine: AsyncEngine, client: SharedClient
) -> None:
    [action] = await define_actions(cast)
    async with engine.begin() as connection:
        long_ago = {"long_ago": datetime.now(UTC) - timedelta(days=30), "id": action}
        await connection.execute(
            text("UPDATE step SET due_at = :long_ago, opened_at = :long_ago WHERE action_id = :id"), long_ago
        )
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
        await ask(engine, action)
        await until(lambda: is_at_rest(engine, action))
    async with engine.connect() as connection:
        fired = await connection.execute(
            text("SELECT rung FROM escalation WHERE action_id = :id ORDER BY fired_at"), {"id": action}
        )
        rungs = list(fired.scalars())
    assert rungs == sorted(set(rungs))
    assert len(rungs) > 1
    own = await run_of(engine, client, action)
    of_it = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[own.id]))
    sub_flows = await client.read_flow_runs(flow_run_filter=of_it)
    assert [run.state_type for run in sub_flows] == [StateType.COMPLETED] * len(rungs)


async def test_two_workers_wake_thirty_actions_between_them(
    cast: Cast, engine: AsyncEngine, client: SharedClient
) -> None:
    actions = await define_actions(cast, 30)
    async with worker(engine, client, "one"), worker(engine, client, "two"):
        await until(lambda: is_at_rest(engine, *actions))
        await ask(engine, *actions)
        await until(lambda: is_at_rest(engine, *actions))

        async def all_wait() -> bool:
            # A worker that came second parks the run for a moment, and it is then run once more.
            runs = [await run_of(engine, client, action) for action in actions]
            return all(run.state_name == "Awaiting acceptance" for run in runs)

        await until(all_wait)
    runs = [await run_of(engine, client, action) for action in actions]
    assert len({run.id for run in runs}) == 30
    assert all(run.run_count >= 2 for run in runs)


async def test_wishes_for_one_action_coalesce(cast: Cast, engine: AsyncEngine, client: SharedClient) -> None:
    [action] = await define_actions(cast)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
    before = (await run_of(engine, client, action)).run_count
    for _ in range(10):
        await ask(engine, action)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
    assert (await run_of(engine, client, action)).run_count == before + 1


async def test_a_failing_step_is_tried_again_later_and_the_wake_is_kept(
    cast: Cast, engine: AsyncEngine, client: SharedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    [action] = await define_actions(cast)
    right = advance.advance_action
    tries: list[datetime] = []

    async def fails_once(*args: Any) -> object:
        tries.append(datetime.now(UTC))
        if len(tries) == 1:
            raise LookupError("a planted fault")
        return await right(*args)

    monkeypatch.setattr(advance, "advance_action", fails_once)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
    assert len(tries) == 2
    assert tries[1] - tries[0] > timedelta(seconds=1)
    assert (await row(engine, action)).failures == 0


async def test_an_action_that_ended_completes_its_run(cast: Cast, engine: AsyncEngine, client: SharedClient) -> None:
    [action] = await define_actions(cast)
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, action))
        ended = "UPDATE action SET status = 'cancelled', ended_at = now(), ended_reason = 'Closed wing' WHERE id = :id"
        async with engine.begin() as connection:
            await connection.execute(text(ended), {"id": action})
        await ask(engine, action)
        await until(lambda: _is_completed(engine, client, action))


async def test_a_prefect_that_was_away_catches_up(
    cast: Cast, engine: AsyncEngine, client: SharedClient, prefect: PrefectServer
) -> None:
    [before, meanwhile] = await define_actions(cast, 2)
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM action_run WHERE action_id = :id"), {"id": meanwhile})
    async with worker(engine, client):
        await until(lambda: is_at_rest(engine, before))
        await asyncio.to_thread(prefect.kill)
        step = await open_step(cast, before, "accept")
        await accept(cast.office, await by_link(cast, step), step, uuid4(), datetime.now(UTC))
        async with transaction(engine, OPERATOR, datetime.now(UTC)) as tx:
            tx.wake(meanwhile)
        await asyncio.to_thread(prefect.start)
        await until(lambda: is_at_rest(engine, before))
        await until(lambda: _has_run(engine, meanwhile))
        await until(lambda: is_at_rest(engine, meanwhile))
    assert (await run_of(engine, client, before)).state_name == "Awaiting evidence"
    assert (await run_of(engine, client, meanwhile)).state_name == "Awaiting acceptance"


async def _has_run(engine: AsyncEngine, action: UUID) -> bool:
    return (await row(engine, action)).flow_run_id is not None


async def _is_completed(engine: AsyncEngine, client: SharedClient, action: UUID) -> bool:
    return (await run_of(engine, client, action)).state_type is StateType.COMPLETED
