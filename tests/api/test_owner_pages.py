"""What somebody does from an e-mail, without signing in."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from commands import submit
from commands.assign import give_step, renew_link
from commands.office import utc_now
from commands.password_links import ONE_MAIL_IN
from tests.api.house import PNG, House, accepted, anybody, new_action, sign_in
from tests.cast import open_step, signed_in

SCRIPT = "<script>alert('x')</script>"


@pytest.fixture
async def asked(bare: House) -> UUID:
    """The owner has been asked to accept."""
    return await open_step(bare.cast, await new_action(bare, "asked", utc_now()), "accept")


@pytest.fixture
async def evidence(bare: House) -> UUID:
    """The owner has accepted, and is asked for evidence."""
    return await open_step(bare.cast, await accepted(bare, "open", utc_now()), "care-plans")


NEWEST_LINK = "SELECT id FROM link WHERE step_id = :id ORDER BY created_at DESC, id DESC LIMIT 1"


async def opened(house: House, step: UUID) -> httpx.AsyncClient:
    browser = anybody(house)
    answer = await browser.get(f"/do/{await house.token_of(step)}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/steps/{step}")
    return browser


async def query(house: House, words: str, step: UUID) -> Any:
    async with house.engine.connect() as connection:
        return (await connection.execute(text(words), {"id": step})).scalar_one()


async def status(house: House, step: UUID) -> str:
    return await query(house, "SELECT coalesce(outcome, status) FROM step WHERE id = :id", step)


def answer(**changes: str) -> dict[str, str]:
    today = utc_now()
    whole = {
        "statement": "All twelve plans now have a weekly weight.",
        "effective_on-day": str(today.day),
        "effective_on-month": str(today.month),
        "effective_on-year": str(today.year),
        "kind": "care plan update",
        "category": "processes",
        "request_id": str(uuid4()),
        "do": "send",
    }
    return whole | changes


async def test_a_link_leads_to_what_is_asked_and_leaves_the_address_bar(bare: House, asked: UUID) -> None:
    browser = await opened(bare, asked)
    page = await browser.get(f"/steps/{asked}")
    assert page.status_code == 200
    assert "Weekly weights" in page.text
    assert page.text.index("Please answer by") < page.text.index("By when")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert await bare.token_of(asked) not in page.text


async def test_yes_makes_the_action_yours_and_opens_the_next_step_here(bare: House, asked: UUID) -> None:
    browser = await opened(bare, asked)
    sent = await browser.post(f"/steps/{asked}/accept", data={"request_id": str(uuid4())})
    receipt = await browser.get(sent.headers["location"])
    assert "The action is yours." in receipt.text
    following = await open_step(bare.cast, bare.actions["asked"], "care-plans")
    assert f"/steps/{following}" in receipt.text
    assert (await browser.get(f"/steps/{following}")).status_code == 200


async def test_elsewhere_the_old_link_shows_the_receipt_and_leads_to_no_page_that_asks_for_a_password(
    bare: House, asked: UUID
) -> None:
    browser, token = await opened(bare, asked), await bare.token_of(asked)
    await browser.post(f"/steps/{asked}/accept", data={"request_id": str(uuid4())})
    async with anybody(bare) as elsewhere:
        receipt = await elsewhere.get(f"/do/{token}", follow_redirects=True)
    assert "A link to it comes by e-mail." in receipt.text
    assert "Carry on now" not in receipt.text
    assert "Carry on now" in (await browser.get(f"/steps/{asked}")).text


async def test_whoever_is_signed_in_finds_back_to_their_work_and_nobody_else_is_led_to_a_password(
    bare: House, asked: UUID
) -> None:
    by_link, signed_in = await opened(bare, asked), await sign_in(bare, "owner")
    way_back = 'href="/work">Back to my work</a>'
    for browser, ways in ((by_link, 0), (signed_in, 1)):
        assert (await browser.get(f"/steps/{asked}")).text.count(way_back) == ways
    await signed_in.post(f"/steps/{asked}/accept", data={"request_id": str(uuid4())})
    for browser, ways in ((by_link, 0), (signed_in, 1)):
        receipt = (await browser.get(f"/steps/{asked}")).text
        assert (receipt.count("The action is yours."), receipt.count(way_back)) == (2, ways)


async def test_no_needs_a_reason(bare: House, asked: UUID) -> None:
    browser = await opened(bare, asked)
    page = await browser.post(f"/steps/{asked}/decline", data={"reason": " "})
    assert page.status_code == 422
    assert "<title>Error:" in page.text
    assert 'href="#reason"' in page.text
    assert (await browser.post(f"/steps/{asked}/decline", data={"reason": "I am on nights"})).status_code == 303
    assert await status(bare, asked) == "declined"


async def test_what_is_in_the_way_is_told_and_the_step_stays_open(bare: House, evidence: UUID) -> None:
    browser = await opened(bare, evidence)
    assert (await browser.post(f"/steps/{evidence}/blocked", data={"barrier": "No"})).status_code == 422
    told = await browser.post(f"/steps/{evidence}/blocked", data={"barrier": "There are no scales"})
    assert "the manager has been asked to help" in (await browser.get(told.headers["location"])).text
    assert await status(bare, evidence) == "open"


async def test_more_time_is_asked_for_and_no_date_moves(bare: House, evidence: UUID) -> None:
    browser = await opened(bare, evidence)
    before = await query(bare, "SELECT due_at FROM step WHERE id = :id", evidence)
    later = utc_now() + timedelta(days=30)
    typed = {"wanted-day": str(later.day), "wanted-month": str(later.month), "wanted-year": str(later.year)}
    assert (await browser.post(f"/steps/{evidence}/time", data={"reason": "Short of staff"})).status_code == 422
    asked = await browser.post(f"/steps/{evidence}/time", data={"reason": "Short of staff", **typed})
    assert asked.status_code == 303
    assert await query(bare, "SELECT due_at FROM step WHERE id = :id", evidence) == before


async def test_words_stay_typed_when_something_is_missing(bare: House, evidence: UUID) -> None:
    browser = await opened(bare, evidence)
    page = await browser.post(f"/steps/{evidence}/evidence", data=answer(**{"effective_on-year": ""}))
    assert page.status_code == 422
    assert "All twelve plans now have a weekly weight." in page.text
    assert 'href="#effective_on"' in page.text
    assert await status(bare, evidence) == "open"


async def test_a_script_that_somebody_types_stays_text(bare: House, evidence: UUID) -> None:
    browser = await opened(bare, evidence)
    page = await browser.post(f"/steps/{evidence}/evidence", data=answer(statement=SCRIPT, kind=SCRIPT))
    assert SCRIPT not in page.text
    assert "&lt;script&gt;" in page.text


async def test_nobody_fills_the_disk_by_adding_and_removing(
    bare: House, evidence: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submit, "MOST_EVER", 2)
    browser, here = await opened(bare, evidence), f"/steps/{evidence}/evidence"

    async def add(content: bytes) -> str:
        page = await browser.post(here, data={"do": "add"}, files={"files": ("one.csv", content, "text/csv")})
        return page.text

    def stored() -> set[Path]:
        return {path for path in bare.home.rglob("*") if path.is_file()}

    before = stored()
    for number in range(2):
        page = await add(b"day,done\n1,%d\n" % number)
        await browser.post(here, data={"remove": re.findall(r'name="remove" value="([^"]+)"', page)[0]})
    kept = stored()
    assert len(kept - before) == 2
    assert "You have added 2 files here, the removed ones counted." in await add(b"day,done\n1,3\n")
    assert stored() == kept


async def test_a_form_that_is_received_stores_no_other_file_when_it_is_sent_again(bare: House, evidence: UUID) -> None:
    browser, here = await opened(bare, evidence), f"/steps/{evidence}/evidence"
    form = answer()
    files = [{"files": ("one.csv", b"day,done\n1,%d\n" % number, "text/csv")} for number in range(2)]
    assert [(await browser.post(here, data=form, files=file)).status_code for file in files] == [303, 303]
    stored = {path.read_bytes() for path in bare.home.rglob("*") if path.is_file()}
    assert b"day,done\n1,0\n" in stored
    assert b"day,done\n1,1\n" not in stored


async def test_a_photo_is_added_removed_and_sent(bare: House, evidence: UUID) -> None:
    browser, here = await opened(bare, evidence), f"/steps/{evidence}/evidence"
    for name in ("one.png", "two.png"):
        page = await browser.post(here, data={"do": "add"}, files={"files": (name, PNG, "image/png")})
        assert name in page.text
    first = await query(bare, "SELECT id FROM evidence WHERE step_id = :id AND filename = 'one.png'", evidence)
    page = await browser.post(here, data={"remove": str(first)})
    assert "one.png" not in page.text
    assert "two.png" in page.text
    sent = await browser.post(here, data=answer())
    receipt = await browser.get(sent.headers["location"])
    assert "Your evidence is in." in receipt.text
    assert "two.png" in receipt.text
    assert "one.png" not in receipt.text


async def test_a_form_sent_again_adds_its_photo_once(bare: House, evidence: UUID) -> None:
    browser, here = await opened(bare, evidence), f"/steps/{evidence}/evidence"
    form, files = answer(), {"files": ("one.png", PNG, "image/png")}
    kept = "SELECT count(*) FROM evidence WHERE step_id = :id AND blob_sha256 IS NOT NULL AND withdrawn_at IS NULL"
    for _ in range(2):  # the process died before the answer was kept
        await browser.post(here, data=form | {"do": "add"}, files=files)
    assert await query(bare, kept, evidence) == 1
    for _ in range(2):  # the answer was kept, and the page did not come back
        assert (await browser.post(here, data=form, files=files)).status_code == 303
    assert await query(bare, kept, evidence) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("rota.png", b"<html><script>alert(1)</script>", "Web pages"),
        ("plans.pdf", b"", "This file is empty."),
        ("plans.txt", b"A line of text.\n" * 1_400_000, "This file is too large."),
    ],
)
async def test_a_file_that_cannot_be_taken_is_refused_beside_its_name_and_nothing_is_half_kept(
    bare: House, evidence: UUID, name: str, content: bytes, words: str
) -> None:
    browser = await opened(bare, evidence)
    files = {"files": (name, content, "image/png")}
    page = await browser.post(f"/steps/{evidence}/evidence", data=answer(), files=files)
    assert page.status_code == 422
    assert f"{name}: {words}" in page.text
    assert "All twelve plans now have a weekly weight." in page.text
    assert await status(bare, evidence) == "open"
    assert await query(bare, "SELECT count(*) FROM evidence WHERE step_id = :id", evidence) == 0
    assert [path for path in (bare.home / "evidence").rglob("*") if path.is_file()] == []


async def test_more_than_anybody_sends_is_refused_before_it_is_read(bare: House, evidence: UUID) -> None:
    browser = await opened(bare, evidence)
    headers = {"content-length": str(71 * 1024 * 1024)}
    refused = await browser.post(f"/steps/{evidence}/evidence", content=b"x", headers=headers)
    assert (refused.status_code, refused.text.startswith("This is too large.")) == (413, True)


async def test_a_form_sent_twice_counts_once(bare: House, evidence: UUID) -> None:
    browser, here = await opened(bare, evidence), f"/steps/{evidence}/evidence"
    elsewhere = {"elsewhere.where": "Care system", "elsewhere.witness": "Dara Mockley"}
    today = {name.replace("effective_on", "elsewhere.on"): value for name, value in answer().items() if "-" in name}
    form = answer(**elsewhere, **today)
    first, again = [await browser.post(here, data=form) for _ in range(2)]
    assert (first.status_code, again.status_code) == (303, 303)
    assert await query(bare, "SELECT count(*) FROM submission WHERE step_id = :id", evidence) == 1
    late = await browser.post(here, data=form | {"request_id": str(uuid4())})
    assert late.status_code == 409
    assert "Kept on the record" in late.text or "came after" in late.text


async def test_a_form_sent_many_times_at_the_same_moment_counts_once(bare: House, asked: UUID) -> None:
    browser, again = await opened(bare, asked), str(uuid4())
    ids = [again] * 10 + [str(uuid4()) for _ in range(10)]
    sent = await asyncio.gather(*(browser.post(f"/steps/{asked}/accept", data={"request_id": one}) for one in ids))
    taken = [one for one, answered in zip(ids, sent, strict=True) if answered.status_code == 303]
    assert len(set(taken)) == 1
    assert {answered.status_code for answered in sent} == {303, 409}
    kept = "SELECT array_agg(kept_as ORDER BY kept_as) FROM submission WHERE step_id = :id"
    assert await query(bare, kept, asked) == ["answer", *["late"] * 10]
    mails = "SELECT count(*) FROM message WHERE kind = 'evidence asked' AND action_id = :id"
    assert await query(bare, mails, bare.actions["asked"]) == 2


async def test_what_comes_after_its_date_counts_and_is_marked_as_late(bare: House, evidence: UUID) -> None:
    browser, here = await opened(bare, evidence), f"/steps/{evidence}"
    long_ago = (
        "UPDATE step SET opened_at = now() - interval '9 days', due_at = now() - interval '8 days' WHERE id = :id"
    )
    async with bare.engine.begin() as connection:
        await connection.execute(text(long_ago), {"id": evidence})
    await browser.post(f"{here}/evidence", data={"do": "add"}, files={"files": ("one.png", PNG, "image/png")})
    await browser.post(f"{here}/evidence", data=answer())
    assert "It counts, and is marked as late." in (await browser.get(here)).text
    assert await query(bare, "SELECT kept_as FROM submission WHERE step_id = :id AND after_due", evidence) == "answer"
    page = (await (await sign_in(bare, "manager")).get(f"/actions/{bare.refs['open']}")).text
    assert re.search(r"Oona Fabricott · happened [^<]+, sent [^<]+, \d working days late</p>", page)


async def test_a_link_opens_its_own_step_and_nothing_else(bare: House, evidence: UUID) -> None:
    browser = await opened(bare, evidence)
    briefing = await open_step(bare.cast, bare.actions["open"], "briefing")
    for path in (f"/steps/{briefing}", "/work", "/tracker", f"/actions/{bare.refs['open']}", "/people"):
        answered = await browser.get(path)
        assert answered.status_code == 303, path
        assert answered.headers["location"].startswith("/sign-in")


async def test_a_cookie_that_somebody_changed_opens_nothing(bare: House, evidence: UUID) -> None:
    browser = await opened(bare, evidence)
    briefing = await open_step(bare.cast, bare.actions["open"], "briefing")
    [(name, value)] = browser.cookies.items()
    async with anybody(bare) as forger:
        forger.cookies.set(name.replace(evidence.hex, briefing.hex), value)
        assert (await forger.get(f"/steps/{briefing}")).status_code == 303
        forger.cookies.set(name, value[:-1] + ("0" if value[-1] != "0" else "1"))
        assert (await forger.get(f"/steps/{evidence}")).status_code == 303
        forger.cookies.set(name, "x.y")
        assert (await forger.get(f"/steps/{evidence}")).status_code == 303


async def test_a_step_given_to_somebody_else_leaves_the_old_link_dead(bare: House, evidence: UUID) -> None:
    token, browser = await bare.token_of(evidence), await opened(bare, evidence)
    cast = bare.cast
    await give_step(cast.office, signed_in(cast.manager), evidence, cast.team_leader, "On holiday", utc_now())
    assert (await anybody(bare).get(f"/do/{token}")).status_code == 410
    assert (await browser.post(f"/steps/{evidence}/evidence", data=answer())).status_code in (403, 410)
    assert await status(bare, evidence) == "open"


async def test_a_dead_link_gives_a_kind_page_and_mails_a_new_one_only_to_its_person(
    bare: House, evidence: UUID
) -> None:
    token = await bare.token_of(evidence)
    async with bare.engine.begin() as connection:
        await connection.execute(text("UPDATE link SET expires_at = now() - interval '1 day'"))
    async with anybody(bare) as browser:
        page = await browser.get(f"/do/{token}")
        assert page.status_code == 410
        assert f"/do/{token}/renew" in page.text
        renewed = await browser.post(f"/do/{token}/renew", data={"email": "thief@example.org"})
        unknown = await browser.post("/do/made-up/renew")
        assert renewed.text == unknown.text
    newest = "SELECT to_address FROM message WHERE step_id = :id ORDER BY created_at DESC LIMIT 1"
    assert await query(bare, newest, evidence) == "oona@example.org"


async def test_asking_for_a_new_link_again_and_again_mails_one_and_leaves_it_working(
    bare: House, evidence: UUID
) -> None:
    old = await bare.token_of(evidence)
    async with anybody(bare) as browser:
        answers = [await browser.post(f"/do/{old}/renew") for _ in range(5)]
    assert len({answer.text for answer in answers}) == 1
    mails = "SELECT count(*) FROM message WHERE step_id = :id AND kind = 'link renewed'"
    assert await query(bare, mails, evidence) == 1
    working = "SELECT count(*) FROM link WHERE step_id = :id AND revoked_at IS NULL"
    assert await query(bare, working, evidence) == 1
    later = utc_now() + ONE_MAIL_IN
    assert await renew_link(bare.cast.office, await query(bare, NEWEST_LINK, evidence), later)
    assert await query(bare, mails, evidence) == 2


async def test_an_unknown_link_is_told_kindly(bare: House) -> None:
    async with anybody(bare) as browser:
        for token in ("made-up", "%F0%9F%92%A9", "x" * 2000):
            assert (await browser.get(f"/do/{token}")).status_code == 404


async def test_what_was_sent_is_taken_back_from_the_receipt_and_opens_again_here(bare: House, evidence: UUID) -> None:
    browser, here = await opened(bare, evidence), f"/steps/{evidence}"
    await browser.post(f"{here}/evidence", data={"do": "add"}, files={"files": ("one.png", PNG, "image/png")})
    await browser.post(f"{here}/evidence", data=answer())
    assert f"{here}/withdraw" in (await browser.get(here)).text
    assert (await browser.get(f"{here}/withdraw")).status_code == 200
    assert (await browser.post(f"{here}/withdraw", data={"reason": " "})).status_code == 422
    gone = await browser.post(f"{here}/withdraw", data={"reason": "Wrong photo"})
    receipt = await browser.get(gone.headers["location"])
    assert "You took this back" in receipt.text
    following = await open_step(bare.cast, bare.actions["open"], "care-plans")
    assert following != evidence
    assert (await browser.get(f"/steps/{following}/evidence")).status_code == 200
