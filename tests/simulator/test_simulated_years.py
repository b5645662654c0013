"""A slice of the simulated years in every run of the suite, and proof that each law would be seen to be broken.

`make simulate` lives for as long as one likes; `FOLLOWTHROUGH_SEED=7` lives another world here than the day's.
"""

import os
import shutil
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from commands.answering import Receipt
from db.embedded import Embedded
from db.engine import make_engine
from db.session import glance
from domain.actors import SYSTEM
from domain.errors import NotAllowed
from evidence.keeping import files_in
from evidence.refusals import EmptyFile
from evidence.store import EvidenceStore, StoredFile
from tests.conftest import clone, execute
from tests.evidence.making import TEA, arriving
from tests.simulator import doing, happening, planted
from tests.simulator.falling import Died
from tests.simulator.living import Life, Lived, live
from tests.simulator.meeting import at_once
from tests.simulator.planted import Planted
from tests.simulator.sending import Sending
from tests.simulator.shelf import Shelf
from tests.simulator.timer import Timer
from tests.simulator.uploading import Chosen
from tests.simulator.waiting import Item, waiting_for
from tests.simulator.watching import Broken, Seen, Watcher
from tests.simulator.world import World

SEED = 2_026
TODAY = int(os.environ.get("FOLLOWTHROUGH_SEED") or f"{date.today():%Y%m%d}")
SHORT = Life(days=30, findings_a_year=250, look_at_all_every=400)


@pytest.fixture(scope="module")
async def world(postgres: Embedded, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    """A world that has lived; its database is what bugs are planted in, each in a copy."""
    await clone(postgres, "world")
    yield await live(postgres.url("world"), tmp_path_factory.mktemp("files"), SEED, SHORT)
    await execute(postgres, "DROP DATABASE world WITH (FORCE)")


def told(lived: Lived) -> str:
    life = f"DAYS={lived.life.days} FINDINGS={lived.life.findings_a_year}"
    again = f"again with SEED={lived.seed} {life} YEARS=0.1 WORLDS=1 make simulate"
    return f"seed {lived.seed}: {lived.years:.1f} action-years, {lived.world.done:,} events; {again}"


def check(lived: Lived) -> None:
    assert lived.broken is None, "\n".join((told(lived), str(lived.broken), *lived.last))
    assert lived.world.done > 50, told(lived)


async def test_a_world_lives_without_breaking_a_law(world: Lived, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{told(world)}")
    check(world)
    assert world.world.counts["done: approval"], told(world)


async def test_so_does_the_world_of_today(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lived = await live(database, tmp_path, TODAY, replace(SHORT, days=15))
    with capsys.disabled():
        print(f"\n{told(lived)}")
    check(lived)


@pytest.fixture(scope="module")
async def copy(postgres: Embedded, world: Lived) -> AsyncIterator[AsyncEngine]:
    """A copy of what the world left, where no constraint refuses anything: what watches must not rely on them."""
    await clone(postgres, "copy", "world")
    engine = make_engine(postgres.url("copy"))
    async with glance(engine) as connection:
        named = "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype IN ('c', 'x') AND conrelid > 0"
        for table, one in (await connection.execute(text(named))).all():
            await connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {one}"))
    yield engine
    await engine.dispose()
    await execute(postgres, "DROP DATABASE copy WITH (FORCE)")


@asynccontextmanager
async def changed(copy: AsyncEngine, world: Lived) -> AsyncGenerator[tuple[AsyncConnection, Watcher]]:
    """The copy as it is changed here, where no trigger refuses anything, and its watcher; gone afterwards."""
    async with copy.connect() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection, replace(world.world.watcher, engine=copy, connection=connection, seen={})
        await connection.rollback()


async def look(watcher: Watcher, action: UUID, world: Lived) -> None:
    await watcher.look(action, world.world.now, "as it was left", on_time=True)


@pytest.mark.parametrize("bug", planted.OF_ACTION, ids=[bug.rule for bug in planted.OF_ACTION])
async def test_a_bug_planted_in_an_action_is_seen(copy: AsyncEngine, world: Lived, bug: Planted) -> None:
    async with changed(copy, world) as (connection, watcher):
        action: UUID = (await connection.execute(text(bug.sql))).scalars().all()[0]
        watcher.seen[action] = deepcopy(world.world.watcher.seen[action]) if bug.remembers else Seen()
        with pytest.raises(Broken) as found:
            await look(watcher, action, world)
    assert found.value.rule == bug.rule


@pytest.mark.parametrize("bug", planted.EVERYWHERE, ids=[bug.rule for bug in planted.EVERYWHERE])
async def test_a_bug_planted_anywhere_is_seen(copy: AsyncEngine, world: Lived, bug: Planted) -> None:
    async with changed(copy, world) as (connection, watcher):
        await connection.execute(text(bug.sql))
        with pytest.raises(Broken) as found:
            await watcher.check_everything(world.world.now, at_rest=True)
    assert found.value.rule == bug.rule


@pytest.mark.parametrize("bug", planted.CHAIN)
async def test_a_trail_that_was_changed_is_seen(postgres: Embedded, world: Lived, bug: str) -> None:
    """The chain is walked on a connection of its own, so this is committed, in a copy of its own."""
    await clone(postgres, "broken", "world")
    engine = make_engine(postgres.url("broken"))
    async with glance(engine) as connection:
        await connection.execute(text("SET session_replication_role = replica"))
        await connection.execute(text(bug))
        watcher = replace(world.world.watcher, engine=engine, connection=connection, seen={})
        with pytest.raises(Broken, match="the chain verifies and grows"):
            await watcher.check_everything(world.world.now, at_rest=True)
    await engine.dispose()
    await execute(postgres, "DROP DATABASE broken WITH (FORCE)")


async def test_a_mail_that_comes_twice_for_no_reason_is_seen(copy: AsyncEngine, world: Lived) -> None:
    async with changed(copy, world) as (_, watcher):
        watcher.box = deepcopy(watcher.box)
        watcher.box.times[next(iter(watcher.box.times))] += 1 + watcher.box.unsure
        with pytest.raises(Broken, match="no more mail comes twice"):
            await watcher.check_everything(world.world.now, at_rest=False)


@pytest.mark.parametrize("bug", planted.TRACKERS, ids=[bug.rule for bug in planted.TRACKERS])
async def test_a_bug_planted_in_a_tracker_is_seen(copy: AsyncEngine, world: Lived, bug: Planted) -> None:
    check_trackers = world.world.checks[0]
    async with changed(copy, world) as (connection, _):
        await check_trackers(connection)
        await connection.execute(text(bug.sql))
        with pytest.raises(Broken) as found:
            await check_trackers(connection)
    assert found.value.rule == bug.rule


@pytest.mark.parametrize("bug", planted.UPLOADS, ids=[bug.rule for bug in planted.UPLOADS])
async def test_a_bug_planted_in_what_was_uploaded_is_seen(copy: AsyncEngine, world: Lived, bug: Planted) -> None:
    check_uploads = world.world.uploads.check
    async with changed(copy, world) as (connection, _):
        await check_uploads(connection)
        await connection.execute(text(bug.sql))
        with pytest.raises(Broken, match=bug.rule):
            await check_uploads(connection)


@asynccontextmanager
async def files_changed(copy: AsyncEngine, world: Lived, folder: Path) -> AsyncGenerator[tuple[Watcher, list[Path]]]:
    """A copy of what the world left and of its files, and where those lie."""
    shutil.copytree(world.world.store.folder, folder, dirs_exist_ok=True)
    async with changed(copy, world) as (_, watcher):
        watcher.shelf = Shelf(EvidenceStore(folder))
        yield watcher, list(files_in(folder).values())


async def test_a_file_that_is_damaged_or_gone_is_seen(copy: AsyncEngine, world: Lived, tmp_path: Path) -> None:
    async with files_changed(copy, world, tmp_path) as (watcher, files):
        await watcher.check_everything(world.world.now, at_rest=True)
        files[0].write_bytes(files[0].read_bytes()[:-1])
        with pytest.raises(Broken, match="every file on the record is there"):
            await watcher.check_everything(world.world.now, at_rest=True)
        for path in files:
            path.unlink()
        with pytest.raises(Broken, match="every file on the record is there"):
            await watcher.check_everything(world.world.now, at_rest=True)
        watcher.seen = deepcopy(world.world.watcher.seen)
        [action, *_] = [key for key, one in watcher.seen.items() if any(ack.files for ack in one.acks.values())]
        with pytest.raises(Broken, match="every acknowledged file is there"):
            await look(watcher, action, world)


async def test_a_file_that_nobody_owns_is_seen(copy: AsyncEngine, world: Lived, tmp_path: Path) -> None:
    async with files_changed(copy, world, tmp_path) as (watcher, _):
        await watcher.shelf.store.receive(arriving(TEA), "tea.txt")
        await watcher.check_everything(world.world.now, at_rest=False)
        with pytest.raises(Broken, match="nothing lies on disk that nobody owns"):
            await watcher.check_everything(world.world.now, at_rest=False)


async def test_a_run_that_is_lost_is_seen(world: Lived) -> None:
    lived = world.world
    lived.watcher.check_runs(lived.timer.waits, lived.now)
    with pytest.raises(Broken, match="each action has a run"):
        lived.watcher.check_runs({}, lived.now)


@pytest.fixture
def bare(world: Lived, monkeypatch: pytest.MonkeyPatch) -> World:
    """The same world with nothing remembered of it, where every chance comes true."""
    monkeypatch.setattr(World, "happens", _always)
    return replace(world.world, watcher=replace(world.world.watcher, seen={}), touched=set(), counts=Counter())


def _always(*_: object) -> bool:
    return True


def a_receipt(**changes: Any) -> Receipt:
    now = datetime.now(UTC)
    facts: dict[str, Any] = {"submission_id": uuid4(), "action_id": uuid4(), "ref": "FT-2027-0001"}
    facts |= {"step_id": uuid4(), "key": "accept", "received_at": now, "after_due": False, "counted": True}
    return Receipt(**(facts | changes))


async def test_where_one_of_two_who_meet_dies_the_world_goes_on(bare: World) -> None:
    async def dies() -> None:
        bare.fall.die_here()

    async def looks() -> None:
        async with glance(bare.office.engine) as connection:
            await connection.execute(text("SELECT 1"))

    for pair in ((dies, looks), (looks, dies)):
        with pytest.raises(Died):
            await at_once(bare, *pair)
        assert bare.fall.calm()
        await looks()


async def test_a_form_that_counts_twice_is_seen(bare: World) -> None:
    async def counts(_: UUID) -> Receipt:
        return a_receipt()

    with pytest.raises(Broken, match="a form sent twice has one effect"):
        await Sending(bare).send(counts)


@pytest.mark.parametrize("left", [True, False], ids=["left behind", "changed"])
async def test_an_upload_that_goes_wrong_is_seen(
    bare: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, left: bool
) -> None:
    async def receives(store: EvidenceStore, *_: Any, **__: Any) -> StoredFile:
        if left:
            (store.folder / "incoming" / "half").mkdir()
            raise EmptyFile
        return StoredFile(b"0" * 32, 3, "text/plain", "tea.txt", original_sha256=b"1" * 32)

    monkeypatch.setattr(EvidenceStore, "receive", receives)
    bare.uploads = replace(bare.uploads, shelf=Shelf(EvidenceStore(tmp_path)))
    with pytest.raises(Broken, match="an upload leaves nothing behind" if left else "a file is kept as it was sent"):
        await bare.uploads.send(SYSTEM, uuid4(), uuid4(), [Chosen("tea.txt", b"tea", 3)])


async def test_a_late_answer_that_counts_is_seen(bare: World) -> None:
    first, calls = a_receipt(), iter(range(9))

    async def counts(_: UUID) -> Receipt:
        return replace(first, repeated=next(calls) == 1)

    with pytest.raises(Broken, match="a late answer does not count"):
        await Sending(bare).send(counts)


async def test_a_wrong_link_that_works_is_seen(bare: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def works(*_: Any) -> Receipt:
        return a_receipt()

    monkeypatch.setattr(happening, "accept", works)
    with pytest.raises(Broken, match="a link of somebody else"):
        await happening.Happening(bare).try_both(SYSTEM, uuid4(), "forwarded")


async def test_somebody_who_is_asked_for_what_they_may_not_do_is_seen(
    bare: World, world: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: Any) -> None:
        raise NotAllowed

    monkeypatch.setitem(doing.KINDS, "repeat", refuses)
    item = Item("repeat", uuid4(), None, None, bare.now, "")
    with pytest.raises(Broken, match="whoever is asked may answer"):
        await doing.do(Sending(bare), world.world.homes.anybody(), item)


async def test_what_goes_to_nobody_else_although_whoever_has_it_may_not_do_it_is_seen(
    bare: World, world: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: Any) -> None:
        raise NotAllowed

    async def does_nothing(*_: Any) -> None: ...

    async with glance(bare.office.engine) as connection:
        people = world.world.homes.people.values()
        waits = [(one, item) for one in people for item in await waiting_for(connection, one.id)]
    person, item = next((one, item) for one, item in waits if item.action_id)
    monkeypatch.setitem(doing.KINDS, item.kind, refuses)
    monkeypatch.setattr(doing, "GOES_ON", {item.kind})
    monkeypatch.setattr(doing, "pass_on_what_waits", does_nothing)
    monkeypatch.setattr(Timer, "asked", does_nothing)
    with pytest.raises(Broken, match="whoever is asked may answer"):
        await doing.do(Sending(bare), person, item)
    with pytest.raises(NotAllowed):
        await doing.do(Sending(bare), person, replace(item, id=uuid4()))
