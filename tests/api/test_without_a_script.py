"""Every page works without JavaScript: what it shows is there, and what it asks is sent by a plain form."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
import pytest

from tests.api.house import House, anybody
from tests.api.test_who_sees_what import DECISIONS, OF_THE_HOME, WALK, address
from tests.templates.looked_at import OWNER_PAGES

Browsers = dict[str, httpx.AsyncClient]
SENDS = {"submit", "image"}
# It brings the hints sooner, while somebody types; without it they stand on the page of all answers.
ITS_SCRIPT = {"/static/htmx.js"}


@dataclass
class Form:
    """A form of a page: where it goes, and its buttons."""

    method: str
    buttons: list[str] = field(default_factory=list[str])


class Page(HTMLParser):
    """What of a page would need a script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.scripts: set[str | None] = set()
        self.needs: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        self.needs += [f"{tag} {name}" for name in has if name.startswith("on")]
        if tag == "a" and (has.get("href") or "#").startswith(("javascript:", "#")) and len(has.get("href") or "") < 2:
            self.needs.append(f"a {attrs}")
        if tag == "script":
            self.scripts.add(has.get("src"))
        if tag == "form":
            self.forms.append(Form(has.get("method") or "get"))
        if tag in ("button", "input") and has.get("type", "submit" if tag == "button" else "text") in SENDS:
            if self.forms:
                self.forms[-1].buttons.append(tag)
        elif tag == "button":
            self.needs.append(f"a button that sends nothing: {attrs}")


def judge(path: str, page: httpx.Response) -> None:
    found = Page(page.text)
    assert found.needs == [], path
    assert [form for form in found.forms if not form.buttons] == [], path
    assert found.scripts <= (ITS_SCRIPT if "/define" in path else set()), path


PATTERNS = [(pattern, who) for pattern, who, *_ in (*WALK, *DECISIONS)] + [(one, {"manager"}) for one in OF_THE_HOME]


@pytest.mark.parametrize(("pattern", "who"), PATTERNS, ids=[pattern for pattern, _ in PATTERNS])
async def test_a_page_needs_no_script(house: House, browsers: Browsers, pattern: str, who: set[str]) -> None:
    path = address(house, pattern)
    for person in sorted(who or {"manager"}):
        judge(path, await browsers[person].get(path))


async def test_an_owner_page_needs_no_script(house: House) -> None:
    for step, page in OWNER_PAGES:
        async with anybody(house) as browser:
            await browser.get(f"/do/{await house.token_of(house.steps[step])}")
            shown = await browser.get(f"/steps/{house.steps[step]}{page}")
            assert (shown.status_code, "<form" in shown.text or not page) == (200, True)
            judge(page, shown)
