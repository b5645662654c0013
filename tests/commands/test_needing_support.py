"""“Yes, but I need support”: the manager helps, the owner is asked again, and silence on either climbs."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.absences import Away, record_absence
from commands.accept import accept, decline
from commands.advance import advance_action
from commands.ask import tell_barrier
from commands.assign import give_step
from commands.escalate import fire_rung
from commands.handing_over import hand_to_cover
from commands.support import give_support, need_support
from domain.errors import Invalid, LinkDead, NotAllowed, NotFound
from tests.cast import MONDAY, Cast, a_care_plan_action, by_link, open_step, signed_in

BARRIER, HELPED = "Nobody weighs people at the weekend.", "The nurse weighs on Saturdays from this week."
TUESDAY = MONDAY + timedelta(days=1)


async def asked(cast: Cast) -> UUID:
    return (await a_care_plan_action(cast)).action_id


async def need(cast: Cast, action: UUID, now: datetime = MONDAY, request: UUID | None = None) -> UUID:
    step = await open_step(cast, action, "accept")
    await need_support(cast.office, await by_link(cast, step), step, request or uuid4(), BARRIER, now)
    return step


async def steps(cast: Cast, action: UUID) -> list[tuple[str, int, str | None]]:
    async with cast.office.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT key, round, outcome FROM step WHERE action_id = :a ORDER BY opened_at, id"), {"a": action}
        )
        return [(row.key, row.round, row.outcome) for row in found]


async def mails(cast: Cast, kind: str) -> list[tuple[str, str]]:
    async with cast.office.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT to_address, context::text AS words FROM message WHERE kind = :k ORDER BY created_at, id"),
            {"k": kind},
        )
        return [(row.to_address, row.words) for row in found]


async def test_the_manager_helps_and_the_owner_is_asked_again(cast: Cast) -> None:
    action = await asked(cast)
    first = await need(cast, action)
    assert await steps(cast, action) == [("accept", 1, "needs support"), ("support", 1, None)]
    [(to, words)] = await mails(cast, "support asked")
    assert (to, BARRIER in words) == ("mina@example.org", True)

    support = await open_step(cast, action, "support")
    await give_support(cast.office, signed_in(cast.manager), support, uuid4(), HELPED, TUESDAY)
    [(to, words)] = await mails(cast, "asked again")
    assert (to, HELPED in words) == ("oona@example.org", True)

    again = await open_step(cast, action, "accept")
    assert again != first
    await accept(cast.office, await by_link(cast, again), again, uuid4(), TUESDAY)
    assert ("care-plans", 1, None) in await steps(cast, action)


async def test_whoever_gets_it_later_reads_what_is_in_the_way_and_a_cover_what_was_done(cast: Cast) -> None:
    action = await asked(cast)
    await need(cast, action)
    support = await open_step(cast, action, "support")
    await give_step(cast.office, signed_in(cast.manager), support, cast.deputy, "Dara has the rota.", TUESDAY)
    assert [(to, BARRIER in words) for to, words in await mails(cast, "support asked")] == [
        ("mina@example.org", True),
        ("dara@example.org", True),
    ]
    await give_support(cast.office, signed_in(cast.deputy), support, uuid4(), HELPED, TUESDAY)
    week = Away(TUESDAY.date(), TUESDAY.date() + timedelta(days=5), cast.team_leader)
    absence = await record_absence(cast.office, signed_in(cast.owner), cast.owner, week, uuid4(), TUESDAY)
    for _ in range(2):
        await hand_to_cover(cast.office, signed_in(cast.owner), absence, TUESDAY)
    [(to, words)] = await mails(cast, "link given")
    assert (to, HELPED in words) == ("tam@example.org", True)
    assert "Oona Fabricott, whom you cover for, needed support" in words


async def test_it_may_take_several_rounds(cast: Cast) -> None:
    action = await asked(cast)
    for now in (MONDAY, TUESDAY):
        await need(cast, action, now)
        support = await open_step(cast, action, "support")
        await give_support(cast.office, signed_in(cast.manager), support, uuid4(), HELPED, TUESDAY)
    assert [step[:2] for step in await steps(cast, action)] == [
        ("accept", 1), ("support", 1), ("accept", 2), ("support", 2), ("accept", 3),
    ]  # fmt: skip
    step = await open_step(cast, action, "accept")
    await decline(cast.office, await by_link(cast, step), step, uuid4(), "It is still too much.", None, TUESDAY)
    assert (await steps(cast, action))[-1] == ("owner", 1, None)


async def test_sent_twice_it_is_one_answer(cast: Cast) -> None:
    action, request = await asked(cast), uuid4()
    step = await open_step(cast, action, "accept")
    actor = await by_link(cast, step)
    first = await need_support(cast.office, actor, step, request, BARRIER, MONDAY)
    second = await need_support(cast.office, actor, step, request, BARRIER, MONDAY)
    assert (second.submission_id, second.repeated) == (first.submission_id, True)
    support, answer = await open_step(cast, action, "support"), uuid4()
    for _ in range(2):
        await give_support(cast.office, signed_in(cast.manager), support, answer, HELPED, TUESDAY)
    assert len(await steps(cast, action)) == 3
    assert len(await mails(cast, "asked again")) == 1


async def test_the_old_link_answers_nothing_any_more(cast: Cast) -> None:
    action = await asked(cast)
    step = await open_step(cast, action, "accept")
    actor = await by_link(cast, step)
    await need_support(cast.office, actor, step, uuid4(), BARRIER, MONDAY)
    late = await accept(cast.office, actor, step, uuid4(), MONDAY)
    assert not late.counted
    support = await open_step(cast, action, "support")
    with pytest.raises(LinkDead):
        await give_support(cast.office, actor, support, uuid4(), HELPED, MONDAY)


async def test_what_is_in_the_way_and_what_was_done_must_be_said(cast: Cast) -> None:
    action = await asked(cast)
    step = await open_step(cast, action, "accept")
    actor = await by_link(cast, step)
    with pytest.raises(Invalid, match="what is in the way"):
        await need_support(cast.office, actor, step, uuid4(), " no ", MONDAY)
    with pytest.raises(NotFound, match="need support"):
        await tell_barrier(cast.office, actor, step, uuid4(), BARRIER, MONDAY)
    await need_support(cast.office, actor, step, uuid4(), BARRIER, MONDAY)
    with pytest.raises(Invalid, match="what you did"):
        await give_support(
            cast.office, signed_in(cast.manager), await open_step(cast, action, "support"), uuid4(), "ok", MONDAY
        )


async def test_a_manager_who_needs_support_is_helped_by_somebody_else(cast: Cast) -> None:
    action = (await a_care_plan_action(cast, owner_id=cast.manager)).action_id
    await need(cast, action)
    support = await open_step(cast, action, "support")
    assert [to for to, _ in await mails(cast, "support asked")] == ["quill@example.org"]
    with pytest.raises(NotAllowed, match="somebody else must help"):
        await give_support(cast.office, signed_in(cast.manager), support, uuid4(), HELPED, MONDAY)
    await give_support(cast.office, signed_in(cast.quality_lead), support, uuid4(), HELPED, MONDAY)
    assert (await steps(cast, action))[-1] == ("accept", 2, None)


async def silent(cast: Cast, action: UUID, key: str, now: datetime) -> list[str]:
    """Who is asked to answer as a step stays silent for a month, in the order of the rungs."""
    step, later = await open_step(cast, action, key), now + timedelta(days=40)
    plan = await advance_action(cast.office, action, later)
    while plan.rungs_due:
        due = plan.rungs_due[0]
        plan = await fire_rung(cast.office, action, due.step_id, due.rung, later)
    async with cast.office.engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT p.email FROM escalation e JOIN person p ON p.id = e.asked_id WHERE e.step_id = :s ORDER BY rung"
            ),
            {"s": step},
        )
        return list(found.scalars())


# The manager is late themselves, and so does not decide on their own lateness.
PAST_THE_MANAGER = ["quill@example.org", "quill@example.org", "nia@example.org"]
CLIMBED = ["mina@example.org", "quill@example.org", "nia@example.org"]


async def test_silence_on_the_acceptance_climbs(cast: Cast) -> None:
    assert await silent(cast, await asked(cast), "accept", MONDAY) == CLIMBED


async def test_silence_on_the_support_climbs(cast: Cast) -> None:
    action = await asked(cast)
    await need(cast, action)
    assert await silent(cast, action, "support", MONDAY) == PAST_THE_MANAGER


async def test_silence_on_choosing_an_owner_climbs(cast: Cast) -> None:
    action = await asked(cast)
    step = await open_step(cast, action, "accept")
    await decline(cast.office, await by_link(cast, step), step, uuid4(), "I am on nights.", None, MONDAY)
    assert await silent(cast, action, "owner", MONDAY) == PAST_THE_MANAGER


async def test_help_is_not_given_to_whose_barrier_it_is(cast: Cast) -> None:
    action = await asked(cast)
    await need(cast, action)
    support = await open_step(cast, action, "support")
    with pytest.raises(NotAllowed, match="somebody else must help"):
        await give_step(cast.office, signed_in(cast.manager), support, cast.owner, "They know the floor.", TUESDAY)


async def test_nor_does_it_go_to_them_as_the_cover_of_whoever_helps(cast: Cast) -> None:
    action = await asked(cast)
    await need(cast, action)
    week = Away(TUESDAY.date(), TUESDAY.date() + timedelta(days=5), cast.owner)
    absence = await record_absence(cast.office, signed_in(cast.manager), cast.manager, week, uuid4(), TUESDAY)
    handed = await hand_to_cover(cast.office, signed_in(cast.manager), absence, TUESDAY)
    assert [title.split(": ")[1] for title in handed.kept] == ["Help with what is in the owner’s way"]
    support = await open_step(cast, action, "support")
    await give_support(cast.office, signed_in(cast.manager), support, uuid4(), HELPED, TUESDAY)
