"""Whoever comes to own or do part of an action loses its check before they are refused it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.absences import Away, record_absence
from commands.advance import advance_action
from commands.ask import ask_for_time, tell_barrier
from commands.drawing import draw_sample
from commands.people import Holds, add_person
from commands.reassigning import change_owner
from domain.actors import OPERATOR
from domain.errors import NotAllowed
from domain.vocabulary import Role
from tests.cast import MONDAY, Cast, a_care_plan_action, accept_it, open_step, send_evidence, signed_in


async def _at_the_sample(cast: Cast, *, asking: bool = False) -> UUID:
    """An action whose sample waits for the deputy, and whose new owner is away, covered by that deputy.

    `asking` has the deputy ask for help with the sample, and for more time, before.
    """
    action = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action, MONDAY)
    await send_evidence(cast, action, "care-plans", MONDAY)
    await send_evidence(cast, action, "briefing", MONDAY)
    if asking:
        sample, deputy = await open_step(cast, action, "sample"), signed_in(cast.deputy)
        await tell_barrier(cast.office, deputy, sample, uuid4(), "The records are locked away.", MONDAY)
        later = MONDAY + timedelta(days=30)
        await ask_for_time(cast.office, deputy, sample, uuid4(), "I am on nights until then.", later, MONDAY)
    holds = (Holds(Role.CARE_COORDINATOR, cast.location),)
    owner = await add_person(cast.office, OPERATOR, "Nova Newowner", "nova@example.org", holds, MONDAY)
    today = cast.office.calendar.day_of(MONDAY)
    away = Away(today, today + timedelta(days=9), cast.deputy)
    await record_absence(cast.office, signed_in(owner), owner, away, uuid4(), MONDAY)
    await change_owner(cast.office, signed_in(cast.manager), action, uuid4(), owner, "They know the floor.", MONDAY)
    return action


async def _rows(cast: Cast, statement: str, action: UUID) -> list[tuple[Any, ...]]:
    async with cast.office.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement), {"id": action})]


HOLDS = "SELECT key, assignee_id FROM step WHERE action_id = :id AND status = 'open' ORDER BY key"
TOLD = (
    "SELECT kind, to_name FROM message WHERE kind IN ('reassigned', 'lies idle')"
    " AND coalesce(action_id, :id) = :id ORDER BY kind"
)


async def test_where_nobody_else_is_left_a_manager_reads_so_at_once(cast: Cast) -> None:
    action = await _at_the_sample(cast)
    plan = await advance_action(cast.office, action, MONDAY)
    assert await _rows(cast, HOLDS, action) == [("accept", cast.deputy), ("sample", None)]
    assert await _rows(cast, TOLD, action) == [("lies idle", "Mina Pretendall")]
    assert plan.until is not None
    assert plan.until < MONDAY + timedelta(days=1)
    await advance_action(cast.office, action, MONDAY)
    assert await _rows(cast, TOLD, action) == [("lies idle", "Mina Pretendall")]


async def test_what_they_had_asked_for_it_ends_with_that(cast: Cast) -> None:
    action = await _at_the_sample(cast, asking=True)
    await advance_action(cast.office, action, MONDAY)
    assert await _rows(cast, HOLDS, action) == [("accept", cast.deputy), ("sample", None)]
    ended = "SELECT answered_at, answer FROM barrier UNION ALL SELECT decided_at, decision_reason FROM extension"
    assert await _rows(cast, ended, action) == [(MONDAY, None), (MONDAY, None)]


async def test_another_deputy_is_asked_and_the_first_is_told(cast: Cast) -> None:
    holds = (Holds(Role.DEPUTY_MANAGER, cast.location),)
    action = await _at_the_sample(cast)
    second = await add_person(cast.office, OPERATOR, "Dot Otherly", "dot@example.org", holds, MONDAY)
    await advance_action(cast.office, action, MONDAY)
    assert await _rows(cast, HOLDS, action) == [("accept", cast.deputy), ("sample", second)]
    assert ("reassigned", "Dara Mockley") in await _rows(cast, TOLD, action)
    sample = await open_step(cast, action, "sample")
    with pytest.raises(NotAllowed):
        await draw_sample(cast.office, signed_in(cast.deputy), sample, "daily records", 9, MONDAY)
