"""Escalations are answered with the three facts, by somebody else, and end at once when nobody is needed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.accept import accept
from commands.advance import advance_action
from commands.answer_escalation import answer
from commands.escalate import fire_rung
from commands.people import Holds, add_person
from commands.submit import submit
from db.escalations import what_is_shown
from domain.actors import OPERATOR
from domain.errors import AlreadySettled, Invalid, LinkDead, NotAllowed
from domain.escalating import EscalationAnswer
from domain.vocabulary import Role
from tests.cast import (
    BRIEFING,
    MONDAY,
    Cast,
    a_care_plan_action,
    approve_it,
    by_link,
    evidence_answer,
    open_step,
    sample,
    send_evidence,
    signed_in,
)

LATE = datetime(2026, 12, 17, 9, tzinfo=UTC)
"""Long after the action's date of 16 November: three rungs are due, and the fourth is."""
LATER = LATE + timedelta(days=9)


async def late_plans(cast: Cast, *rungs: int) -> tuple[UUID, UUID]:
    """An accepted action whose care plans are late, with these rungs fired: (action, step)."""
    made = await a_care_plan_action(cast)
    step_id = await open_step(cast, made.action_id, "accept")
    await accept(cast.office, await by_link(cast, step_id), step_id, uuid4(), MONDAY)
    plans = await open_step(cast, made.action_id, "care-plans")
    for rung in rungs:
        await fire_rung(cast.office, made.action_id, plans, rung, LATE)
    return made.action_id, plans


async def rungs_of(cast: Cast, step_id: UUID) -> dict[int, Any]:
    async with cast.office.engine.connect() as connection:
        found = await connection.execute(text("SELECT * FROM escalation WHERE step_id = :s"), {"s": step_id})
        return {row.rung: row for row in found}


async def step_of(cast: Cast, step_id: UUID) -> Any:
    async with cast.office.engine.connect() as connection:
        return (await connection.execute(text("SELECT * FROM step WHERE id = :s"), {"s": step_id})).one()


async def mails_to(cast: Cast, who: str) -> list[str]:
    async with cast.office.engine.connect() as connection:
        query = text("SELECT kind FROM message WHERE to_address = :to ORDER BY created_at, kind")
        return list((await connection.execute(query, {"to": f"{who}@example.org"})).scalars())


async def said_on_the_trail(cast: Cast, what: str) -> list[dict[str, Any]]:
    async with cast.office.engine.connect() as connection:
        query = text("SELECT words FROM trail_entry WHERE what = :what ORDER BY seq")
        return list((await connection.execute(query, {"what": what})).scalars())


def decided(kind: str = "revised date", **changes: Any) -> EscalationAnswer:
    facts: dict[str, Any] = {
        "risk_now": "Two people are still losing weight slowly.",
        "interim_control": "The nurse on shift checks food charts twice a day.",
        "kind": kind,
    }
    if kind == "revised date":
        facts["revised_due_at"] = LATER
    return EscalationAnswer(**(facts | changes))


async def test_whoever_is_late_is_told_with_the_link_that_they_answer_by(cast: Cast) -> None:
    _, plans = await late_plans(cast, 1)
    query = text("SELECT to_address, link_id, context->>'target' AS target FROM message WHERE kind = 'told late'")
    async with cast.office.engine.connect() as connection:
        told = {row.to_address: (row.link_id, row.target) for row in await connection.execute(query)}
    link = (await by_link(cast, plans)).link_id
    assert told["oona@example.org"] == (link, "step")
    assert told["dara@example.org"] == (None, "/actions/FT-2026-0001")


async def test_a_revised_date_moves_the_step_and_tells_its_owner_with_a_fresh_link(cast: Cast) -> None:
    _, plans = await late_plans(cast, 1, 2)
    rung = (await rungs_of(cast, plans))[2]
    for _ in range(2):
        await answer(cast.office, signed_in(cast.manager), rung.id, decided(), LATE)
    assert (await step_of(cast, plans)).due_at == LATER
    assert (await mails_to(cast, "oona")).count("request answered") == 1
    assert len(await said_on_the_trail(cast, "escalation answered")) == 1
    assert (await rungs_of(cast, plans))[2].shown_hash is not None


async def test_support_given_says_what_and_reaches_the_owner(cast: Cast) -> None:
    _, plans = await late_plans(cast, 2)
    rung = (await rungs_of(cast, plans))[2]
    given = decided("support given", support="Dara does two of the plans with you on Thursday.")
    await answer(cast.office, signed_in(cast.manager), rung.id, given, LATE)
    async with cast.office.engine.connect() as connection:
        query = text("SELECT context, link_id FROM message WHERE kind = 'request answered'")
        mail = (await connection.execute(query)).one()
    assert "Dara does two of the plans" in mail.context["body"][1]
    assert mail.link_id is not None


async def test_reassigned_gives_the_step_away_in_the_same_moment(cast: Cast) -> None:
    _, plans = await late_plans(cast, 2)
    rung, old = (await rungs_of(cast, plans))[2], await by_link(cast, plans)
    given = decided("reassigned", person_id=cast.team_leader, revised_due_at=LATER)
    await answer(cast.office, signed_in(cast.manager), rung.id, given, LATE)
    step = await step_of(cast, plans)
    assert (step.assignee_id, step.due_at) == (cast.team_leader, LATER)
    assert (await rungs_of(cast, plans))[2].reassigned_to == cast.team_leader
    assert (await by_link(cast, plans)).person_id == cast.team_leader
    assert "reassigned" in await mails_to(cast, "oona")
    assert "link given" in await mails_to(cast, "tam")
    with pytest.raises(LinkDead):
        await submit(cast.office, old, plans, uuid4(), evidence_answer(), LATE)


async def test_reassigning_that_cannot_be_done_answers_nothing(cast: Cast) -> None:
    _, plans = await late_plans(cast, 2)
    rung = (await rungs_of(cast, plans))[2]
    for somebody in (cast.owner, uuid4()):
        given = decided("reassigned", person_id=somebody)
        with pytest.raises(Invalid):
            await answer(cast.office, signed_in(cast.manager), rung.id, given, LATE)
    assert (await rungs_of(cast, plans))[2].answered_at is None


async def test_a_higher_answer_overtakes_the_lower_and_a_lower_one_leaves_the_higher(cast: Cast) -> None:
    _, plans = await late_plans(cast, 2, 3, 4)
    rungs = await rungs_of(cast, plans)
    await answer(cast.office, signed_in(cast.quality_lead), rungs[3].id, decided(), LATE)
    after = await rungs_of(cast, plans)
    assert [after[n].answer_kind for n in (2, 3, 4)] == ["overtaken", "revised date", None]
    assert (after[2].overtaken_because, after[2].answered_by) == ("answered higher up", None)
    assert await said_on_the_trail(cast, "escalation overtaken") == [{"because": "answered higher up"}]


async def test_the_manager_does_not_answer_what_was_asked_of_the_nominated_individual(cast: Cast) -> None:
    _, plans = await late_plans(cast, 4)
    rung = (await rungs_of(cast, plans))[4]
    with pytest.raises(NotAllowed, match="nominated individual"):
        await answer(cast.office, signed_in(cast.manager), rung.id, decided(), LATE)


async def test_nobody_is_asked_about_what_they_are_late_with_themselves(cast: Cast) -> None:
    action, plans = await late_plans(cast)
    async with cast.office.engine.begin() as connection:
        mine = text("UPDATE step SET assignee_id = :p WHERE id = :s")
        await connection.execute(mine, {"p": cast.manager, "s": plans})
    await fire_rung(cast.office, action, plans, 2, LATE)
    rung = (await rungs_of(cast, plans))[2]
    assert rung.asked_id == cast.quality_lead
    with pytest.raises(NotAllowed, match="with you"):
        await answer(cast.office, signed_in(cast.manager), rung.id, decided(), LATE)


async def test_a_step_that_is_done_ends_its_escalations_and_the_gate_opens(cast: Cast) -> None:
    action, plans = await late_plans(cast, 2, 3)
    await submit(cast.office, signed_in(cast.owner), plans, uuid4(), evidence_answer(), LATE)
    ended = await rungs_of(cast, plans)
    assert {ended[n].overtaken_because for n in (2, 3)} == {"step answered"}
    with pytest.raises(AlreadySettled, match="kept on the record"):
        await answer(cast.office, signed_in(cast.manager), ended[2].id, decided(), LATE)
    assert (await said_on_the_trail(cast, "escalation answer kept as late"))[0]["decision"] == "revised date"
    briefing, words = await open_step(cast, action, "briefing"), evidence_answer("observation", **BRIEFING)
    await submit(cast.office, signed_in(cast.team_leader), briefing, uuid4(), words, LATE)
    await sample(cast, action, True, LATE)
    await approve_it(cast, action, LATE)


async def test_a_late_approval_is_given_without_answering_about_itself_first(cast: Cast) -> None:
    action, _ = await late_plans(cast)
    for key in ("care-plans", "briefing"):
        await send_evidence(cast, action, key, MONDAY)
    await sample(cast, action, True, MONDAY)
    approval = await open_step(cast, action, "approval")
    await fire_rung(cast.office, action, approval, 2, LATE)
    assert (await rungs_of(cast, approval))[2].asked_id == cast.quality_lead
    await approve_it(cast, action, LATE)
    assert (await rungs_of(cast, approval))[2].overtaken_because == "step answered"


async def test_an_answer_to_a_page_that_has_changed_since_is_not_taken(cast: Cast) -> None:
    action, plans = await late_plans(cast, 2)
    rung = (await rungs_of(cast, plans))[2]
    async with cast.office.engine.connect() as connection:
        seen = await what_is_shown(connection, rung.id)
    await fire_rung(cast.office, action, plans, 3, LATE)
    with pytest.raises(Invalid, match="changed"):
        await answer(cast.office, signed_in(cast.manager), rung.id, decided(seen=seen), LATE)
    async with cast.office.engine.connect() as connection:
        seen = await what_is_shown(connection, rung.id)
    await answer(cast.office, signed_in(cast.manager), rung.id, decided(seen=seen), LATE)


async def test_an_acceptance_that_is_reassigned_asks_the_new_owner(cast: Cast) -> None:
    made = await a_care_plan_action(cast)
    step_id = await open_step(cast, made.action_id, "accept")
    for rung in (2, 3):
        await fire_rung(cast.office, made.action_id, step_id, rung, LATE)
    rungs = await rungs_of(cast, step_id)
    given = decided("reassigned", person_id=cast.team_leader)
    await answer(cast.office, signed_in(cast.manager), rungs[2].id, given, LATE)
    new = await open_step(cast, made.action_id, "accept")
    assert new != step_id
    assert (await step_of(cast, new)).assignee_id == cast.team_leader
    assert (await rungs_of(cast, step_id))[3].overtaken_because == "step not asked any more"


async def test_after_cover_is_named_a_reassigned_step_goes_to_the_cover(cast: Cast) -> None:
    _, plans = await late_plans(cast, 2)
    spare = await add_person(
        cast.office, OPERATOR, "Sal Sparely", "sal@example.org", (Holds(Role.TEAM_LEADER, cast.location),), MONDAY
    )
    async with cast.office.engine.begin() as connection:
        away = text(
            "INSERT INTO absence (id, person_id, cover_id, starts_on, ends_on, created_at)"
            " VALUES (gen_random_uuid(), :p, :c, '2026-12-01', '2026-12-31', :now)"
        )
        await connection.execute(away, {"p": cast.team_leader, "c": spare, "now": LATE})
    rung = (await rungs_of(cast, plans))[2]
    given = decided("reassigned", person_id=cast.team_leader)
    await answer(cast.office, signed_in(cast.manager), rung.id, given, LATE)
    step = await step_of(cast, plans)
    assert (step.assignee_id, step.assigned_for_id) == (spare, cast.team_leader)
    assert "link given" in await mails_to(cast, "sal")


async def test_what_is_answered_climbs_no_further_until_its_new_date(cast: Cast) -> None:
    action, plans = await late_plans(cast, 2)
    await answer(cast.office, signed_in(cast.manager), (await rungs_of(cast, plans))[2].id, decided(), LATE)
    plan = await advance_action(cast.office, action, LATE)
    assert plans not in {rung.step_id for rung in plan.rungs_due}
