"""What is relied on in Prefect and not promised by it. When an upgrade breaks one of these, waiting is redesigned."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import prefect.flow_engine
import pytest
from prefect import flow
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName, FlowRunFilterParentFlowRunId
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import Abort, ObjectAlreadyExists, Pause
from prefect.flow_engine import run_flow_async
from prefect.states import Cancelling, Pending, Running

from flows.connection import SharedClient
from flows.waiting import park, woken_state

POOL = "contract"
LATER = timedelta(days=30)
lived: list[str] = []


@flow(name="contract-child", persist_result=False)
async def child(turn: int) -> int:
    lived.append(f"child {turn}")
    return turn


@flow(name="contract", persist_result=False)
async def story(turns: int) -> None:
    """Parks until it was woken `turns` times, and calls its child each time."""
    turn = 1 + sum(line == "woke" for line in lived)
    lived.append("woke")
    assert await child(turn) == turn
    if turn < turns:
        await park(f"Awaiting turn {turn + 1}", datetime.now(UTC) + LATER)


@pytest.fixture
async def deployment(client: SharedClient) -> UUID:
    lived.clear()
    with suppress(ObjectAlreadyExists):
        await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    return await client.create_deployment(
        await client.create_flow(story), "by-test", work_pool_name=POOL, entrypoint="x.py:story"
    )


async def new_run(client: SharedClient, deployment: UUID, turns: int = 9, **more: Any) -> FlowRun:
    return await client.create_flow_run_from_deployment(deployment, parameters={"turns": turns}, **more)


async def live_once(client: SharedClient, run: FlowRun) -> FlowRun:
    """Run it in this process, as our runner does, and read what Prefect then shows."""
    fresh = (await client.read_flow_run(run.id)).model_copy(update={"deployment_id": None})
    with suppress(Pause):
        await run_flow_async(story, flow_run=fresh, parameters=fresh.parameters, return_type="state")
    return await client.read_flow_run(run.id)


async def due_now(client: SharedClient) -> set[UUID]:
    found = await client.get_scheduled_flow_runs_for_work_pool(POOL, scheduled_before=datetime.now(UTC))
    return {each.flow_run.id for each in found}


async def test_a_parked_run_shows_what_it_waits_for_and_until_when(client: SharedClient, deployment: UUID) -> None:
    run = await live_once(client, await new_run(client, deployment))
    assert run.state is not None
    assert (run.state.type, run.state.name) == (StateType.SCHEDULED, "Awaiting turn 2")
    until = run.state.state_details.scheduled_time
    assert until is not None
    assert abs(until - (datetime.now(UTC) + LATER)) < timedelta(minutes=1)
    # Prefect's pages show this and not the time itself.
    assert run.state.message == f"Until {until:%-d %B %Y, %H:%M} UTC at the latest."
    assert run.id not in await due_now(client)


async def test_a_parked_run_is_woken_early_starts_from_the_top_and_parks_again(
    client: SharedClient, deployment: UUID
) -> None:
    run = await live_once(client, await new_run(client, deployment))
    await client.set_flow_run_state(run.id, woken_state(), force=True)
    assert run.id in await due_now(client)
    run = await live_once(client, run)
    assert run.state_name == "Awaiting turn 3"
    assert lived == ["woke", "child 1", "woke", "child 2"]


async def test_a_parked_run_is_begun_at_once_by_force_and_the_engine_takes_our_word(
    client: SharedClient, deployment: UUID
) -> None:
    run = await live_once(client, await new_run(client, deployment))
    with suppress(Pause):
        async with client.begin(run) as begun:
            quiet = begun.model_copy(update={"deployment_id": None})
            await run_flow_async(story, flow_run=quiet, parameters=run.parameters, return_type="state")
    run = await client.read_flow_run(run.id)
    assert (run.state_name, run.run_count) == ("Awaiting turn 3", 2)


async def test_a_sub_flow_runs_anew_at_every_wake(client: SharedClient, deployment: UUID) -> None:
    run = await live_once(client, await new_run(client, deployment))
    await client.set_flow_run_state(run.id, woken_state(), force=True)
    await live_once(client, run)
    children = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run.id]))
    )
    assert len(children) == 2
    assert all(each.state_type is StateType.COMPLETED for each in children)


async def test_a_completed_run_can_be_woken_again(client: SharedClient, deployment: UUID) -> None:
    run = await live_once(client, await new_run(client, deployment, turns=1))
    assert run.state_type is StateType.COMPLETED
    answer = await client.set_flow_run_state(run.id, woken_state())
    assert answer.status is SetStateStatus.ACCEPT
    assert run.id in await due_now(client)


async def test_a_parked_run_is_cancelled_at_once_and_can_be_woken_after_all(
    client: SharedClient, deployment: UUID
) -> None:
    run = await live_once(client, await new_run(client, deployment))
    await client.set_flow_run_state(run.id, Cancelling())
    assert (await client.read_flow_run(run.id)).state_type is StateType.CANCELLED
    await client.set_flow_run_state(run.id, woken_state(), force=True)
    assert run.id in await due_now(client)


async def test_running_is_accepted_twice_so_only_our_lease_keeps_two_workers_apart(
    client: SharedClient, deployment: UUID
) -> None:
    run = await new_run(client, deployment)
    first = await client.set_flow_run_state(run.id, Running())
    second = await client.set_flow_run_state(run.id, Running())
    assert (first.status, second.status) == (SetStateStatus.ACCEPT, SetStateStatus.ACCEPT)
    stuck = await client.set_flow_run_state(run.id, woken_state())
    assert stuck.status is SetStateStatus.ACCEPT


async def test_pending_is_accepted_once_so_it_claims_a_run(client: SharedClient, deployment: UUID) -> None:
    run = await new_run(client, deployment)
    first = await client.set_flow_run_state(run.id, Pending())
    second = await client.set_flow_run_state(run.id, Pending())
    assert (first.status, second.status) == (SetStateStatus.ACCEPT, SetStateStatus.ABORT)


async def test_a_run_parked_by_another_worker_is_left_alone_and_not_slept_on(
    client: SharedClient, deployment: UUID
) -> None:
    run = await live_once(client, await new_run(client, deployment))
    with pytest.raises(Abort):
        await live_once(client, run)
    assert (await client.read_flow_run(run.id)).state_name == "Awaiting turn 2"


async def test_a_run_of_ours_starts_no_observer(
    client: SharedClient, deployment: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def observed(*args: object) -> None:
        raise AssertionError("the engine started a thread and a websocket")

    monkeypatch.setattr(prefect.flow_engine, "observe_flow_run_suspension", observed)
    run = await live_once(client, await new_run(client, deployment))
    assert run.state_name == "Awaiting turn 2"
    assert run.deployment_id == deployment


async def test_an_idempotency_key_gives_one_run_however_often_it_is_made(
    client: SharedClient, deployment: UUID
) -> None:
    key, name = str(uuid4()), f"FT-{uuid4().hex[:8]}"
    first = await new_run(client, deployment, idempotency_key=key, name=name)
    second = await new_run(client, deployment, idempotency_key=key, name=name)
    assert first.id == second.id
    named = await client.read_flow_runs(flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=[name])))
    assert [each.id for each in named] == [first.id]
