"""Another owner, at any time before an action closes."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.accept import accept, decline
from commands.advance import advance_action
from commands.reassigning import change_owner
from domain.errors import AlreadySettled, Invalid, NotAllowed
from tests.cast import (
    MONDAY,
    Cast,
    a_care_plan_action,
    accept_it,
    approve_it,
    by_link,
    open_step,
    sample,
    send_evidence,
    signed_in,
)
from tests.commands.watching import mailed, open_steps, rows, told, working_links

LATER = MONDAY + timedelta(days=2)
WHY = "Oona moves to nights from Thursday."


async def accepted(cast: Cast) -> UUID:
    action = (await a_care_plan_action(cast)).action_id
    await say_yes(cast, action)
    return action


async def say_yes(cast: Cast, action: UUID) -> None:
    await accept_it(cast, action, LATER)


async def change(cast: Cast, action: UUID, to: UUID, request: UUID | None = None) -> None:
    await change_owner(cast.office, signed_in(cast.manager), action, request or uuid4(), to, WHY, LATER)


async def test_the_new_owner_is_asked_and_gets_what_was_open_once_they_say_yes(cast: Cast) -> None:
    action = await accepted(cast)
    before = await rows(cast, "SELECT id, due_at FROM step WHERE key = 'care-plans'")
    await change(cast, action, cast.team_leader)
    assert await open_steps(cast, action) == {
        "accept": ("Tam", None),
        "care-plans": (None, None),
        "briefing": ("Tam", None),
    }
    assert await mailed(cast, "owner changed") == ["oona"]
    assert await working_links(cast, cast.owner) == 0
    await say_yes(cast, action)
    assert (await open_steps(cast, action))["care-plans"] == ("Tam", None)
    assert await rows(cast, "SELECT id, due_at FROM step WHERE key = 'care-plans'") == before
    await send_evidence(cast, action, "care-plans", LATER)
    assert await told(cast, "owner changed") == 1


async def test_sent_twice_it_is_one_change(cast: Cast) -> None:
    action, request = await accepted(cast), uuid4()
    for _ in range(2):
        await change(cast, action, cast.team_leader, request)
    assert await told(cast, "owner changed") == 1
    assert await mailed(cast, "owner changed") == ["oona"]
    assert len(await rows(cast, "SELECT 1 FROM step WHERE key = 'accept'")) == 2


async def test_somebody_who_has_not_answered_yet_is_asked_no_more(cast: Cast) -> None:
    action = (await a_care_plan_action(cast)).action_id
    first = await open_step(cast, action, "accept")
    actor = await by_link(cast, first)
    await change(cast, action, cast.team_leader)
    late = await accept(cast.office, actor, first, uuid4(), LATER)
    assert not late.counted
    assert await open_steps(cast, action) == {"accept": ("Tam", None)}


async def test_a_new_owner_who_declines_leaves_the_choice_to_the_manager(cast: Cast) -> None:
    action = await accepted(cast)
    await change(cast, action, cast.team_leader)
    step = await open_step(cast, action, "accept")
    await decline(cast.office, await by_link(cast, step), step, uuid4(), "I am away in May.", None, LATER)
    assert await open_steps(cast, action) == {
        "owner": ("Mina", None),
        "care-plans": (None, None),
        "briefing": ("Tam", None),
    }
    await change(cast, action, cast.owner)
    await say_yes(cast, action)
    assert (await open_steps(cast, action))["care-plans"] == ("Oona", None)


async def test_the_ladder_goes_on_under_the_new_owner(cast: Cast) -> None:
    action = await accepted(cast)
    await change(cast, action, cast.team_leader)
    plan = await advance_action(cast.office, action, MONDAY + timedelta(days=30))
    late = {rung.step_id for rung in plan.rungs_due}
    assert await open_step(cast, action, "care-plans") in late
    assert await open_step(cast, action, "accept") in late


async def test_whoever_checked_it_can_not_own_it(cast: Cast) -> None:
    action = await accepted(cast)
    for key in ("care-plans", "briefing"):
        await send_evidence(cast, action, key, LATER)
    await sample(cast, action, True, LATER)
    with pytest.raises(NotAllowed, match="can’t own it as well"):
        await change(cast, action, cast.deputy)


async def test_a_former_owner_never_approves(cast: Cast) -> None:
    action = (await a_care_plan_action(cast, owner_id=cast.manager)).action_id
    await say_yes(cast, action)
    await change_owner(cast.office, signed_in(cast.nominated), action, uuid4(), cast.owner, WHY, LATER)
    await say_yes(cast, action)
    for key in ("care-plans", "briefing"):
        await send_evidence(cast, action, key, LATER)
    await sample(cast, action, True, LATER)
    assert (await open_steps(cast, action))["approval"] != ("Mina", None)


async def test_only_while_it_is_open_with_a_reason_and_by_who_decides(cast: Cast) -> None:
    action = await accepted(cast)
    with pytest.raises(Invalid, match="Say why"):
        await change_owner(cast.office, signed_in(cast.manager), action, uuid4(), cast.team_leader, " no ", LATER)
    for who in (cast.owner, cast.outsider):
        with pytest.raises(NotAllowed):
            await change_owner(cast.office, signed_in(who), action, uuid4(), cast.team_leader, WHY, LATER)
    for key in ("care-plans", "briefing"):
        await send_evidence(cast, action, key, LATER)
    await sample(cast, action, True, LATER)
    await approve_it(cast, action, LATER)
    with pytest.raises(AlreadySettled, match="has ended"):
        await change(cast, action, cast.team_leader)
