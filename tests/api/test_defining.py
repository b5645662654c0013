"""Defining by page: step by step, kept for its writer, shared as a draft, completed by several people."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from commands.office import utc_now
from tests.api.house import House, evidenced, new_action, sign_in
from tests.cast import approve_it, open_step, sample

SAFEGUARDING, DRAFT_LINE = "cqc-saf/2023.1/S3", "cqc-asc-2026-draft/2026.0-draft/DS4"
CHANGE = {
    "title": "Night drinks within reach",
    "what_will_change": "The night team leader puts a drink within reach of each person at every round.",
}
MEASURE = {
    "measure_what": "people with a drink within reach at 3 a.m.",
    "measure_baseline": "7 of 20",
    "measure_target": "19 of 20",
    "measure_counted_by": "Deputy manager",
    "measure_counted_from": "a walk round",
    "measure_how_often": "weekly",
    "closure_criteria": "Four weeks at 19 of 20 or more.",
}


def dated(field: str, day: date) -> dict[str, str]:
    return {f"{field}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def found(house: House, **changes: str) -> dict[str, str]:
    return {
        "location_id": str(house.cast.location),
        "source": "audit",
        "summary": "Seven of twenty people could reach a drink at three in the morning.",
        "theme": "hydration",
    } | changes


def who(house: House, **changes: str) -> dict[str, str]:
    due = utc_now().date() + timedelta(days=30)
    facts = {"risk": "medium", "pathway": "care-plan-audit", "owner_id": str(house.cast.owner)}
    return facts | dated("due_at", due) | changes


async def query(house: House, words: str, **bound: Any) -> list[Any]:
    async with house.engine.connect() as connection:
        return list((await connection.execute(text(words), bound)).all())


async def send(browser: httpx.AsyncClient, path: str, fields: dict[str, Any], do: str = "next") -> str:
    """Send one page, taking every hint as read at the second time of asking; where it leads."""
    leads = ""
    for _ in range(2):
        answer = await browser.post(path, data=fields | {"do": do})
        assert answer.status_code == 303, answer.text
        leads = answer.headers["location"]
        if not leads.endswith("#hints"):
            break
        shown = await browser.get(leads)
        fields = fields | {"looked": " ".join(re.findall(r'name="looked" value="(\w+)"', shown.text))}
    return leads


async def begin(browser: httpx.AsyncClient, house: House, **changes: str) -> str:
    """Fill the first page; the address of what is being written."""
    leads = await send(browser, "/define", found(house, **changes) | {"request_id": str(uuid4())})
    assert leads.endswith("/change")
    return leads.removesuffix("/change")


async def write_all(browser: httpx.AsyncClient, house: House, **changes: str) -> str:
    base = await begin(browser, house, **changes)
    assert await send(browser, f"{base}/change", CHANGE) == f"{base}/measure"
    assert await send(browser, f"{base}/measure", MEASURE) == f"{base}/references"
    assert await send(browser, f"{base}/references", {"references": [SAFEGUARDING]}) == f"{base}/who"
    assert await send(browser, f"{base}/who", who(house)) == base
    return base


async def test_an_action_is_defined_page_by_page_and_nobody_sees_it_before(bare: House) -> None:
    browser, manager = await sign_in(bare, "quality_lead"), await sign_in(bare, "manager")
    base = await write_all(browser, bare)
    assert await query(bare, "SELECT 1 FROM action") == await query(
        bare, "SELECT 1 FROM message WHERE kind <> 'welcome'"
    )
    assert (await manager.get(base)).status_code == 404
    assert (await manager.post(base, data={"do": "define"})).status_code == 404
    offered = (await browser.get(f"{base}/who")).text
    named = ("Tam Inventby", "Odd Elsewhere", "Ines Supposit")  # of another home, and one who only reads
    assert [f"{name}</option>" in offered for name in named] == [True, False, False]
    check = (await browser.get(base)).text
    for words in (
        "Night drinks within reach",
        "It should go up",
        "Safe: Safeguarding (SAF 2023.1)",
        "Who finds it out: Deputy manager",
    ):
        assert words in check
    first, again = [await browser.post(base, data={"do": "define"}) for _ in range(2)]
    assert first.headers["location"].startswith("/actions/FT-")
    assert again.status_code == 303
    [row] = await query(bare, "SELECT id, status, strength, measure, owner_id FROM action")
    assert (row.status, row.owner_id) == ("awaiting acceptance", bare.cast.owner)
    assert row.measure["counted_from"] == "a walk round"
    assert await query(bare, "SELECT framework, version, statement FROM framework_reference") == [
        ("cqc-saf", "2023.1", "S3")
    ]
    assert await query(bare, "SELECT typed, action_id FROM definition_draft") == [({}, row.id)]


async def test_the_first_page_sent_twice_is_one_draft(bare: House) -> None:
    browser = await sign_in(bare, "quality_lead")
    fields = found(bare) | {"request_id": str(uuid4()), "do": "next"}
    leads = [(await browser.post("/define", data=fields)).headers["location"] for _ in range(2)]
    assert leads[0] == leads[1]
    assert len(await query(bare, "SELECT 1 FROM definition_draft")) == 1


async def test_going_on_needs_the_page_and_leaving_does_not(bare: House) -> None:
    browser = await sign_in(bare, "quality_lead")
    stopped = await browser.post("/define", data={"do": "next"})
    assert stopped.status_code == 422
    assert "Choose the location." in stopped.text
    left = await browser.post("/define", data={"do": "later", "summary": "Something about drinks"})
    assert (left.status_code, left.headers["location"]) == (303, "/define")
    again = await browser.get("/define")
    assert "You have begun 1 action" in again.text
    assert "Something about drinks" in again.text


@pytest.mark.parametrize(
    ("page", "fields", "words"),
    [
        ("who", dated("due_at", date(2020, 1, 3)), "The due date must be in the future."),
        ("who", {"due_at-day": "31", "due_at-month": "2", "due_at-year": "2030"}, "not a day in the calendar"),
        ("found", dated("found_on", date(2090, 1, 3)), "The finding cannot be later than today."),
        ("measure", MEASURE | {"measure_direction": "down"}, "It should go down, and 19 of 20 is above 7 of 20."),
        ("change", {"title": "x" * 201}, "at most 200 characters"),
        ("references", {"references": "cqc-saf/2023.1/S99"}, None),
    ],
)
async def test_what_cannot_be_is_refused_in_words_even_when_leaving(
    bare: House, page: str, fields: dict[str, str], words: str | None
) -> None:
    browser = await sign_in(bare, "quality_lead")
    base = await begin(browser, bare)
    answer = await browser.post(f"{base}/{page}", data=fields | {"do": "later"})
    if words is None:  # kept as typed, and refused when it is to count
        refused = await browser.post(base, data={"do": "draft"})
        assert "is not a statement of a framework" in refused.text
        words = "is not a statement"
        answer = refused
    assert answer.status_code == 422
    assert words in answer.text
    assert "<title>Error:" in answer.text


async def test_the_page_shows_its_hints_once_and_lets_go(bare: House) -> None:
    await new_action(bare, "open", utc_now())
    browser = await sign_in(bare, "quality_lead")
    base = await begin(browser, bare)
    weak = {"title": "Weekly weights for everyone at risk of malnutrition", "what_will_change": "Remind all staff."}
    held = await browser.post(f"{base}/change", data=weak | {"do": "next"})
    assert held.headers["location"] == f"{base}/change#hints"
    shown = (await browser.get(f"{base}/change")).text
    for words in (
        bare.refs["open"],
        "can mean many things",
        "Weak: it rests on memory",
        "who will look whether they do",
    ):
        assert words in shown
    looked = re.findall(r'name="looked" value="(\w+)"', shown)
    let_go = await browser.post(f"{base}/change", data=weak | {"do": "next", "looked": looked[0]})
    assert let_go.headers["location"] == f"{base}/measure"


async def test_hints_come_while_typing_and_change_nothing(bare: House) -> None:
    await new_action(bare, "open", utc_now())
    browser, outsider = await sign_in(bare, "quality_lead"), await sign_in(bare, "outsider")
    typed = found(bare, summary="7 of 12 people at risk had no weight recorded in the last 30 days.")
    before = await query(bare, "SELECT count(*) FROM definition_draft")
    assert bare.refs["open"] in (await browser.post("/define/hints", data=typed)).text
    assert bare.refs["open"] not in (await outsider.post("/define/hints", data=typed)).text
    assert await query(bare, "SELECT count(*) FROM definition_draft") == before


async def test_the_check_of_all_answers_shows_what_is_like_it_and_what_came_back_without_a_script(bare: House) -> None:
    await new_action(bare, "open", utc_now())
    closed = await evidenced(bare, "closed", utc_now(), title="Drinks by day", theme="hydration")
    await sample(bare.cast, closed, True, utc_now())
    await approve_it(bare.cast, closed, utc_now())
    browser = await sign_in(bare, "quality_lead")
    base = await begin(browser, bare)
    weekly = {
        "title": "Weekly weights for everyone at risk of malnutrition",
        "what_will_change": "Scales on each wing.",
    }
    await send(browser, f"{base}/change", weekly, do="later")
    check = (await browser.get(base)).text
    alike, again = check.index("Is it one of these already?"), check.index("This theme was closed here within")
    assert alike < check.index(bare.refs["open"]) < again < check.index(bare.refs["closed"])


async def test_the_crosswalk_is_shown_beside_what_was_chosen_and_adds_nothing(bare: House) -> None:
    browser = await sign_in(bare, "quality_lead")
    base = await begin(browser, bare)
    await send(browser, f"{base}/references", {"references": [SAFEGUARDING]}, do="look")
    shown = (await browser.get(f"{base}/references")).text
    assert "the two titles are the same words" in shown
    assert "Draft, not in force" in shown
    assert re.findall(r'value="([^"]+)" checked', shown) == [SAFEGUARDING]
    await send(browser, f"{base}/references", {"references": [SAFEGUARDING, DRAFT_LINE]})
    again = (await browser.get(f"{base}/references")).text
    assert set(re.findall(r'value="([^"]+)" checked', again)) == {SAFEGUARDING, DRAFT_LINE}


async def test_change_leads_back_to_the_answers(bare: House) -> None:
    browser = await sign_in(bare, "quality_lead")
    base = await write_all(browser, bare)
    assert await send(browser, f"{base}/change", CHANGE | {"title": "Drinks at night", "then": "check"}) == base
    assert "Drinks at night" in (await browser.get(base)).text


async def test_an_unfinished_one_is_thrown_away_by_its_writer_alone(bare: House) -> None:
    browser, other = await sign_in(bare, "quality_lead"), await sign_in(bare, "manager")
    base = await begin(browser, bare)
    assert (await other.post(base, data={"do": "discard"})).status_code == 404
    assert (await browser.post(base, data={"do": "discard"})).headers["location"] == "/define"
    assert await query(bare, "SELECT 1 FROM definition_draft") == []


async def test_a_manager_may_not_define_elsewhere(bare: House) -> None:
    outsider = await sign_in(bare, "outsider")
    base = await write_all(outsider, bare)
    refused = await outsider.post(base, data={"do": "define"})
    assert refused.status_code == 422
    assert "You may not define actions there." in refused.text
    assert await query(bare, "SELECT 1 FROM action") == []


async def test_a_whole_definition_can_be_shared_as_a_draft(bare: House) -> None:
    browser = await sign_in(bare, "quality_lead")
    base = await write_all(browser, bare)
    await browser.post(base, data={"do": "draft"})
    assert await query(bare, "SELECT status, draft_reasons FROM action") == [
        ("draft", ["Nothing is missing. Look it through, then define it."])
    ]


@pytest.fixture
async def shared(bare: House) -> UUID:
    """A draft that lacks risk, criteria and date, and its define step."""
    changes = {"risk": None, "closure_criteria": None, "due_at": None, "external_ref": "INC-7"}
    return await open_step(bare.cast, await new_action(bare, "draft", utc_now(), **changes), "define")


def seen_in(page: httpx.Response) -> str:
    return re.findall(r'name="seen" value="(\w+)"', page.text)[0]


async def test_a_draft_says_what_lacks_and_is_completed_page_by_page_by_two_people(bare: House, shared: UUID) -> None:
    lead, manager = await sign_in(bare, "quality_lead"), await sign_in(bare, "manager")
    base = f"/steps/{shared}/define"
    check = await lead.get(base)
    assert "3 things are missing" in check.text
    seen = seen_in(await lead.get(f"{base}/who"))
    measured = seen_in(await manager.get(f"{base}/measure"))
    assert (await lead.post(f"{base}/who", data=who(bare) | {"seen": seen})).headers["location"] == base
    whole = {"measure_what": "plans", "measure_baseline": "42 %", "measure_target": "92 %"}
    saved = await manager.post(f"{base}/measure", data=MEASURE | whole | {"seen": measured, "do": "next"})
    assert saved.headers["location"] == base
    seen = seen_in(await manager.get(base))
    done = [await manager.post(base, data={"seen": seen}) for _ in range(2)]
    assert {answer.headers["location"] for answer in done} == {f"/actions/{bare.refs['draft']}"}
    [row] = await query(
        bare,
        "SELECT a.status, a.risk, a.closure_criteria, a.original_due_at = a.due_at AS first, f.external_ref"
        " FROM action a JOIN finding f ON f.id = a.finding_id",
    )
    assert row == ("awaiting acceptance", "medium", MEASURE["closure_criteria"], True, "INC-7")
    changed = await query(bare, "SELECT count(*) FROM trail_entry WHERE what = 'draft changed'")
    assert changed == [(2,)]


async def test_nobody_overwrites_what_they_have_not_seen(bare: House, shared: UUID) -> None:
    lead, manager = await sign_in(bare, "quality_lead"), await sign_in(bare, "manager")
    base = f"/steps/{shared}/define"
    seen = seen_in(await lead.get(f"{base}/change"))
    mine, theirs = CHANGE | {"title": "My own title"}, CHANGE | {"title": "Their own title"}
    await lead.post(f"{base}/change", data=mine | {"seen": seen})
    stopped = await manager.post(f"{base}/change", data=theirs | {"seen": seen})
    assert stopped.status_code == 409
    assert "My own title" in stopped.text
    assert "Their own title" in stopped.text
    await manager.post(f"{base}/change", data=theirs | {"seen": seen_in(stopped), "do": "next"})
    assert await query(bare, "SELECT title FROM action") == [("Their own title",)]


async def test_a_draft_that_changed_since_it_was_read_is_read_again(bare: House, shared: UUID) -> None:
    lead, manager = await sign_in(bare, "quality_lead"), await sign_in(bare, "manager")
    base = f"/steps/{shared}/define"
    for page, fields in (("who", who(bare)), ("measure", MEASURE)):
        await lead.post(f"{base}/{page}", data=fields | {"seen": seen_in(await lead.get(f"{base}/{page}"))})
    seen = seen_in(await lead.get(base))
    now = seen_in(await manager.get(f"{base}/change"))
    await manager.post(f"{base}/change", data=CHANGE | {"seen": now})
    stopped = await lead.post(base, data={"seen": seen})
    assert stopped.status_code == 409
    assert "It was changed while you looked" in stopped.text
    assert await query(bare, "SELECT status FROM action") == [("draft",)]


async def test_completing_what_lacks_something_says_what(bare: House, shared: UUID) -> None:
    browser = await sign_in(bare, "quality_lead")
    base = f"/steps/{shared}/define"
    stopped = await browser.post(base, data={"seen": seen_in(await browser.get(base))})
    assert stopped.status_code == 422
    for words in ("Rate the risk.", "Give a due date.", "Say what must be shown"):
        assert words in stopped.text


async def test_who_may_not_define_reads_no_form(bare: House, shared: UUID) -> None:
    for person, status in (("inspector", 403), ("outsider", 404), ("owner", 403)):
        browser = await sign_in(bare, person)
        for path in ("", "/change"):
            assert (await browser.get(f"/steps/{shared}/define{path}")).status_code == status, person
        assert (await browser.post(f"/steps/{shared}/define/change", data=CHANGE)).status_code == status
