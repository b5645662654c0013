"""What an answer makes of the journal is reckoned, not read again: it must be what reading would find."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from commands.accept import accept
from commands.escalate import fire_rung
from commands.submit import submit
from db.journal import load_journal
from domain.journal import Journal
from domain.vocabulary import Outcome
from tests.cast import MONDAY, Cast, a_care_plan_action, by_link, evidence_answer, open_step, sample, send_evidence

LATE = MONDAY + timedelta(days=25)


async def stored(cast: Cast, action_id: UUID) -> Journal:
    async with cast.office.engine.connect() as connection:
        return await load_journal(connection, action_id, cast.office.calendar)


def alike(reckoned: Journal, read: Journal) -> bool:
    """Whether both say the same, but for what the action opened, and became, by moving on."""
    known = {step.id for step in reckoned.steps}
    before_moving = replace(read, status=reckoned.status, steps=tuple(s for s in read.steps if s.id in known))
    unordered = [replace(j, evidence=(), hands=()) for j in (reckoned, before_moving)]
    return (
        unordered[0] == unordered[1]
        and (len(reckoned.evidence), len(reckoned.hands)) == (len(read.evidence), len(read.hands))
        and set(reckoned.evidence) == set(read.evidence)
        and set(reckoned.hands) == set(read.hands)
    )


async def test_a_yes(cast: Cast) -> None:
    action_id = (await a_care_plan_action(cast)).action_id
    step_id, before = await open_step(cast, action_id, "accept"), await stored(cast, action_id)
    await accept(cast.office, await by_link(cast, step_id), step_id, uuid4(), MONDAY)
    after = await stored(cast, action_id)
    assert alike(before.answered(step_id, Outcome.ACCEPTED, cast.owner, MONDAY), after)
    assert not alike(before.answered(step_id, Outcome.DECLINED, cast.owner, MONDAY), after)


async def test_late_evidence_that_ends_an_escalation_in_a_second_round(cast: Cast) -> None:
    action_id = (await a_care_plan_action(cast)).action_id
    step_id = await open_step(cast, action_id, "accept")
    await accept(cast.office, await by_link(cast, step_id), step_id, uuid4(), MONDAY)
    for key in ("care-plans", "briefing"):
        await send_evidence(cast, action_id, key, MONDAY)
    await sample(cast, action_id, False, MONDAY)
    step_id = await open_step(cast, action_id, "care-plans")
    for rung in (1, 2):
        await fire_rung(cast.office, action_id, step_id, rung, LATE)
    before, link = await stored(cast, action_id), await by_link(cast, step_id)
    assert any(escalation.is_unanswered for escalation in before.escalations)
    await submit(cast.office, link, step_id, uuid4(), evidence_answer("outcomes"), LATE)
    after = await stored(cast, action_id)
    assert alike(before.answered(step_id, Outcome.SUBMITTED, cast.owner, LATE, "outcomes"), after)
    assert not alike(before.answered(step_id, Outcome.SUBMITTED, cast.owner, LATE, "processes"), after)
    assert not any(escalation.is_unanswered for escalation in after.escalations)
