"""Re-audits on a real Prefect server: upcoming runs that wait for their date, ask, climb and end."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.flow_engine import run_flow_async
from prefect.states import Running
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.advance import advance_action
from flows.connection import SharedClient
from flows.deploy import register
from flows.re_audit import run_re_audit
from flows.waiting import woken_state
from tests.cast import Cast, accept_it, approve_it, sample, send_evidence
from tests.commands.test_re_audits import check_again
from tests.flows.world import ask, define_actions, is_at_rest, reconcile, row, run_of, until, worker

pytestmark = pytest.mark.usefixtures("registered")
DAY = timedelta(days=1)


@pytest.fixture
async def registered(client: SharedClient) -> None:
    await register()


async def a_closed_action(cast: Cast) -> UUID:
    [action] = await define_actions(cast, due_at=datetime.now(UTC) + 14 * DAY)
    now = datetime.now(UTC)
    await accept_it(cast, action, now)
    await send_evidence(cast, action, "care-plans", now)
    await send_evidence(cast, action, "briefing", now)
    await sample(cast, action, True, now)
    await approve_it(cast, action, now)
    return action


async def planned(engine: AsyncEngine, action: UUID) -> list[Any]:
    async with engine.connect() as connection:
        found = await connection.execute(
            text("SELECT * FROM re_audit WHERE action_id = :id ORDER BY cycle, number"), {"id": action}
        )
        return list(found)


async def runs_of(engine: AsyncEngine, client: SharedClient, action: UUID) -> list[FlowRun]:
    return [await client.read_flow_run(each.flow_run_id) for each in await planned(engine, action)]


async def all_told(engine: AsyncEngine, action: UUID) -> bool:
    rows = await planned(engine, action)
    return bool(rows) and all(each.run_told_at is not None for each in rows)


async def come_due(engine: AsyncEngine, client: SharedClient, action: UUID) -> None:
    """Let the first re-audit's date be now, in both databases."""
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE re_audit SET due_at = clock_timestamp() WHERE action_id = :id AND number = 1"), {"id": action}
        )
    await ask(engine, action)


async def status(engine: AsyncEngine, action: UUID) -> tuple[str, int]:
    async with engine.connect() as connection:
        found = (
            await connection.execute(text("SELECT status, cycle FROM action WHERE id = :id"), {"id": action})
        ).one()
    return found.status, found.cycle


async def test_closing_shows_the_re_audits_as_upcoming_runs(
    cast: Cast, engine: AsyncEngine, client: SharedClient
) -> None:
    action = await a_closed_action(cast)
    async with worker(engine, client):
        await until(lambda: all_told(engine, action))
        await until(lambda: is_at_rest(engine, action))
    own = await run_of(engine, client, action)
    assert own.state_type is StateType.COMPLETED
    rows, runs = await planned(engine, action), await runs_of(engine, client, action)
    assert [run.state_name for run in runs] == ["Upcoming re-audit"] * 2
    assert [run.name for run in runs] == [f"{own.name} re-audit {n} of 2" for n in (1, 2)]
    for each, run in zip(rows, runs, strict=True):
        assert run.next_scheduled_start_time is not None
        assert abs(run.next_scheduled_start_time - each.due_at) < timedelta(seconds=1)
    assert all(run.parameters.keys() == {"action_id", "ref", "number"} for run in runs)


async def opened_by_its_run(cast: Cast, engine: AsyncEngine, client: SharedClient, action: UUID) -> FlowRun:
    """The first re-audit has come due, and its own run waits for somebody."""
    await until(lambda: all_told(engine, action))
    await until(lambda: is_at_rest(engine, action))
    await come_due(engine, client, action)

    async def waits() -> bool:
        rows = await planned(engine, action)
        if await is_at_rest(engine, action):  # asked without a pause, the waker would wait for one
            await ask(engine, action)
        return rows[0].status == "open" and (await runs_of(engine, client, action))[0].state_name == "Awaiting re-audit"

    await until(waits)
    return (await runs_of(engine, client, action))[0]


async def test_a_pass_ends_its_run_and_leaves_the_next_one_upcoming(
    cast: Cast, engine: AsyncEngine, client: SharedClient
) -> None:
    action = await a_closed_action(cast)
    async with worker(engine, client):
        await opened_by_its_run(cast, engine, client, action)
        await check_again(cast, action, True, datetime.now(UTC))

        async def ended() -> bool:
            return await all_told(engine, action) and (await planned(engine, action))[0].status == "passed"

        await until(ended)
        await until(lambda: is_at_rest(engine, action))
    runs = await runs_of(engine, client, action)
    assert [run.state_name for run in runs] == ["Held", "Upcoming re-audit"]
    assert await status(engine, action) == ("closed – monitoring", 1)


async def test_a_fail_opens_the_next_cycle_in_the_action_s_own_run(
    cast: Cast, engine: AsyncEngine, client: SharedClient
) -> None:
    action = await a_closed_action(cast)
    async with worker(engine, client):
        await opened_by_its_run(cast, engine, client, action)
        before = (await run_of(engine, client, action)).id
        await check_again(cast, action, False, datetime.now(UTC))

        async def goes_on() -> bool:
            return (await run_of(engine, client, action)).state_name == "Awaiting why it did not hold"

        await until(goes_on)
        await until(lambda: all_told(engine, action))
    assert (await run_of(engine, client, action)).id == before
    assert [run.state_name for run in await runs_of(engine, client, action)] == ["Did not hold", "Not needed any more"]
    assert await status(engine, action) == ("in progress", 2)


async def test_one_decided_before_its_own_run_began_ends_as_it_was_decided(
    cast: Cast, engine: AsyncEngine, client: SharedClient
) -> None:
    action = await a_closed_action(cast)
    async with worker(engine, client):
        await until(lambda: all_told(engine, action))
        await until(lambda: is_at_rest(engine, action))
    own, number = (await run_of(engine, client, action)).name, 1
    # Its day has come and somebody has done it, and only then does a worker take up its run.
    async with engine.begin() as connection:
        statement = "UPDATE re_audit SET due_at = clock_timestamp() WHERE action_id = :id AND number = 1"
        await connection.execute(text(statement), {"id": action})
    await advance_action(cast.office, action, datetime.now(UTC))
    await check_again(cast, action, False, datetime.now(UTC))
    run = (await runs_of(engine, client, action))[0]
    await client.set_flow_run_state(run.id, woken_state(), force=True)
    run = (await client.read_flow_run(run.id)).model_copy(update={"deployment_id": None})
    given = {"action_id": action, "ref": own, "number": number}
    await run_flow_async(run_re_audit, flow_run=run, parameters=given, return_type="state")
    ended = await client.read_flow_run(run.id)
    assert (ended.state_type, ended.state_name) == (StateType.COMPLETED, "Did not hold")


async def test_silence_climbs_and_a_miss_reopens_without_anybody_asking(
    cast: Cast, engine: AsyncEngine, client: SharedClient
) -> None:
    action = await a_closed_action(cast)
    async with worker(engine, client):
        await opened_by_its_run(cast, engine, client, action)
        await until(lambda: is_at_rest(engine, action))
        async with engine.begin() as connection:
            past = {"past": datetime.now(UTC) - 90 * DAY, "id": action}
            statement = "UPDATE step SET due_at = :past, opened_at = :past WHERE action_id = :id AND key = 're-audit'"
            await connection.execute(text(statement), past)
        await ask(engine, action)

        async def climbed() -> bool:
            return await rungs(engine, action) == [1, 2, 3, 4]

        await until(climbed)
        await until(lambda: is_at_rest(engine, action))
        assert await status(engine, action) == ("closed – monitoring", 1)
        async with engine.begin() as connection:
            statement = "UPDATE escalation SET fired_at = :past WHERE action_id = :id"
            await connection.execute(text(statement), past)
        await ask(engine, action)

        async def reopened() -> bool:
            return await status(engine, action) == ("in progress", 2)

        await until(reopened)

        async def goes_on() -> bool:
            return (await run_of(engine, client, action)).state_name == "Awaiting why it did not hold"

        await until(goes_on)
        await until(lambda: all_told(engine, action))
    assert [each.status for each in await planned(engine, action)] == ["missed", "void"]


async def rungs(engine: AsyncEngine, action: UUID) -> list[int]:
    async with engine.connect() as connection:
        statement = "SELECT rung FROM escalation WHERE action_id = :id ORDER BY fired_at, rung"
        return list((await connection.execute(text(statement), {"id": action})).scalars())


async def test_a_finished_action_s_run_that_is_just_ending_is_left_alone(
    cast: Cast, engine: AsyncEngine, client: SharedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = await a_closed_action(cast)
    async with worker(engine, client):
        await until(lambda: all_told(engine, action))
        await until(lambda: is_at_rest(engine, action))
    run = await run_of(engine, client, action)
    await reconcile(engine, client)
    # Its lease is let go, and Prefect has not heard yet that it ended.
    await client.set_flow_run_state(run.id, Running(), force=True)
    assert await reconcile(engine, client) == 0
    # A worker that was killed at that very moment left it so, and the moment is long past.
    monkeypatch.setattr("flows.reconcile.SLACK", timedelta(0))
    assert await reconcile(engine, client) == 1


async def test_upcoming_runs_that_prefect_lost_are_made_again(
    cast: Cast, engine: AsyncEngine, client: SharedClient
) -> None:
    action = await a_closed_action(cast)
    async with worker(engine, client):
        await until(lambda: all_told(engine, action))
        await until(lambda: is_at_rest(engine, action))
        lost = [run.id for run in await runs_of(engine, client, action)]
        for run in lost:
            await client.delete_flow_run(run)
        assert await reconcile(engine, client) >= 2

        async def there_again() -> bool:
            rows = await planned(engine, action)
            return await all_told(engine, action) and not {each.flow_run_id for each in rows} & set(lost)

        await until(there_again)
        await until(lambda: is_at_rest(engine, action))
        assert await reconcile(engine, client) == 0
    assert (await row(engine, action)).failures == 0
    ref = (await run_of(engine, client, action)).name
    tagged = FlowRunFilter(tags=FlowRunFilterTags(all_=["re-audit", ref]))
    assert len(await client.read_flow_runs(flow_run_filter=tagged)) == 2
