"""The real pages, served to a real browser from a furnished house."""

import os
import shutil
import socket
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import uvicorn
from playwright.async_api import Browser, Page, Request, async_playwright
from sqlalchemy import text

from api.app import create_app
from commands.drawing import draw_sample
from commands.office import utc_now
from commands.sample import SampleAnswer, save_results
from commands.support import need_support
from commands.webhook_failures import tell_of_failing_webhooks
from commands.webhooks import add_webhook
from db.embedded import Embedded
from db.engine import make_engine
from domain.actors import OPERATOR
from domain.connecting import EventKind
from domain.saving import ItemResult
from notifications.compose import compose
from settings import Settings
from tests.api.house import EMAILS, House, build, evidenced, furnish, new_action, sign_in
from tests.cast import Cast, by_link, open_step, signed_in
from tests.conftest import clone, execute
from tests.notifications.outbox import SENDER, a_letter, a_row

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]
CAUGHT = "0179566762"
SCRIPT = "<script>window.got = 1</script><img src=x onerror='window.got = 1'>"


@dataclass
class Site:
    """A served house, a browser, and what each visited page complained of."""

    house: House
    address: str
    browser: Browser
    sessions: dict[str, str]
    complaints: list[str] = field(default_factory=list[str])

    async def visit_as(self, who: str | None) -> Page:
        """A window of somebody's own; whatever goes wrong in it is noted."""
        context = await self.browser.new_context(base_url=self.address, viewport={"width": 1200, "height": 900})
        if who is not None:
            await context.add_cookies([{"name": "ft-session", "value": self.sessions[who], "url": self.address}])
        page = await context.new_page()
        page.on("console", lambda m: self._note(f"console: {m.text}") if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._note(f"page error: {error}"))
        page.on("request", lambda request: self._check_host(request))
        return page

    def _note(self, complaint: str) -> None:
        # A page that says 403, 404, 410 or 422 says so in the console too; that is no fault.
        if "Failed to load resource: the server responded with a status of 4" not in complaint:
            self.complaints.append(complaint)

    def _check_host(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.complaints.append(f"another host: {request.url}")


def chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "Chromium is needed: install the package “chromium”, or set CHROMIUM to where it is."
    return found


async def _scripted(house: House) -> None:
    """An action with a script in everything that can be typed."""
    words = f"Plans have weights {SCRIPT}"
    changes = {"title": words, "what_will_change": words, "summary": words, "theme": SCRIPT, "closure_criteria": words}
    action = await evidenced(house, "scripted", utc_now(), **changes)
    house.steps["scripted"] = step = await open_step(house.cast, action, "sample")
    await draw_sample(house.cast.office, signed_in(house.cast.deputy), step, words, 60, utc_now())


async def _none_applied(house: House) -> None:
    """A sample of which no item applied, so that another may be drawn."""
    action, deputy = await evidenced(house, "none-applied", utc_now()), signed_in(house.cast.deputy)
    house.steps["none-applied"] = step = await open_step(house.cast, action, "sample")
    await draw_sample(house.cast.office, deputy, step, "records of people on leave", 2, utc_now())
    found = [ItemResult(place, "not applicable", "") for place in (1, 2)]
    await save_results(house.cast.office, deputy, step, SampleAnswer(found), utc_now())


async def _needs_support(house: House) -> None:
    """An owner who would take an action on, but for what is in the way."""
    action = await new_action(house, "needs-support", utc_now())
    accept = await open_step(house.cast, action, "accept")
    await need_support(house.cast.office, await by_link(house.cast, accept), accept, uuid4(), "No scales.", utc_now())
    house.steps["support"] = await open_step(house.cast, action, "support")


def _caught_mail(folder: Path) -> None:
    """A mail with an attachment, as the local catcher keeps it."""
    folder.mkdir(exist_ok=True)
    letter = a_letter(button="Open", target="step", calendar_due="2026-12-03")
    (folder / f"{CAUGHT}.eml").write_bytes(compose(a_row(letter), SENDER, utc_now()))


async def _calls_given_up(house: House) -> None:
    """Another system that did not take what it was told, and somebody was told of that."""
    now, url = utc_now(), "https://incidents.example.org/followthrough/changes"
    await add_webhook(house.cast.office, OPERATOR, uuid4(), url, frozenset(EventKind), None, now)
    await evidenced(house, "not-told", now)
    async with house.engine.begin() as connection:
        dead = "UPDATE webhook_delivery SET status = 'dead', died_at = now(), attempts = 9, last_error = 'answered 500'"
        await connection.execute(text(dead))
    await tell_of_failing_webhooks(house.cast.office, utc_now())


@pytest.fixture(scope="package")
async def site(postgres: Embedded, employed: Cast, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    name, home = f"p{uuid4().hex[:12]}", tmp_path_factory.mktemp("site")
    await clone(postgres, name, "employed")
    url = postgres.url(name)
    engine = make_engine(url)
    house = await furnish(build(employed, engine, url, home))
    await _scripted(house)
    await _none_applied(house)
    await _needs_support(house)
    _caught_mail(house.app.state.front.settings.mail_folder)
    await _calls_given_up(house)
    sessions = {who: (await sign_in(house, who)).cookies["ft-session"] for who in EMAILS}
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(Settings(home=home, database_url=url, base_url=address, _env_file=None))  # pyright: ignore[reportCallIssue]
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            yield Site(house, address, browser, sessions)
            await browser.close()
        server.should_exit = True
        thread.join(20)
    await house.app.state.front.office.engine.dispose()
    await engine.dispose()
    await execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")
