"""What an answer asks of the database: six round trips, begin and commit among them (decision 0028).

They are most of what somebody waits for, so that one more is noticed here first.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.accept import accept
from commands.submit import submit
from db.driver import driver_of
from tests.cast import MONDAY, Cast, a_care_plan_action, accept_it, by_link, evidence_answer, open_step, send_evidence

LATER = MONDAY + timedelta(hours=1)


@asynccontextmanager
async def heard(engine: AsyncEngine) -> AsyncGenerator[list[str]]:
    """The first words of every statement from now on. The pool hands out the same connection, last used first."""
    said: list[str] = []

    def say(query: asyncpg.connection.LoggedQuery) -> None:
        said.append(" ".join(query.query.split()[:2]))

    async with engine.connect() as connection:
        driver = driver_of(connection)
    with driver.query_logger(say):
        yield said


async def test_a_yes_takes_one_more_for_who_has_the_steps_after_it(cast: Cast, engine: AsyncEngine) -> None:
    first, second = [(await a_care_plan_action(cast)).action_id for _ in range(2)]
    # The first answer of a process reads the pathway, and PostgreSQL is asked for the types.
    await accept_it(cast, first, MONDAY)
    step = await open_step(cast, second, "accept")
    actor = await by_link(cast, step)
    async with heard(engine) as said:
        await accept(cast.office, actor, step, uuid4(), LATER)
    assert len(said) == 7, said


async def test_evidence_takes_six_round_trips(cast: Cast, engine: AsyncEngine) -> None:
    first, second = [(await a_care_plan_action(cast)).action_id for _ in range(2)]
    for action in (first, second):
        await accept_it(cast, action, MONDAY)
    await send_evidence(cast, first, "care-plans", MONDAY)
    step = await open_step(cast, second, "care-plans")
    actor = await by_link(cast, step)
    async with heard(engine) as said:
        await submit(cast.office, actor, step, uuid4(), evidence_answer(), LATER)
    assert len(said) == 6, said
