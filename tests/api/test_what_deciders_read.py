"""What somebody reads before they decide is what was said to them, in the mail and on the page."""

import re

import httpx
from sqlalchemy import text

from commands.office import utc_now
from tests.api.house import House, accepted, sign_in

Browsers = dict[str, httpx.AsyncClient]


async def mail_about(house: House, kind: str, step: str) -> str:
    """All that the newest mail of a kind about a step says."""
    newest = text(
        "SELECT context::text FROM message WHERE kind = :kind AND step_id = :step ORDER BY created_at DESC LIMIT 1"
    )
    async with house.engine.connect() as connection:
        return (await connection.execute(newest, {"kind": kind, "step": house.steps[step]})).scalar_one()


async def test_who_chooses_an_owner_reads_why_the_last_one_declined(house: House, browsers: Browsers) -> None:
    assert "Oona Fabricott declined: I am on nights" in await mail_about(house, "account step", "owner")
    page = (await browsers["manager"].get(f"/steps/{house.steps['owner']}/owner")).text
    assert "Oona Fabricott declined: I am on nights</p>" in page
    assert "They think that it may belong to Tam.</p>" in page


async def test_a_request_by_mail_says_who_asks_for_what_and_what_is_due(house: House) -> None:
    asked = await mail_about(house, "more time asked", "care-plans")
    assert "Oona Fabricott asks for more time, until " in asked
    assert "Two people are in hospital." in asked
    assert '"due": "Due ' in asked
    assert "Tam Inventby says what is in the way:" in await mail_about(house, "a barrier", "briefing")


def row_about(page: str, path: str) -> str:
    """The row of a table that leads to a path."""
    return next(row for row in page.split("<tr")[1:] if f'href="{path}"' in row)


async def test_what_was_asked_a_moment_ago_is_not_past_its_date(house: House, browsers: Browsers) -> None:
    work = (await browsers["manager"].get("/work")).text
    asked = row_about(work, f"/extensions/{house.asked['extension']}")
    assert "As soon as you can<small>asked " in asked
    assert "Past its date" not in asked
    assert "Past its date" in row_about(work, f"/escalations/{house.asked['escalation']}")


async def test_the_overview_counts_what_waits_in_the_words_of_my_work(house: House, browsers: Browsers) -> None:
    work, overview = [(await browsers["manager"].get(path)).text for path in ("/work", "/overview")]
    [words] = re.findall(r"\d+ things wait for you", work)
    assert words in overview


async def test_what_waits_for_nobody_yet_names_every_role_that_could_answer(bare: House) -> None:
    await accepted(bare, "open", utc_now())
    async with bare.engine.begin() as connection:
        await connection.execute(text("UPDATE step SET assignee_id = NULL WHERE status = 'open'"))
    quill = await sign_in(bare, "quality_lead")
    overview = (await quill.get("/overview")).text
    assert "owner and team leader" in row_about(overview, "/tracker?open=1&waiting=nobody")
