"""Two of three agree at critical risk, each a person of their own; what was optional is let go at closure."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.advance import advance_action
from commands.answering import Receipt
from commands.approve import approve, reject
from commands.people import Holds, add_person
from commands.small_home import decide, record_small_home
from commands.submit import submit
from domain.actors import OPERATOR
from domain.errors import GateClosed, NotAllowed
from domain.standing_down import AGAIN
from domain.vocabulary import Risk, Role
from tests.cast import (
    BRIEFING,
    MONDAY,
    Cast,
    a_care_plan_action,
    accept_it,
    by_link,
    evidence_answer,
    open_step,
    outcome,
    sample,
    send_evidence,
    signed_in,
)

WHY = "Plans, briefing and a fresh sample all show that weights are taken."


async def sampled(cast: Cast, risk: Risk = Risk.CRITICAL, prepared: Awaitable[None] | None = None) -> UUID:
    """Everything is in and sampled; `prepared` happens once it is defined, for what only later steps meet."""
    action_id = (await a_care_plan_action(cast, risk=risk)).action_id
    if prepared is not None:
        await prepared
    await accept_it(cast, action_id, MONDAY)
    await send_evidence(cast, action_id, "care-plans", MONDAY)
    await send_evidence(cast, action_id, "briefing", MONDAY)
    await sample(cast, action_id, True, MONDAY)
    return action_id


async def agree(cast: Cast, action_id: UUID, key: str, who: UUID, now: datetime = MONDAY) -> Receipt:
    step = await open_step(cast, action_id, key)
    return await approve(cast.office, signed_in(who), step, uuid4(), WHY, outcome(cast, now), now)


async def stand(cast: Cast, action_id: UUID) -> tuple[str, dict[str, str]]:
    """The action's status, and the last state of each of its approvals."""
    async with cast.office.engine.connect() as connection:
        status = await connection.execute(text("SELECT status FROM action WHERE id = :a"), {"a": action_id})
        query = "SELECT key, coalesce(outcome, status) AS how FROM step WHERE action_id = :a AND form = 'approval'"
        steps = await connection.execute(text(f"{query} ORDER BY round"), {"a": action_id})
        return status.scalar_one(), {row.key: row.how for row in steps}


async def count(cast: Cast, query: str, **values: Any) -> int:
    async with cast.office.engine.connect() as connection:
        return (await connection.execute(text(query), values)).scalar_one()


async def told_not_to(cast: Cast) -> dict[str, str]:
    """Who was mailed that they need not answer, each with the reason."""
    async with cast.office.engine.connect() as connection:
        query = "SELECT to_address, context->'body'->>-1 AS why FROM message WHERE kind = 'not asked'"
        return {row.to_address: row.why for row in await connection.execute(text(query))}


async def test_at_critical_risk_two_of_three_agree_and_the_third_is_asked_no_more(cast: Cast) -> None:
    action_id = await sampled(cast)
    asked = {"approval": "open", "quality-approval": "open", "board-approval": "open"}
    assert await stand(cast, action_id) == ("awaiting approval", asked)
    await agree(cast, action_id, "approval", cast.manager)
    assert await stand(cast, action_id) == ("awaiting approval", asked | {"approval": "approved"})
    assert await count(cast, "SELECT count(*) FROM closure") == 0
    await agree(cast, action_id, "board-approval", cast.nominated)
    ended = {"approval": "approved", "quality-approval": "void", "board-approval": "approved"}
    assert await stand(cast, action_id) == ("closed – monitoring", ended)
    assert await count(cast, "SELECT count(*) FROM closure") == 1
    assert await count(cast, "SELECT count(*) FROM trail_entry WHERE what = 'step no longer asked'") == 1
    assert await told_not_to(cast) == {"quill@example.org": "The action has closed without it."}


@pytest.mark.parametrize("risk", [Risk.LOW, Risk.MEDIUM, Risk.HIGH])
async def test_at_any_other_risk_the_manager_decides_alone(cast: Cast, risk: Risk) -> None:
    action_id = await sampled(cast, risk)
    assert await stand(cast, action_id) == ("awaiting approval", {"approval": "open"})
    await agree(cast, action_id, "approval", cast.manager)
    assert (await stand(cast, action_id))[0] == "closed – monitoring"


async def test_one_who_sends_it_back_sends_it_back_for_all(cast: Cast) -> None:
    action_id = await sampled(cast)
    await agree(cast, action_id, "approval", cast.manager)
    step = await open_step(cast, action_id, "quality-approval")
    reasons = "The night shift is missing from the briefing."
    await reject(cast.office, signed_in(cast.quality_lead), step, uuid4(), ("briefing",), reasons, MONDAY)
    status, steps = await stand(cast, action_id)
    assert (status, steps["board-approval"]) == ("returned", "void")
    assert await told_not_to(cast) == {
        "nia@example.org": f"Evidence was sent back, with what is still missing. {AGAIN}"
    }
    await send_evidence(cast, action_id, "briefing", MONDAY)
    await sample(cast, action_id, True, MONDAY)
    assert await stand(cast, action_id) == ("awaiting approval", dict.fromkeys(steps, "open"))
    await agree(cast, action_id, "approval", cast.manager)
    assert (await stand(cast, action_id))[0] == "awaiting approval"


async def test_nobody_agrees_twice_or_is_asked_twice(cast: Cast) -> None:
    both = (Holds(Role.REGISTERED_MANAGER, cast.location), Holds(Role.NOMINATED_INDIVIDUAL, None))
    person = await add_person(cast.office, OPERATOR, "Bo Bothroles", "bo@example.org", both, MONDAY)
    action_id = await sampled(cast)
    asked = "SELECT count(DISTINCT assignee_id) FROM step WHERE action_id = :a AND control = 'close'"
    assert await count(cast, asked, a=action_id) == 3
    await agree(cast, action_id, "approval", person)
    with pytest.raises(GateClosed) as refusal:
        await agree(cast, action_id, "board-approval", person)
    assert [missing.code for missing in refusal.value.missing] == ["agreed"]
    step = await open_step(cast, action_id, "board-approval")
    with pytest.raises(NotAllowed, match="agreed already"):
        await reject(cast.office, signed_in(person), step, uuid4(), ("briefing",), "I changed my mind.", MONDAY)
    assert (await stand(cast, action_id))[0] == "awaiting approval"


async def missing_people(cast: Cast) -> list[tuple[str, str]]:
    """Who was mailed that nobody can be asked, and as what."""
    async with cast.office.engine.connect() as connection:
        query = "SELECT to_address, context->>'subject' AS subject FROM message WHERE kind = 'nobody to ask'"
        return [(row.to_address, row.subject.split(": ", 1)[1]) for row in await connection.execute(text(query))]


async def without(cast: Cast, *roles: Role) -> None:
    async with cast.office.engine.begin() as connection:
        gone = text("DELETE FROM role_assignment WHERE role = ANY(:roles)")
        await connection.execute(gone, {"roles": list(map(str, roles))})


async def test_where_too_few_can_agree_a_manager_reads_who_is_missing_and_what_helps(cast: Cast) -> None:
    action_id = await sampled(cast, prepared=without(cast, Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL))
    assert await missing_people(cast) == [
        ("mina@example.org", "nobody can be asked – quality lead and nominated individual missing")
    ]
    await agree(cast, action_id, "approval", cast.manager)
    assert (await stand(cast, action_id))[0] == "awaiting approval"
    lead = (Holds(Role.QUALITY_LEAD, cast.location),)
    newcomer = await add_person(cast.office, OPERATOR, "Quin Newcomer", "quin@example.org", lead, MONDAY)
    await advance_action(cast.office, action_id, MONDAY)
    assert await count(cast, "SELECT count(*) FROM message WHERE to_address = 'quin@example.org'") == 1
    await agree(cast, action_id, "quality-approval", newcomer)
    assert (await stand(cast, action_id))[0] == "closed – monitoring"


async def test_where_two_are_left_to_agree_nobody_is_missed(cast: Cast) -> None:
    action_id = await sampled(cast, prepared=without(cast, Role.NOMINATED_INDIVIDUAL))
    assert await missing_people(cast) == []
    await agree(cast, action_id, "approval", cast.manager)
    await agree(cast, action_id, "quality-approval", cast.quality_lead)
    assert (await stand(cast, action_id))[0] == "closed – monitoring"


async def test_an_exception_for_a_small_home_replaces_no_role_and_no_second_person(cast: Cast) -> None:
    until, manager = MONDAY.date() + timedelta(days=90), signed_in(cast.manager)
    reason = "Three people live here, and two of us work here."
    key = await record_small_home(cast.office, manager, cast.location, uuid4(), reason, until, MONDAY)
    await decide(cast.office, signed_in(cast.nominated), key, True, "", MONDAY)
    action_id = await sampled(cast, prepared=without(cast, Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL))
    await agree(cast, action_id, "approval", cast.manager)
    assert (await stand(cast, action_id))[0] == "awaiting approval"
    assert [address for address, _ in await missing_people(cast)] == ["mina@example.org"]


async def learn(cast: Cast, action_id: UUID, key: str, category: str) -> None:
    step = await open_step(cast, action_id, key)
    more = BRIEFING if key == "delivery" else {}
    answer = evidence_answer(category, "briefing attendance" if more else "policy version", **more)
    await submit(cast.office, await by_link(cast, step), step, uuid4(), answer, MONDAY)


async def test_what_was_optional_is_offered_holds_nothing_up_and_is_let_go_at_closure(cast: Cast) -> None:
    action_id = (await a_care_plan_action(cast, pathway="safeguarding-learning")).action_id
    await accept_it(cast, action_id, MONDAY)
    offered = await open_step(cast, action_id, "partner-view")
    titles = "SELECT count(*) FROM step WHERE id = :s AND title LIKE '%(optional)'"
    assert await count(cast, titles, s=offered) == 1
    await learn(cast, action_id, "learning", "processes")
    await learn(cast, action_id, "delivery", "feedback from staff and leaders")
    await sample(cast, action_id, True, MONDAY)
    await agree(cast, action_id, "approval", cast.manager)
    assert (await stand(cast, action_id))[0] == "closed – monitoring"
    assert await count(cast, "SELECT count(*) FROM step WHERE id = :s AND status = 'void'", s=offered) == 1
    live = "SELECT count(*) FROM link WHERE step_id = :s AND revoked_at IS NULL"
    assert await count(cast, live, s=offered) == 0
    said = "SELECT count(*) FROM trail_entry WHERE what = 'step no longer asked' AND object_id = :s"
    assert await count(cast, said, s=offered) == 1
    assert set((await told_not_to(cast)).values()) <= {"The action has closed without it."}
