"""The weekly review's flow: its body with parking scripted, and its runs on a real Prefect server."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.office import utc_now
from commands.review_answers import Word, save, send
from commands.reviews import plan_reviews
from db.reviews import lines_of
from domain.reviewing import ReviewPlan
from flows import reviews
from flows.connection import SharedClient
from flows.deploy import register
from flows.review_runs import keep_reviews
from flows.reviews import run_review
from flows.waiting import woken_state
from tests.cast import Cast, signed_in
from tests.flows.world import define_actions, until, worker

NOW = datetime(2026, 11, 9, 9, tzinfo=UTC)


class LeftHere(Exception):
    """The body went to wait."""


async def play(monkeypatch: pytest.MonkeyPatch, *plans: ReviewPlan) -> list[str]:
    left, did = list(plans), list[str]()

    async def advance(review_id: UUID) -> ReviewPlan:
        did.append("advance")
        return left.pop(0)

    async def climb(review_id: UUID, rung: int) -> ReviewPlan:
        did.append(f"rung {rung}")
        return left.pop(0)

    async def park(name: str, until: datetime | None) -> NoReturn:
        did.append(f"{name} until {until:%d %b}" if until else name)
        raise LeftHere

    monkeypatch.setattr(reviews, "advance_review", advance)
    monkeypatch.setattr(reviews, "climb_review", climb)
    monkeypatch.setattr(reviews, "park", park)
    with suppress(LeftHere):
        await run_review.fn(uuid4())
    return did


async def test_a_review_parks_until_its_next_rung(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await play(monkeypatch, ReviewPlan(until=NOW)) == ["advance", "Awaiting weekly review until 09 Nov"]


async def test_rungs_fire_one_after_another_and_an_ended_review_just_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = (ReviewPlan(rungs_due=(1, 2)), ReviewPlan(rungs_due=(2,)), ReviewPlan(finished=True))
    assert await play(monkeypatch, *plans) == ["advance", "rung 1", "rung 2"]


async def the_review(cast: Cast) -> Any:
    async with cast.office.engine.connect() as connection:
        query = text("SELECT * FROM review WHERE location_id = :l ORDER BY week LIMIT 1")
        return (await connection.execute(query, {"l": cast.location})).one()


async def make_due(cast: Cast) -> None:
    """Let the planned review's time have come a moment ago."""
    async with cast.office.engine.begin() as connection:
        schedule = text(
            "INSERT INTO review_schedule (location_id, weekday, at, set_by, set_at)"
            " VALUES (:l, :d, :t, :p, now()) ON CONFLICT DO NOTHING"
        )
        local = (datetime.now(UTC) - timedelta(seconds=5)).astimezone(cast.office.calendar.zone)
        bound = {"l": cast.location, "d": local.weekday(), "t": local.time().replace(tzinfo=None), "p": cast.manager}
        await connection.execute(schedule, bound)
        await connection.execute(
            text("UPDATE review SET opens_at = now(), week = :w WHERE location_id = :l"),
            {
                "l": cast.location,
                "w": local.date() - timedelta(days=local.weekday()),
            },
        )


async def test_a_review_is_upcoming_opens_at_its_time_and_ends_when_it_is_sent(
    cast: Cast, client: SharedClient
) -> None:
    await register()
    await define_actions(cast, 1, due_at=datetime.now(UTC) + timedelta(days=14))
    await keep_reviews(cast.office, client)
    planned = await the_review(cast)
    run = await client.read_flow_run(planned.flow_run_id)
    assert run.state is not None
    assert (run.state.name, run.parameters) == ("Awaiting weekly review", {"review_id": str(planned.id)})
    assert run.state.state_details.scheduled_time == planned.opens_at
    await make_due(cast)
    async with worker(cast.office.engine, client):
        await keep_reviews(cast.office, client)
        await until(lambda: is_status(cast, "open"))
        await until(lambda: waits(cast, client))
        await send_it(cast)
        await keep_reviews(cast.office, client)
        await until(lambda: is_completed(cast, client))
    await keep_reviews(cast.office, client)
    assert (await the_review(cast)).ended_in_prefect_at is not None


async def is_status(cast: Cast, status: str) -> bool:
    return (await the_review(cast)).status == status


async def waits(cast: Cast, client: SharedClient) -> bool:
    run = await client.read_flow_run((await the_review(cast)).flow_run_id)
    return run.state is not None and run.state.name == "Awaiting weekly review"


async def is_completed(cast: Cast, client: SharedClient) -> bool:
    run = await client.read_flow_run((await the_review(cast)).flow_run_id)
    return run.state is not None and run.state.is_completed()


async def send_it(cast: Cast) -> None:
    review = await the_review(cast)
    async with cast.office.engine.connect() as connection:
        words = {line.id: Word("progress", "Everybody is weighed.") for line in await lines_of(connection, review.id)}
    await save(cast.office, signed_in(cast.deputy), review.id, words, utc_now())
    await send(cast.office, signed_in(cast.deputy), review.id, uuid4(), utc_now())


async def test_a_run_that_prefect_lost_is_made_again_and_one_that_is_stuck_is_woken(
    cast: Cast, client: SharedClient
) -> None:
    await register()
    await plan_reviews(cast.office, datetime.now(UTC))
    await keep_reviews(cast.office, client)
    lost = (await the_review(cast)).flow_run_id
    await client.delete_flow_run(lost)
    assert await keep_reviews(cast.office, client) == 1
    made = (await the_review(cast)).flow_run_id
    assert made != lost
    await client.set_flow_run_state(made, woken_state(), force=True)
    assert await keep_reviews(cast.office, client) == 0  # due now: it looks by itself
    assert await keep_reviews(cast.office, client) == 0
