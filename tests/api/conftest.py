"""One furnished house for all tests that only look, and a bare one of its own for each that changes something."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from db.embedded import Embedded
from db.engine import make_engine
from tests.api.house import EMAILS, House, bare_house, build, furnish, sign_in
from tests.cast import Cast
from tests.conftest import clone, execute


@pytest.fixture(scope="session")
async def house(postgres: Embedded, employed: Cast, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A furnished house that tests look at and leave as it is.

    Its pages have one connection: a page that asks for a second while it holds the first never gets one.
    """
    name = f"h{uuid4().hex[:12]}"
    await clone(postgres, name, "employed")
    engine = make_engine(postgres.url(name))
    home = tmp_path_factory.mktemp("house")
    yield await furnish(build(employed, engine, postgres.url(name), home, connections=1))
    await engine.dispose()
    await execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def browsers(house: House) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A browser for each person of the house, signed in."""
    made = {who: await sign_in(house, who) for who in EMAILS}
    yield made
    for browser in made.values():
        await browser.aclose()


@pytest.fixture
async def bare(employed: Cast, database: str, tmp_path: Path) -> AsyncIterator[House]:
    """A house with its people and no actions, for one test alone."""
    async with bare_house(employed, database, tmp_path) as made:
        yield made
