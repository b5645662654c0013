"""An import whose process is killed: what came in is told of once, whether the file is imported again or not."""

import asyncio
import os
import signal
import sys
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.import_telling import tell_of_cut_off_imports
from commands.import_tracker import import_rows
from commands.office import Office, england_and_wales, utc_now
from db.engine import make_engine
from domain.actors import OPERATOR
from tests.cast import KEY
from tests.commands.test_import import NOW, an_office, count, fetch, tracker

AT_ONCE = timedelta(0)
KILLED_AT = 30


async def told_of(engine: AsyncEngine) -> list[int]:
    """How many actions each mail about an import tells of, oldest first."""
    mails = await fetch(engine, "SELECT context->>'headline' AS words FROM message WHERE kind = 'imported' ORDER BY id")
    return [int(mail.words.split(" ")[0]) for mail in mails]


async def drafts(engine: AsyncEngine) -> int:
    """How many actions wait for somebody with an account."""
    return await count(engine, "step WHERE status = 'open' AND assignee_id IS NOT NULL AND form <> 'acceptance'")


async def import_and_die(url: str) -> None:
    """What the other process does."""

    def die(done: int, _total: int) -> None:
        if done == KILLED_AT:
            os.kill(os.getpid(), signal.SIGKILL)

    office = Office(make_engine(url), KEY, england_and_wales())
    await import_rows(office, OPERATOR, tracker(), NOW, with_people=True, progress=die)


@pytest.fixture
async def cut_off(engine: AsyncEngine) -> Office:
    """A tracker of sixty rows, half of which came in before the process was killed."""
    office = await an_office(engine)
    url = engine.url.render_as_string(hide_password=False)
    words = f"import asyncio; from {__name__} import import_and_die; asyncio.run(import_and_die({url!r}))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", words)
    assert await process.wait() == -signal.SIGKILL
    assert await fetch(engine, "SELECT status FROM import_batch") == [("running",)]
    return office


async def test_what_came_in_is_told_of_once_and_the_rest_when_the_file_is_imported_again(cut_off: Office) -> None:
    engine = cut_off.engine
    assert await told_of(engine) == []
    assert await tell_of_cut_off_imports(cut_off, utc_now()) == 0  # it may still be under way
    assert [await tell_of_cut_off_imports(cut_off, utc_now(), AT_ONCE) for _ in range(2)] == [1, 0]
    first = await drafts(engine)
    assert await told_of(engine) == [first]
    assert await fetch(engine, "SELECT status, error FROM import_batch") == [("failed", "cut off")]
    for _ in range(2):
        await import_rows(cut_off, OPERATOR, tracker(), NOW, with_people=True)
    assert await told_of(engine) == [first, await drafts(engine) - first]
    assert sum(await told_of(engine)) == 28


async def test_imported_again_before_the_worker_looks_nothing_is_told_of_twice(cut_off: Office) -> None:
    first = await drafts(cut_off.engine)
    await import_rows(cut_off, OPERATOR, tracker(), NOW, with_people=True)
    assert await told_of(cut_off.engine) == [28 - first]
    for _ in range(2):
        await tell_of_cut_off_imports(cut_off, utc_now(), AT_ONCE)
    assert await told_of(cut_off.engine) == [28 - first, first]


async def test_an_import_that_was_only_slow_tells_of_the_rest_itself(engine: AsyncEngine) -> None:
    office, ended = await an_office(engine), list[asyncio.Task[int]]()

    def meanwhile(done: int, _total: int) -> None:
        if done == KILLED_AT:
            ended.append(asyncio.create_task(tell_of_cut_off_imports(office, utc_now(), AT_ONCE)))

    await import_rows(office, OPERATOR, tracker(), NOW, with_people=True, progress=meanwhile)
    await asyncio.gather(*ended)
    assert sum(await told_of(engine)) == 28
    assert await fetch(engine, "SELECT status, error FROM import_batch") == [("done", None)]
