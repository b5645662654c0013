"""A cover through the pages: what waits for somebody who is away is theirs to answer, and both names are shown."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import text

from commands.absences import Away, record_absence
from commands.ask import tell_barrier
from commands.office import utc_now
from commands.passing_on import pass_on_what_waits
from commands.small_home import record_small_home
from commands.undelivered import ask_about_dead_mail
from tests.api.house import House, accepted, new_action, sign_in
from tests.api.test_after_closure import a_repeat
from tests.api.test_defining import seen_in
from tests.api.test_defining import who as said_who
from tests.api.test_people_pages import days, follow
from tests.api.test_reviews import a_late_review
from tests.cast import by_link, open_step, signed_in
from tests.commands.test_undelivered import refuse


async def test_a_cover_finds_it_under_my_work_answers_for_them_and_the_record_says_so(bare: House) -> None:
    cast, now = bare.cast, utc_now()
    step = await open_step(cast, await accepted(bare, "open", now), "briefing")
    await tell_barrier(cast.office, await by_link(cast, step), step, uuid4(), "No agency cover at night.", now)
    kit, today = await sign_in(bare, "key_worker"), cast.office.calendar.day_of(now)
    async with bare.engine.connect() as connection:
        [cover] = (await connection.execute(text("SELECT id FROM person WHERE email = 'kit@example.org'"))).scalars()
        [barrier] = (await connection.execute(text("SELECT id FROM barrier"))).scalars()
    week = Away(today, today + timedelta(days=7), cover)
    await record_absence(cast.office, signed_in(cast.manager), cast.manager, week, uuid4(), now)
    assert (await kit.get(f"/barriers/{barrier}")).status_code == 404
    await pass_on_what_waits(cast.office, now)
    assert "Help with a barrier, for Mina Pretendall: Brief staff at handover" in (await kit.get("/work")).text
    assert "Kit Mimickson is asked, and covers for Mina Pretendall." in (await kit.get(f"/barriers/{barrier}")).text
    sent = await kit.post(f"/barriers/{barrier}", data={"answer": "The agency sends somebody tonight."})
    assert sent.headers["location"] == "/work"  # they have no other part in that action
    manager = await sign_in(bare, "manager")
    page = (await manager.get(f"/actions/{bare.refs['open']}")).text
    assert "Kit Mimickson, for Mina Pretendall, answered" in page
    assert "Asked Kit Mimickson, for Mina Pretendall about help" in page
    settled = (await manager.get(f"/barriers/{barrier}")).text
    assert "Answered by Kit Mimickson, for Mina Pretendall, on" in settled


async def test_a_cover_who_holds_no_such_role_answers_what_managers_are_asked(bare: House) -> None:
    cast, now = bare.cast, utc_now()
    repeat, today, manager = await a_repeat(bare), cast.office.calendar.day_of(now), signed_in(cast.manager)
    until = today + timedelta(days=60)
    key = await record_small_home(cast.office, manager, cast.location, uuid4(), "Two of us work here.", until, now)
    await refuse(cast, "assignment")
    await ask_about_dead_mail(cast.office, now)
    kit = await sign_in(bare, "key_worker")
    async with bare.engine.connect() as connection:
        [cover] = (await connection.execute(text("SELECT id FROM person WHERE email = 'kit@example.org'"))).scalars()
        mail = (await connection.execute(text("SELECT id FROM undelivered LIMIT 1"))).scalar_one()
    paths = (repeat, f"/small-homes/{key}", f"/undelivered-mails/{mail}")
    assert [(await kit.get(path)).status_code for path in paths] == [404, 404, 404]
    week = Away(today, today + timedelta(days=7), cover)
    await record_absence(cast.office, signed_in(cast.nominated), cast.nominated, week, uuid4(), now)
    await pass_on_what_waits(cast.office, now)
    assert "Decide, for Nia Testwick, on the exception for Cedar View" in (await kit.get("/work")).text
    assert "Kit Mimickson, for Nia Testwick" in (await kit.get(paths[1])).text
    assert (await kit.post(paths[1], data={"confirmed": "yes"})).headers["location"] == paths[1]
    page = (await kit.get(paths[1])).text
    assert ("Confirmed by" in page, "Back to my work" in page) == (True, True)
    await record_absence(cast.office, manager, cast.manager, week, uuid4(), now)
    await pass_on_what_waits(cast.office, now)
    work = (await kit.get("/work")).text
    assert f"Decide, for Mina Pretendall, whether {bare.refs['closed']} held" in work
    assert "For Mina Pretendall: a mail to Oona Fabricott was refused" in work
    assert "Kit Mimickson is asked, and covers for Mina Pretendall." in (await kit.get(repeat)).text
    sent = await kit.post(repeat, data={"reopens": "no", "reason": "Another unit, another cause."})
    assert sent.headers["location"] == "/work"  # they have no other part in that action
    page = (await kit.get(paths[2])).text
    assert "Ask one of them." in page
    assert "Choose somebody" not in page
    assert (await kit.post(paths[2], data={"do": "told", "note": "By telephone today."})).status_code == 303
    assert "Told in another way" in (await kit.get(paths[2])).text
    lead = await sign_in(bare, "manager")
    assert "Decided, for Mina Pretendall that" in (await lead.get(f"/actions/{bare.refs['found']}")).text
    assert "Kit Mimickson, for Mina Pretendall, decided on" in (await lead.get(repeat)).text


async def test_a_weekly_review_and_the_answer_for_a_late_one_are_handed_over_with_one_button(bare: House) -> None:
    await a_late_review(bare)
    for who, cover, waits in (
        ("deputy", "team_leader", "1 weekly review to send, with you."),
        ("manager", "owner", "1 thing waits for your answer"),  # not the team leader, who has the late review by then
    ):
        browser, person = await sign_in(bare, who), getattr(bare.cast, who)
        away = days(bare, 2, 5) | {"cover": str(getattr(bare.cast, cover))}
        sent = await browser.post(f"/people/{person}/absence", data=away)
        page = await follow(browser, sent)
        assert (waits in page, 'value="hand"' in page) == (True, True)
        handed = await browser.post(sent.headers["location"], data={"do": "hand"})
        page = await follow(browser, handed)
        assert ("What was open went to the cover" in page, "<p>Nothing is open with" in page) == (True, True)


async def test_a_cover_completes_a_draft_on_the_pages_of_whoever_may_define(bare: House) -> None:
    cast, now = bare.cast, utc_now()
    today = cast.office.calendar.day_of(now)
    week = Away(today, today + timedelta(days=7), cast.team_leader)
    await record_absence(cast.office, signed_in(cast.quality_lead), cast.quality_lead, week, uuid4(), now)
    step = await open_step(cast, await new_action(bare, "draft", now, risk=None, owner_id=None), "define")
    tam, kit, base = await sign_in(bare, "team_leader"), await sign_in(bare, "key_worker"), f"/steps/{step}/define"
    assert "draft · for Quill Imaginer" in (await tam.get(base)).text
    page = await tam.get(f"{base}/who")
    assert "Oona Fabricott</option>" in page.text
    assert (await kit.get(base)).status_code in (403, 404)
    typed = said_who(bare) | {"seen": seen_in(page), "do": "next"}
    assert (await tam.post(f"{base}/who", data=typed)).headers["location"] == base
    seen = seen_in(await tam.get(base))
    done = [await tam.post(base, data={"seen": seen}) for _ in range(2)]
    assert {answer.headers["location"] for answer in done} == {f"/actions/{bare.refs['draft']}"}
    assert "Tam Inventby" in (await tam.get(f"/actions/{bare.refs['draft']}")).text
