"""What the database refuses of pathway versions: an action keeps its own, unless somebody moves it and says why."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from commands.pathway_yaml import read_pathway
from commands.pathways import SHIPPED, publish
from db.session import transaction
from db.trail import Entry
from domain.actors import OPERATOR
from tests.cast import MONDAY, Cast, a_care_plan_action

_PIN = text("UPDATE action SET pathway_version_id = :version WHERE id = :id")


async def second_of(cast: Cast, key: str) -> UUID:
    source = (SHIPPED / f"{key}.yaml").read_text(encoding="utf-8").replace("version: 1", "version: 2", 1)
    return await publish(cast.office, OPERATOR, read_pathway(source), MONDAY, source, next_only=True)


async def pin(cast: Cast, action: UUID, version: UUID, reason: str | None) -> None:
    async with transaction(cast.office.engine, OPERATOR, MONDAY) as tx:
        await tx.connection.execute(_PIN, {"version": version, "id": action})
        if reason is not None:
            tx.record(Entry("moved to another pathway version", "action", action, action, words={"reason": reason}))


async def test_only_a_move_with_its_reason_on_the_trail_takes_an_action_to_a_newer_version(cast: Cast) -> None:
    action, newer = (await a_care_plan_action(cast)).action_id, await second_of(cast, "care-plan-audit")
    for reason in (None, ""):
        with pytest.raises(DBAPIError, match="until somebody moves it and says why"):
            await pin(cast, action, newer, reason)
    await pin(cast, action, newer, "The briefing is held by somebody else now.")


async def test_no_reason_takes_an_action_to_another_pathway_or_back(cast: Cast) -> None:
    action, other = (await a_care_plan_action(cast)).action_id, await second_of(cast, "general")
    with pytest.raises(DBAPIError, match="newer version of its own pathway"):
        await pin(cast, action, other, "It seemed the better pathway.")
    async with cast.office.engine.connect() as connection:
        first = text("SELECT pathway_version_id FROM action WHERE id = :id")
        was = (await connection.execute(first, {"id": action})).scalar_one()
    await pin(cast, action, await second_of(cast, "care-plan-audit"), "The briefing has moved.")
    with pytest.raises(DBAPIError, match="newer version of its own pathway"):
        await pin(cast, action, was, "Back to what it was.")


async def test_a_draft_may_still_take_another_pathway(cast: Cast) -> None:
    made = await a_care_plan_action(cast, risk=None)
    await pin(cast, made.action_id, await second_of(cast, "general"), None)
    async with cast.office.engine.connect() as connection:
        key = text("SELECT v.key FROM action a JOIN pathway_version v ON v.id = a.pathway_version_id WHERE a.id = :id")
        assert (await connection.execute(key, {"id": made.action_id})).scalar_one() == "general"
