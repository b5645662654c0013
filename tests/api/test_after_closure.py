"""The pages after closure: re-audits on the action, a theme found again, and the decision on it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
from sqlalchemy import text

from commands.office import utc_now
from tests.api.house import House, evidenced, new_action, sign_in
from tests.cast import approve_it, sample


@asynccontextmanager
async def signed_in_as(house: House, who: str) -> AsyncGenerator[httpx.AsyncClient]:
    browser = await sign_in(house, who)
    yield browser
    await browser.aclose()


async def a_repeat(bare: House) -> str:
    now = utc_now()
    closed = await evidenced(bare, "closed", now)
    await sample(bare.cast, closed, True, now)
    await approve_it(bare.cast, closed, now)
    await new_action(bare, "found", utc_now())
    async with bare.engine.connect() as connection:
        return f"/repeats/{(await connection.execute(text('SELECT id FROM repeat_finding'))).scalar_one()}"


async def test_the_action_shows_what_comes_after_closure(house: House, browsers: dict[str, httpx.AsyncClient]) -> None:
    page = (await browsers["manager"].get(f"/actions/{house.refs['checked-again']}")).text
    assert "After closure" in page
    assert "Re-audit 1," in page
    assert "with Quill Imaginer" in page
    assert "Re-audit 2," in page


async def test_a_theme_found_again_waits_for_the_manager_and_reopens_once(bare: House) -> None:
    path = await a_repeat(bare)
    async with signed_in_as(bare, "manager") as browser:
        assert f"Decide whether {bare.refs['closed']} held" in (await browser.get("/work")).text
        form = {"request_id": str(uuid4()), "reopens": "yes", "reason": "The same plans lack weights again."}
        empty = await browser.post(path, data={"reason": "Because."})
        assert (empty.status_code, "Choose what you decide." in empty.text) == (422, True)
        answer = await browser.post(path, data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/actions/{bare.refs['closed']}")
        page = (await browser.get(answer.headers["location"])).text
        assert "cycle 2" in page
        assert "Because it had closed and did not hold (repeat finding)" in page
        assert "Reopened" in page
        assert "The same theme was found again" in page
        again = await browser.post(path, data=form)
        assert (again.status_code, f'href="{path}">See how it stands now' in again.text) == (409, True)
        assert "it did not hold" in (await browser.get(path)).text


async def test_the_same_work_found_again_gives_way_to_the_action_that_opened_again(bare: House) -> None:
    path = await a_repeat(bare)
    closed, found = bare.refs["closed"], bare.refs["found"]
    offer = f'href="/actions/{found}/end?instead={closed}"'
    async with signed_in_as(bare, "manager") as browser:
        assert offer not in (await browser.get(path)).text
        form = {"request_id": str(uuid4()), "reopens": "yes", "reason": "The same plans lack weights again."}
        await browser.post(path, data=form)
        for address in (path, f"/actions/{found}", f"/actions/{closed}"):
            assert offer in (await browser.get(address)).text, address
        page = (await browser.get(f"/actions/{found}/end?instead={closed}")).text
        assert f'value="{closed}"' in page
        assert 'value="superseded" checked' in page
        form = {"request_id": str(uuid4()), "how": "superseded", "instead": closed, "reason": "It is the same work."}
        for status in (303, 303):
            assert (await browser.post(f"/actions/{found}/end", data=form)).status_code == status
        for address in (path, f"/actions/{found}", f"/actions/{closed}"):
            assert offer not in (await browser.get(address)).text, address
    async with bare.engine.connect() as connection:
        query = text("SELECT status FROM action WHERE ref = ANY(:refs) ORDER BY ref")
        stands = list((await connection.execute(query, {"refs": [closed, found]})).scalars())
    assert stands == ["in progress", "superseded"]


async def test_nothing_is_offered_where_it_is_another_matter_or_to_who_may_not_end_actions(bare: House) -> None:
    path = await a_repeat(bare)
    form = {"request_id": str(uuid4()), "reopens": "no", "reason": "Other people, and another cause."}
    async with signed_in_as(bare, "manager") as browser:
        await browser.post(path, data=form)
        assert "take its place" not in (await browser.get(path)).text
    async with bare.engine.begin() as connection:
        await connection.execute(text("UPDATE repeat_finding SET reopened = true"))
        await connection.execute(
            text("UPDATE action SET status = 'in progress' WHERE ref = :r"), {"r": bare.refs["closed"]}
        )
    for who, offered in (("deputy", False), ("inspector", False), ("quality_lead", True)):
        async with signed_in_as(bare, who) as browser:
            page = (await browser.get(f"/actions/{bare.refs['found']}")).text
            assert ("take the place of" in page) is offered, who


async def test_only_who_decides_here_may_decide(bare: House) -> None:
    path = await a_repeat(bare)
    form = {"request_id": str(uuid4()), "reopens": "yes", "reason": "The same plans lack weights again."}
    for who, status in (("owner", 403), ("deputy", 403), ("outsider", 404), ("inspector", 403)):
        async with signed_in_as(bare, who) as browser:
            assert (await browser.post(path, data=form)).status_code == status, who
