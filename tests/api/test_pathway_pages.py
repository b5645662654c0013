"""Drafting a pathway on its pages: faults beside the text, two people at once, and publishing."""

import html
import re
from uuid import uuid4

import httpx
from sqlalchemy import text

from commands.pathway_yaml import read_pathway
from commands.pathways import publish
from domain.actors import OPERATOR
from tests.api.house import House, sign_in
from tests.cast import MONDAY

DRAFT = "/pathways/general/draft"


async def begin(client: httpx.AsyncClient) -> None:
    answer = await client.post("/pathways/general/drafts", data={"request_id": str(uuid4())})
    assert (answer.status_code, answer.headers["location"]) == (303, DRAFT)


async def form(client: httpx.AsyncClient) -> dict[str, str]:
    """The draft's form as a browser would send it back."""
    page = (await client.get(DRAFT)).text
    words = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    seen, request = (re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("seen", "request_id"))
    assert words
    assert seen
    assert request
    return {"text": html.unescape(words[1]), "seen": seen[1], "request_id": request[1]}


async def versions(house: House) -> list[int]:
    async with house.engine.connect() as connection:
        found = await connection.execute(text("SELECT version FROM pathway_version WHERE key = 'general' ORDER BY 1"))
        return [row.version for row in found]


async def saves(house: House) -> list[tuple[int | None, bool]]:
    async with house.engine.connect() as connection:
        found = await connection.execute(text("SELECT revision, text FROM pathway_draft_save ORDER BY saved_at, id"))
        return [(row.revision, "Mine" in row.text) for row in found]


async def test_a_draft_begins_as_the_next_version_and_is_published_as_it(bare: House) -> None:
    client = await sign_in(bare, "quality_lead")
    await begin(client)
    sent = await form(client)
    assert "version: 2" in sent["text"]
    sent["text"] = sent["text"].replace("categories_needed: 2", "categories_needed: 3")
    looked = await client.post(DRAFT, data=sent | {"do": "look"})
    assert "Evidence of at least 3 CQC categories." in looked.text
    assert len(await saves(bare)) == 1
    for _ in range(2):
        done = await client.post(DRAFT, data=sent | {"do": "publish"})
        assert (done.status_code, done.headers["location"]) == (303, "/pathways/general/2")
    assert await versions(bare) == [1, 2]
    changes = await client.get("/pathways/general/2/changes")
    assert "at least 3 CQC categories" in changes.text
    assert (await client.get(DRAFT)).status_code == 404


async def test_what_is_not_right_is_named_by_its_line_and_not_published(bare: House) -> None:
    client = await sign_in(bare, "quality_lead")
    await begin(client)
    sent = await form(client)
    sent["text"] = sent["text"].replace('threshold: "0.8"', "threshold: 80")
    line = next(n for n, words in enumerate(sent["text"].splitlines(), 1) if "threshold" in words)
    refused = await client.post(DRAFT, data=sent | {"do": "publish"})
    assert refused.status_code == 422
    assert f"Line {line}, checks › sample › threshold: Write a share between 0 and 1" in refused.text
    assert "threshold: 80" in refused.text
    assert await versions(bare) == [1]
    saved = await client.post(DRAFT, data=sent | {"do": "save"})
    assert saved.status_code == 303
    assert "Write a share between 0 and 1" in (await client.get(DRAFT)).text


async def test_two_people_at_one_draft_the_later_is_told_and_nothing_is_lost(bare: House) -> None:
    first, second = await sign_in(bare, "quality_lead"), await sign_in(bare, "manager")
    await begin(first)
    one, other = await form(first), await form(second)
    one["text"] = one["text"].replace("title: General improvement", "title: General, theirs")
    other["text"] = other["text"].replace("title: General improvement", "title: Mine")
    assert (await first.post(DRAFT, data=one | {"do": "save"})).status_code == 303
    for _ in range(2):
        told = await second.post(DRAFT, data=other | {"do": "save"})
        assert told.status_code == 409
        assert "Quill Imaginer saved this draft after you opened it" in told.text
        assert "title: Mine" in told.text
        assert "title: General, theirs" in told.text
    assert await saves(bare) == [(1, False), (2, False), (None, True)]
    again = other | {"seen": "2", "request_id": str(uuid4()), "do": "save"}
    assert (await second.post(DRAFT, data=again)).status_code == 303
    assert await saves(bare) == [(1, False), (2, False), (None, True), (3, True)]
    lost = await first.post(DRAFT, data=one | {"seen": "2", "request_id": str(uuid4()), "do": "publish"})
    assert lost.status_code == 409
    assert await versions(bare) == [1]


async def test_a_number_that_was_published_meanwhile_is_not_published_over(bare: House) -> None:
    client = await sign_in(bare, "quality_lead")
    await begin(client)
    sent = await form(client)
    await publish(bare.cast.office, OPERATOR, read_pathway(sent["text"]), MONDAY, "published at a keyboard")
    changed = sent | {"text": sent["text"].replace("size: 5", "size: 6"), "do": "publish"}
    refused = await client.post(DRAFT, data=changed)
    assert refused.status_code == 422
    assert "The next version is 3." in refused.text


async def test_a_pathway_of_ones_own_begins_from_the_general_one(bare: House) -> None:
    client = await sign_in(bare, "quality_lead")
    wrong = await client.post("/pathways", data={"key": "Falls!", "title": "F"})
    assert wrong.status_code == 422
    assert "Write a short name in small letters" in wrong.text
    taken = await client.post("/pathways", data={"key": "general", "title": "General"})
    assert "There is a pathway “general” already." in taken.text
    made = await client.post("/pathways", data={"key": "falls", "title": 'Falls: "the" plan # 1'})
    assert made.headers["location"] == "/pathways/falls/draft"
    page = await client.get("/pathways/falls/draft")
    assert "Publish as version 1" in page.text
    assert "Falls: &#34;the&#34; plan # 1" in page.text


async def test_a_manager_drafts_and_does_not_publish(bare: House) -> None:
    client = await sign_in(bare, "manager")
    await begin(client)
    sent = await form(client)
    assert "Publish as version" not in (await client.get(DRAFT)).text
    assert (await client.post(DRAFT, data=sent | {"do": "publish"})).status_code == 403
    gone = await client.post(DRAFT, data=sent | {"do": "discard"})
    assert gone.headers["location"] == "/pathways"
    assert (await client.post(DRAFT, data=sent | {"do": "discard"})).status_code == 303
    assert await versions(bare) == [1]


async def test_odd_forms_are_refused_in_words(bare: House) -> None:
    client = await sign_in(bare, "quality_lead")
    await begin(client)
    for seen in ("", "x", "99999999999", "-1"):
        answer = await client.post(DRAFT, data={"text": "key: general", "seen": seen, "do": "save"})
        assert answer.status_code == 409, seen
    assert (await client.post(DRAFT, data={"do": "look"})).status_code == 200
    assert (await client.post("/pathways/nothing/drafts", data={})).status_code == 404
    assert (await client.get("/pathways/general/9")).status_code == 404
    assert (await client.get("/pathways/general/1/changes")).status_code == 404
    assert (await client.get("/pathways/%00")).status_code == 404
