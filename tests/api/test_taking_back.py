"""Taking evidence back on the pages: the step opens again with what was typed, ready to be put right."""

from uuid import uuid4

from commands.office import utc_now
from commands.submit import submit
from tests.api.house import House, accepted, anybody
from tests.cast import BRIEFING, by_link, evidence_answer, open_step


async def test_what_was_typed_is_there_again_to_be_put_right(bare: House) -> None:
    now = utc_now()
    action = await accepted(bare, "one", now)
    step = await open_step(bare.cast, action, "briefing")
    today = bare.cast.office.calendar.day_of(now)
    more = BRIEFING | {"elsewhere": {"where": "Rota book", "witness": "Dara Mockley", "on": today.isoformat()}}
    said = "Everybody on nights heard whom to ask when somebody refuses."
    kind = "briefing attendance"
    answer = evidence_answer("feedback from staff and leaders", kind, statement=said, effective_on=today.isoformat())
    async with anybody(bare) as browser:
        await browser.get(f"/do/{await bare.token_of(step)}")
        await submit(bare.cast.office, await by_link(bare.cast, step), step, uuid4(), answer | more, now)
        assert "Take it back" in (await browser.get(f"/steps/{step}")).text
        sent = await browser.post(f"/steps/{step}/withdraw", data={"reason": "Wrong attendance list"})
        assert sent.status_code == 303, sent.text
        again = await open_step(bare.cast, action, "briefing")
        page = (await browser.get(f"/steps/{again}/evidence")).text
    assert "This is what you took back." in page
    assert said in page
    assert "Dee Nightly" in page
    assert 'value="Rota book"' in page
    assert page.count(f'value="{today.day}"') == 2
    assert 'name="briefing.attended" type="text" value=""' in page
