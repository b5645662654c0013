"""A home with two people: what an exception lets them do, for how long, and what it never does."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.advance import advance_action
from commands.approve import approve
from commands.drawing import draw_sample
from commands.people import Holds, add_location, add_person
from commands.sample import SampleAnswer
from commands.sample import decide as decide_sample
from commands.small_home import decide, end_early, record_small_home
from db.closures import hash_of
from db.samples import load_items, load_sample
from domain.actors import OPERATOR
from domain.errors import AlreadySettled, GateClosed, Invalid, NotAllowed, NotFound
from domain.saving import ItemResult
from domain.vocabulary import Role
from tests.cast import (
    MONDAY,
    Cast,
    a_care_plan_action,
    accept_it,
    open_step,
    outcome,
    send_evidence,
    signed_in,
)

REASON = "Three people live here, and two of us work here."
UNTIL = date(2027, 3, 31)


async def rows(cast: Cast, query: str, **bound: Any) -> list[Any]:
    async with cast.office.engine.connect() as connection:
        return list((await connection.execute(text(query), bound)).all())


async def recorded(cast: Cast, now: datetime = MONDAY, **changes: Any) -> UUID:
    facts: dict[str, Any] = {"location_id": cast.location, "request_id": uuid4(), "reason": REASON, "ends_on": UNTIL}
    return await record_small_home(cast.office, signed_in(cast.manager), **(facts | changes), now=now)


async def confirmed(cast: Cast, now: datetime = MONDAY, **changes: Any) -> UUID:
    key = await recorded(cast, now, **changes)
    await decide(cast.office, signed_in(cast.nominated), key, True, "", now)
    return key


@pytest.fixture
async def small(cast: Cast) -> Cast:
    """Only the owner and the team leader are left to do, sample and approve: no deputy, and no manager but her."""
    async with cast.office.engine.begin() as connection:
        everybody = text("UPDATE role_assignment SET ends_on = '2026-11-01' WHERE person_id = ANY(:people)")
        await connection.execute(text("UPDATE role_assignment SET starts_on = '2026-10-01'"))
        await connection.execute(everybody, {"people": [cast.deputy]})
    both = (Holds(Role.DEPUTY_MANAGER, cast.location), Holds(Role.REGISTERED_MANAGER, cast.location))
    await add_person(cast.office, OPERATOR, "Tam Inventby", "tam@example.org", both, MONDAY)
    return cast


async def sampled_by(cast: Cast, action_id: UUID, person: UUID, now: datetime) -> None:
    step_id, actor = await open_step(cast, action_id, "sample"), signed_in(person)
    await draw_sample(cast.office, actor, step_id, "daily records since the briefing", 5, now)
    async with cast.office.engine.connect() as connection:
        drawn = await load_sample(connection, step_id)
        assert drawn is not None
        items = await load_items(connection, drawn.id)
    results = [ItemResult(item.position, "pass", "") for item in items]
    await decide_sample(cast.office, actor, step_id, uuid4(), SampleAnswer(results), now)


async def evidenced(cast: Cast) -> UUID:
    action_id = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action_id, MONDAY)
    await send_evidence(cast, action_id, "care-plans", MONDAY)
    await send_evidence(cast, action_id, "briefing", MONDAY)
    return action_id


async def asked(cast: Cast, action_id: UUID, key: str) -> UUID | None:
    [row] = await rows(
        cast, "SELECT assignee_id FROM step WHERE action_id = :a AND key = :k AND status = 'open'", a=action_id, k=key
    )
    return row.assignee_id


async def wake_of(cast: Cast, action_id: UUID) -> datetime | None:
    [run] = await rows(cast, "SELECT wake_requested_at FROM action_run WHERE action_id = :id", id=action_id)
    return run.wake_requested_at


async def test_a_home_of_two_closes_an_action_under_its_exception_and_the_closure_says_so(small: Cast) -> None:
    cast, action_id = small, await evidenced(small)
    assert await asked(cast, action_id, "sample") is None
    key = await confirmed(cast)
    await advance_action(cast.office, action_id, MONDAY)
    assert await asked(cast, action_id, "sample") == cast.team_leader
    await sampled_by(cast, action_id, cast.team_leader, MONDAY)
    step_id = await open_step(cast, action_id, "approval")
    why, team_leader = "Records and weights all show it, and we looked twice.", signed_in(cast.team_leader)
    await approve(cast.office, team_leader, step_id, uuid4(), why, outcome(cast, MONDAY), MONDAY)
    [closure] = await rows(cast, "SELECT small_home_id, small_home_uses, snapshot, snapshot_hash FROM closure")
    assert closure.small_home_id == key
    assert [use["rule"] for use in closure.small_home_uses] == [
        "approved what they had evidenced",
        "approved what they had sampled",
        "sampled what they had evidenced",
    ]
    assert {use["person"] for use in closure.small_home_uses} == {str(cast.team_leader)}
    assert closure.snapshot["small_home"] == closure.small_home_uses
    assert hash_of(closure.snapshot) == bytes(closure.snapshot_hash)


async def test_an_exception_is_used_only_where_nobody_else_is_left(cast: Cast) -> None:
    await confirmed(cast)
    action_id = await evidenced(cast)
    assert await asked(cast, action_id, "sample") == cast.deputy


async def test_a_closure_without_need_of_the_exception_does_not_name_it(cast: Cast) -> None:
    await confirmed(cast)
    action_id = await evidenced(cast)
    await sampled_by(cast, action_id, cast.deputy, MONDAY)
    step_id = await open_step(cast, action_id, "approval")
    why = "Plans, briefing and a fresh sample all show it."
    await approve(cast.office, signed_in(cast.manager), step_id, uuid4(), why, outcome(cast, MONDAY), MONDAY)
    assert [tuple(row) for row in await rows(cast, "SELECT small_home_id, small_home_uses FROM closure")] == [
        (None, None)
    ]


async def test_it_lets_nobody_do_anything_before_it_is_confirmed_after_its_day_or_once_ended(small: Cast) -> None:
    cast, action_id = small, await evidenced(small)
    key = await recorded(cast, ends_on=date(2026, 11, 5))
    await advance_action(cast.office, action_id, MONDAY)
    assert await asked(cast, action_id, "sample") is None
    await decide(cast.office, signed_in(cast.nominated), key, True, "", MONDAY)
    await advance_action(cast.office, action_id, MONDAY + timedelta(days=4))
    assert await asked(cast, action_id, "sample") is None
    await end_early(cast.office, signed_in(cast.manager), key, "A deputy has started.", MONDAY)
    await advance_action(cast.office, action_id, MONDAY)
    assert await asked(cast, action_id, "sample") is None
    step_id = await open_step(cast, action_id, "sample")
    with pytest.raises(NotAllowed):
        await draw_sample(cast.office, signed_in(cast.team_leader), step_id, "daily records", 5, MONDAY)


async def test_on_the_day_after_its_last_what_it_allowed_is_asked_of_others(small: Cast) -> None:
    cast, action_id = small, await evidenced(small)
    await confirmed(cast, ends_on=date(2026, 11, 3))
    plan = await advance_action(cast.office, action_id, MONDAY)
    assert await asked(cast, action_id, "sample") == cast.team_leader
    over = datetime(2026, 11, 4, tzinfo=UTC)
    assert plan.until == over
    await advance_action(cast.office, action_id, over)
    assert await asked(cast, action_id, "sample") is None
    mails = await rows(cast, "SELECT to_address FROM message WHERE kind = 'lies idle'")
    assert [row.to_address for row in mails] == ["mina@example.org"]


async def test_ending_it_early_has_what_it_allowed_asked_of_others(small: Cast) -> None:
    cast, action_id = small, await evidenced(small)
    key = await confirmed(cast)
    await advance_action(cast.office, action_id, MONDAY)
    async with cast.office.engine.begin() as connection:
        await connection.execute(text("UPDATE action_run SET wake_requested_at = NULL"))
    await end_early(cast.office, signed_in(cast.manager), key, "A deputy has started.", MONDAY)
    assert await wake_of(cast, action_id) is not None
    await advance_action(cast.office, action_id, MONDAY)
    assert await asked(cast, action_id, "sample") is None


async def test_no_exception_lets_an_owner_approve(small: Cast) -> None:
    cast = small
    await add_person(
        cast.office, OPERATOR, "Oona Fabricott", "oona@example.org",
        (Holds(Role.REGISTERED_MANAGER, cast.location),), MONDAY,
    )  # fmt: skip
    action_id = await evidenced(cast)
    await confirmed(cast)
    await advance_action(cast.office, action_id, MONDAY)
    await sampled_by(cast, action_id, cast.team_leader, MONDAY)
    step_id = await open_step(cast, action_id, "approval")
    why = "It is all good now, I think so."
    with pytest.raises(GateClosed) as refusal:
        await approve(cast.office, signed_in(cast.owner), step_id, uuid4(), why, outcome(cast, MONDAY), MONDAY)
    assert [item.code for item in refusal.value.missing] == ["separation"]


async def test_confirming_wakes_what_waited_for_nobody(small: Cast) -> None:
    action_id = await evidenced(small)
    key = await recorded(small)
    async with small.office.engine.begin() as connection:
        await connection.execute(text("UPDATE action_run SET wake_requested_at = NULL"))
    await decide(small.office, signed_in(small.nominated), key, True, "", MONDAY)
    assert await wake_of(small, action_id) is not None


async def test_the_same_form_sent_twice_records_one_and_asks_once(cast: Cast) -> None:
    request = uuid4()
    first, again = await recorded(cast, request_id=request), await recorded(cast, request_id=request)
    assert first == again
    mails = await rows(cast, "SELECT to_address FROM message WHERE kind = 'small home asked'")
    assert [row.to_address for row in mails] == ["nia@example.org"]
    with pytest.raises(AlreadySettled, match="waits to be confirmed"):
        await recorded(cast)


async def test_a_decision_is_made_once_by_the_nominated_individual_and_who_asked_is_told(cast: Cast) -> None:
    key = await recorded(cast)
    for who in ("manager", "quality_lead", "deputy", "outsider"):
        with pytest.raises(NotAllowed):
            await decide(cast.office, signed_in(getattr(cast, who)), key, True, "", MONDAY)
    with pytest.raises(Invalid):
        await decide(cast.office, signed_in(cast.nominated), key, False, "no", MONDAY)
    await decide(cast.office, signed_in(cast.nominated), key, False, "Ask Elm Court to sample for you.", MONDAY)
    with pytest.raises(AlreadySettled):
        await decide(cast.office, signed_in(cast.nominated), key, True, "", MONDAY)
    mails = await rows(cast, "SELECT to_address FROM message WHERE kind = 'small home decided'")
    assert [row.to_address for row in mails] == ["mina@example.org"]
    assert await recorded(cast) != key


async def test_a_nominated_individual_who_is_the_manager_too_does_not_confirm_their_own(cast: Cast) -> None:
    both = (Holds(Role.NOMINATED_INDIVIDUAL, cast.location),)
    await add_person(cast.office, OPERATOR, "Mina Pretendall", "mina@example.org", both, MONDAY)
    key = await recorded(cast)
    with pytest.raises(NotAllowed, match="You recorded this"):
        await decide(cast.office, signed_in(cast.manager), key, True, "", MONDAY)


async def test_where_nobody_else_is_nominated_individual_it_says_what_to_do(cast: Cast) -> None:
    async with cast.office.engine.begin() as connection:
        nobody = text("DELETE FROM role_assignment WHERE role = 'nominated individual'")
        await connection.execute(nobody)
    with pytest.raises(Invalid, match="Give somebody that role first"):
        await recorded(cast)


@pytest.mark.parametrize("who", ["owner", "team_leader", "deputy", "outsider", "nominated"])
async def test_only_managers_of_the_home_record_one(cast: Cast, who: str) -> None:
    person = signed_in(getattr(cast, who))
    with pytest.raises(NotAllowed):
        await record_small_home(cast.office, person, cast.location, uuid4(), REASON, UNTIL, MONDAY)


async def test_ending_is_for_managers_with_a_reason_and_once(cast: Cast) -> None:
    key = await confirmed(cast)
    with pytest.raises(NotAllowed):
        await end_early(cast.office, signed_in(cast.outsider), key, "We have grown enough.", MONDAY)
    with pytest.raises(Invalid):
        await end_early(cast.office, signed_in(cast.manager), key, "", MONDAY)
    await end_early(cast.office, signed_in(cast.quality_lead), key, "We have grown enough.", MONDAY)
    with pytest.raises(AlreadySettled):
        await end_early(cast.office, signed_in(cast.manager), key, "We have grown enough.", MONDAY)
    with pytest.raises(NotFound):
        await end_early(cast.office, signed_in(cast.manager), uuid4(), "We have grown enough.", MONDAY)


async def test_mail_to_the_nominated_individual_waits_for_morning(cast: Cast) -> None:
    place = await add_location(cast.office, OPERATOR, "Fir Lodge", MONDAY, opens=time(8), closes=time(18))
    manager = (Holds(Role.REGISTERED_MANAGER, place),)
    await add_person(cast.office, OPERATOR, "Mina Pretendall", "mina@example.org", manager, MONDAY)
    await recorded(cast, MONDAY.replace(hour=22), location_id=place)
    [mail] = await rows(cast, "SELECT next_attempt_at FROM message WHERE kind = 'small home asked'")
    assert mail.next_attempt_at == MONDAY.replace(day=3, hour=8)
