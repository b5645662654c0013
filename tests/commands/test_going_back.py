"""Evidence that goes back: sent back with a reason for each piece, or taken back by whoever sent it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.approve import reject
from commands.assign import give_step
from commands.drawing import draw_sample
from commands.leaving import change_person, leave
from commands.sample import SampleAnswer, decide
from commands.submit import submit
from commands.withdraw import withdraw
from db.asking import load_ask
from db.trail import verify
from domain.actors import OPERATOR
from domain.errors import Invalid, LinkDead, NotAllowed
from domain.saving import ItemResult
from tests.cast import (
    MONDAY,
    Cast,
    a_care_plan_action,
    accept_it,
    approve_it,
    by_link,
    evidence_answer,
    open_step,
    sample,
    send_evidence,
    signed_in,
)

NIGHTS, ABSENT = "The night shift is missing.", "Three people were not there."


async def query(cast: Cast, words: str, **bound: Any) -> list[Any]:
    async with cast.office.engine.connect() as connection:
        return list((await connection.execute(text(words), bound)).all())


async def evidenced(cast: Cast) -> UUID:
    action = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action, MONDAY)
    for key in ("care-plans", "briefing"):
        await send_evidence(cast, action, key, MONDAY)
    return action


async def sent_step(cast: Cast, action: UUID, key: str) -> UUID:
    words = "SELECT id FROM step WHERE action_id = :a AND key = :k AND status = 'settled' ORDER BY round DESC LIMIT 1"
    return (await query(cast, words, a=action, k=key))[0].id


async def fail(cast: Cast, action: UUID, chosen: dict[str, str], reasons: str = "") -> None:
    step, deputy = await open_step(cast, action, "sample"), signed_in(cast.deputy)
    await draw_sample(cast.office, deputy, step, "daily records since the briefing", 3, MONDAY)
    results = [ItemResult(place, "fail", "No weight") for place in (1, 2, 3)]
    await decide(cast.office, deputy, step, uuid4(), SampleAnswer(results, chosen, reasons), MONDAY)


async def why_back(cast: Cast, action: UUID, key: str) -> str | None:
    async with cast.office.engine.connect() as connection:
        ask = await load_ask(connection, await open_step(cast, action, key))
    assert ask is not None
    return ask.returned_because


async def test_a_failed_sample_tells_each_sender_why_their_own_piece_came_back(cast: Cast) -> None:
    action = await evidenced(cast)
    await fail(cast, action, {"care-plans": NIGHTS, "briefing": ABSENT})
    assert await why_back(cast, action, "care-plans") == NIGHTS
    assert await why_back(cast, action, "briefing") == ABSENT
    mails = await query(
        cast, "SELECT to_address, context::text AS said FROM message WHERE kind = 'returned' ORDER BY 1"
    )
    assert [(mail.to_address, NIGHTS in mail.said, ABSENT in mail.said) for mail in mails] == [
        ("oona@example.org", True, False),
        ("tam@example.org", False, True),
    ]


async def test_what_is_not_sent_back_stays_settled(cast: Cast) -> None:
    action = await evidenced(cast)
    await fail(cast, action, {"briefing": ABSENT})
    opened = await query(cast, "SELECT key FROM step WHERE action_id = :a AND status = 'open'", a=action)
    assert [step.key for step in opened] == ["briefing"]
    general = await query(cast, "SELECT reasons FROM step WHERE action_id = :a AND outcome = 'failed'", a=action)
    assert ABSENT in general[0].reasons


async def test_an_approver_gives_a_reason_for_each_piece_or_it_does_not_go_back(cast: Cast) -> None:
    action = await evidenced(cast)
    await sample(cast, action, True, MONDAY)
    step, manager = await open_step(cast, action, "approval"), signed_in(cast.manager)
    with pytest.raises(Invalid) as refusal:
        await reject(cast.office, manager, step, uuid4(), {"care-plans": NIGHTS, "briefing": ""}, "", MONDAY)
    assert set(refusal.value.fields) == {"why-briefing"}
    request = uuid4()
    for _ in range(2):
        await reject(cast.office, manager, step, request, {"care-plans": NIGHTS}, "", MONDAY)
    assert await why_back(cast, action, "care-plans") == NIGHTS


async def test_what_was_taken_back_is_asked_of_the_same_person_again_and_the_story_ends_well(cast: Cast) -> None:
    action = await evidenced(cast)
    step = await sent_step(cast, action, "briefing")
    sampled = await open_step(cast, action, "sample")
    leader = signed_in(cast.team_leader)
    for _ in range(2):
        await withdraw(cast.office, leader, step, "Wrong attendance sheet", MONDAY)
    kept = await query(cast, "SELECT kept_as, withdrawn_because FROM submission WHERE step_id = :s", s=step)
    assert [tuple(row) for row in kept] == [("withdrawn", "Wrong attendance sheet")]
    again = await query(
        cast, "SELECT round, assignee_id FROM step WHERE id = :s", s=await open_step(cast, action, "briefing")
    )
    assert tuple(again[0]) == (2, cast.team_leader)
    assert (await query(cast, "SELECT status FROM step WHERE id = :s", s=sampled))[0].status == "void"
    told = await query(cast, "SELECT to_address FROM message WHERE kind = 'not asked'")
    assert [mail.to_address for mail in told] == ["dara@example.org"]
    await send_evidence(cast, action, "briefing", MONDAY)
    await sample(cast, action, True, MONDAY)
    await approve_it(cast, action, MONDAY)
    assert (await query(cast, "SELECT status FROM action WHERE id = :a", a=action))[0].status == "closed – monitoring"
    async with cast.office.engine.connect() as connection:
        assert (await verify(connection))[1] is None


async def test_the_used_link_takes_back_its_own_answer_and_nothing_else(cast: Cast) -> None:
    action = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action, MONDAY)
    plans, briefing = await open_step(cast, action, "care-plans"), await open_step(cast, action, "briefing")
    owner = await by_link(cast, plans)
    for key in ("care-plans", "briefing"):
        await send_evidence(cast, action, key, MONDAY)
    with pytest.raises(LinkDead):
        await withdraw(cast.office, owner, briefing, "Not mine at all", MONDAY)
    await withdraw(cast.office, owner, plans, "Wrong file", MONDAY)
    assert await open_step(cast, action, "care-plans") != plans


@pytest.mark.parametrize("leaves", [True, False], ids=["has left", "has another address"])
async def test_a_used_link_does_nothing_more_for_somebody_who(cast: Cast, leaves: bool) -> None:
    action = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action, MONDAY)
    briefing = await open_step(cast, action, "briefing")
    used = await by_link(cast, briefing)
    await send_evidence(cast, action, "briefing", MONDAY)
    if leaves:
        await leave(cast.office, OPERATOR, cast.team_leader, MONDAY)
    else:
        await change_person(cast.office, OPERATOR, cast.team_leader, "Tam Inventby", "tam@new.example.org", MONDAY)
    with pytest.raises(LinkDead):
        await withdraw(cast.office, used, briefing, "Wrong file", MONDAY)
    with pytest.raises(LinkDead):
        await submit(cast.office, used, briefing, uuid4(), evidence_answer(), MONDAY)


async def test_the_link_of_somebody_who_gave_the_step_away_stays_dead_once_it_is_answered(cast: Cast) -> None:
    action = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action, MONDAY)
    briefing = await open_step(cast, action, "briefing")
    former = await by_link(cast, briefing)
    await give_step(cast.office, signed_in(cast.manager), briefing, cast.deputy, "Tam is away.", MONDAY)
    await send_evidence(cast, action, "briefing", MONDAY + timedelta(hours=1))
    later = MONDAY + timedelta(hours=2)
    with pytest.raises(LinkDead):
        await withdraw(cast.office, former, briefing, "Not mine", later)
    with pytest.raises(LinkDead):
        await submit(cast.office, former, briefing, uuid4(), evidence_answer(), later)


@pytest.mark.parametrize("who", ["owner", "deputy", "manager", "quality_lead", "outsider"])
async def test_nobody_takes_back_what_somebody_else_sent(cast: Cast, who: str) -> None:
    action = await evidenced(cast)
    step = await sent_step(cast, action, "briefing")
    with pytest.raises(NotAllowed):
        await withdraw(cast.office, signed_in(getattr(cast, who)), step, "I do not like it", MONDAY)


async def test_a_drawn_sample_fixes_what_it_looks_at(cast: Cast) -> None:
    action = await evidenced(cast)
    step, deputy = await open_step(cast, action, "sample"), signed_in(cast.deputy)
    await draw_sample(cast.office, deputy, step, "daily records since the briefing", 60, MONDAY)
    with pytest.raises(NotAllowed, match="looked at already"):
        await withdraw(
            cast.office, signed_in(cast.owner), await sent_step(cast, action, "care-plans"), "Wrong file", MONDAY
        )


async def test_taking_back_needs_a_reason(cast: Cast) -> None:
    action = await evidenced(cast)
    with pytest.raises(Invalid):
        await withdraw(cast.office, signed_in(cast.owner), await sent_step(cast, action, "care-plans"), " ", MONDAY)
