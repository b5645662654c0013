"""Reminders come once a day, in one mail, and not at all when there is nothing to say."""

from datetime import timedelta

from sqlalchemy import text

from commands.digest import send_digests
from tests.cast import MONDAY, Cast, a_care_plan_action


async def digests(cast: Cast) -> list[str]:
    async with cast.office.engine.connect() as connection:
        found = await connection.execute(text("SELECT to_address FROM message WHERE kind = 'digest'"))
        return [row.to_address for row in found]


async def test_one_digest_a_day_lists_what_is_late_and_soon(cast: Cast) -> None:
    await a_care_plan_action(cast)
    await a_care_plan_action(cast, title="Another thing that waits for the same person")
    later = MONDAY + timedelta(days=7)
    for hour in (0, 1, 5):
        await send_digests(cast.office, "Hartwell Care", later + timedelta(hours=hour))
    assert await digests(cast) == ["oona@example.org"]
    async with cast.office.engine.connect() as connection:
        [mail] = (await connection.execute(text("SELECT context FROM message WHERE kind = 'digest'"))).scalars()
    assert "button" not in mail, "Oona answers by link, so a page behind a password is no help to her"
    assert mail["more"][0][0] == "Where are the links?"


async def test_no_digest_on_a_sunday_nor_before_eight_nor_for_what_was_opened_today(cast: Cast) -> None:
    await a_care_plan_action(cast)
    for now in (MONDAY + timedelta(hours=3), MONDAY + timedelta(days=6), MONDAY + timedelta(days=7, hours=-2)):
        await send_digests(cast.office, "Hartwell Care", now)
    assert await digests(cast) == []
