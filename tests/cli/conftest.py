"""A house with a keyboard."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.house import House, bare_house, new_action
from tests.cast import MONDAY, Cast
from tests.cli.keyboard import Run, run


@pytest.fixture
async def house(employed: Cast, database: str, tmp_path: Path) -> AsyncIterator[House]:
    """Its people are there, and no action yet."""
    async with bare_house(employed, database, tmp_path) as made:
        yield made


@pytest.fixture
async def asked(house: House) -> str:
    """One action, by its reference, which waits for its owner's yes."""
    await new_action(house, "asked", MONDAY)
    return house.refs["asked"]


@pytest.fixture
def here(house: House, database: str, tmp_path: Path) -> Run:
    """Run a command on this house."""
    return lambda *words: run(tmp_path, *words, database_url=database)
