"""After closure: re-audits that pass, fail or are missed, and a theme that is found again."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.advance import advance_action
from commands.drawing import draw_sample
from commands.escalate import fire_rung
from commands.repeats import decide_on_repeat
from commands.sample import SampleAnswer, decide
from commands.submit import say_why
from db.samples import load_items, load_sample
from domain.errors import AlreadySettled, Invalid, NotAllowed
from domain.plans import Plan
from domain.saving import ItemResult
from domain.vocabulary import Status
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

DAY = timedelta(days=1)
CLOSED = MONDAY + DAY
FIRST, SECOND = CLOSED + 61 * DAY, CLOSED + 181 * DAY


async def through_evidence(cast: Cast, action_id: UUID, now: datetime) -> None:
    await send_evidence(cast, action_id, "care-plans", now)
    await send_evidence(cast, action_id, "briefing", now)
    await sample(cast, action_id, True, now)
    await approve_it(cast, action_id, now)


async def a_closed_action(cast: Cast) -> UUID:
    action_id = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action_id, MONDAY)
    await through_evidence(cast, action_id, CLOSED)
    return action_id


async def check_again(cast: Cast, action_id: UUID, passes: bool, now: datetime, who: UUID | None = None) -> None:
    step, actor = await open_step(cast, action_id, "re-audit"), signed_in(who or cast.quality_lead)
    await draw_sample(cast.office, actor, step, "daily records of the last month", 40, now)
    async with cast.office.engine.connect() as connection:
        drawn = await load_sample(connection, step)
        assert drawn is not None
        items = await load_items(connection, drawn.id)
    found = [ItemResult(i.position, "pass" if passes else "fail", "" if passes else "No weight") for i in items]
    reasons = "" if passes else "Weights are missing again since the team changed."
    await decide(cast.office, actor, step, uuid4(), SampleAnswer(found, reasons=reasons), now)


async def one(cast: Cast, statement: str, **values: Any) -> Any:
    async with cast.office.engine.connect() as connection:
        return (await connection.execute(text(statement), values)).one()


async def action_row(cast: Cast, action_id: UUID) -> Any:
    return await one(cast, "SELECT * FROM action WHERE id = :id", id=action_id)


async def re_audits(cast: Cast, action_id: UUID) -> list[tuple[int, int, str]]:
    async with cast.office.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT cycle, number, status FROM re_audit WHERE action_id = :id ORDER BY cycle, number"),
            {"id": action_id},
        )
        return [(row.cycle, row.number, row.status) for row in found]


async def climb(cast: Cast, action_id: UUID, now: datetime) -> Plan:
    """What the flow does at a wake."""
    plan = await advance_action(cast.office, action_id, now)
    while plan.rungs_due:
        rung = plan.rungs_due[0]
        plan = await fire_rung(cast.office, action_id, rung.step_id, rung.rung, now)
    return plan


async def test_two_passes_make_a_closed_action_sustained(cast: Cast) -> None:
    action_id = await a_closed_action(cast)
    assert (await climb(cast, action_id, FIRST - 3 * DAY)).until is not None
    plan = await climb(cast, action_id, FIRST)
    assert (plan.re_audit, plan.status) == (1, Status.CLOSED_MONITORING)
    await check_again(cast, action_id, True, FIRST)
    assert (await action_row(cast, action_id)).status == Status.CLOSED_MONITORING
    await climb(cast, action_id, SECOND)
    await check_again(cast, action_id, True, SECOND)
    assert (await action_row(cast, action_id)).status == Status.SUSTAINED
    assert await re_audits(cast, action_id) == [(1, 1, "passed"), (1, 2, "passed")]


async def test_each_re_audit_is_a_fresh_sample_by_somebody_who_is_not_the_owner(cast: Cast) -> None:
    action_id = await a_closed_action(cast)
    await climb(cast, action_id, FIRST)
    step = await open_step(cast, action_id, "re-audit")
    asked = await one(cast, "SELECT assignee_id, due_at FROM step WHERE id = :id", id=step)
    assert asked.assignee_id == cast.quality_lead
    with pytest.raises(NotAllowed):
        await draw_sample(cast.office, signed_in(cast.owner), step, "daily records of the last month", 40, FIRST)
    await check_again(cast, action_id, True, FIRST)
    seeds = await one(cast, "SELECT count(DISTINCT seed) AS n FROM sample_audit WHERE action_id = :id", id=action_id)
    assert seeds.n == 2


async def test_a_failed_re_audit_opens_the_next_cycle_which_asks_why_first(cast: Cast) -> None:
    action_id = await a_closed_action(cast)
    original = (await action_row(cast, action_id)).original_due_at
    await climb(cast, action_id, FIRST)
    await check_again(cast, action_id, False, FIRST)

    row = await action_row(cast, action_id)
    assert (row.status, row.cycle, row.original_due_at) == (Status.IN_PROGRESS, 2, original)
    assert row.due_at > FIRST
    cycle = await one(cast, "SELECT * FROM cycle WHERE action_id = :id AND number = 2", id=action_id)
    assert (cycle.reopened, cycle.opened_because) == (
        "re-audit failed",
        "Weights are missing again since the team changed.",
    )
    assert await re_audits(cast, action_id) == [(1, 1, "failed"), (1, 2, "void")]
    asked = await one(cast, "SELECT key FROM step WHERE action_id = :id AND status = 'open'", id=action_id)
    assert asked.key == "why-reopened"
    told = await one(
        cast,
        "SELECT count(DISTINCT person_id) AS n FROM message WHERE action_id = :id AND kind = 'reopened'",
        id=action_id,
    )
    assert told.n == 5


async def test_a_reopened_action_is_evidenced_anew_closed_and_sustained(cast: Cast) -> None:
    action_id = await a_closed_action(cast)
    await climb(cast, action_id, FIRST)
    await check_again(cast, action_id, False, FIRST)
    step = await open_step(cast, action_id, "why-reopened")
    why = "New staff were never shown where weights are written."
    await say_why(cast.office, await by_link(cast, step), step, uuid4(), why, FIRST + DAY)
    await through_evidence(cast, action_id, FIRST + 2 * DAY)
    assert (await action_row(cast, action_id)).status == Status.CLOSED_MONITORING
    again = FIRST + 2 * DAY
    for days in (61, 181):
        await climb(cast, action_id, again + days * DAY)
        await check_again(cast, action_id, True, again + days * DAY)
    row = await action_row(cast, action_id)
    assert (row.status, row.cycle) == (Status.SUSTAINED, 2)
    closures = await one(cast, "SELECT count(*) AS n FROM closure WHERE action_id = :id", id=action_id)
    assert closures.n == 2


async def test_a_re_audit_nobody_does_climbs_its_ladder_and_then_reopens_the_action(cast: Cast) -> None:
    action_id = await a_closed_action(cast)
    await climb(cast, action_id, FIRST)
    now, rungs = FIRST, 0
    while (row := await action_row(cast, action_id)).cycle == 1:
        assert row.status == Status.CLOSED_MONITORING
        now += DAY
        assert now < FIRST + 120 * DAY
        await climb(cast, action_id, now)
    rungs = (
        await one(
            cast,
            "SELECT count(*) AS n FROM escalation e JOIN step s ON s.id = e.step_id"
            " WHERE s.action_id = :id AND s.key = 're-audit'",
            id=action_id,
        )
    ).n
    assert (rungs, row.status) == (4, Status.IN_PROGRESS)
    assert await re_audits(cast, action_id) == [(1, 1, "missed"), (1, 2, "void")]
    late = await one(cast, "SELECT status FROM step WHERE action_id = :id AND key = 're-audit'", id=action_id)
    assert late.status == "void"


async def test_advancing_twice_asks_for_one_re_audit_and_reopens_once(cast: Cast) -> None:
    action_id = await a_closed_action(cast)
    for _ in range(2):
        await climb(cast, action_id, FIRST)
    for _ in range(2):
        await climb(cast, action_id, FIRST + 90 * DAY)
    for _ in range(2):
        await climb(cast, action_id, FIRST + 120 * DAY)
    row = await action_row(cast, action_id)
    steps = await one(cast, "SELECT count(*) AS n FROM step WHERE action_id = :id AND key = 're-audit'", id=action_id)
    assert (row.cycle, steps.n) == (2, 1)


async def the_repeat(cast: Cast) -> Any:
    return await one(cast, "SELECT * FROM repeat_finding")


async def test_the_same_theme_within_twelve_months_reopens_after_a_person_confirms(cast: Cast) -> None:
    closed = await a_closed_action(cast)
    later = CLOSED + 200 * DAY
    found = await a_care_plan_action(cast, later, theme=" Nutrition ", due_at=later + 14 * DAY)
    repeat = await the_repeat(cast)
    assert (repeat.closed_action_id, repeat.found_action_id, repeat.asked_id) == (closed, found.action_id, cast.manager)
    assert (await action_row(cast, closed)).cycle == 1
    manager = signed_in(cast.manager)
    with pytest.raises(Invalid):
        await decide_on_repeat(cast.office, manager, repeat.id, True, "", later)
    with pytest.raises(NotAllowed):
        await decide_on_repeat(cast.office, signed_in(cast.owner), repeat.id, True, "It came back.", later)
    await decide_on_repeat(cast.office, manager, repeat.id, True, "The same records lack weights.", later)
    row = await action_row(cast, closed)
    assert (row.cycle, row.status) == (2, Status.IN_PROGRESS)
    with pytest.raises(AlreadySettled):
        await decide_on_repeat(cast.office, manager, repeat.id, True, "The same records lack weights.", later)


async def test_another_matter_reopens_nothing_and_is_on_the_record(cast: Cast) -> None:
    closed = await a_closed_action(cast)
    await a_care_plan_action(cast, CLOSED + 30 * DAY, due_at=CLOSED + 60 * DAY)
    repeat = await the_repeat(cast)
    await decide_on_repeat(cast.office, signed_in(cast.manager), repeat.id, False, "Another unit, other cause.", CLOSED)
    assert (await action_row(cast, closed)).cycle == 1
    entry = await one(cast, "SELECT * FROM trail_entry WHERE what = 'repeat decided' AND action_id = :id", id=closed)
    assert entry.words["reopens"] is False


@pytest.mark.parametrize(
    "changes",
    [{"theme": "falls"}, {"due_at": CLOSED + 500 * DAY, "now": CLOSED + 400 * DAY}],
    ids=["another theme", "after more than twelve months"],
)
async def test_what_is_no_repeat_asks_nobody(cast: Cast, changes: dict[str, Any]) -> None:
    await a_closed_action(cast)
    now = changes.pop("now", CLOSED + 30 * DAY)
    await a_care_plan_action(cast, now, **({"due_at": now + 30 * DAY} | changes))
    assert (await one(cast, "SELECT count(*) AS n FROM repeat_finding")).n == 0
