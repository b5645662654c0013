"""More time is decided by somebody who is on nobody's side, and silence on a request climbs with the step."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.advance import advance_action
from commands.ask import ask_for_time, decide_time, tell_barrier
from commands.escalate import fire_rung
from commands.people import Holds, add_person
from db.decisions import dates_given, earlier_extensions
from domain.actors import OPERATOR
from domain.errors import NotAllowed
from domain.more_time import TimeAnswer
from domain.rolling import rolling
from domain.vocabulary import Role
from tests.cast import MONDAY, Cast, a_care_plan_action, accept_it, by_link, open_step, signed_in

DUE = MONDAY + timedelta(days=14)
RUNG_TWO = datetime(2026, 11, 19, 9, tzinfo=UTC)
"""Three working days after Monday 16 November."""


async def plans_of(cast: Cast, **changes: Any) -> tuple[UUID, UUID]:
    made = await a_care_plan_action(cast, **changes)
    await accept_it(cast, made.action_id, MONDAY)
    return made.action_id, await open_step(cast, made.action_id, "care-plans")


async def ask(cast: Cast, step: UUID, wanted: datetime, now: datetime = MONDAY) -> UUID:
    async with cast.office.engine.connect() as connection:
        query = text("SELECT assignee_id FROM step WHERE id = :s")
        whose = (await connection.execute(query, {"s": step})).scalar_one()
    await ask_for_time(cast.office, signed_in(whose), step, uuid4(), "Two people are in hospital.", wanted, now)
    async with cast.office.engine.connect() as connection:
        query = text("SELECT id FROM extension WHERE step_id = :s AND decided_at IS NULL")
        return (await connection.execute(query, {"s": step})).scalar_one()


async def grant(cast: Cast, person: UUID, extension: UUID, wanted: datetime) -> None:
    risk, control = "Weights may be missed for a week.", "The nurse on shift weighs them."
    given = TimeAnswer(True, "Two people are in hospital.", risk, control, wanted)
    await decide_time(cast.office, signed_in(person), extension, given, MONDAY)


async def away(cast: Cast, person: UUID, cover: UUID) -> None:
    async with cast.office.engine.begin() as connection:
        row = text(
            "INSERT INTO absence (id, person_id, cover_id, starts_on, ends_on, created_at)"
            " VALUES (gen_random_uuid(), :p, :c, '2026-11-01', '2026-11-30', :now)"
        )
        await connection.execute(row, {"p": person, "c": cover, "now": MONDAY})


async def decider_of(cast: Cast, extension: UUID) -> UUID:
    async with cast.office.engine.connect() as connection:
        query = text("SELECT decider_id FROM extension WHERE id = :id")
        return (await connection.execute(query, {"id": extension})).scalar_one()


async def test_the_manager_decides_for_an_owner(cast: Cast) -> None:
    _, plans = await plans_of(cast)
    assert await decider_of(cast, await ask(cast, plans, DUE + timedelta(days=7))) == cast.manager


async def test_a_manager_who_asks_and_whoever_covers_for_them_decide_nothing(cast: Cast) -> None:
    second = await add_person(
        cast.office,
        OPERATOR,
        "Rae Secondly",
        "rae@example.org",
        (Holds(Role.REGISTERED_MANAGER, cast.location),),
        MONDAY,
    )
    _, plans = await plans_of(cast, owner_id=cast.manager)
    await away(cast, cast.manager, second)
    extension = await ask(cast, plans, DUE + timedelta(days=7))
    assert await decider_of(cast, extension) == cast.quality_lead
    for person in (cast.manager, second):
        with pytest.raises(NotAllowed):
            await grant(cast, person, extension, DUE + timedelta(days=7))


async def test_every_date_is_kept_and_one_moved_twice_is_flagged(cast: Cast) -> None:
    _, plans = await plans_of(cast)
    for week in (1, 2):
        wanted = DUE + timedelta(days=7 * week)
        extension = await ask(cast, plans, wanted)
        await grant(cast, cast.manager, extension, wanted)
    async with cast.office.engine.connect() as connection:
        dates = await dates_given(connection, plans)
        assert [date.due for date in dates] == [DUE + timedelta(days=7), DUE + timedelta(days=14)]
        assert await earlier_extensions(connection, plans) == 2
        row = (await connection.execute(text("SELECT * FROM step WHERE id = :s"), {"s": plans})).one()
    assert row.original_due_at == DUE
    assert rolling(len(dates)) is not None


@pytest.mark.parametrize("request_of", ["more time", "a barrier"])
async def test_silence_on_a_request_climbs_with_the_steps_own_ladder(cast: Cast, request_of: str) -> None:
    action, plans = await plans_of(cast)
    if request_of == "more time":
        await ask(cast, plans, DUE + timedelta(days=7))
    else:
        await tell_barrier(cast.office, await by_link(cast, plans), plans, uuid4(), "There are no scales.", MONDAY)
    plan = await advance_action(cast.office, action, RUNG_TWO)
    due = {rung.rung for rung in plan.rungs_due if rung.step_id == plans}
    assert due == {1, 2}
    await fire_rung(cast.office, action, plans, 1, RUNG_TWO)
    await fire_rung(cast.office, action, plans, 2, RUNG_TWO)
    async with cast.office.engine.connect() as connection:
        query = text("SELECT asked_id FROM escalation WHERE step_id = :s AND must_answer")
        assert (await connection.execute(query, {"s": plans})).scalar_one() == cast.manager
