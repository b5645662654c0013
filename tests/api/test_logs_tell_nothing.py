"""What goes wrong is logged without links, and without what people wrote."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import text

from cli.main import keep_logs_discreet
from commands.office import utc_now
from tests.api.house import House, accepted, anybody
from tests.cast import open_step

WORDS = "There are no scales on the first floor"


@pytest.fixture(autouse=True)
def discreet() -> Iterator[None]:
    before = structlog.get_config()
    keep_logs_discreet()
    yield
    structlog.configure(**before)


async def test_a_page_that_fails_is_logged_with_neither_its_link_nor_what_was_sent(
    bare: House, capsys: pytest.CaptureFixture[str]
) -> None:
    step = await open_step(bare.cast, await accepted(bare, "open", utc_now()), "care-plans")
    token = await bare.token_of(step)
    browser = anybody(bare)
    await browser.get(f"/do/{token}")
    async with bare.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE barrier ADD CHECK (barrier = '') NOT VALID"))
    told = await browser.post(f"/steps/{step}/blocked", data={"barrier": WORDS, "request_id": str(uuid4())})
    assert told.status_code == 500
    async with bare.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE link RENAME TO mislaid"))
    assert (await browser.get(f"/do/{token}")).status_code == 500
    logged = capsys.readouterr().out
    assert logged.count("a page failed") == 2
    assert "/do/{token}" in logged
    assert "violates check constraint" in logged
    assert token not in logged
    assert WORDS not in logged
