"""The weekly review as pages: filled in bit by bit, sent once, answered for, and put on another day."""

import re

import httpx
import pytest
from sqlalchemy import text

from commands.office import utc_now
from commands.reviews import advance_review, climb_review
from tests.api.house import House

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
    assert (refused.status_code, refused.text.count("Choose whether it moved")) == (422, 2 * (len(lines) - 1))
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
