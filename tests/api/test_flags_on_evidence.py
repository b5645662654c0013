"""What makes a reader look again at evidence: on every page it is judged on, and no more than they may know."""

from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from commands.define import define
from commands.office import utc_now
from commands.submit import attach, submit
from commands.withdraw import withdraw
from domain.actors import Actor
from evidence.store import StoredFile
from tests.api.house import House, accepted, sign_in
from tests.cast import BRIEFING, a_definition, accept_it, by_link, evidence_answer, open_step, sample, signed_in

ROTA = StoredFile(bytes(range(32)), 900, "application/pdf", "rota.pdf", "clean")
SAID = "Everybody at risk was weighed on Monday and the weight is in each plan."
SAME_FILE = "The same file as “rota.pdf” is evidence on"


async def send(house: House, action: UUID, key: str, said: str = SAID, days_ago: int = 0, by: str = "") -> UUID:
    """Evidence with the rota attached, sent by the link, and what was done so many days ago."""
    cast, now = house.cast, utc_now()
    step = await open_step(cast, action, key)
    actor: Actor = await by_link(cast, step)
    await attach(cast.office, actor, step, ROTA, now)
    day = (cast.office.calendar.day_of(now) - timedelta(days=days_ago)).isoformat()
    category = "feedback from staff and leaders" if key == "briefing" else "processes"
    kind = "briefing attendance" if key == "briefing" else "care plan update"
    more = BRIEFING if key == "briefing" else {}
    answer = evidence_answer(category, kind, statement=said, effective_on=day, **more)
    answer["elsewhere"] = None
    await submit(cast.office, actor, step, uuid4(), answer, now)
    return step


async def at_elm_court(house: House) -> tuple[UUID, str]:
    """An action of the other home, with the same file and words."""
    cast, now = house.cast, utc_now()
    async with house.engine.connect() as connection:
        elm = (await connection.execute(text("SELECT id FROM location WHERE name = 'Elm Court'"))).scalar_one()
    owner = {"owner_id": cast.outsider, "location_id": elm, "pathway": "general", "due_at": now + timedelta(days=14)}
    made = await define(cast.office, signed_in(cast.quality_lead), a_definition(cast, **owner), now)
    await accept_it(cast, made.action_id, now)
    async with house.engine.connect() as connection:
        key = (
            await connection.execute(
                text("SELECT key FROM step WHERE action_id = :a AND control = 'evidence'"), {"a": made.action_id}
            )
        ).scalar_one()
    await send(house, made.action_id, key)
    return made.action_id, made.ref


async def page(browser: httpx.AsyncClient, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_reader_of_one_home_learns_no_reference_of_another(bare: House) -> None:
    _, elsewhere = await at_elm_court(bare)
    action = await accepted(bare, "one", utc_now())
    await send(bare, action, "care-plans")
    here = f"/actions/{bare.refs['one']}"
    for who in ("manager", "deputy", "owner"):
        seen = await page(await sign_in(bare, who), here)
        assert f"{SAME_FILE} 1 action that you may not see." in seen
        assert elsewhere not in seen
    assert f"{SAME_FILE} {elsewhere}." in await page(await sign_in(bare, "quality_lead"), here)
    # Words of another home are nobody's business here.
    assert "The same words as" not in await page(await sign_in(bare, "quality_lead"), here)


async def test_nothing_stored_or_on_the_trail_names_the_other_action(bare: House) -> None:
    _, elsewhere = await at_elm_court(bare)
    action = await accepted(bare, "one", utc_now())
    await send(bare, action, "care-plans")
    async with bare.engine.connect() as connection:
        for table in ("evidence", "submission", "trail_entry"):
            by = "" if table == "submission" else " WHERE t.action_id = :a"
            kept = (await connection.execute(text(f"SELECT t::text FROM {table} t{by}"), {"a": action})).scalars().all()
            assert kept
            assert not any(elsewhere in row for row in kept), table


async def test_sampler_and_approver_see_what_to_look_at_again_and_may_decide_all_the_same(bare: House) -> None:
    now = utc_now()
    before = await accepted(bare, "before", now)
    await send(bare, before, "care-plans")
    found_on = bare.cast.office.calendar.day_of(now) - timedelta(days=10)
    action = await accepted(bare, "one", now, found_on=found_on)
    await send(bare, action, "care-plans", SAID.upper(), days_ago=40)
    await send(bare, action, "briefing", "The whole night shift was told whom to ask when somebody refuses.")
    step = await open_step(bare.cast, action, "sample")
    sampler = await page(await sign_in(bare, "deputy"), f"/steps/{step}/sample")
    await sample(bare.cast, action, True, now)
    approval = await open_step(bare.cast, action, "approval")
    approver = await page(await sign_in(bare, "manager"), f"/steps/{approval}/approval")
    for seen in (sampler, approver, await page(await sign_in(bare, "manager"), f"/actions/{bare.refs['one']}")):
        assert "before the finding of" in seen
        assert "It happened 40 days before it was sent." in seen
        assert f"{SAME_FILE} {bare.refs['before']}." in seen
        assert "The same words as “" in seen
        assert f"on {bare.refs['before']}, sent" in seen


async def test_what_was_taken_back_is_nobodys_earlier_statement(bare: House) -> None:
    before = await accepted(bare, "before", utc_now())
    step = await send(bare, before, "care-plans")
    await withdraw(bare.cast.office, signed_in(bare.cast.owner), step, "Wrong file", utc_now())
    action = await accepted(bare, "one", utc_now())
    await send(bare, action, "care-plans")
    seen = await page(await sign_in(bare, "manager"), f"/actions/{bare.refs['one']}")
    assert "Look again" not in seen
    assert "Look again" not in await page(await sign_in(bare, "manager"), f"/actions/{bare.refs['before']}")


@pytest.mark.parametrize("who", ["owner", "team_leader"])
async def test_words_of_another_action_of_the_home_are_told_without_its_reference(bare: House, who: str) -> None:
    """The owner of both sees both; the team leader has part in one alone."""
    before = await accepted(bare, "before", utc_now(), pathway="general")
    async with bare.engine.connect() as connection:
        key = (
            await connection.execute(
                text("SELECT key FROM step WHERE action_id = :a AND control = 'evidence'"), {"a": before}
            )
        ).scalar_one()
    await send(bare, before, key)
    action = await accepted(bare, "one", utc_now())
    await send(bare, action, "briefing")
    seen = await page(await sign_in(bare, who), f"/actions/{bare.refs['one']}")
    assert (bare.refs["before"] in seen) is (who == "owner")
    assert ("on another action at this location" in seen) is (who == "team_leader")
