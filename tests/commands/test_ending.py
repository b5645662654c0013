"""Cancelling and superseding: once, with a reason, against an answer at the same moment, and for good."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.advance import advance_action
from commands.ask import ask_for_time, tell_barrier
from commands.end import Ended, cancel, supersede
from commands.escalate import fire_rung
from commands.submit import submit
from db.trail import verify
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.vocabulary import Risk, Status
from tests.cast import MONDAY, Cast, a_care_plan_action, accept_it, by_link, evidence_answer, open_step, signed_in

WHY = "It was entered twice, by two of us."


async def rows(cast: Cast, query: str, **bound: Any) -> list[Any]:
    async with cast.office.engine.connect() as connection:
        return list((await connection.execute(text(query), bound)).all())


async def accepted(cast: Cast, **changes: Any) -> tuple[UUID, str]:
    made = await a_care_plan_action(cast, **changes)
    await accept_it(cast, made.action_id, MONDAY)
    return made.action_id, made.ref


async def test_a_cancelled_action_asks_nobody_for_anything_and_everybody_is_told(cast: Cast) -> None:
    action_id, ref = await accepted(cast)
    plans = await open_step(cast, action_id, "care-plans")
    actor, later = await by_link(cast, plans), MONDAY.replace(day=30)
    await ask_for_time(cast.office, actor, plans, uuid4(), "Two people are in hospital.", later, MONDAY)
    await tell_barrier(cast.office, actor, plans, uuid4(), "No scales at night.", MONDAY)
    assert await cancel(cast.office, signed_in(cast.manager), ref, WHY, MONDAY) == Ended(ref, Status.CANCELLED)
    [action] = await rows(cast, "SELECT status, ended_reason, ended_by FROM action WHERE id = :id", id=action_id)
    assert (action.status, action.ended_reason, action.ended_by) == ("cancelled", WHY, cast.manager)
    assert await rows(cast, "SELECT 1 FROM step WHERE status = 'open'") == []
    assert await rows(cast, "SELECT 1 FROM link WHERE purpose = 'step' AND revoked_at IS NULL") == []
    assert await rows(cast, "SELECT 1 FROM extension WHERE decided_at IS NULL OR granted") == []
    assert await rows(cast, "SELECT 1 FROM barrier WHERE answered_at IS NULL") == []
    told = await rows(cast, "SELECT to_address FROM message WHERE kind = 'ended' ORDER BY 1")
    assert [row.to_address for row in told] == ["oona@example.org", "quill@example.org", "tam@example.org"]
    [woken] = await rows(cast, "SELECT wake_requested_at FROM action_run WHERE action_id = :id", id=action_id)
    assert woken.wake_requested_at is not None
    async with cast.office.engine.connect() as connection:
        assert (await verify(connection))[1] is None


async def test_only_who_has_a_password_is_mailed_a_button_to_the_page(cast: Cast) -> None:
    _, ref = await accepted(cast)
    async with cast.office.engine.begin() as connection:
        await connection.execute(text("UPDATE person SET password_hash = 'x' WHERE email = 'quill@example.org'"))
    await cancel(cast.office, signed_in(cast.manager), ref, WHY, MONDAY)
    told = await rows(
        cast, "SELECT split_part(to_address, '@', 1) FROM message WHERE kind = 'ended' AND context ? 'button'"
    )
    assert [tuple(row) for row in told] == [("quill",)]


async def test_its_run_comes_to_an_end(cast: Cast) -> None:
    action_id, ref = await accepted(cast)
    await cancel(cast.office, signed_in(cast.manager), ref, WHY, MONDAY)
    plan = await advance_action(cast.office, action_id, MONDAY.replace(month=12))
    assert (plan.finished, plan.closed, plan.rungs_due, plan.until) == (True, False, (), None)


async def test_what_was_escalated_is_overtaken(cast: Cast) -> None:
    action_id, ref = await accepted(cast)
    plans, late = await open_step(cast, action_id, "care-plans"), MONDAY.replace(month=12, day=10)
    for rung in (1, 2):
        await fire_rung(cast.office, action_id, plans, rung, late)
    await cancel(cast.office, signed_in(cast.quality_lead), ref, WHY, late)
    found = await rows(cast, "SELECT answer_kind FROM escalation WHERE must_answer")
    assert [row.answer_kind for row in found] == ["overtaken"]


async def test_sent_twice_it_is_done_once_and_a_second_reason_comes_too_late(cast: Cast) -> None:
    _, ref = await accepted(cast)
    for _ in range(2):
        assert (await cancel(cast.office, signed_in(cast.manager), ref, WHY, MONDAY)).status is Status.CANCELLED
    with pytest.raises(AlreadySettled, match="is cancelled already: It was entered twice"):
        await cancel(cast.office, signed_in(cast.quality_lead), ref, "Somebody else did it.", MONDAY)
    assert len(await rows(cast, "SELECT 1 FROM trail_entry WHERE what = 'cancelled'")) == 1
    assert len(await rows(cast, "SELECT 1 FROM message WHERE kind = 'ended'")) == 3


async def test_an_answer_that_comes_afterwards_is_kept_as_late(cast: Cast) -> None:
    action_id, ref = await accepted(cast)
    plans = await open_step(cast, action_id, "care-plans")
    actor = await by_link(cast, plans)
    await cancel(cast.office, signed_in(cast.manager), ref, WHY, MONDAY)
    receipt = await submit(cast.office, actor, plans, uuid4(), evidence_answer(), MONDAY)
    assert not receipt.counted
    [action] = await rows(cast, "SELECT status FROM action WHERE id = :id", id=action_id)
    assert action.status == "cancelled"


async def test_an_answer_at_the_same_moment_is_before_or_after_and_never_between(cast: Cast) -> None:
    for _ in range(4):
        action_id, ref = await accepted(cast)
        plans = await open_step(cast, action_id, "care-plans")
        actor = await by_link(cast, plans)
        receipt, _ = await asyncio.gather(
            submit(cast.office, actor, plans, uuid4(), evidence_answer(), MONDAY),
            cancel(cast.office, signed_in(cast.manager), ref, WHY, MONDAY),
        )
        [step] = await rows(cast, "SELECT status FROM step WHERE id = :id", id=plans)
        assert step.status == ("settled" if receipt.counted else "void")
        assert await rows(cast, "SELECT 1 FROM step WHERE action_id = :id AND status = 'open'", id=action_id) == []


async def test_an_action_is_superseded_by_another_of_its_home(cast: Cast) -> None:
    _, ref = await accepted(cast)
    other_id, other = await accepted(cast)
    ended = await supersede(cast.office, signed_in(cast.quality_lead), ref, f" {other.lower()} ", WHY, MONDAY)
    assert ended.status is Status.SUPERSEDED
    [action] = await rows(cast, "SELECT status, superseded_by_id FROM action WHERE ref = :ref", ref=ref)
    assert (action.status, action.superseded_by_id) == ("superseded", other_id)
    assert len(await rows(cast, "SELECT 1 FROM step WHERE action_id = :id AND status = 'open'", id=other_id)) == 2


async def test_two_that_would_supersede_each_other_leave_one_open(cast: Cast) -> None:
    for _ in range(3):
        (_, one), (_, other) = await accepted(cast), await accepted(cast)
        results = await asyncio.gather(
            supersede(cast.office, signed_in(cast.manager), one, other, WHY, MONDAY),
            supersede(cast.office, signed_in(cast.manager), other, one, WHY, MONDAY),
            return_exceptions=True,
        )
        assert sorted(type(result).__name__ for result in results) == ["Ended", "Invalid"]
        refs = [one, other]
        found = await rows(cast, "SELECT status FROM action WHERE ref = ANY(:refs) ORDER BY status", refs=refs)
        assert [row.status for row in found] == ["in progress", "superseded"]


@pytest.mark.parametrize("instead", ["FT-1999-0001", "itself", "", "nonsense'; --"])
async def test_what_is_no_open_action_here_takes_no_place(cast: Cast, instead: str) -> None:
    _, ref = await accepted(cast)
    with pytest.raises(Invalid) as refusal:
        await supersede(cast.office, signed_in(cast.manager), ref, ref if instead == "itself" else instead, WHY, MONDAY)
    assert set(refusal.value.fields) == {"instead"}


@pytest.mark.parametrize("who", ["owner", "team_leader", "deputy", "outsider"])
async def test_nobody_else_ends_it(cast: Cast, who: str) -> None:
    _, ref = await accepted(cast)
    with pytest.raises(NotAllowed):
        await cancel(cast.office, signed_in(getattr(cast, who)), ref, WHY, MONDAY)


async def test_a_manager_does_not_end_their_own_and_a_high_risk_needs_the_nominated_individual(cast: Cast) -> None:
    own = await a_care_plan_action(cast, owner_id=cast.manager)
    with pytest.raises(NotAllowed, match="You own this action"):
        await cancel(cast.office, signed_in(cast.manager), own.ref, WHY, MONDAY)
    _, grave = await accepted(cast, risk=Risk.HIGH)
    with pytest.raises(NotAllowed, match="only the nominated individual"):
        await cancel(cast.office, signed_in(cast.manager), grave, WHY, MONDAY)
    assert (await cancel(cast.office, signed_in(cast.nominated), grave, WHY, MONDAY)).status is Status.CANCELLED


async def test_a_reason_is_needed_and_the_action_too(cast: Cast) -> None:
    _, ref = await accepted(cast)
    with pytest.raises(Invalid) as refusal:
        await cancel(cast.office, signed_in(cast.manager), ref, "dup", MONDAY)
    assert set(refusal.value.fields) == {"reason"}
    with pytest.raises(NotFound):
        await cancel(cast.office, signed_in(cast.manager), "FT-1999-0001", WHY, MONDAY)


async def test_a_draft_can_be_cancelled(cast: Cast) -> None:
    draft = await a_care_plan_action(cast, due_at=None, risk=None)
    assert (await cancel(cast.office, signed_in(cast.manager), draft.ref, WHY, MONDAY)).status is Status.CANCELLED
    assert await rows(cast, "SELECT 1 FROM step WHERE status = 'open'") == []
