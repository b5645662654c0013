"""The weekly review as pages: filled in bit by bit, sent once, answered for, and put on another day."""

import re
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from commands.office import utc_now
from commands.reviews import advance_review, climb_review, plan_reviews
from tests.api.house import House, anybody, new_action
from tests.api.test_after_closure import signed_in_as

Browsers = dict[str, httpx.AsyncClient]


@pytest.fixture
def path(house: House) -> str:
    return f"/reviews/{house.asked['review']}"


def keys(page: str) -> list[str]:
    """The lines of a review that can be filled in."""
    return re.findall(r'name="note-([0-9a-f-]{36})"', page)


async def test_a_review_is_saved_missing_words_are_named_and_it_is_sent_once(
    house: House, browsers: Browsers, path: str
) -> None:
    deputy = browsers["deputy"]
    lines = keys((await deputy.get(path)).text)
    first = {f"said-{lines[0]}": "progress", f"note-{lines[0]}": "The night shift is briefed."}
    assert (await deputy.post(path, data={**first, "do": "save"})).status_code == 303
    assert "The night shift is briefed." in (await deputy.get(path)).text
    refused = await deputy.post(path, data={**first, "do": "send"})
    assert (refused.status_code, refused.text.count(": choose whether it moved")) == (422, 2 * (len(lines) - 1))
    await _be_late(house)
    answer = {"answer": "Dara does it this afternoon, I take her shift."}
    assert (await browsers["manager"].post(f"{path}/answer", data=answer)).status_code == 303
    everything = {f"said-{key}": "progress" for key in lines} | {f"note-{key}": "Goes as planned." for key in lines}
    for _ in range(2):
        sent = await deputy.post(path, data={**everything, "do": "send", "request_id": house.asked["review"].hex})
        assert sent.status_code in (303, 409)
    page = (await browsers["quality_lead"].get(path)).text
    assert "Sent by Dara Mockley" in page
    assert "Dara does it this afternoon" in page
    action = (await browsers["quality_lead"].get(f"/actions/{house.refs['open']}?all=1")).text
    assert "Weekly review, progress: Goes as planned." in action


async def _be_late(house: House) -> None:
    async with house.engine.begin() as connection:
        due = text("UPDATE review SET due_at = due_at - interval '9 days', opened_at = opened_at - interval '9 days'")
        await connection.execute(due)
    review, now = house.asked["review"], utc_now()
    plan = await advance_review(house.cast.office, review, now)
    while plan.rungs_due:
        plan = await climb_review(house.cast.office, review, plan.rungs_due[0], now)


async def test_a_manager_chooses_the_day_and_a_wrong_time_is_named(house: House, browsers: Browsers) -> None:
    path = f"/reviews/schedule/{house.cast.location}"
    wrong = await browsers["manager"].post(path, data={"weekday": "9", "at": "soon"})
    assert (wrong.status_code, "Choose a day" in wrong.text, "hours and minutes" in wrong.text) == (422, True, True)
    assert (await browsers["manager"].post(path, data={"weekday": "3", "at": "14:30"})).status_code == 303
    assert "Thursday, 14:30" in (await browsers["manager"].get("/reviews")).text


async def test_only_whoever_is_asked_answers_fora_late_review(bare: House) -> None:
    path = await a_late_review(bare)
    answer = {"answer": "Dara does it this afternoon, I take her shift."}
    wrong = {"deputy": 403, "inspector": 403, "owner": 404, "team_leader": 404, "key_worker": 404, "outsider": 404}
    for who, status in wrong.items():
        async with signed_in_as(bare, who) as browser:
            refused = await browser.post(f"{path}/answer", data=answer)
        assert refused.status_code == status, who
    async with anybody(bare) as browser:
        assert (await browser.post(f"{path}/answer", data=answer)).status_code in (303, 401, 403)
    assert await _answered_by(bare) == []
    async with signed_in_as(bare, "manager") as browser:
        assert (await browser.post(f"{path}/answer", data={"answer": "Soon."})).status_code == 422
        for _ in range(2):
            assert (await browser.post(f"{path}/answer", data=answer)).status_code == 303
    assert await _answered_by(bare) == [bare.cast.manager]


async def a_late_review(bare: House) -> str:
    now, office = utc_now(), bare.cast.office
    await new_action(bare, "asked", now)
    await plan_reviews(office, now)
    async with bare.engine.begin() as connection:
        opens = text("UPDATE review SET opens_at = :now WHERE location_id = :l RETURNING id")
        bare.asked["review"] = (await connection.execute(opens, {"now": now, "l": bare.cast.location})).scalars().one()
    await advance_review(office, bare.asked["review"], now)
    await _be_late(bare)
    return f"/reviews/{bare.asked['review']}"


async def _answered_by(bare: House) -> list[UUID]:
    async with bare.engine.connect() as connection:
        query = text("SELECT answered_by FROM review_rung WHERE answered_by IS NOT NULL")
        return list((await connection.execute(query)).scalars())
