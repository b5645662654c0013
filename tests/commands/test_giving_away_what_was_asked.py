"""What somebody asked for their step is answered where it goes to somebody else; a cover still needs the answer."""

from contextlib import suppress
from uuid import uuid4

import pytest

from commands.assign import give_step
from commands.handing_over import hand_to_cover
from commands.leaving import leave
from commands.reassigning import change_owner
from commands.review_answers import send
from commands.reviews import advance_review
from db.asking import load_ask
from domain.actors import OPERATOR
from domain.covering import Question
from domain.errors import NotFound
from tests.cast import MONDAY, Cast, a_care_plan_action, accept_it, signed_in
from tests.commands.test_reviews import OPENS, fill, planned
from tests.commands.waiting import LATE, answers, away, has_answered, waits
from tests.commands.watching import rows, told

ASKED = {Question.BARRIER: "barrier answered", Question.EXTENSION: "more time decided"}


@pytest.mark.parametrize("kind", ASKED)
async def test_giving_the_step_to_somebody_else_answers_it_and_a_cover_does_not(cast: Cast, kind: Question) -> None:
    await waits(cast, kind)
    [step] = await rows(cast, f"SELECT step_id AS id FROM {kind}")
    absence = await away(cast, cast.owner, cast.deputy, LATE)
    await hand_to_cover(cast.office, signed_in(cast.owner), absence, LATE)
    assert await has_answered(cast, kind) == (None, None)
    await give_step(cast.office, signed_in(cast.manager), step.id, cast.team_leader, "Tam has scales.", LATE)
    assert await has_answered(cast, kind) == (cast.manager, None)
    async with cast.office.engine.connect() as connection:
        asked = await load_ask(connection, step.id)
    assert asked is not None
    assert (asked.barriers, asked.barrier_answer, asked.extensions, asked.time_decided) == (0, None, 0, None)
    assert await told(cast, ASKED[kind]) == 1


@pytest.mark.parametrize("kind", ASKED)
async def test_leaving_ends_what_the_leaver_asked_for(cast: Cast, kind: Question) -> None:
    await waits(cast, kind)
    for _ in range(2):
        with suppress(NotFound):
            await leave(cast.office, OPERATOR, cast.owner, LATE)
    [step] = await rows(cast, f"SELECT step_id AS id FROM {kind}")
    async with cast.office.engine.connect() as connection:
        asked = await load_ask(connection, step.id)
    assert asked is not None
    assert (asked.barriers, asked.barrier_answer, asked.extensions, asked.time_decided) == (0, None, 0, None)
    assert await told(cast, ASKED[kind]) == 1


@pytest.mark.parametrize("kind", ASKED)
async def test_so_does_another_owner(cast: Cast, kind: Question) -> None:
    await waits(cast, kind)
    [action] = await rows(cast, "SELECT id FROM action")
    why = "Tam has scales, and takes it on."
    await change_owner(cast.office, signed_in(cast.manager), action.id, uuid4(), cast.team_leader, why, LATE)
    assert await has_answered(cast, kind) == (cast.manager, None)


async def test_what_a_weekly_review_said_is_in_the_way_still_is_when_its_holder_leaves(cast: Cast) -> None:
    action = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action, MONDAY)
    review = await planned(cast)
    await advance_review(cast.office, review, OPENS)
    await fill(cast, review, "barrier")
    await send(cast.office, signed_in(cast.deputy), review, uuid4(), OPENS)
    [told_of] = await rows(cast, "SELECT b.id, s.assignee_id FROM barrier b JOIN step s ON s.id = b.step_id")
    await leave(cast.office, OPERATOR, told_of.assignee_id, OPENS)
    [step] = await rows(cast, "SELECT s.status, s.assignee_id FROM barrier b JOIN step s ON s.id = b.step_id")
    assert (step.status, step.assignee_id) == ("open", None)
    assert await has_answered(cast, Question.BARRIER) == (None, None)
    await answers(cast, Question.BARRIER, told_of.id, cast.manager)
    assert await has_answered(cast, Question.BARRIER) == (cast.manager, None)
