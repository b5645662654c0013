"""The care-plan action from definition to closure, with a failed sample on the way."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.accept import accept, decline
from commands.approve import approve
from commands.escalate import fire_rung
from commands.people import Holds, add_person
from db.trail import verify
from domain.actors import OPERATOR
from domain.errors import GateClosed, Invalid, LinkDead, NotAllowed
from domain.outcome_form import OutcomeGiven
from domain.vocabulary import Role
from tests.cast import (
    MONDAY,
    Cast,
    a_care_plan_action,
    approve_it,
    by_link,
    open_step,
    outcome,
    sample,
    send_evidence,
    signed_in,
)

LATE = MONDAY + timedelta(days=17)


async def status(cast: Cast, action_id: UUID) -> str:
    async with cast.office.engine.connect() as connection:
        return (
            await connection.execute(text("SELECT status FROM action WHERE id = :id"), {"id": action_id})
        ).scalar_one()


async def mails(cast: Cast, kind: str) -> list[str]:
    async with cast.office.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT to_address FROM message WHERE kind = :kind ORDER BY created_at, to_address"), {"kind": kind}
        )
        return [row.to_address for row in found]


async def told_where_links_are(cast: Cast) -> set[str]:
    """Who reads in the mail on closing that the page is for those who sign in."""
    hint = "SELECT to_address FROM message WHERE kind = 'closed' AND context::text LIKE '%No password?%'"
    async with cast.office.engine.connect() as connection:
        return set((await connection.execute(text(hint))).scalars())


async def chooses_a_password(cast: Cast, person_id: UUID) -> None:
    async with cast.office.engine.begin() as connection:
        await connection.execute(text("UPDATE person SET password_hash = 'x' WHERE id = :id"), {"id": person_id})


async def accepted(cast: Cast, now: datetime = MONDAY) -> UUID:
    made = await a_care_plan_action(cast)
    step_id = await open_step(cast, made.action_id, "accept")
    receipt = await accept(cast.office, await by_link(cast, step_id), step_id, uuid4(), now)
    assert receipt.moved is not None
    assert {item.ask.key for item in receipt.moved.opened} == {"care-plans", "briefing"}
    return made.action_id


async def test_the_story_ends_in_a_closure_that_someone_else_checked(cast: Cast) -> None:
    action_id, now = await accepted(cast), MONDAY
    for day, passes in ((3, False), (6, True)):
        now = MONDAY + timedelta(days=day)
        await send_evidence(cast, action_id, "care-plans", now)
        await send_evidence(cast, action_id, "briefing", now)
        assert await status(cast, action_id) == "sample audit"
        await sample(cast, action_id, passes, now)
        assert await status(cast, action_id) == ("awaiting approval" if passes else "returned")
    for person in (cast.manager, cast.deputy):
        await chooses_a_password(cast, person)
    await approve_it(cast, action_id, now)
    assert await status(cast, action_id) == "closed – monitoring"
    assert await mails(cast, "returned") == ["oona@example.org", "tam@example.org"]
    assert "mina@example.org" in await mails(cast, "closed")
    assert await told_where_links_are(cast) == {"oona@example.org", "tam@example.org"}
    async with cast.office.engine.connect() as connection:
        _, fault = await verify(connection)
        planned = await connection.execute(text("SELECT count(*) FROM re_audit WHERE status = 'planned'"))
    assert fault is None
    assert planned.scalar_one() == 2


async def test_the_trail_says_of_each_change_who_made_it_how_they_were_known_and_why(cast: Cast) -> None:
    action_id = await accepted(cast)
    await fire_rung(cast.office, action_id, await open_step(cast, action_id, "care-plans"), 1, LATE)
    for key in ("care-plans", "briefing"):
        await send_evidence(cast, action_id, key, LATE)
    await sample(cast, action_id, False, LATE)
    async with cast.office.engine.connect() as connection:
        query = text(
            "SELECT t.what, p.name, t.identified_by, t.words->>'reasons' FROM trail_entry t"
            " LEFT JOIN person p ON p.id = t.actor_id WHERE t.action_id = :id"
            " AND (t.what LIKE 'step settled%' OR t.what IN ('defined', 'escalated')) ORDER BY t.seq"
        )
        found = [tuple(row) for row in await connection.execute(query, {"id": action_id})]
    assert found == [
        ("defined", "Quill Imaginer", "login", None),
        ("step settled: accepted", "Oona Fabricott", "link", None),
        ("escalated", None, "system", None),
        ("step settled: submitted", "Oona Fabricott", "link", None),
        ("step settled: submitted", "Tam Inventby", "link", None),
        ("step settled: failed", "Dara Mockley", "login", "Weights are still missing on the night shift."),
    ]


async def test_approval_without_a_measured_outcome_names_what_is_missing(cast: Cast) -> None:
    action_id = await accepted(cast)
    await send_evidence(cast, action_id, "care-plans", MONDAY)
    await send_evidence(cast, action_id, "briefing", MONDAY)
    await sample(cast, action_id, True, MONDAY)
    step_id = await open_step(cast, action_id, "approval")
    manager, nothing = signed_in(cast.manager), OutcomeGiven()
    with pytest.raises(GateClosed) as refusal:
        await approve(cast.office, manager, step_id, uuid4(), "It is all good now.", nothing, MONDAY)
    assert [item.code for item in refusal.value.missing] == ["outcome"]
    assert refusal.value.fields == {}


async def test_an_empty_approval_names_all_that_is_missing_at_once(cast: Cast) -> None:
    action_id = await accepted(cast)
    await send_evidence(cast, action_id, "care-plans", MONDAY)
    await send_evidence(cast, action_id, "briefing", MONDAY)
    await sample(cast, action_id, True, MONDAY)
    step_id = await open_step(cast, action_id, "approval")
    with pytest.raises(GateClosed) as refusal:
        await approve(cast.office, signed_in(cast.manager), step_id, uuid4(), "", OutcomeGiven(), MONDAY)
    assert [item.code for item in refusal.value.missing] == ["outcome"]
    assert refusal.value.fields.keys() == {"rationale"}
    half = OutcomeGiven(value="about ninety")
    with pytest.raises(Invalid) as only_fields:
        await approve(cast.office, signed_in(cast.manager), step_id, uuid4(), "", half, MONDAY)
    assert only_fields.value.fields.keys() == {"rationale", "outcome_value", "outcome_on"}


async def test_a_form_sent_twice_gets_the_same_receipt_and_one_effect(cast: Cast) -> None:
    made = await a_care_plan_action(cast)
    step_id, request = await open_step(cast, made.action_id, "accept"), uuid4()
    actor = await by_link(cast, step_id)
    first = await accept(cast.office, actor, step_id, request, MONDAY)
    again = await accept(cast.office, actor, step_id, request, MONDAY)
    assert (again.submission_id, again.repeated, again.counted) == (first.submission_id, True, True)
    assert len(await mails(cast, "evidence asked")) == 2


async def test_an_answer_after_the_answer_is_kept_as_late_and_changes_nothing(cast: Cast) -> None:
    made = await a_care_plan_action(cast)
    step_id = await open_step(cast, made.action_id, "accept")
    actor = await by_link(cast, step_id)
    await accept(cast.office, actor, step_id, uuid4(), MONDAY)
    late = await decline(cast.office, actor, step_id, uuid4(), "Changed my mind", None, MONDAY)
    assert not late.counted
    assert await kept_as(cast, step_id) == ["answer", "late"]
    assert await status(cast, made.action_id) == "in progress"


async def test_two_who_approve_at_the_same_moment_close_it_once(cast: Cast) -> None:
    holds = (Holds(Role.REGISTERED_MANAGER, cast.location),)
    second = await add_person(cast.office, OPERATOR, "Rae Secondly", "rae@example.org", holds, MONDAY)
    for _ in range(4):
        action_id = await accepted(cast)
        for key in ("care-plans", "briefing"):
            await send_evidence(cast, action_id, key, MONDAY)
        await sample(cast, action_id, True, MONDAY)
        step_id, why = await open_step(cast, action_id, "approval"), "Plans, briefing and sample all show it."
        both = (
            approve(cast.office, signed_in(one), step_id, uuid4(), why, outcome(cast, MONDAY), MONDAY)
            for one in (cast.manager, second)
        )
        receipts = await asyncio.gather(*both)
        assert sorted(receipt.counted for receipt in receipts) == [False, True]
        async with cast.office.engine.connect() as connection:
            query = text("SELECT count(*) FROM closure WHERE action_id = :a")
            assert (await connection.execute(query, {"a": action_id})).scalar_one() == 1
        assert await kept_as(cast, step_id) == ["answer", "late"]


async def kept_as(cast: Cast, step_id: UUID) -> list[str]:
    async with cast.office.engine.connect() as connection:
        query = text("SELECT kept_as FROM submission WHERE step_id = :s ORDER BY kept_as")
        return list((await connection.execute(query, {"s": step_id})).scalars())


async def test_a_declined_action_goes_to_the_registered_manager_for_another_owner(cast: Cast) -> None:
    made = await a_care_plan_action(cast)
    step_id = await open_step(cast, made.action_id, "accept")
    await decline(cast.office, await by_link(cast, step_id), step_id, uuid4(), "I am on nights", None, MONDAY)
    await open_step(cast, made.action_id, "owner")
    assert await mails(cast, "account step") == ["mina@example.org"]


async def test_a_link_opens_its_own_step_and_nothing_else(cast: Cast) -> None:
    one, other = await a_care_plan_action(cast), await a_care_plan_action(cast)
    mine, theirs = await open_step(cast, one.action_id, "accept"), await open_step(cast, other.action_id, "accept")
    with pytest.raises(LinkDead):
        await accept(cast.office, await by_link(cast, mine), theirs, uuid4(), MONDAY)


@pytest.mark.parametrize("who", ["owner", "team_leader", "deputy", "outsider"])
async def test_nobody_who_took_part_and_no_outsider_approves(cast: Cast, who: str) -> None:
    action_id = await accepted(cast)
    await send_evidence(cast, action_id, "care-plans", MONDAY)
    await send_evidence(cast, action_id, "briefing", MONDAY)
    await sample(cast, action_id, True, MONDAY)
    step_id = await open_step(cast, action_id, "approval")
    person = signed_in(getattr(cast, who))
    with pytest.raises((NotAllowed, GateClosed)):
        await approve(cast.office, person, step_id, uuid4(), "It is all good now.", outcome(cast, MONDAY), MONDAY)
