"""A cover through the pages: what waits for somebody who is away is theirs to answer, and both names are shown."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import text

from commands.absences import Away, record_absence
from commands.ask import tell_barrier
from commands.covering import pass_on_requests
from commands.office import utc_now
from tests.api.house import House, accepted, sign_in
from tests.cast import by_link, open_step, signed_in


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
    await pass_on_requests(cast.office, now)
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
