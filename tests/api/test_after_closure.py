"""The pages after closure: re-audits on the action, a theme found again, and the decision on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
from sqlalchemy import text

from commands.office import utc_now
from tests.api.house import House, evidenced, new_action, sign_in
from tests.cast import approve_it, sample


@asynccontextmanager
async def signed_in_as(house: House, who: str) -> AsyncIterator[httpx.AsyncClient]:
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


async def test_the_action_shows_what_comes_after_closure(house: House) -> None:
    async with signed_in_as(house, "manager") as browser:
        page = (await browser.get(f"/actions/{house.refs['checked-again']}")).text
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
        assert "The same theme was found again" in page
        assert (await browser.post(path, data=form)).status_code == 409
        assert "it did not hold" in (await browser.get(path)).text


async def test_only_who_decides_here_may_decide(bare: House) -> None:
    path = await a_repeat(bare)
    form = {"request_id": str(uuid4()), "reopens": "yes", "reason": "The same plans lack weights again."}
    for who, status in (("owner", 403), ("deputy", 403), ("outsider", 404), ("inspector", 403)):
        async with signed_in_as(bare, who) as browser:
            assert (await browser.post(path, data=form)).status_code == status, who
