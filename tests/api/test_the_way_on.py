"""Pages that need nobody have the menu for whoever is signed in, and none for anybody else."""

import httpx
import pytest

from tests.api.house import House, anybody

MENU = 'aria-label="Main"'


@pytest.mark.parametrize(
    ("path", "status"),
    [("/help", 200), ("/caught-mail", 200), ("/nothing-here", 404), ("/actions/FT-2026-9999", 404), ("/api-keys", 403)],
)
async def test_whoever_is_signed_in_finds_the_menu_there(
    house: House, browsers: dict[str, httpx.AsyncClient], path: str, status: int
) -> None:
    page = await browsers["deputy"].get(path)
    assert (page.status_code, page.text.count(MENU)) == (status, 1)
    async with anybody(house) as browser:
        assert MENU not in (await browser.get(path, follow_redirects=True)).text
