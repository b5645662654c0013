"""What the page of an action offers first, and what it says of one that ended unfinished."""

import re

import httpx

from commands.office import utc_now
from tests.api.house import House, accepted, sign_in

Browsers = dict[str, httpx.AsyncClient]


def tags_of(page: str) -> dict[str, str]:
    """Each control with how it stands."""
    found = re.findall(r"__name-and-hint\"><b>(\w+)</b>.*?<strong class=\"nhsuk-tag[^>]*>([^<]+)</strong>", page)
    return dict(found)


async def test_only_what_waits_for_its_reader_is_to_be_done_first(house: House, browsers: Browsers) -> None:
    page = (await browsers["manager"].get(f"/actions/{house.refs['open']}")).text
    assert "<h2>What you can do</h2><p>Nothing here waits for you.</p>" in page
    late = (await browsers["manager"].get(f"/actions/{house.refs['late']}")).text
    assert "<h2>Do first</h2>" in late


async def test_the_controls_of_a_cancelled_action_say_what_was_never_asked(bare: House) -> None:
    await accepted(bare, "ended", utc_now())
    path = f"/actions/{bare.refs['ended']}"
    manager = await sign_in(bare, "manager")
    assert tags_of((await manager.get(path)).text)["Evidence"] == "Waiting"
    sent = await manager.post(f"{path}/end", data={"how": "cancelled", "reason": "It was entered twice."})
    assert sent.status_code == 303
    tags = tags_of((await manager.get(path)).text)
    assert (tags["Assign"], tags["Evidence"], tags["Close"]) == ("Done", "Not asked any more", "Not asked any more")


async def test_an_approver_is_led_to_the_field_that_the_gate_misses(house: House, browsers: Browsers) -> None:
    step = house.steps["approval"]
    words = {"do": "approve", "rationale": "Plans, briefing and sample all show that weights are taken."}
    refused = await browsers["manager"].post(f"/steps/{step}/approval", data=words)
    assert refused.status_code == 409
    assert 'href="#outcome_value">Record what was measured' in refused.text
