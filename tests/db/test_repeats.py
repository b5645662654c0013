"""What has been here before: open actions in similar words, and themes closed within the year."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from commands.accept import accept
from db.migrate import migrate
from db.people import roles_of
from db.repeats import has_trigrams, known_themes, repeat_candidates, similar_open
from db.scope import Viewer
from tests.cast import MONDAY, Cast, a_care_plan_action, approve_it, by_link, open_step, sample, send_evidence

YEAR = timedelta(days=365)


async def viewer(cast: Cast, person: str) -> Viewer:
    async with cast.office.engine.connect() as connection:
        held = await roles_of(connection, getattr(cast, person), MONDAY.date())
    return Viewer(getattr(cast, person), tuple(held))


async def close_one(cast: Cast, **changes: Any) -> str:
    made = await a_care_plan_action(cast, **changes)
    step_id = await open_step(cast, made.action_id, "accept")
    await accept(cast.office, await by_link(cast, step_id), step_id, uuid4(), MONDAY)
    for key in ("care-plans", "briefing"):
        await send_evidence(cast, made.action_id, key, MONDAY)
    await sample(cast, made.action_id, True, MONDAY)
    await approve_it(cast, made.action_id, MONDAY)
    return made.ref


async def similar(cast: Cast, person: str, title: str, change: str = "", summary: str = "") -> list[str]:
    async with cast.office.engine.connect() as connection:
        found = await similar_open(connection, await viewer(cast, person), cast.location, title, change, summary)
    return [action.ref for action in found]


@pytest.mark.parametrize(
    ("title", "change", "summary"),
    [
        ("Weekly weights for everybody at risk of malnutrition", "", ""),
        ("Weights", "Everyone at risk is weighed weekly and the weight is put in the care plan.", ""),
        ("", "", "7 of the 12 people at risk had no weight recorded in the last month."),
    ],
)
async def test_an_open_action_in_similar_words_is_found(cast: Cast, title: str, change: str, summary: str) -> None:
    made = await a_care_plan_action(cast)
    assert await similar(cast, "quality_lead", title, change, summary) == [made.ref]


@pytest.mark.parametrize(
    ("title", "change", "summary"),
    [
        ("Fire doors", "Every fire door on the first floor closes by itself.", "Two doors were wedged open."),
        ("Weekly handover sheet for agency staff", "Agency staff sign the handover sheet.", "Four of six had not."),
        ("", "", ""),
    ],
)
async def test_other_words_are_not(cast: Cast, title: str, change: str, summary: str) -> None:
    await a_care_plan_action(cast)
    assert await similar(cast, "quality_lead", title, change, summary) == []


async def test_nobody_is_told_of_actions_they_may_not_see(cast: Cast, engine: AsyncEngine) -> None:
    await close_one(cast)
    made = await a_care_plan_action(cast)
    words = ("Weekly weights for everyone at risk of malnutrition",)
    assert await similar(cast, "manager", *words) == [made.ref]
    assert await similar(cast, "outsider", *words) == []
    async with engine.connect() as connection:
        outsider = await viewer(cast, "outsider")
        assert await repeat_candidates(connection, cast.location, "nutrition", MONDAY - YEAR, outsider) == []
        assert await known_themes(connection, outsider) == []


async def test_a_draft_is_not_similar_to_itself(cast: Cast, engine: AsyncEngine) -> None:
    made = await a_care_plan_action(cast, risk=None)
    async with engine.connect() as connection:
        lead = await viewer(cast, "quality_lead")
        title = "Weekly weights for everyone at risk of malnutrition"
        assert await similar_open(connection, lead, cast.location, title, "", "", made.action_id) == []


async def test_a_theme_closed_within_the_year_is_found_however_it_is_spelt(cast: Cast, engine: AsyncEngine) -> None:
    closed = await close_one(cast, theme="Food & drink")
    await close_one(cast, theme="falls")
    await a_care_plan_action(cast, theme="food and drink")
    async with engine.connect() as connection:
        found = await repeat_candidates(connection, cast.location, " FOOD and drink ", MONDAY - YEAR)
        assert [(one.ref, one.cycle, one.closed_at) for one in found] == [(closed, 1, MONDAY)]
        assert await repeat_candidates(connection, cast.location, "food and drink", MONDAY + timedelta(1)) == []
        assert await repeat_candidates(connection, cast.outsider, "food and drink", MONDAY - YEAR) == []
        assert await known_themes(connection, await viewer(cast, "manager")) == ["falls", "Food & drink"]


async def test_without_trigrams_there_is_no_hint_and_no_fault(cast: Cast, engine: AsyncEngine) -> None:
    await a_care_plan_action(cast)
    async with engine.begin() as connection:
        await connection.execute(text("DROP EXTENSION pg_trgm CASCADE"))
        assert not await has_trigrams(connection)
    assert await similar(cast, "quality_lead", "Weekly weights for everyone at risk of malnutrition") == []


@pytest.fixture
async def poor(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """An empty database as somebody who may make tables in it, and no extension."""
    async with engine.begin() as connection:
        for statement in (
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
            "DO $$ BEGIN CREATE ROLE poor; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            "GRANT ALL ON SCHEMA public TO poor",
        ):
            await connection.execute(text(statement))
    made = create_async_engine(engine.url, connect_args={"server_settings": {"role": "poor", "timezone": "UTC"}})
    yield made
    await made.dispose()


async def test_a_server_that_gives_no_extension_is_migrated_all_the_same(poor: AsyncEngine) -> None:
    await migrate(poor)
    async with poor.connect() as connection:
        assert not await has_trigrams(connection)
        assert (await connection.execute(text("SELECT count(*) FROM framework_reference"))).scalar_one() == 0
