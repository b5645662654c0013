"""Caught mail: what waits for the morning can be tried out at any hour, on the machine that catches it alone."""

from datetime import timedelta

from sqlalchemy import text

from commands.office import utc_now
from tests.api.house import House, anybody, new_action


async def waiting(house: House) -> int:
    async with house.engine.connect() as connection:
        later = text("SELECT count(*) FROM message WHERE status = 'queued' AND next_attempt_at > now()")
        return (await connection.execute(later)).scalar_one()


async def test_mail_that_waits_for_the_morning_is_caught_on_a_press_and_once(bare: House) -> None:
    await new_action(bare, "asked", utc_now())
    async with bare.engine.begin() as connection:
        night = text("UPDATE message SET next_attempt_at = :later WHERE status = 'queued'")
        await connection.execute(night, {"later": utc_now() + timedelta(hours=9)})
    assert await waiting(bare) == 1
    async with anybody(bare) as browser:
        page = (await browser.get("/caught-mail")).text
        assert "1 mail waits for a later hour" in page
        for _ in range(2):
            assert (await browser.post("/caught-mail/now")).headers["location"] == "/caught-mail"
        assert await waiting(bare) == 0
        assert "for a later hour" not in (await browser.get("/caught-mail")).text
    async with bare.engine.connect() as connection:
        noted = text("SELECT count(*) FROM trail_entry WHERE what = 'waiting mail sent at once'")
        assert (await connection.execute(noted)).scalar_one() == 1


async def test_where_mail_is_really_sent_there_is_no_such_page(bare: House) -> None:
    settings = bare.app.state.front.settings
    sends = settings.model_copy(update={"smtp_url": "smtp://mail.example.org"})
    object.__setattr__(bare.app.state.front, "settings", sends)
    async with anybody(bare) as browser:
        assert (await browser.get("/caught-mail")).status_code == 404
        assert (await browser.post("/caught-mail/now")).status_code == 404
        assert 'href="/caught-mail"' not in (await browser.get("/sign-in")).text
