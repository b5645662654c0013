"""People, absence and owners through the pages, as people use them."""

from datetime import timedelta

import httpx
from sqlalchemy import text

from commands.office import utc_now
from domain.saying import say_date
from tests.api.house import EMAILS, House, anybody, new_action, sign_in
from tests.cast import open_step

CSV = (
    b"name,e-mail,role,location,from,to\nAnn Lee,ann@example.org,key worker,Cedar View,,\nBob,,astronaut,Cedar View,,\n"
)


def days(house: House, first: int, last: int) -> dict[str, str]:
    today = house.cast.office.calendar.day_of(utc_now())
    found: dict[str, str] = {}
    for field, offset in (("starts", first), ("ends", last)):
        day = today + timedelta(days=offset)
        found |= {f"{field}-day": str(day.day), f"{field}-month": str(day.month), f"{field}-year": str(day.year)}
    return found


async def follow(browser: httpx.AsyncClient, answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return (await browser.get(answer.headers["location"])).text


async def test_the_record_says_who_was_asked_for_whom_and_who_answered(bare: House) -> None:
    owner, manager = await sign_in(bare, "owner"), await sign_in(bare, "manager")
    cover = str(bare.cast.team_leader)
    sent = await owner.post(f"/people/{bare.cast.owner}/absence", data=days(bare, 0, 5) | {"cover": cover})
    assert "Tam Inventby" in await follow(owner, sent)
    action = await new_action(bare, "covered", utc_now())
    step = await open_step(bare.cast, action, "accept")
    async with anybody(bare) as browser:
        await browser.get(f"/do/{await bare.token_of(step)}")
        await browser.post(f"/steps/{step}/accept", data={})
    page = (await manager.get(f"/actions/{bare.refs['covered']}")).text
    assert "Tam Inventby, for Oona Fabricott (away until" in page
    assert "Asked Tam Inventby, for Oona Fabricott: “Accept or decline this action”" in page
    today = say_date(bare.cast.office.calendar.day_of(utc_now()))
    assert f"Tam Inventby, {today}: accepted" in page


async def test_open_steps_are_handed_over_with_one_button(bare: House) -> None:
    await new_action(bare, "open", utc_now())
    manager = await sign_in(bare, "manager")
    sent = await manager.post(
        f"/people/{bare.cast.owner}/absence", data=days(bare, 0, 5) | {"cover": str(bare.cast.team_leader)}
    )
    page = await follow(manager, sent)
    assert "Hand over to Tam Inventby now" in page
    handed = await manager.post(sent.headers["location"], data={"do": "hand"})
    page = await follow(manager, handed)
    assert "What was open went to the cover" in page
    ref = bare.refs["open"]
    said = "Accept or decline this action</a>, Cedar View, with Tam Inventby, due"
    assert f'<a href="/actions/{ref}">{ref}: {said}' in page
    step = await open_step(bare.cast, bare.actions["open"], "accept")
    mine = (await (await sign_in(bare, "owner")).get(sent.headers["location"])).text
    assert f'<a href="/steps/{step}">{ref}: {said}' in mine  # who may answer it all the same
    ended = await manager.post(sent.headers["location"], data={"do": "end"})
    assert "Nobody is away now" in await follow(manager, ended)


async def test_support_is_asked_for_and_given_on_the_pages(bare: House) -> None:
    action = await new_action(bare, "support", utc_now())
    step = await open_step(bare.cast, action, "accept")
    async with anybody(bare) as browser:
        await browser.get(f"/do/{await bare.token_of(step)}")
        sent = await browser.post(f"/steps/{step}/blocked", data={"barrier": "There are no scales upstairs"})
        assert "You asked for support" in await follow(browser, sent)
    manager = await sign_in(bare, "manager")
    support = await open_step(bare.cast, action, "support")
    assert "There are no scales upstairs" in (await manager.get(f"/steps/{support}/support")).text
    sent = await manager.post(f"/steps/{support}/support", data={"helped": "Scales are bought today"})
    assert "Scales are bought today" in await follow(manager, sent)
    again = await open_step(bare.cast, action, "accept")
    async with anybody(bare) as browser:
        await browser.get(f"/do/{await bare.token_of(again)}")
        assert "Scales are bought today" in (await browser.get(f"/steps/{again}")).text


async def test_another_owner_is_asked(bare: House) -> None:
    await new_action(bare, "given", utc_now())
    manager = await sign_in(bare, "manager")
    path = f"/actions/{bare.refs['given']}/owner"
    assert "Choose somebody from the list" in (await manager.post(path, data={"reason": "Nights"})).text
    sent = await manager.post(path, data={"owner": str(bare.cast.team_leader), "reason": "Oona is on nights"})
    page = await follow(manager, sent)
    assert "Another owner: Tam Inventby instead of Oona Fabricott: Oona is on nights" in page


async def test_somebody_is_added_given_a_role_and_leaves(bare: House) -> None:
    manager = await sign_in(bare, "manager")
    home = str(bare.cast.location)
    wrong = await manager.post("/people", data={"name": "Ann Lee", "role": "key worker", "location": ""})
    assert (wrong.status_code, "Choose a location" in wrong.text) == (422, True)
    sent = await manager.post("/people", data={"name": "Ann Lee", "role": "key worker", "location": home})
    assert "They need no account" in await follow(manager, sent)
    path = sent.headers["location"]
    given = await manager.post(f"{path}/roles", data={"role": "team leader", "location": home})
    assert "Team leader" in await follow(manager, given)
    refused = await manager.post(f"{path}/roles", data={"role": "nominated individual", "location": home})
    assert (refused.status_code, "stands above yours" in refused.text) == (403, True)
    left = await manager.post(f"{path}/leave")
    assert "They have left" in await follow(manager, left)


async def test_an_administrator_adds_somebody_who_only_owns_actions_and_a_manager_does_not(bare: House) -> None:
    cook = {"name": "Abe Cookwell", "email": "abe@example.org", "role": "", "location": ""}
    manager, administrator = await sign_in(bare, "manager"), await sign_in(bare, "administrator")
    refused = await manager.post("/people", data=cook)
    assert (refused.status_code, "Choose a role." in refused.text) == (422, True)
    assert "They need no account" in await follow(administrator, await administrator.post("/people", data=cook))
    await new_action(bare, "cooked", utc_now())
    assert "Abe Cookwell</option>" in (await manager.get(f"/actions/{bare.refs['cooked']}/owner")).text


async def test_a_list_is_looked_at_before_it_is_taken_in(bare: House) -> None:
    manager = await sign_in(bare, "manager")
    sent = await manager.post("/people/import", files={"file": ("people.csv", CSV, "text/csv")})
    page = await follow(manager, sent)
    assert "1 row adds" in page
    assert "“astronaut” is no role here." in page
    outsider = await sign_in(bare, "outsider")
    assert (await outsider.get(sent.headers["location"])).status_code == 404
    assert "The people of the list were added" in await follow(manager, await manager.post(sent.headers["location"]))
    saved = await manager.get("/people.csv")
    assert "Ann Lee,ann@example.org,key worker,Cedar View" in saved.text
    assert EMAILS["outsider"] not in saved.text


async def test_a_banner_says_of_an_absence_whether_somebody_covers_and_the_cover_reads_how_they_sign_in(
    bare: House,
) -> None:
    deputy = await sign_in(bare, "deputy")
    sent = await deputy.post(f"/people/{bare.cast.deputy}/absence", data=days(bare, 0, 5))
    assert "Nobody covers, so what is asked waits" in await follow(deputy, sent)
    cover = days(bare, 0, 5) | {"cover": str(bare.cast.team_leader)}
    assert "and the cover is told" in await follow(deputy, await deputy.post(sent.headers["location"], data=cover))
    async with bare.engine.connect() as connection:
        query = text("SELECT kind, context::text AS said FROM message WHERE to_address = :tam")
        mails = {row.kind: row.said for row in await connection.execute(query, {"tam": EMAILS["team_leader"]})}
    assert "Checks and decisions need a password" in mails["covering"]
    assert "because you cover for somebody" in mails["set password"]
