"""A cover answers what their place allows, and nothing of their own."""

import pytest

from commands.leaving import leave
from commands.passing_on import pass_on_what_waits
from commands.undelivered import correct_and_send
from domain.actors import OPERATOR
from domain.covering import Question
from domain.errors import NotAllowed
from tests.cast import Cast, signed_in
from tests.commands.test_reviews import WEDNESDAY
from tests.commands.waiting import AFTERWARDS, LATE, answers, away, has_answered, is_asked, waits
from tests.commands.watching import mailed


async def test_a_cover_without_an_account_is_mailed_a_way_in_where_answering_needs_one(cast: Cast) -> None:
    await away(cast, cast.team_leader, cast.owner, LATE)  # what Tam is asked needs a link and no account
    assert await mailed(cast, "set password") == []
    for start in (10, 20):
        await away(cast, cast.manager, cast.team_leader, LATE, in_days=start)
    assert await mailed(cast, "set password") == ["tam"]


async def test_a_cover_grants_themselves_no_time(cast: Cast) -> None:
    key = await waits(cast, Question.EXTENSION)
    await away(cast, cast.manager, cast.owner, LATE)
    assert await pass_on_what_waits(cast.office, LATE) == 0
    with pytest.raises(NotAllowed, match="Somebody else must decide"):
        await answers(cast, Question.EXTENSION, key, cast.owner)
    assert await is_asked(cast, Question.EXTENSION) == (cast.manager, None)


async def test_who_has_the_late_step_covers_nobody_s_escalation_of_it(cast: Cast) -> None:
    key = await waits(cast, Question.ESCALATION)
    await away(cast, cast.manager, cast.owner, LATE)
    assert await pass_on_what_waits(cast.office, LATE) == 0
    with pytest.raises(NotAllowed, match="with you"):
        await answers(cast, Question.ESCALATION, key, cast.owner)


async def test_who_has_the_late_review_covers_nobody_s_answer_for_it(cast: Cast) -> None:
    review = await waits(cast, Question.LATE_REVIEW)
    await away(cast, cast.manager, cast.deputy, WEDNESDAY)
    assert await pass_on_what_waits(cast.office, WEDNESDAY) == 0
    with pytest.raises(NotAllowed, match="This review is with you"):
        await answers(cast, Question.LATE_REVIEW, review, cast.deputy)


async def test_whoever_said_what_is_in_their_way_does_not_settle_it(cast: Cast) -> None:
    key = await waits(cast, Question.BARRIER)
    with pytest.raises(NotAllowed, match="your own way"):
        await answers(cast, Question.BARRIER, key, cast.owner)


async def test_nobody_confirms_as_a_cover_what_they_or_whom_they_cover_for_recorded(cast: Cast) -> None:
    key = await waits(cast, Question.SMALL_HOME)
    await away(cast, cast.nominated, cast.manager, AFTERWARDS)
    assert await pass_on_what_waits(cast.office, AFTERWARDS) == 0
    with pytest.raises(NotAllowed, match="Only the nominated individual"):
        await answers(cast, Question.SMALL_HOME, key, cast.manager)
    await away(cast, cast.manager, cast.deputy, AFTERWARDS)  # who thereby is the last of two covers
    assert await pass_on_what_waits(cast.office, AFTERWARDS) == 0
    with pytest.raises(NotAllowed, match="or who covers for them"):
        await answers(cast, Question.SMALL_HOME, key, cast.deputy)


async def test_whose_mail_was_refused_does_not_cover_for_whoever_sees_to_it(cast: Cast) -> None:
    await waits(cast, Question.UNDELIVERED)
    await away(cast, cast.manager, cast.owner, AFTERWARDS)
    assert await pass_on_what_waits(cast.office, AFTERWARDS) == 0
    assert await is_asked(cast, Question.UNDELIVERED) == (cast.manager, None)
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
