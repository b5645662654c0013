"""Versions of pathways come one after the other, and what is published stays as it is."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from commands.pathway_yaml import read_pathway
from commands.pathways import SHIPPED, NotTheNext, VersionTaken, publish, publish_shipped
from db.pathways import load_version, load_versions
from domain.actors import OPERATOR
from domain.errors import NotAllowed
from domain.pathways import Pathway
from tests.cast import MONDAY, Cast, a_care_plan_action, signed_in

GENERAL = (SHIPPED / "general.yaml").read_text(encoding="utf-8")


def general(version: int, **changes: str) -> Pathway:
    source = GENERAL.replace("version: 1", f"version: {version}")
    for old, new in changes.items():
        source = source.replace(old, new)
    return read_pathway(source)


async def numbers(cast: Cast) -> list[int]:
    async with cast.office.engine.connect() as connection:
        return [version.version for version in await load_versions(connection, "general")]


async def test_the_next_version_is_published_and_open_actions_keep_theirs(cast: Cast) -> None:
    action = await a_care_plan_action(cast, pathway="general")
    first = await publish(cast.office, OPERATOR, general(2), MONDAY, "# ours\n", next_only=True)
    again = await publish(cast.office, OPERATOR, general(2), MONDAY, "# ours\n", next_only=True)
    assert first == again
    async with cast.office.engine.connect() as connection:
        versions = await load_versions(connection, "general")
        newest = await load_version(connection, "general")
        pinned = await connection.execute(
            text(
                "SELECT version FROM pathway_version WHERE id = (SELECT pathway_version_id FROM action WHERE id = :a)"
            ),
            {"a": action.action_id},
        )
        said = await connection.execute(text("SELECT count(*) FROM trail_entry WHERE what = 'pathway published'"))
    assert [(version.version, version.open_actions) for version in versions] == [(2, 0), (1, 1)]
    assert pinned.scalar_one() == 1
    assert newest is not None
    assert (newest.source, newest.pathway.version) == ("# ours\n", 2)
    assert said.scalar_one() == 5


@pytest.mark.parametrize("version", [3, 9])
async def test_no_number_is_left_out(cast: Cast, version: int) -> None:
    with pytest.raises(NotTheNext, match="is 2, not"):
        await publish(cast.office, OPERATOR, general(version), MONDAY, next_only=True)
    assert await numbers(cast) == [1]


async def test_a_number_is_used_for_one_content_alone(cast: Cast) -> None:
    with pytest.raises(VersionTaken):
        await publish(cast.office, OPERATOR, general(1, General="Particular"), MONDAY, next_only=True)


async def test_a_number_that_the_provider_used_stays_theirs_when_the_product_ships_it_too(cast: Cast) -> None:
    mine = general(2, General="Particular")
    await publish(cast.office, OPERATOR, mine, MONDAY, next_only=True)
    await publish_shipped(cast.office, MONDAY)
    async with cast.office.engine.connect() as connection:
        newest = await load_version(connection, "general")
    assert newest is not None
    assert newest.pathway == mine


PUBLISHERS = [("quality_lead", True), ("nominated", True), ("manager", False), ("deputy", False), ("outsider", False)]


@pytest.mark.parametrize(("who", "may"), PUBLISHERS, ids=[row[0] for row in PUBLISHERS])
async def test_who_answers_for_all_locations_publishes(cast: Cast, who: str, may: bool) -> None:
    person: UUID = getattr(cast, who)
    if may:
        await publish(cast.office, signed_in(person), general(2), MONDAY, next_only=True)
    else:
        with pytest.raises(NotAllowed):
            await publish(cast.office, signed_in(person), general(2), MONDAY, next_only=True)
    assert await numbers(cast) == ([2, 1] if may else [1])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pathway_version SET definition = '{}' WHERE key = 'general'",
        "UPDATE pathway_version SET source = '' WHERE key = 'general'",
        "UPDATE pathway_version SET published_at = NULL WHERE key = 'general'",
        "DELETE FROM pathway_version WHERE key = 'general'",
    ],
)
async def test_a_published_version_never_changes(cast: Cast, statement: str) -> None:
    async with cast.office.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="cannot be changed or deleted"):
            await connection.execute(text(statement))
