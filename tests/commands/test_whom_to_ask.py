"""Every mail about an action names whom to ask: the registered manager, and for her the quality lead."""

from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.accept import decline
from tests.cast import MONDAY, a_care_plan_action, by_link, engage, open_step


async def questions(engine: AsyncEngine, kind: str) -> list[Any]:
    query = text("SELECT context->>'questions' AS words FROM message WHERE kind = :kind ORDER BY created_at, id")
    async with engine.connect() as connection:
        return list((await connection.execute(query, {"kind": kind})).scalars())


async def test_the_owner_may_ask_the_manager_and_the_manager_the_quality_lead(engine: AsyncEngine) -> None:
    cast = await engage(engine)
    made = await a_care_plan_action(cast)
    assert await questions(engine, "assignment") == ["Mina Pretendall, registered manager, mina@example.org."]
    step_id = await open_step(cast, made.action_id, "accept")
    await decline(cast.office, await by_link(cast, step_id), step_id, uuid4(), "I am on nights", None, MONDAY)
    assert await questions(engine, "account step") == ["Quill Imaginer, quality lead, quill@example.org."]


async def test_nobody_is_sent_to_somebody_who_has_left(engine: AsyncEngine) -> None:
    cast = await engage(engine)
    async with engine.begin() as connection:
        left = text("UPDATE person SET left_at = :now WHERE id = :id")
        await connection.execute(left, {"now": MONDAY, "id": cast.manager})
    await a_care_plan_action(cast)
    assert await questions(engine, "assignment") == ["Quill Imaginer, quality lead, quill@example.org."]
