"""A cover answers what their place allows, and nothing of their own."""

import pytest

from commands.leaving import leave
from commands.passing_on import pass_on_what_waits
from commands.undelivered import correct_and_send
from domain.actors import OPERATOR
from domain.covering import Question
from domain.errors import NotAllowed
from tests.cast import Cast, signed_in
from tests.commands.waiting import (
    AFTERWARDS,
    KEPT,
    LATE,
    answers,
    asked_first,
    away,
    has_answered,
    is_asked,
    waits,
)
from tests.commands.watching import mailed


async def test_a_cover_without_an_account_is_mailed_a_way_in_where_answering_needs_one(cast: Cast) -> None:
    await away(cast, cast.team_leader, cast.owner, LATE)  # what Tam is asked needs a link and no account
    assert await mailed(cast, "set password") == []
    for start in (10, 20):
        await away(cast, cast.manager, cast.team_leader, LATE, in_days=start)
    assert await mailed(cast, "set password") == ["tam"]


@pytest.mark.parametrize(
    ("kind", "cover", "why"),
    [
        (Question.EXTENSION, "owner", "Somebody else must decide"),  # who asks for it
        (Question.ESCALATION, "owner", "with you"),  # who has the late step
        (Question.LATE_REVIEW, "deputy", "This review is with you"),
        (Question.UNDELIVERED, "owner", "or an administrator"),  # whose mail was refused
        (Question.SMALL_HOME, "manager", "Only the nominated individual"),  # who recorded it
    ],
)
async def test_whoever_it_is_about_covers_for_nobody_who_answers_it(
    cast: Cast, kind: Question, cover: str, why: str
) -> None:
    key, first, own = await waits(cast, kind), asked_first(cast, kind), getattr(cast, cover)
    await away(cast, first, own, KEPT[kind].now)
    assert await pass_on_what_waits(cast.office, KEPT[kind].now) == 0
    with pytest.raises(NotAllowed, match=why):
        await answers(cast, kind, key, own)
    assert await is_asked(cast, kind) == (first, None)


@pytest.mark.parametrize(
    ("kind", "about", "why"),
    [
        (Question.EXTENSION, "owner", "stand in for whoever did"),
        (Question.BARRIER, "owner", "for the registered manager"),
        (Question.SMALL_HOME, "manager", "or who covers for them"),
    ],
)
async def test_nor_does_whoever_covers_for_both(cast: Cast, kind: Question, about: str, why: str) -> None:
    key, first = await waits(cast, kind), asked_first(cast, kind)
    for person in (getattr(cast, about), first):
        await away(cast, person, cast.team_leader, KEPT[kind].now)
    assert await pass_on_what_waits(cast.office, KEPT[kind].now) == 0
    with pytest.raises(NotAllowed, match=why):
        await answers(cast, kind, key, cast.team_leader)


async def test_nor_does_whoever_covers_for_a_cover_whom_it_is_about(cast: Cast) -> None:
    key = await waits(cast, Question.SMALL_HOME)
    await away(cast, cast.nominated, cast.manager, AFTERWARDS)
    await away(cast, cast.manager, cast.deputy, AFTERWARDS)  # who thereby is the last of two covers
    assert await pass_on_what_waits(cast.office, AFTERWARDS) == 0
    with pytest.raises(NotAllowed, match="or who covers for them"):
        await answers(cast, Question.SMALL_HOME, key, cast.deputy)


async def test_whoever_said_what_is_in_their_way_does_not_settle_it(cast: Cast) -> None:
    key = await waits(cast, Question.BARRIER)
    with pytest.raises(NotAllowed, match="your own way"):
        await answers(cast, Question.BARRIER, key, cast.owner)


async def test_where_no_cover_may_see_to_a_refused_mail_the_next_does_once_the_manager_has_left(cast: Cast) -> None:
    await waits(cast, Question.UNDELIVERED)
    await away(cast, cast.manager, cast.owner, AFTERWARDS)
    await leave(cast.office, OPERATOR, cast.manager, AFTERWARDS)
    assert await pass_on_what_waits(cast.office, AFTERWARDS) == 1
    assert await is_asked(cast, Question.UNDELIVERED) == (cast.quality_lead, None)


async def test_a_cover_corrects_no_address_that_is_not_theirs_to_change(cast: Cast) -> None:
    key = await waits(cast, Question.UNDELIVERED)
    await away(cast, cast.manager, cast.team_leader, AFTERWARDS)
    await pass_on_what_waits(cast.office, AFTERWARDS)
    with pytest.raises(NotAllowed, match="Ask an administrator"):
        await correct_and_send(cast.office, signed_in(cast.team_leader), key, "tam@example.org", AFTERWARDS)
    assert await has_answered(cast, Question.UNDELIVERED) == (None, None)
