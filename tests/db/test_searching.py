"""Words are found wherever they stand in an action, as they are now, by somebody who may see it."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db import searching
from db.migrate import indexes_words, migrate
from db.scope import Viewer
from db.searching import few_with
from db.tracker import tracker
from domain.vocabulary import Role
from tests.cast import Cast, a_care_plan_action

ALL = ((Role.QUALITY_LEAD, None),)
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


async def found(cast: Cast, words: str, roles: tuple[tuple[str, UUID | None], ...] = ALL, **more: str) -> list[str]:
    """The titles on the first page, and that the number said is theirs."""
    async with cast.office.engine.connect() as connection:
        viewer = Viewer(cast.quality_lead if roles == ALL else UUID(int=1), roles)
        rows, total = await tracker(connection, viewer, NOW, {"q": words, **more}, (NOW, NOW), 1)
    assert total == len(rows)
    return [row.title for row in rows]


@pytest.fixture
async def two(cast: Cast) -> Cast:
    """Two actions of one home."""
    await a_care_plan_action(cast, title="Hydration charts at 100% of meals", theme="fluids", external_ref="INC-77")
    await a_care_plan_action(cast, title="Call bells answered", summary="Bells rang for ten minutes", theme="dignity")
    return cast


@pytest.fixture(params=["few", "many"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """As a word that few actions have, and as one that many have."""
    if request.param == "many":
        monkeypatch.setattr(searching, "MOST_FOUND", 0)
    return request.param


@pytest.mark.parametrize("words", ["hydration CHARTS", "FT-2026-0001", "inc-77", "Fluids", "100%", "0%", "dr"])
async def test_a_word_is_found_in_the_reference_the_title_and_the_finding(
    two: Cast, either_way: str, words: str
) -> None:
    assert await found(two, words) == ["Hydration charts at 100% of meals"]
    assert await found(two, words, ((Role.REGISTERED_MANAGER, two.location),)) == ["Hydration charts at 100% of meals"]
    elsewhere = Viewer(two.outsider, ((Role.REGISTERED_MANAGER, UUID(int=2)),))
    async with two.office.engine.connect() as connection:
        assert await tracker(connection, elsewhere, NOW, {"q": words}, (NOW, NOW), 1) == ([], 0)


async def test_other_filters_narrow_what_was_found(two: Cast, either_way: str) -> None:
    assert len(await found(two, "FT-2026")) == 2
    assert await found(two, "FT-2026", status="sustained") == []
    assert await found(two, "bells", open="yes") == ["Call bells answered"]


@pytest.mark.parametrize("words", ["1%0", "call_bells", "meals fluids", "nothing of the kind", "answered bells"])
async def test_signs_stand_for_themselves_and_nothing_is_found_across_two_texts(
    two: Cast, either_way: str, words: str
) -> None:
    assert await found(two, words) == []


async def test_what_is_changed_is_found_by_its_new_words(two: Cast, engine: AsyncEngine) -> None:
    respect = "UPDATE finding SET theme = 'Respect', theme_key = 'respect' WHERE theme = 'dignity'"
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE action SET title = 'Buzzers' WHERE title LIKE 'Call%'"))
        await connection.execute(text(respect))
        assert await few_with(connection, "call bells") == []
        assert await few_with(connection, "respect") == await few_with(connection, "buzzers") != []
        assert await few_with(connection, "dignity") == []


async def test_a_database_that_learns_to_compare_words_later_is_indexed_by_migrating(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("DROP EXTENSION pg_trgm CASCADE"))
        await connection.execute(text("CREATE EXTENSION pg_trgm"))
        assert not await indexes_words(connection)
    for _ in range(2):
        await migrate(engine)
        async with engine.connect() as connection:
            assert await indexes_words(connection)


async def test_without_trigrams_the_same_is_found(two: Cast, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("DROP EXTENSION pg_trgm CASCADE"))
    assert await found(two, "hydration") == ["Hydration charts at 100% of meals"]
