"""A step takes the form it asks for and no other, whoever sends it."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.accept import accept, decline
from commands.approve import approve, reject
from commands.assign import choose_owner
from commands.drawing import draw_sample
from commands.submit import say_why, submit
from domain.actors import Actor
from domain.errors import NotFound
from domain.outcome_form import OutcomeGiven
from tests.cast import MONDAY, Cast, a_care_plan_action, by_link, evidence_answer, open_step

WHY = "Because nobody had the time to weigh people."
MEASURED = OutcomeGiven("92 %", "2026-11-02")
Sending = Callable[[Cast, Actor, UUID], Awaitable[object]]
SENDINGS: dict[str, Sending] = {
    "an acceptance": lambda cast, actor, step: accept(cast.office, actor, step, uuid4(), MONDAY),
    "a decline": lambda cast, actor, step: decline(cast.office, actor, step, uuid4(), "Not mine", None, MONDAY),
    "an owner": lambda cast, actor, step: choose_owner(cast.office, actor, step, uuid4(), cast.team_leader, MONDAY),
    "evidence": lambda cast, actor, step: submit(cast.office, actor, step, uuid4(), evidence_answer(), MONDAY),
    "a reason": lambda cast, actor, step: say_why(cast.office, actor, step, uuid4(), WHY, MONDAY),
    "a drawing": lambda cast, actor, step: draw_sample(cast.office, actor, step, "daily records", 60, MONDAY),
    "an approval": lambda cast, actor, step: approve(cast.office, actor, step, uuid4(), WHY, MEASURED, MONDAY),
    "a return": lambda cast, actor, step: reject(cast.office, actor, step, uuid4(), ("briefing",), WHY, MONDAY),
}


async def unchanged(cast: Cast, step: UUID) -> bool:
    async with cast.office.engine.connect() as connection:
        query = text("SELECT s.status, a.owner_id FROM step s JOIN action a ON a.id = s.action_id WHERE s.id = :id")
        row = (await connection.execute(query, {"id": step})).one()
        sent = await connection.execute(text("SELECT count(*) FROM submission WHERE step_id = :id"), {"id": step})
        return (row.status, row.owner_id, sent.scalar_one()) == ("open", cast.owner, 0)


@pytest.mark.parametrize("what", [name for name in SENDINGS if name != "evidence"])
async def test_an_evidence_step_takes_evidence_alone(cast: Cast, what: str) -> None:
    action_id = (await a_care_plan_action(cast)).action_id
    first = await open_step(cast, action_id, "accept")
    await accept(cast.office, await by_link(cast, first), first, uuid4(), MONDAY)
    step = await open_step(cast, action_id, "care-plans")
    with pytest.raises(NotFound, match="asks for something else"):
        await SENDINGS[what](cast, await by_link(cast, step), step)
    assert await unchanged(cast, step)


@pytest.mark.parametrize("what", [name for name in SENDINGS if name not in ("an acceptance", "a decline")])
async def test_an_acceptance_takes_yes_or_no_alone(cast: Cast, what: str) -> None:
    step = await open_step(cast, (await a_care_plan_action(cast)).action_id, "accept")
    with pytest.raises(NotFound, match="asks for something else"):
        await SENDINGS[what](cast, await by_link(cast, step), step)
    assert await unchanged(cast, step)
