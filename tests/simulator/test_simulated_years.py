"""A slice of the simulated years in every run of the suite, and proof that each law would be seen to be broken.

`make simulate` lives for as long as one likes; `FOLLOWTHROUGH_SEED=7` lives another world here than the day's.
"""

import os
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.answering import Receipt
from db.embedded import Embedded
from db.engine import make_engine
from db.session import glance
from domain.actors import SYSTEM
from domain.errors import NotAllowed
from tests.conftest import clone, execute
from tests.simulator import doing, happening, planted
from tests.simulator.living import Life, Lived, live
from tests.simulator.planted import Planted
from tests.simulator.sending import Sending
from tests.simulator.waiting import Item
from tests.simulator.watching import Broken, Seen, Watcher
from tests.simulator.world import World

SEED = 2_026
TODAY = int(os.environ.get("FOLLOWTHROUGH_SEED") or f"{date.today():%Y%m%d}")
SHORT = Life(days=30, findings_a_year=250, look_at_all_every=400)


@pytest.fixture(scope="module")
async def world(postgres: Embedded) -> AsyncIterator[Lived]:
    """A world that has lived; its database is what bugs are planted in, each in a copy."""
    await clone(postgres, "world")
    yield await live(postgres.url("world"), SEED, SHORT)
    await execute(postgres, "DROP DATABASE world WITH (FORCE)")


def told(lived: Lived) -> str:
    life = f"DAYS={lived.life.days} FINDINGS={lived.life.findings_a_year}"
    again = f"again with SEED={lived.seed} {life} YEARS=0.1 make simulate"
    return f"seed {lived.seed}: {lived.years:.1f} action-years, {lived.world.done:,} events; {again}"


def check(lived: Lived) -> None:
    assert lived.broken is None, "\n".join((told(lived), str(lived.broken), *lived.last))
    assert lived.world.done > 50, told(lived)


async def test_a_world_lives_without_breaking_a_law(world: Lived, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{told(world)}")
    check(world)
    assert world.world.counts["done: approval"], told(world)


async def test_so_does_the_world_of_today(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    lived = await live(database, TODAY, replace(SHORT, days=15))
    with capsys.disabled():
        print(f"\n{told(lived)}")
    check(lived)


@asynccontextmanager
async def copied(postgres: Embedded, world: Lived) -> AsyncGenerator[tuple[AsyncConnection, Watcher]]:
    """A copy of what the world left, where no trigger and no constraint refuses anything, and its watcher."""
    name = f"w{uuid4().hex[:12]}"
    await clone(postgres, name, "world")
    engine = make_engine(postgres.url(name))
    async with glance(engine) as connection:
        await connection.execute(text("SET session_replication_role = replica"))
        for table in ("step", "action", "message", "escalation", "closure"):
            named = "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = CAST(:t AS regclass)"
            for one in (await connection.execute(text(named), {"t": table})).scalars().all():
                await connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {one}"))
        yield connection, replace(world.world.watcher, engine=engine, connection=connection, seen={})
    await engine.dispose()
    await execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def look(watcher: Watcher, action: UUID, world: Lived) -> None:
    await watcher.look(action, world.world.now, "as it was left", on_time=True)


@pytest.mark.parametrize("bug", planted.OF_ACTION, ids=[bug.rule for bug in planted.OF_ACTION])
async def test_a_bug_planted_in_an_action_is_seen(postgres: Embedded, world: Lived, bug: Planted) -> None:
    async with copied(postgres, world) as (connection, watcher):
        action: UUID = (await connection.execute(text(bug.sql))).scalars().all()[0]
        watcher.seen[action] = deepcopy(world.world.watcher.seen[action]) if bug.remembers else Seen()
        with pytest.raises(Broken) as found:
            await look(watcher, action, world)
    assert found.value.rule == bug.rule


@pytest.mark.parametrize("bug", planted.EVERYWHERE, ids=[bug.rule for bug in planted.EVERYWHERE])
async def test_a_bug_planted_anywhere_is_seen(postgres: Embedded, world: Lived, bug: Planted) -> None:
    async with copied(postgres, world) as (connection, watcher):
        await connection.execute(text(bug.sql))
        with pytest.raises(Broken) as found:
            await watcher.check_everything(world.world.now, at_rest=True)
    assert found.value.rule == bug.rule


async def test_a_mail_that_comes_twice_for_no_reason_is_seen(postgres: Embedded, world: Lived) -> None:
    async with copied(postgres, world) as (_, watcher):
        watcher.box = deepcopy(watcher.box)
        watcher.box.times[next(iter(watcher.box.times))] += 1 + watcher.box.unsure
        with pytest.raises(Broken, match="no more mail comes twice"):
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


async def test_a_form_that_counts_twice_is_seen(bare: World) -> None:
    async def counts(_: UUID) -> Receipt:
        return a_receipt()

    with pytest.raises(Broken, match="a form sent twice has one effect"):
        await Sending(bare).send(counts)


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
