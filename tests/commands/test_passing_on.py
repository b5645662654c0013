"""What waits for somebody who is away goes to who covers for them, whatever it is, and is answered for them."""

import asyncio

import pytest
from sqlalchemy import text

from commands.handing_over import hand_to_cover
from commands.leaving import leave
from commands.passing_on import pass_on_what_waits
from commands.people import Holds, add_person
from db.my_work import held_for, my_work
from db.scope import Viewer
from db.waiting import waiting_for
from domain.actors import OPERATOR
from domain.covering import Question
from domain.vocabulary import Role
from tests.cast import MONDAY, Cast, signed_in
from tests.commands.test_reviews import OPENS, opened
from tests.commands.waiting import (
    AFTERWARDS,
    KEPT,
    KINDS,
    LATE,
    answers,
    asked_first,
    away,
    has_answered,
    is_asked,
    waits,
)
from tests.commands.watching import mailed, rows, told


@pytest.mark.parametrize("kind", KINDS)
async def test_it_goes_to_the_cover_once_who_finds_it_and_answers_for_them(cast: Cast, kind: Question) -> None:
    key, first, now = await waits(cast, kind), asked_first(cast, kind), KEPT[kind].now
    who, name = ("nia", "Nia Testwick") if first == cast.nominated else ("mina", "Mina Pretendall")
    await away(cast, first, cast.team_leader, now)
    assert [await pass_on_what_waits(cast.office, now) for _ in range(2)] == [1, 0]
    assert await mailed(cast, KEPT[kind].mail) == [who, "tam"]
    assert await is_asked(cast, kind) == (cast.team_leader, first)
    assert await told(cast, f"{kind} asked of somebody else") == 1
    async with cast.office.engine.connect() as connection:
        mine = await my_work(connection, cast.team_leader)
        counted = (await waiting_for(connection, cast.team_leader)).waiting
        held = await held_for(connection, first, Viewer(first, ()))
        unseen = await held_for(connection, first, Viewer(cast.outsider, ()))
    assert [f"or {name}" in row.what for row in mine if row.id == key] == [True]
    assert counted == len(mine)
    assert [(row.holder, name in row.what) for row in held if row.id == key] == [("Tam Inventby", False)]
    assert unseen == []
    await answers(cast, kind, key, cast.team_leader)
    assert await has_answered(cast, kind) == (cast.team_leader, first)
    said = await rows(cast, "SELECT words FROM trail_entry WHERE object_id = :k AND words ? 'for'", k=key)
    assert {row.words["for"] for row in said} == {str(first)}
    assert len(said) == (3 if kind is Question.REPEAT else 2)  # a decision on a repeat is on both actions


@pytest.mark.parametrize("kind", KINDS)
async def test_what_comes_while_somebody_is_away_names_both_from_the_start(cast: Cast, kind: Question) -> None:
    first = asked_first(cast, kind)
    await away(cast, first, cast.team_leader, KEPT[kind].now)
    await waits(cast, kind)
    assert await is_asked(cast, kind) == (cast.team_leader, first)
    [mail] = await rows(cast, "SELECT context FROM message WHERE kind = :k", k=KEPT[kind].mail)
    assert "you cover for" in mail.context["because"]


async def test_two_workers_at_once_pass_it_on_once(cast: Cast) -> None:
    for kind in (Question.BARRIER, Question.UNDELIVERED):
        await waits(cast, kind)
        await away(cast, cast.manager, cast.team_leader, KEPT[kind].now)
        both = (pass_on_what_waits(cast.office, KEPT[kind].now), pass_on_what_waits(cast.office, KEPT[kind].now))
        assert sorted(await asyncio.gather(*both)) == [0, 1]
        assert await is_asked(cast, kind) == (cast.team_leader, cast.manager)
        assert await told(cast, f"{kind} asked of somebody else") == 1


@pytest.mark.parametrize("kind", [Question.BARRIER, Question.SMALL_HOME])
async def test_who_is_back_may_answer_what_the_cover_still_has(cast: Cast, kind: Question) -> None:
    key, first = await waits(cast, kind), asked_first(cast, kind)
    await away(cast, first, cast.team_leader, KEPT[kind].now)
    await pass_on_what_waits(cast.office, KEPT[kind].now)
    await answers(cast, kind, key, first)
    assert await is_asked(cast, kind) == (cast.team_leader, first)
    assert await has_answered(cast, kind) == (first, None)


@pytest.mark.parametrize("kind", [Question.ESCALATION, Question.SMALL_HOME])
async def test_it_can_be_handed_over_before_the_first_day(cast: Cast, kind: Question) -> None:
    await waits(cast, kind)
    first, now = asked_first(cast, kind), KEPT[kind].now
    absence = await away(cast, first, cast.team_leader, now, in_days=2)
    assert await pass_on_what_waits(cast.office, now) == 0
    for handed in (1, 0):
        assert (await hand_to_cover(cast.office, signed_in(first), absence, now)).given == handed
    assert await is_asked(cast, kind) == (cast.team_leader, first)


async def test_a_weekly_review_that_is_open_is_handed_over_as_well(cast: Cast) -> None:
    review = await opened(cast, actions=1)
    absence = await away(cast, cast.deputy, cast.team_leader, OPENS)
    assert await pass_on_what_waits(cast.office, OPENS) == 0
    for handed in (1, 0):
        assert (await hand_to_cover(cast.office, signed_in(cast.deputy), absence, OPENS)).given == handed
    [row] = await rows(cast, "SELECT assignee_id, assigned_for_id FROM review WHERE id = :r", r=review)
    assert row == (cast.team_leader, cast.deputy)


@pytest.mark.parametrize("kind", [Question.ESCALATION, Question.UNDELIVERED, Question.LATE_REVIEW])
async def test_what_waited_for_somebody_who_left_is_asked_of_the_next(cast: Cast, kind: Question) -> None:
    key, now = await waits(cast, kind), KEPT[kind].now
    await leave(cast.office, OPERATOR, cast.manager, now)
    assert [await pass_on_what_waits(cast.office, now) for _ in range(2)] == [1, 0]
    assert await is_asked(cast, kind) == (cast.quality_lead, None)
    assert await told(cast, f"{kind} asked of somebody else") == 1
    await answers(cast, kind, key, cast.quality_lead)


@pytest.mark.parametrize("hands_over", [True, False])
@pytest.mark.parametrize("kind", [Question.EXTENSION, Question.BARRIER])
async def test_what_is_asked_of_whoever_then_covers_for_its_asker_is_asked_of_the_next(
    cast: Cast, kind: Question, hands_over: bool
) -> None:
    key = await waits(cast, kind)
    absence = await away(cast, cast.owner, cast.manager, LATE)
    if hands_over:
        await hand_to_cover(cast.office, signed_in(cast.owner), absence, LATE)
    assert [await pass_on_what_waits(cast.office, LATE) for _ in range(2)] == [1, 0]
    assert await is_asked(cast, kind) == (cast.quality_lead, None)
    assert await mailed(cast, KEPT[kind].mail) == ["mina", "quill"]
    await answers(cast, kind, key, cast.quality_lead)


async def test_what_nobody_could_decide_is_asked_of_the_next_manager(cast: Cast) -> None:
    await waits(cast, Question.REPEAT)
    await leave(cast.office, OPERATOR, cast.manager, AFTERWARDS)
    assert await pass_on_what_waits(cast.office, AFTERWARDS) == 0
    manages = (Holds(Role.REGISTERED_MANAGER, cast.location),)
    new = await add_person(cast.office, OPERATOR, "Neva Makebelieve", "neva@example.org", manages, MONDAY)
    assert [await pass_on_what_waits(cast.office, AFTERWARDS) for _ in range(2)] == [1, 0]
    assert await is_asked(cast, Question.REPEAT) == (new, None)
    assert (await mailed(cast, "found again"))[-1:] == ["neva"]


@pytest.mark.parametrize("kind", [Question.EXTENSION, Question.UNDELIVERED])
async def test_one_that_cannot_be_passed_on_holds_up_no_other(cast: Cast, kind: Question) -> None:
    await waits(cast, kind)
    await waits(cast, Question.LATE_REVIEW)
    async with cast.office.engine.begin() as connection:
        stays = f"ALTER TABLE review_rung ADD CONSTRAINT stays CHECK (asked_id = '{cast.manager}')"
        await connection.execute(text(stays))
    await leave(cast.office, OPERATOR, cast.manager, LATE)
    with pytest.raises(ExceptionGroup, match="could not be passed on"):
        await pass_on_what_waits(cast.office, LATE)
    assert await is_asked(cast, kind) == (cast.quality_lead, None)
