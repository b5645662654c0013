"""What the database refuses of answers that leave facts out: words that are NULL are no words either."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.cast import MONDAY, Cast, a_care_plan_action, open_step

_RUNG = text("""
INSERT INTO escalation (id, action_id, step_id, rung, role, must_answer, told, due_when_fired, expected_at, fired_at)
SELECT gen_random_uuid(), action_id, id, 2, 'registered manager', true, '[]', due_at, due_at, due_at FROM step
WHERE id = :step
""")
_EXTENSION = text("""
INSERT INTO extension (id, action_id, step_id, request_id, asked_by, asked_at, reason, wanted_due_at)
SELECT gen_random_uuid(), action_id, id, gen_random_uuid(), :asker, :now, 'Staff are ill', :until FROM step
WHERE id = :step
""")
_REVIEW_RUNG = text("""
INSERT INTO review_rung (id, review_id, rung, role, must_answer, told, expected_at, fired_at)
SELECT gen_random_uuid(), id, 2, 'registered manager', true, '[]', due_at, due_at FROM review
""")
_REVIEW = text("""
INSERT INTO review (id, location_id, week, status, opens_at, due_at)
VALUES (gen_random_uuid(), :location, '2026-11-02', 'planned', :now, :until)
""")


async def change(cast: Cast, statement: str, **bound: object) -> None:
    async with cast.office.engine.begin() as connection:
        await connection.execute(text(statement), bound)


async def a_step(cast: Cast) -> UUID:
    return await open_step(cast, (await a_care_plan_action(cast)).action_id, "accept")


@pytest.mark.parametrize("left_out", ["risk_now", "interim_control"])
@pytest.mark.parametrize("words", ["NULL", "''"])
async def test_an_escalation_is_not_answered_without_risk_and_control(cast: Cast, left_out: str, words: str) -> None:
    async with cast.office.engine.begin() as connection:
        await connection.execute(_RUNG, {"step": await a_step(cast)})
    facts = {"risk_now": "'Two lose weight'", "interim_control": "'Charts twice a day'"}
    answered = (
        "UPDATE escalation SET answer_kind = 'revised date', answered_at = now(), revised_due_at = now(),"
        " risk_now = {risk_now}, interim_control = {interim_control}"
    )
    with pytest.raises(IntegrityError, match="answer_has_risk_and_control"):
        await change(cast, answered.format(**(facts | {left_out: words})))
    await change(cast, answered.format(**facts))


@pytest.mark.parametrize("words", ["NULL", "''"])
async def test_support_that_is_given_is_named(cast: Cast, words: str) -> None:
    async with cast.office.engine.begin() as connection:
        await connection.execute(_RUNG, {"step": await a_step(cast)})
    answered = (
        "UPDATE escalation SET answer_kind = 'support given', answered_at = now(), risk_now = 'Two lose weight',"
        " interim_control = 'Charts twice a day', support = "
    )
    with pytest.raises(IntegrityError, match="answer_has_its_facts"):
        await change(cast, answered + words)
    await change(cast, answered + "'Dara helps on Thursday'")


@pytest.mark.parametrize("left_out", ["risk_now", "interim_control", "revised_due_at"])
async def test_more_time_is_not_granted_without_its_three_facts(cast: Cast, left_out: str) -> None:
    until = MONDAY + timedelta(days=30)
    async with cast.office.engine.begin() as connection:
        bound = {"step": await a_step(cast), "asker": cast.owner, "now": MONDAY, "until": until}
        await connection.execute(_EXTENSION, bound)
    facts = {"risk_now": "'Two lose weight'", "interim_control": "'Charts twice a day'", "revised_due_at": "now()"}
    granted = "UPDATE extension SET granted = true, decided_at = now(), decided_by = :by, "
    less = facts | {left_out: "NULL"}
    with pytest.raises(IntegrityError, match="granted_has_three_facts"):
        await change(cast, granted + ", ".join(f"{k} = {v}" for k, v in less.items()), by=cast.manager)
    await change(cast, granted + ", ".join(f"{k} = {v}" for k, v in facts.items()), by=cast.manager)


async def test_a_review_is_not_answered_for_without_words(cast: Cast) -> None:
    until = MONDAY + timedelta(days=2)
    async with cast.office.engine.begin() as connection:
        await connection.execute(_REVIEW, {"location": cast.location, "now": MONDAY, "until": until})
        await connection.execute(_REVIEW_RUNG)
    answered = "UPDATE review_rung SET answered_at = now(), answered_by = :by"
    with pytest.raises(IntegrityError, match="answered_says_what"):
        await change(cast, answered, by=cast.manager)
    await change(cast, f"{answered}, answer = 'Dara does it today'", by=cast.manager)
