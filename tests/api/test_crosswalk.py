"""Correcting the crosswalk: by those who answer for all locations, with a reason, and suggestions follow at once."""

import re
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import text

from commands.office import utc_now
from domain.frameworks import Reference
from tests.api.house import House, new_action, sign_in

PATH = "/crosswalk/cqc-saf/hsca-ra-regulations-2014/E1"
ASSESSED = Reference("cqc-saf", "2023.1", "E1")
LAW = "hsca-ra-regulations-2014/2024.1"


def ticked(page: httpx.Response) -> list[str]:
    return re.findall(r'name="counterparts" type="checkbox" value="([^"]+)" checked', page.text)


def was(page: httpx.Response) -> str:
    return re.findall(r'name="was" value="([^"]*)"', page.text)[0]


async def correct(browser: httpx.AsyncClient, counterparts: list[str], **more: Any) -> httpx.Response:
    fields: dict[str, Any] = {"was": was(await browser.get(PATH)), "do": "save", "reason": "Nutrition is there."}
    return await browser.post(PATH, data=fields | {"counterparts": counterparts} | more)


async def suggested(house: House) -> str:
    browser = await sign_in(house, "manager")
    return (await browser.get(f"/actions/{house.refs['open']}/references")).text


async def changes(house: House) -> list[Any]:
    async with house.engine.connect() as connection:
        found = text("SELECT words FROM trail_entry WHERE what = 'crosswalk corrected' ORDER BY seq")
        return list((await connection.execute(found)).scalars())


async def test_a_corrected_row_is_suggested_at_once_and_what_actions_refer_to_stays(bare: House) -> None:
    await new_action(bare, "open", utc_now(), references=(ASSESSED,))
    assert f'id="g-{LAW}/reg-9"' in await suggested(bare)
    lead, twice = await sign_in(bare, "quality_lead"), str(uuid4())
    shown = was(await lead.get(PATH))
    for _ in range(2):
        answer = await correct(lead, ["reg-14"], request_id=twice, was=shown)
        assert (answer.status_code, answer.headers["location"]) == (303, "/crosswalk")
    page = await suggested(bare)
    assert f'id="g-{LAW}/reg-14"' in page
    assert f'id="g-{LAW}/reg-9"' not in page
    assert "your own people’s choice; Nutrition is there" in page
    assert await changes(bare) == [
        {
            "row": "cqc-saf/E1 → hsca-ra-regulations-2014",
            "counterparts": [["reg-9"], ["reg-14"]],
            "reasons": "Nutrition is there.",
        }
    ]
    row = await lead.get(PATH)
    assert ticked(row) == ["reg-14"]
    assert "Quill Imaginer" in row.text
    async with bare.engine.connect() as connection:
        kept = text("SELECT statement FROM framework_reference")
        assert list((await connection.execute(kept)).scalars()) == ["E1"]


async def test_it_says_again_what_ships_when_somebody_wants_it(bare: House) -> None:
    lead = await sign_in(bare, "administrator")
    await correct(lead, [])
    assert ticked(await lead.get(PATH)) == []
    await correct(lead, ["reg-14"], do="shipped", reason="The first suggestion was right.")
    again = await lead.get(PATH)
    assert ticked(again) == ["reg-9"]
    assert "As shipped again" in again.text
    assert "Back to what ships" not in again.text


async def test_without_a_reason_over_another_s_change_or_by_somebody_else_nothing_changes(bare: House) -> None:
    lead, manager = await sign_in(bare, "quality_lead"), await sign_in(bare, "manager")
    silent = await correct(lead, ["reg-14"], reason=" ")
    assert (silent.status_code, "Say why" in silent.text) == (422, True)
    unknown = await correct(lead, ["reg-99"])
    assert (unknown.status_code, "Choose from the list." in unknown.text) == (422, True)
    late = await correct(lead, ["reg-14"], was="reg-12")
    assert (late.status_code, "has changed this meanwhile" in late.text) == (422, True)
    refused = await manager.post(PATH, data={"counterparts": ["reg-14"], "reason": "Nutrition is there."})
    assert refused.status_code == 403
    assert await changes(bare) == []
