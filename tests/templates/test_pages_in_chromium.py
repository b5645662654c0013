"""Every page in a real browser: axe finds nothing, nothing scrolls sideways, nothing comes from elsewhere."""

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page
from sqlalchemy import text

from api.pages.import_reading import reading_of
from commands.office import utc_now
from tests.api.house import PNG, accepted
from tests.cast import open_step
from tests.templates.conftest import SCRIPT, Site
from tests.templates.looked_at import ERRORS, OWNER_PAGES, PAGES, REFUSED, address

TRACKER = Path(__file__).parent.parent / "trackers" / "data" / "rosewood-tracker.xlsx"
SMALL = (
    "Ref,Location,Source,Finding,Action required,Person responsible,Date raised,Target date,Date closed,Evidence",
    "A-1,Cedar View,Audit,No menus,Print weekly menus for all nine by May,Oona Fabricott,01/11/2026,18/12/2026,,",
    "A-2,Cedar View,Audit,No times,Write the time beside each of the ten drinks,,01/11/2026,18/12/2026,,",
    "A-3,Cedar View,Audit,No list,List all nine keys,Oona Fabricott,01/10/2026,18/10/2026,20/10/2026,the list",
)
PEOPLE = (
    "Name,E-mail,Role,Location,From,To",
    "Ann Lee,ann@example.org,key worker,Cedar View,,",
    "Bob Ray,bob@example.org,astronaut,Cedar View,,",
)
STANDARDS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOK = "options => axe.run(options).then(found => found.violations)"


async def is_fit(site: Site, page: Page) -> None:
    """What every page must be, in a wide window and on phones."""
    faults: list[str] = []
    await page.evaluate(AXE_SCRIPT)
    for width in (1200, 390, 320):
        await page.set_viewport_size({"width": width, "height": 900})
        if over := await page.evaluate(OVERFLOW):
            faults.append(f"{width}: scrolls sideways by {over}")
        if width != 320:
            found = await page.evaluate(LOOK, STANDARDS)
            faults += [f"{width}: {v['id']}: {[node['html'][:200] for node in v['nodes'][:3]]}" for v in found]
    assert await page.evaluate("window.got") is None
    assert await page.locator("h1").count() == 1
    assert faults + site.complaints == [], page.url


@pytest.fixture(autouse=True)
def _nothing_noted(site: Site) -> None:
    site.complaints.clear()


@pytest.mark.parametrize(("who", "pattern"), PAGES, ids=[f"{path} {who or 'nobody'}" for who, path in PAGES])
async def test_a_page_is_fit_for_everybody(site: Site, who: str | None, pattern: str) -> None:
    page = await site.visit_as(who)
    answer = await page.goto(address(site, pattern))
    assert answer is not None
    assert (answer.status, pattern) == (REFUSED.get((who, pattern), 200), pattern)
    await is_fit(site, page)
    await page.context.close()


@pytest.mark.parametrize(("step", "path"), OWNER_PAGES, ids=[f"{step}{path}" for step, path in OWNER_PAGES])
async def test_an_owner_page_is_fit_for_everybody(site: Site, step: str, path: str) -> None:
    page = await site.visit_as(None)
    await page.goto(f"/do/{await site.house.token_of(site.house.steps[step])}")
    assert page.url.endswith(f"/steps/{site.house.steps[step]}")
    await page.goto(f"/steps/{site.house.steps[step]}{path}")
    await is_fit(site, page)
    await page.context.close()


@pytest.mark.parametrize(("who", "pattern", "button"), ERRORS, ids=[path for _, path, _ in ERRORS])
async def test_a_form_sent_empty_says_what_is_wrong_and_is_fit(
    site: Site, who: str | None, pattern: str, button: str
) -> None:
    page = await site.visit_as(who)
    await page.goto(address(site, pattern))
    pressed = page.locator(button) if button.startswith("main") else page.get_by_role("button", name=button, exact=True)
    await pressed.click()
    assert (await page.title()).startswith("Error:")
    summary = page.locator(".nhsuk-error-summary a")
    for number in range(await summary.count()):
        target = await summary.nth(number).get_attribute("href")
        assert await page.locator(f"[id='{(target or '').removeprefix('#')}']").count() == 1, target
    await is_fit(site, page)
    await page.context.close()


async def test_evidence_from_a_first_wrong_try_to_its_receipt_is_fit(site: Site) -> None:
    action = await accepted(site.house, "receipt", utc_now())
    page, step = await site.visit_as(None), await open_step(site.house.cast, action, "care-plans")
    await page.goto(f"/do/{await site.house.token_of(step)}")
    await page.goto(f"/steps/{step}/evidence")
    await page.fill("[name=statement]", f"Everybody is weighed on Mondays {SCRIPT}")
    send = page.get_by_role("button", name="Send my evidence")
    await send.last.click()
    assert (await page.title()).startswith("Error:")
    assert SCRIPT in await page.input_value("[name=statement]")
    await is_fit(site, page)
    await page.set_input_files("[name=files]", {"name": "rota.png", "mimeType": "image/png", "buffer": PNG})
    today = site.house.cast.office.calendar.day_of(utc_now())
    for part in ("day", "month", "year"):
        await page.fill(f"[name=effective_on-{part}]", str(getattr(today, part)))
    await send.last.click()
    assert await page.get_by_role("heading", name="Your evidence is in").is_visible()
    assert await page.get_by_text("rota.png").is_visible()
    await is_fit(site, page)
    await page.context.close()


async def test_a_tracker_with_a_people_list_is_shown_row_by_row_and_fit(site: Site) -> None:
    page = await site.visit_as("administrator")
    await page.goto("/import")
    await page.set_input_files("[name=file]", str(TRACKER))
    await page.get_by_role("button", name="Look at it").click()
    assert await page.get_by_role("heading", name="Row by row").is_visible()
    assert await page.get_by_label("Make the 21 people of the list").is_checked()
    await page.get_by_text("What each column means").first.click()
    await is_fit(site, page)
    await page.context.close()


async def test_a_people_list_from_its_file_to_its_people_is_fit(site: Site) -> None:
    page = await site.visit_as("administrator")
    await page.goto("/people/import")
    await page.get_by_text("What to write in each column").click()
    await is_fit(site, page)
    listed = "\r\n".join(PEOPLE).encode()
    await page.set_input_files("[name=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": listed})
    await page.get_by_role("button", name="Look at it").click()
    await is_fit(site, page)
    await page.get_by_role("button", name="Add 1 row").click()
    assert await page.get_by_role("link", name="Ann Lee").is_visible()
    await page.context.close()


@contextmanager
def still_read(site: Site, key: UUID) -> Generator[Path]:
    """A tracker of the quality lead's, which is read no further until something is written to it."""
    file = site.house.home / "imports" / f"{site.house.cast.quality_lead.hex}-{key.hex}"
    file.parent.mkdir(exist_ok=True)
    file.with_suffix(".name").write_text("large.csv")
    os.mkfifo(file)
    try:
        yield file
    finally:  # whoever reads it still, reads nothing
        os.close(os.open(file, os.O_RDWR | os.O_NONBLOCK))


async def test_a_tracker_that_is_still_read_says_how_far_by_itself_and_is_fit(site: Site) -> None:
    page, key = await site.visit_as("quality_lead"), uuid4()
    with still_read(site, key) as file:
        await page.goto(f"/import/{key}")
        assert await page.get_by_text("Its rows are being found.").is_visible()
        await is_fit(site, page)
        reading_of(file, None, date.today()).told(12_000, 20_000)
        await page.get_by_text("12,000 of 20,000 rows.").wait_for()
        await is_fit(site, page)
        await asyncio.to_thread(file.write_bytes, "\r\n".join(SMALL).encode())
        await page.get_by_role("heading", name="Row by row").wait_for()
    assert page.url.endswith(f"/import/{key}")
    await page.context.close()


async def test_a_tracker_from_its_file_to_its_rows_is_fit(site: Site) -> None:
    page = await site.visit_as("administrator")
    await page.goto("/import")
    small = "\r\n".join(SMALL).encode()
    await page.set_input_files("[name=file]", {"name": "small.csv", "mimeType": "text/csv", "buffer": small})
    await page.get_by_role("button", name="Look at it").click()
    await page.get_by_role("button", name="Import 3 rows").click()
    if page.url.endswith("/import"):  # a slow machine shows how far it is first
        await page.get_by_role("link", name="small.csv").click(timeout=60_000)
    assert await page.locator(".nhsuk-tag", has_text="Closed elsewhere, kept as history").first.is_visible()
    await is_fit(site, page)
    await page.get_by_label("What became of it").select_option("draft")
    await page.get_by_role("button", name="Filter").click()
    assert await page.get_by_text("1 row within your filters").is_visible()
    await page.get_by_role("link", name="FT-").first.click()
    await page.get_by_text("As it stood in your tracker").click()
    await page.get_by_role("link", name="Imported from row").click()
    assert await page.get_by_text("1 row within your filters").is_visible()
    await page.get_by_role("link", name="Back to all imports").click()
    await is_fit(site, page)
    await page.context.close()


async def test_hints_come_while_somebody_types_and_work_without_a_script_too(site: Site) -> None:
    page = await site.visit_as("quality_lead")
    await page.goto("/define")
    await page.select_option("#location_id", label="Cedar View")
    await page.select_option("#source", "audit")
    await page.fill("#summary", "7 of 12 people at risk had no weight recorded in the last 30 days")
    await page.fill("#theme", "Nutrition")
    await page.get_by_role("heading", name="Is it one of these already?").wait_for()
    await page.get_by_role("heading", name="This theme was closed here within the last twelve months").wait_for()
    await is_fit(site, page)
    await page.get_by_role("button", name="Continue").click()
    assert page.url.endswith("/change")
    await page.fill("#title", "Weights")
    await page.fill("#what_will_change", "Ensure that staff are reminded about weights.")
    await page.get_by_role("heading", name="Worth another look").wait_for()
    await page.get_by_role("button", name="Save and come back later").click()
    assert await page.get_by_role("heading", name="You have begun 1 action").is_visible()
    await is_fit(site, page)
    await page.get_by_role("link", name="Weights", exact=True).click()
    assert await page.get_by_role("heading", name="Check your answers").is_visible()
    await is_fit(site, page)
    await page.get_by_role("button", name="Throw it away").click()
    await page.context.close()


async def test_a_link_that_grew_old_gives_a_kind_page_and_a_new_one(site: Site) -> None:
    action = await accepted(site.house, "old", utc_now())
    step = await open_step(site.house.cast, action, "care-plans")
    token = await site.house.token_of(step)
    async with site.house.engine.begin() as connection:
        old = text("UPDATE link SET expires_at = now() - interval '1 day' WHERE step_id = :step")
        await connection.execute(old, {"step": step})
    page = await site.visit_as(None)
    await page.goto(f"/do/{token}")
    await is_fit(site, page)
    await page.get_by_role("button").first.click()
    assert await page.get_by_role("heading", name="Look in your e-mail").is_visible()
    await is_fit(site, page)
    await page.context.close()


async def test_an_answer_leads_to_the_action_with_a_banner(site: Site) -> None:
    page = await site.visit_as("manager")
    await page.goto(f"/barriers/{site.house.asked['barrier']}")
    await page.fill("[name=answer]", "Agency cover is booked from tonight")
    await page.get_by_role("button", name="Send my answer").click()
    assert await page.get_by_text("Your answer is recorded, and they are told.").is_visible()
    await is_fit(site, page)
    await page.goto(f"/barriers/{site.house.asked['barrier']}")
    await is_fit(site, page)
    await page.context.close()


async def test_a_script_in_every_field_stays_text(site: Site) -> None:
    for who, pattern in (
        ("manager", "/actions/{scripted}"),
        ("manager", "/tracker"),
        ("quality_lead", "/overview"),
        ("deputy", "/work"),
        ("deputy", "/steps/{scripted-step}/sample"),
        ("manager", "/steps/{scripted-step}/give"),
    ):
        page = await site.visit_as(who)
        await page.goto(address(site, pattern))
        assert await page.evaluate("window.got") is None, pattern
        assert await page.locator("main script, main img[src=x]").count() == 0, pattern
        await page.context.close()
    assert site.complaints == []


async def test_the_menu_stands_open_where_there_is_room_and_folds_on_a_phone_without_a_script(site: Site) -> None:
    context = await site.browser.new_context(base_url=site.address, java_script_enabled=False)
    await context.add_cookies([{"name": "ft-session", "value": site.sessions["administrator"], "url": site.address}])
    page = await context.new_page()
    await page.set_viewport_size({"width": 1200, "height": 900})
    await page.goto("/work")
    link = page.get_by_role("link", name="Absence", exact=True)
    assert await link.is_visible()
    await page.set_viewport_size({"width": 390, "height": 800})
    header = await page.locator("header").bounding_box()
    assert header is not None
    assert header["height"] < 120
    assert not await link.is_visible()
    await page.get_by_text("Menu", exact=True).press("Enter")
    await link.click()
    assert page.url.endswith("/absence")
    await context.close()


async def test_everything_is_reached_by_keyboard_and_the_skip_link_comes_first(site: Site) -> None:
    page = await site.visit_as("manager")
    await page.goto("/work")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to main content"
    await page.context.close()
