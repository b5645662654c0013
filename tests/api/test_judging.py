"""How strong an action is: suggested by its words, chosen by whoever defines, judged by the quality lead after."""

import re
from typing import Any

from sqlalchemy import text

from commands.office import utc_now
from domain.strength import Strength
from tests.api.house import House, new_action, sign_in
from tests.api.test_defining import CHANGE, seen_in, send, write_all
from tests.cast import open_step

REMIND = {"title": "Drinks at night", "what_will_change": "Remind all night staff to offer drinks."}


async def strength(house: House) -> tuple[str | None, bool]:
    async with house.engine.connect() as connection:
        found = text("SELECT strength, strength_is_chosen FROM action")
        return tuple((await connection.execute(found)).one())


async def judged(house: House) -> list[Any]:
    async with house.engine.connect() as connection:
        found = text("SELECT words FROM trail_entry WHERE what = 'strength judged' ORDER BY seq")
        return list((await connection.execute(found)).scalars())


async def judge(house: House, who: str, chosen: str, reason: str = "The tray makes it the default.") -> Any:
    browser = await sign_in(house, who)
    address = f"/actions/{house.refs['open']}/strength"
    was = re.findall(r'name="was" value="([^"]+)"', (await browser.get(address)).text)
    fields = {"was": was[0] if was else "", "strength": chosen, "reason": reason}
    return await browser.post(address, data=fields)


async def test_whoever_defines_chooses_it_and_the_page_says_so(bare: House) -> None:
    browser = await sign_in(bare, "quality_lead")
    base = await write_all(browser, bare)
    assert (
        "Suggested by its words" in (await browser.get(base)).text
        or "Its words do not tell" in (await browser.get(base)).text
    )
    await send(browser, f"{base}/change", CHANGE | REMIND | {"strength": "strong", "then": "check"})
    assert "Chosen by a person; its words suggest weak." in (await browser.get(base)).text
    shown = await browser.get((await browser.post(base, data={"do": "define"})).headers["location"])
    assert "Chosen by a person; its words suggest weak." in shown.text
    assert "Weak action" not in shown.text
    assert await strength(bare) == ("strong", True)


async def test_a_draft_keeps_what_was_chosen_and_takes_it_back(bare: House) -> None:
    action = await new_action(bare, "draft", utc_now(), risk=None, strength=Strength.INTERMEDIATE, **REMIND)
    assert await strength(bare) == ("intermediate", True)
    browser = await sign_in(bare, "quality_lead")
    page = f"/steps/{await open_step(bare.cast, action, 'define')}/define/change"
    shown = await browser.get(page)
    assert '<option value="intermediate" selected>' in shown.text
    await browser.post(page, data=REMIND | {"strength": "", "seen": seen_in(shown)})
    assert await strength(bare) == ("weak", False)


async def test_the_quality_lead_judges_it_afterwards_with_a_reason_and_twice_is_once(bare: House) -> None:
    await new_action(bare, "open", utc_now(), **REMIND)
    assert await strength(bare) == ("weak", False)
    for _ in range(2):
        assert (await judge(bare, "quality_lead", "intermediate")).status_code == 303
    assert await strength(bare) == ("intermediate", True)
    assert await judged(bare) == [
        {"strength": ["weak, suggested", "intermediate, chosen"], "reasons": "The tray makes it the default."}
    ]
    page = (await (await sign_in(bare, "manager")).get(f"/actions/{bare.refs['open']}")).text
    assert "Intermediate: it makes the right way easier" in page
    assert "Strength judged: The tray makes it the default." in page
    assert f"/actions/{bare.refs['open']}/strength" not in page
    await judge(bare, "quality_lead", "", "The words say it after all.")
    assert await strength(bare) == ("weak", False)


async def test_without_a_reason_over_another_s_judgement_or_by_somebody_else_nothing_changes(bare: House) -> None:
    await new_action(bare, "open", utc_now(), strength=Strength.STRONG)
    silent = await judge(bare, "quality_lead", "weak", " ")
    assert (silent.status_code, "Say why" in silent.text) == (422, True)
    browser = await sign_in(bare, "administrator")
    stale = {"was": "weak, suggested", "strength": "weak", "reason": "It rests on memory."}
    late = await browser.post(f"/actions/{bare.refs['open']}/strength", data=stale)
    assert (late.status_code, "judged it meanwhile: it is strong, chosen now" in late.text) == (422, True)
    for who, status in (("manager", 403), ("owner", 403), ("outsider", 404)):
        assert (await judge(bare, who, "weak")).status_code == status, who
    assert await strength(bare) == ("strong", True)
    assert await judged(bare) == []
