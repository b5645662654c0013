"""Two people at the same moment: one draft, one version, one move."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from commands.pathway_drafts import ChangedMeanwhile, publish_draft, save_draft, start_draft
from commands.pathway_yaml import read_pathway
from commands.pathways import SHIPPED
from db.pathway_drafts import current, load_saves
from domain.pathways import Pathway
from tests.cast import MONDAY, Cast, signed_in

GENERAL = (SHIPPED / "general.yaml").read_text(encoding="utf-8").replace("version: 1", "version: 2", 1)


async def number(cast: Cast, query: str) -> int:
    async with cast.office.engine.connect() as connection:
        return (await connection.execute(text(query))).scalar_one()


async def test_a_draft_is_begun_once(cast: Cast) -> None:
    people = [signed_in(person) for person in (cast.quality_lead, cast.nominated, cast.manager)]
    await asyncio.gather(*(start_draft(cast.office, who, "general", uuid4(), MONDAY) for who in people))
    assert await number(cast, "SELECT count(*) FROM pathway_draft") == 1
    assert await number(cast, "SELECT count(*) FROM pathway_draft_save") == 1


async def test_of_many_saves_at_once_one_is_the_draft_and_all_are_kept(cast: Cast) -> None:
    await start_draft(cast.office, signed_in(cast.quality_lead), "general", uuid4(), MONDAY)
    texts = [GENERAL.replace("General improvement", f"General {n}") for n in range(6)]
    who = signed_in(cast.quality_lead)
    saved = await asyncio.gather(*(save_draft(cast.office, who, "general", t, 1, uuid4(), MONDAY) for t in texts))
    assert sorted(one.revision or 0 for one in saved) == [0, 0, 0, 0, 0, 2]
    async with cast.office.engine.connect() as connection:
        saves = await load_saves(connection, "general")
    assert {save.text for save in saves} >= set(texts)
    draft = current(saves)
    assert draft is not None
    assert draft.revision == 2


async def test_of_two_publishings_at_once_one_counts(cast: Cast) -> None:
    await start_draft(cast.office, signed_in(cast.quality_lead), "general", uuid4(), MONDAY)
    texts = [GENERAL.replace("General improvement", f"General {n}") for n in range(2)]
    who = signed_in(cast.quality_lead)
    ended = await asyncio.gather(
        *(publish_draft(cast.office, who, "general", t, 1, uuid4(), MONDAY) for t in texts), return_exceptions=True
    )
    assert [type(one) for one in ended].count(Pathway) == 1
    assert await number(cast, "SELECT max(version) FROM pathway_version WHERE key = 'general'") == 2


async def test_what_somebody_saved_meanwhile_is_not_published_over(cast: Cast) -> None:
    who, other = signed_in(cast.quality_lead), signed_in(cast.manager)
    await start_draft(cast.office, who, "general", uuid4(), MONDAY)
    await save_draft(cast.office, other, "general", GENERAL + "# mine\n", 1, uuid4(), MONDAY)
    with pytest.raises(ChangedMeanwhile):
        await publish_draft(cast.office, who, "general", GENERAL, 1, uuid4(), MONDAY)
    assert await number(cast, "SELECT count(*) FROM pathway_version WHERE key = 'general'") == 1


async def test_comments_of_a_published_text_are_there_in_the_next_draft(cast: Cast) -> None:
    who = signed_in(cast.quality_lead)
    await start_draft(cast.office, who, "general", uuid4(), MONDAY)
    await publish_draft(cast.office, who, "general", GENERAL + "# why five: the home is small\n", 1, uuid4(), MONDAY)
    await start_draft(cast.office, who, "general", uuid4(), MONDAY)
    async with cast.office.engine.connect() as connection:
        draft = current(await load_saves(connection, "general"))
    assert draft is not None
    assert draft.text.endswith("# why five: the home is small\n")
    assert read_pathway(draft.text).version == 3
