"""What the page of an action offers first, and what it says of one that ended unfinished."""

import re
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from api.pages.reading import date_fields
from commands.absences import Away, record_absence
from commands.assign import give_step
from commands.handing_over import hand_to_cover
from commands.office import utc_now
from commands.reassigning import change_owner
from tests.api.house import House, accepted, evidenced, sign_in
from tests.api.test_what_deciders_read import mail_about
from tests.cast import open_step, sample, send_evidence, signed_in

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


async def test_a_sample_that_did_not_pass_is_told_until_the_next_one_is_drawn(bare: House) -> None:
    action, path = await evidenced(bare, "sampled", utc_now()), f"/actions/{bare.refs['sampled']}"
    await sample(bare.cast, action, False, utc_now())
    deputy = await sign_in(bare, "deputy")
    page = (await deputy.get(path)).text
    assert tags_of(page)["Close"] == "Sent back"
    assert ": No weight recorded</li>" in page
    for key in ("care-plans", "briefing"):
        await send_evidence(bare.cast, action, key, utc_now())
    bare.steps["again"] = step = await open_step(bare.cast, action, "sample")
    assert "has been sent again" in await mail_about(bare, "account step", "again")
    again = (await deputy.get(f"/steps/{step}/sample")).text
    assert "<h2>What was found before</h2><p><b>Did not pass</b>" in again
    assert ": No weight recorded</li>" in again
    page = (await deputy.get(path)).text
    assert tags_of(page)["Close"] == "Waiting"
    assert "Asked Dara Mockley: “Sample later daily records”, round 2" in page
    await sample(bare.cast, action, True, utc_now())
    page = (await deputy.get(path)).text
    assert "Asked Mina Pretendall: “Decide whether the action can close”<" in page  # for the first time
    assert "can close, round" not in page


async def test_an_approver_is_led_to_the_field_that_the_gate_misses(house: House, browsers: Browsers) -> None:
    step = house.steps["approval"]
    words = {"do": "approve", "rationale": "Plans, briefing and sample all show that weights are taken."}
    refused = await browsers["manager"].post(f"/steps/{step}/approval", data=words)
    assert refused.status_code == 409
    assert 'href="#outcome_value">Record what was measured' in refused.text


@pytest.mark.parametrize("seen", ["z" * 64, "1"])
async def test_nothing_is_decided_on_a_page_that_nobody_was_shown(house: House, browsers: Browsers, seen: str) -> None:
    step, today = house.steps["approval"], house.cast.office.calendar.day_of(utc_now())
    words = {"do": "approve", "rationale": "Plans, briefing and sample all show that weights are taken."}
    measured = {"outcome_value": "92 %", **date_fields("outcome_on", today)}
    refused = await browsers["manager"].post(f"/steps/{step}/approval", data=words | measured | {"seen": seen})
    assert refused.status_code == 422
    assert "Something changed since you opened this page" in refused.text


async def test_a_step_is_with_somebody_since_they_got_it(bare: House) -> None:
    cast, now = bare.cast, utc_now()
    action = await accepted(bare, "open", now - timedelta(days=20))
    step, lead = await open_step(cast, action, "briefing"), signed_in(cast.manager)
    manager, path = await sign_in(bare, "manager"), f"/actions/{bare.refs['open']}"

    async def says(who: str) -> None:
        assert f"has been with {who} for 1 minute" in (await manager.get(path)).text

    assert "for 1 minute" not in (await manager.get(path)).text
    await give_step(cast.office, lead, step, cast.deputy, "Tam is on nights this week.", now)
    await says("Dara Mockley")
    today = cast.office.calendar.day_of(now)
    away = Away(today, today + timedelta(days=3), cast.team_leader)
    absence = await record_absence(cast.office, lead, cast.deputy, away, uuid4(), now)
    await hand_to_cover(cast.office, lead, absence, now)
    await says("Tam Inventby")
    row = (await manager.get("/overview")).text.partition("<b>Tam Inventby</b>")[2].partition("</tr>")[0]
    assert 'data-label="Longest wait">0 working days' in row
    await change_owner(cast.office, lead, action, uuid4(), cast.quality_lead, "Oona moves to nights.", now)
    await says("nobody")
