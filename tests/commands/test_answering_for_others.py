"""Escalations, more time and barriers that wait for somebody who is away go to their cover, who answers for them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.absences import Away, record_absence
from commands.answer_escalation import answer
from commands.ask import ask_for_time, decide_time, help_with_barrier, tell_barrier
from commands.escalate import fire_rung
from commands.handing_over import hand_to_cover
from commands.leaving import leave
from commands.passing_on import pass_on_what_waits
from commands.review_answers import answer_for_late
from domain.actors import OPERATOR
from domain.errors import NotAllowed
from domain.escalating import EscalationAnswer
from domain.more_time import TimeAnswer
from tests.cast import MONDAY, Cast, a_care_plan_action, accept_it, by_link, open_step, signed_in
from tests.commands.test_reviews import OPENS, WEDNESDAY, climb, opened
from tests.commands.watching import mailed, rows, told

NOW = datetime(2026, 11, 19, 9, tzinfo=UTC)
"""Three working days after the action's date, so that its second rung is due."""
LATER = NOW + timedelta(days=7)
RISK = ("Two people are still losing weight slowly.", "The nurse on shift checks food charts twice a day.")
ANSWER = EscalationAnswer(*RISK, "revised date", LATER)


async def absent(cast: Cast, person: UUID, cover: UUID, now: datetime, in_days: int = 0) -> UUID:
    first = now.date() + timedelta(days=in_days)
    days = Away(first, first + timedelta(days=7), cover)
    return await record_absence(cast.office, signed_in(person), person, days, uuid4(), now)


async def away(cast: Cast, person: UUID, cover: UUID, in_days: int = 0) -> UUID:
    return await absent(cast, person, cover, NOW, in_days)


async def plans(cast: Cast) -> tuple[UUID, UUID]:
    """An accepted action and its first step, which Oona has."""
    action = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action, MONDAY)
    return action, await open_step(cast, action, "care-plans")


async def waits(cast: Cast, kind: str) -> UUID:
    """Something of this kind that waits for Mina, the manager."""
    action, step = await plans(cast)
    if kind == "escalation":
        await fire_rung(cast.office, action, step, 2, NOW)
    elif kind == "extension":
        actor = await by_link(cast, step)
        await ask_for_time(cast.office, actor, step, uuid4(), "Two people are in hospital.", LATER, NOW)
    else:
        await tell_barrier(cast.office, await by_link(cast, step), step, uuid4(), "There are no scales.", NOW)
    return (await rows(cast, f"SELECT id FROM {kind}"))[0].id


async def answers(cast: Cast, kind: str, key: UUID, person: UUID) -> None:
    office, actor = cast.office, signed_in(person)
    if kind == "escalation":
        await answer(office, actor, key, ANSWER, NOW)
    elif kind == "extension":
        await decide_time(office, actor, key, TimeAnswer(True, "They are in hospital.", *RISK, LATER), NOW)
    else:
        await help_with_barrier(office, actor, key, "Scales are on their way.", NOW)


FOUND = {
    "escalation": "SELECT asked_id, asked_for_id AS for_id, answered_by, answered_for_id FROM escalation",
    "extension": "SELECT decider_id AS asked_id, decider_for_id AS for_id, decided_by AS answered_by,"
    " decided_for_id AS answered_for_id FROM extension",
    "barrier": "SELECT asked_id, asked_for_id AS for_id, answered_by, answered_for_id FROM barrier",
}
MAIL = {"escalation": "escalation", "extension": "more time asked", "barrier": "a barrier"}


async def stands(cast: Cast, kind: str) -> Any:
    [row] = await rows(cast, FOUND[kind])
    return row


@pytest.mark.parametrize("kind", sorted(FOUND))
async def test_what_waits_goes_to_the_cover_who_answers_for_them(cast: Cast, kind: str) -> None:
    key = await waits(cast, kind)
    await away(cast, cast.manager, cast.team_leader)
    assert await pass_on_what_waits(cast.office, NOW) == 1
    assert await pass_on_what_waits(cast.office, NOW) == 0
    assert await mailed(cast, MAIL[kind]) == ["mina", "tam"]
    assert (await stands(cast, kind))[:2] == (cast.team_leader, cast.manager)
    await answers(cast, kind, key, cast.team_leader)
    assert (await stands(cast, kind))[2:] == (cast.team_leader, cast.manager)
    said = await rows(cast, "SELECT words FROM trail_entry WHERE object_id = :k AND words ? 'for' ORDER BY seq", k=key)
    assert [row.words["for"] for row in said] == [str(cast.manager)] * 2


async def test_what_comes_while_somebody_is_away_names_both_from_the_start(cast: Cast) -> None:
    await away(cast, cast.manager, cast.deputy)
    await waits(cast, "escalation")
    assert (await stands(cast, "escalation"))[:2] == (cast.deputy, cast.manager)
    [mail] = await rows(cast, "SELECT context FROM message WHERE kind = 'escalation'")
    assert "you cover for Mina Pretendall" in mail.context["because"]


async def test_a_cover_without_an_account_is_mailed_a_way_in_where_answering_needs_one(cast: Cast) -> None:
    await away(cast, cast.team_leader, cast.owner)  # what Tam is asked needs a link and no account
    assert await mailed(cast, "set password") == []
    for start in (10, 20):
        await away(cast, cast.manager, cast.team_leader, in_days=start)
    assert await mailed(cast, "set password") == ["tam"]


async def test_a_cover_answers_nothing_of_their_own(cast: Cast) -> None:
    key = await waits(cast, "extension")
    await away(cast, cast.manager, cast.owner)
    assert await pass_on_what_waits(cast.office, NOW) == 0
    with pytest.raises(NotAllowed, match="Somebody else must decide"):
        await answers(cast, "extension", key, cast.owner)
    assert (await stands(cast, "extension"))[:2] == (cast.manager, None)


async def test_who_has_the_late_step_covers_nobody_s_escalation_of_it(cast: Cast) -> None:
    key = await waits(cast, "escalation")
    await away(cast, cast.manager, cast.owner)
    assert await pass_on_what_waits(cast.office, NOW) == 0
    with pytest.raises(NotAllowed, match="with you"):
        await answers(cast, "escalation", key, cast.owner)


async def test_whoever_said_what_is_in_their_way_does_not_settle_it(cast: Cast) -> None:
    key = await waits(cast, "barrier")
    with pytest.raises(NotAllowed, match="your own way"):
        await answers(cast, "barrier", key, cast.owner)


async def test_who_is_back_may_answer_what_the_cover_still_has(cast: Cast) -> None:
    key = await waits(cast, "barrier")
    await away(cast, cast.manager, cast.team_leader)
    await pass_on_what_waits(cast.office, NOW)
    await answers(cast, "barrier", key, cast.manager)
    assert (await stands(cast, "barrier"))[2:] == (cast.manager, None)


async def test_it_can_be_handed_over_before_the_first_day(cast: Cast) -> None:
    await waits(cast, "escalation")
    absence = await away(cast, cast.manager, cast.deputy, in_days=2)
    assert await pass_on_what_waits(cast.office, NOW) == 0
    for handed in (1, 0):
        assert (await hand_to_cover(cast.office, signed_in(cast.manager), absence, NOW)).given == handed
    assert (await stands(cast, "escalation"))[:2] == (cast.deputy, cast.manager)


async def test_what_waited_for_somebody_who_left_is_asked_of_the_next_above(cast: Cast) -> None:
    await waits(cast, "escalation")
    await leave(cast.office, OPERATOR, cast.manager, NOW)
    assert await pass_on_what_waits(cast.office, NOW) == 1
    assert (await stands(cast, "escalation"))[:2] == (cast.quality_lead, None)
    assert await told(cast, "escalation asked of somebody else") == 1


async def test_one_that_cannot_be_passed_on_holds_up_no_other(cast: Cast) -> None:
    await waits(cast, "escalation")
    await waits(cast, "extension")
    async with cast.office.engine.begin() as connection:
        stays = f"ALTER TABLE escalation ADD CONSTRAINT stays CHECK (asked_id = '{cast.manager}')"
        await connection.execute(text(stays))
    await leave(cast.office, OPERATOR, cast.manager, NOW)
    with pytest.raises(ExceptionGroup, match="could not be passed on"):
        await pass_on_what_waits(cast.office, NOW)
    assert (await stands(cast, "extension"))[:2] == (cast.quality_lead, None)


async def test_a_weekly_review_and_answering_for_a_late_one_go_to_the_cover_too(cast: Cast) -> None:
    review = await opened(cast, actions=1)
    absence = await absent(cast, cast.deputy, cast.team_leader, OPENS)
    assert (await hand_to_cover(cast.office, signed_in(cast.deputy), absence, OPENS)).given == 1
    assert (await hand_to_cover(cast.office, signed_in(cast.deputy), absence, OPENS)).given == 0
    [row] = await rows(cast, "SELECT assignee_id, assigned_for_id FROM review WHERE id = :r", r=review)
    assert row == (cast.team_leader, cast.deputy)
    await climb(cast, review, WEDNESDAY)
    await absent(cast, cast.manager, cast.owner, WEDNESDAY)
    assert [await pass_on_what_waits(cast.office, WEDNESDAY) for _ in range(2)] == [1, 0]
    why = "The nurse in charge looks at them with Tam today."
    with pytest.raises(NotAllowed, match="This review is with you"):
        await answer_for_late(cast.office, signed_in(cast.team_leader), review, why, None, WEDNESDAY)
    await answer_for_late(cast.office, signed_in(cast.owner), review, why, None, WEDNESDAY)
    [rung] = await rows(cast, "SELECT answered_by, answered_for_id FROM review_rung WHERE rung = 2")
    assert rung == (cast.owner, cast.manager)
    assert await mailed(cast, "review escalated") == ["mina", "oona"]
