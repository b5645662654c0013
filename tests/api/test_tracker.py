"""The tracker shows what you may see, and its filters narrow it."""

import re

import httpx
import pytest
from sqlalchemy import text

from api.pages import tracker
from commands.office import utc_now
from db.people import roles_of
from db.scope import MAY_SEE, Viewer, reach_of
from tests.api.house import House

Browsers = dict[str, httpx.AsyncClient]


async def refs_in(client: httpx.AsyncClient, query: str) -> set[str]:
    answer = await client.get(f"/tracker{query}")
    assert answer.status_code == 200
    return set(re.findall(r'href="/actions/([^"#]+)"', answer.text))


async def test_folded_filters_say_how_many_of_them_narrow_the_list(browsers: Browsers) -> None:
    said = [(await browsers["manager"].get(f"/tracker{query}")).text for query in ("", "?status=draft&late=1&open=1")]
    assert [re.findall(r"Filters[^<]*", page) for page in said] == [["Filters"], ["Filters: 2 in use"]]


async def test_filters_that_came_by_a_link_stay_when_the_form_is_sent_and_can_be_left_out(browsers: Browsers) -> None:
    query = "?status=draft&open=1&due_on=2026-12-03&waiting=nobody&escalated=2&pathway=general&version=1"
    page = (await browsers["manager"].get(f"/tracker{query}")).text
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    by_link = {"open": "1", "due_on": "2026-12-03", "waiting": "nobody"}
    assert kept == {**by_link, "escalated": "2", "pathway": "general", "version": "1"}
    assert re.findall(r"<li>([^(<]+) \(<a href", page) == [
        "Open actions",
        "Waiting for somebody to be found",
        "Escalated and not answered, rung 2",
        "Due on 3 December 2026",
        "Pathway General improvement, version 1",
    ]
    assert re.findall(r'href="/tracker\?([^"]*)">leave out', page)[-1] == (
        "status=draft&amp;due_on=2026-12-03&amp;open=1&amp;escalated=2&amp;waiting=nobody"
    )


async def test_everything_at_your_location_is_there(house: House, browsers: Browsers) -> None:
    assert await refs_in(browsers["manager"], "") == set(house.refs.values())


@pytest.mark.parametrize(
    ("query", "stages"),
    [
        ("?status=draft", {"draft"}),
        ("?status=sample+audit", {"sample"}),
        ("?status=closed+%E2%80%93+monitoring", {"closed", "checked-again"}),
        ("?late=1", {"late"}),
        ("?late_original=1", {"late"}),
        ("?escalated=any", {"late"}),
        ("?escalated=2", {"late"}),
        ("?location=Elm+Court", set()),
        ("?pathway=care-plan-audit&version=2", set()),
        ("?pathway=care-plan-audit&version=x", set()),
        ("?q=no+such+words", set()),
        ("?status=no+such+status", set()),
    ],
)
async def test_a_filter_narrows_it(house: House, browsers: Browsers, query: str, stages: set[str]) -> None:
    assert await refs_in(browsers["quality_lead"], query) == {house.refs[stage] for stage in stages}


async def test_a_reference_finds_its_action(house: House, browsers: Browsers) -> None:
    assert await refs_in(browsers["deputy"], f"?q={house.refs['open']}") == {house.refs["open"]}


async def test_open_leaves_out_what_is_closed(house: House, browsers: Browsers) -> None:
    closed = {house.refs["closed"], house.refs["checked-again"]}
    assert await refs_in(browsers["deputy"], "?open=1") == set(house.refs.values()) - closed


FILTERS = {
    "?owner=Oona+Fabricott": True,
    "?owner=Nobody+Here": False,
    "?source=audit": True,
    "?source=complaint": False,
    "?location=Cedar+View&pathway=care-plan-audit&version=1&source=audit&q=weights": True,
    "?location=Elm+Court&source=audit": False,
    "?statement=none/none": False,
    "?strength=weak&status=draft&open=1&escalated=any": False,
}


@pytest.mark.parametrize(("query", "finds"), FILTERS.items(), ids=FILTERS)
async def test_filters_of_every_kind_narrow_it_alone_and_together(
    house: House, browsers: Browsers, query: str, finds: bool
) -> None:
    assert bool(await refs_in(browsers["quality_lead"], query)) == finds


async def test_a_page_past_the_last_still_says_how_many_there_are(house: House, browsers: Browsers) -> None:
    page = (await browsers["quality_lead"].get("/tracker?page=9")).text
    assert f"{len(house.refs)} actions" in page
    assert not re.findall(r'href="/actions/([^"#]+)"', page)


REFS = "SELECT a.ref FROM action a"
SAMPLER = "UPDATE step SET role = 'key worker' WHERE form = 'sample' AND status = 'open'"


@pytest.mark.parametrize("everywhere", [False, True], ids=["at one home", "everywhere"])
async def test_a_list_reaches_exactly_what_may_be_seen(house: House, everywhere: bool) -> None:
    today = house.cast.office.calendar.day_of(utc_now())
    async with house.engine.connect() as connection:
        await connection.execute(text(SAMPLER))
        everybody = (await connection.execute(text("SELECT id FROM person"))).scalars().all()
        reached = set[int]()
        for person in everybody:
            roles = tuple((r, None if everywhere else at) for r, at in await roles_of(connection, person, today))
            viewer = Viewer(person, roles)
            seen, listed = [
                set(
                    (
                        await connection.execute(text(f"SELECT a.ref FROM action a WHERE {which}"), viewer.scope)
                    ).scalars()
                )
                for which in (MAY_SEE, reach_of(viewer))
            ]
            assert listed == seen, viewer
            reached.add(len(seen))
        await connection.rollback()
    assert {0, len(house.refs)} < reached or everywhere


async def test_odd_filters_show_a_page_and_no_error(house: House, browsers: Browsers) -> None:
    for query in ("?due_on=never", "?page=-3", "?page=99999999", "?waiting=nobody", "?waiting=x", "?q=%00'%25_"):
        assert (await browsers["deputy"].get(f"/tracker{query}")).status_code == 200, query
    assert (await browsers["deputy"].get("/tracker?page=two")).status_code == 422


async def test_words_that_many_actions_have_are_to_be_narrowed_rather_than_paged_through(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "PER_PAGE", 1)
    monkeypatch.setattr(tracker, "MOST_PAGES_OF_WORDS", 2)
    page = (await browsers["manager"].get("/tracker?q=weights&page=900")).text
    assert "Page 2 of 2" in page
    assert "The first 2 actions can be looked through here. Add a word" in page
    every = (await browsers["manager"].get("/tracker?page=3")).text
    assert "Page 3 of" in every
    assert "Add a word" not in every
