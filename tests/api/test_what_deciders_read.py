"""What somebody reads before they decide is what was said to them, in the mail and on the page."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape
from uuid import uuid4

import httpx
from sqlalchemy import text

from commands.accept import decline
from commands.ask import tell_barrier
from commands.assign import give_step
from commands.office import utc_now
from notifications.compose import compose
from tests.api.house import House, accepted, anybody, new_action, sign_in
from tests.cast import by_link, open_step, signed_in
from tests.notifications.outbox import SENDER

Browsers = dict[str, httpx.AsyncClient]


async def mail_about(house: House, kind: str, step: str) -> str:
    """All that the newest mail of a kind about a step says."""
    newest = text(
        "SELECT context::text FROM message WHERE kind = :kind AND step_id = :step ORDER BY created_at DESC LIMIT 1"
    )
    async with house.engine.connect() as connection:
        return (await connection.execute(newest, {"kind": kind, "step": house.steps[step]})).scalar_one()


async def test_the_mail_says_whom_they_think_of_instead_in_text_and_in_html(house: House) -> None:
    newest = text("SELECT * FROM message WHERE kind = 'account step' AND step_id = :step")
    async with house.engine.connect() as connection:
        row = (await connection.execute(newest, {"step": house.steps["owner"]})).one()
    mail = message_from_bytes(compose(row, SENDER, utc_now()), policy=policy.default)
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert "declined: I am on nights\nThey think that it may belong to Tam." in part.get_content().replace(
            "\r\n", "\n"
        )


async def test_a_choice_of_owner_that_is_given_on_says_why_it_is_asked_for(bare: House) -> None:
    cast, now = bare.cast, utc_now()
    action = await new_action(bare, "declined", now)
    asked = await open_step(cast, action, "accept")
    await decline(cast.office, await by_link(cast, asked), asked, uuid4(), "I am on nights", "Tam", now)
    bare.steps["owner"] = await open_step(cast, action, "owner")
    await give_step(cast.office, signed_in(cast.manager), bare.steps["owner"], cast.nominated, "I am away.", now)
    assert "They think that it may belong to Tam." in await mail_about(bare, "account step", "owner")


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


async def test_a_request_by_mail_says_what_its_answer_needs(house: House) -> None:
    assert "the risk to people until then, what controls it" in await mail_about(house, "more time asked", "care-plans")
    assert "they read it in your words" in await mail_about(house, "a barrier", "briefing")


async def test_a_decision_on_time_begins_with_the_day_asked_for_and_says_what_else_it_moves(
    house: House, browsers: Browsers
) -> None:
    page = (await browsers["manager"].get(f"/extensions/{house.asked['extension']}")).text
    assert re.search(r'name="revised_due-day"[^>]* value="\d+"', page)
    assert "A later day than that moves it too." in page
    assert f'href="/steps/{house.steps["care-plans"]}/give"' in page


async def test_more_time_to_accept_says_that_the_action_keeps_its_date(bare: House) -> None:
    now = utc_now()
    step = await open_step(bare.cast, await new_action(bare, "asked", now), "accept")
    day = bare.cast.office.calendar.day_of(now) + timedelta(days=7)
    until = {"wanted-day": str(day.day), "wanted-month": str(day.month), "wanted-year": str(day.year)}
    async with anybody(bare) as browser:
        await browser.get(f"/do/{await bare.token_of(step)}")
        assert "not the date of the action itself" in (await browser.get(f"/steps/{step}/time")).text
        await browser.post(f"/steps/{step}/time", data={"reason": "I am on nights until then"} | until)
    async with bare.engine.connect() as connection:
        extension = (await connection.execute(text("SELECT id FROM extension"))).scalar_one()
        mail = (
            await connection.execute(text("SELECT context::text FROM message WHERE kind = 'more time asked'"))
        ).scalar_one()
    assert "asks for more time to accept or decline, until" in mail
    assert '"due": "The answer is due ' in mail
    manager = await sign_in(bare, "manager")
    page = (await manager.get(f"/extensions/{extension}")).text
    assert "This is the day to say yes or no by. The action itself stays due" in page
    assert f'href="/actions/{bare.refs["asked"]}/owner"' in page


async def test_who_chooses_an_owner_sees_who_declined_who_is_away_and_who_has_no_role(
    house: House, browsers: Browsers
) -> None:
    async with house.engine.begin() as connection:
        cook = text("INSERT INTO person (id, name, created_at) VALUES (gen_random_uuid(), 'Abe Cookwell', :now)")
        await connection.execute(cook, {"now": utc_now()})
    page = (await browsers["manager"].get(f"/steps/{house.steps['owner']}/owner")).text
    names = re.findall(r'<option value="[^"]+">([^<]+)</option>', page)
    assert names[0] == "Abe Cookwell"
    assert names[-1] == "Oona Fabricott (declined this action)"


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


async def test_the_overview_says_what_waits_for_whom_how_long_what_is_late_and_which_rungs_are_unanswered(
    house: House, browsers: Browsers
) -> None:
    quill = browsers["quality_lead"]
    overview = unescape((await quill.get("/overview")).text)
    waiting = row_about(overview, f"/tracker?open=1&waiting={house.cast.owner}")
    assert re.search(r"<b>Oona Fabricott</b>.*?\d+ steps</a>.*?\d+ working days", waiting)
    assert "Past its date" in waiting
    rung = row_about(overview, "/tracker?open=1&escalated=2")
    assert re.search(r"Registered manager<small>rung 2</small>.*?>1</a>.*?(minute|hour|working day)", rung)
    for path in ("/tracker?open=1&escalated=2", "/tracker?open=1&late=1"):
        [number] = re.findall(rf'href="{re.escape(path)}">(\d+)</a>', overview)
        rows = re.findall(r'href="/actions/(FT-[0-9-]+)"', (await quill.get(path)).text)
        assert (len(rows), house.refs["late"] in rows) == (int(number), True)


async def test_what_waits_for_nobody_yet_names_every_role_that_could_answer(bare: House) -> None:
    await accepted(bare, "open", utc_now())
    async with bare.engine.begin() as connection:
        await connection.execute(text("UPDATE step SET assignee_id = NULL WHERE status = 'open'"))
    quill = await sign_in(bare, "quality_lead")
    overview = (await quill.get("/overview")).text
    assert "owner and team leader" in row_about(overview, "/tracker?open=1&waiting=nobody")


async def test_a_barrier_whose_step_was_given_away_waits_for_nobody(bare: House) -> None:
    cast, now = bare.cast, utc_now()
    step = await open_step(cast, await accepted(bare, "open", now), "briefing")
    await tell_barrier(cast.office, await by_link(cast, step), step, uuid4(), "I am on nights.", now)
    async with bare.engine.connect() as connection:
        path = f"/barriers/{(await connection.execute(text('SELECT id FROM barrier'))).scalar_one()}"
    manager = await sign_in(bare, "manager")
    assert "That answers it too." in (await manager.get(path)).text
    given = {"person": str(cast.deputy), "reason": "Tam is on nights this week."}
    assert (await manager.post(f"/steps/{step}/give", data=given)).status_code == 303
    assert path not in (await manager.get("/work")).text
    assert "the step was given to somebody else." in (await manager.get(path)).text
    page = (await manager.get(f"/actions/{bare.refs['open']}")).text
    assert "Mina Pretendall answered – the step was given to somebody else" in page
