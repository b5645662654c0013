"""What somebody reads before they decide is what was said to them, in the mail and on the page."""

import httpx
from sqlalchemy import text

from tests.api.house import House

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
