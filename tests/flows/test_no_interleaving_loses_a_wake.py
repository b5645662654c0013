"""Every order of submit, deadline, park, failure and crash, with two workers: no wake lost, never two at once.

The lease and wake statements are the real ones, on real PostgreSQL. Prefect is a model of four
facts that the contract test pins: a run is due now, parked, running or failed; any scheduled run can
be pushed; a poll may be stale. Every reachable state is visited; a statement is asked once for every row that
differs in what it can see (names, what is null, how times compare), and its answer remembered.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.action_runs import claim_wakes, note_failure, release_lease, take_lease
from db.driver import driver_of
from db.run_checks import ask_wakes
from db.session import Transaction
from domain.actors import SYSTEM
from tests.cast import Cast, a_care_plan_action

T = TypeVar("T")
Row: TypeAlias = tuple[Any, ...]
A_DAY = timedelta(days=1)
COLUMNS = "lease_holder, lease_until, wake_requested_at, wake_seen_at, waiting_for, waiting_until, failures, retry_at"
READ = text(f"SELECT {COLUMNS} FROM action_run WHERE action_id = :id")
WRITE = text(
    f"UPDATE action_run SET ({COLUMNS}) = ({', '.join(':' + c.strip() for c in COLUMNS.split(','))})"
    " WHERE action_id = :id"
)
EXPIRE = text("UPDATE action_run SET lease_until = clock_timestamp() - interval '1 second' WHERE action_id = :id")
TIME_PASSES = text("UPDATE action_run SET retry_at = clock_timestamp() - interval '1 second' WHERE action_id = :id")
IDLE, POLLED, STARTED, HOLDS, HAS_READ, HAS_PARKED, PUSHES, REFUSED = range(8)


@dataclass(frozen=True)
class World:
    """Where everybody stands. `row` is the real row; the rest is the model around it."""

    row: Row
    at: tuple[int, int] = (IDLE, IDLE)
    seen: tuple[int, int] = (0, 0)
    names: tuple[str, str] = ("one", "two")
    dead_holder: str | None = None
    journal: int = 0
    shown: int = 0
    prefect: str = "parked"
    submits: int = 0
    deadlines: int = 0
    mishaps: int = 0

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """What matters for what can happen next."""
        return (*(getattr(self, field.name) for field in fields(self) if field.name != "row"), self.visible)

    @cached_property
    def visible(self) -> tuple[Any, ...]:
        """What a statement can see of the row; times only by how they compare."""
        holder, until, asked, noted, _, parked_until, failures, retry = self.row
        now = datetime.now(UTC)
        lease = (holder, until > now) if holder else None
        again = (retry is not None, retry is not None and retry > now)
        return (lease, asked is not None, asked == noted, parked_until is not None, failures, again)


class Explorer:
    """Tries every step from every state, on the one row."""

    def __init__(self, connection: AsyncConnection, action_id: UUID) -> None:
        self.connection = connection
        self.id = action_id
        self.known: dict[Any, tuple[Any, Row]] = {}

    async def row(self) -> Row:
        return tuple((await self.connection.execute(READ, {"id": self.id})).one())

    async def ask(self, world: World, what: str, statement: Callable[[], Awaitable[T]]) -> tuple[T, Row]:
        """What the statement answers on this row, and the row it leaves."""
        seen = (what, world.visible)
        if seen not in self.known:
            names = [column.strip() for column in COLUMNS.split(",")]
            await self.connection.execute(WRITE, dict(zip(names, world.row, strict=True)) | {"id": self.id})
            answer = await statement()
            self.known[seen] = answer, await self.row()
        return self.known[seen]

    async def steps(self, world: World) -> AsyncIterator[World]:
        for attempt in (
            self.submit,
            self.deadline,
            self.waker,
            self.reconciler,
            self.lease_runs_out,
            self.claim_runs_out,
        ):
            if (next_world := await attempt(world)) is not None:
                yield next_world
        for worker in (0, 1):
            for act in (self.work, self.crash, self.fail):
                if (next_world := await act(world, worker)) is not None:
                    yield next_world

    async def submit(self, world: World) -> World | None:
        if not world.submits:
            return None

        async def wake() -> None:
            answer = Transaction(self.connection, SYSTEM, datetime.now(UTC))
            answer.wake(self.id)
            async with driver_of(self.connection).transaction():
                await answer.finish()

        _, row = await self.ask(world, "submit", wake)
        return replace(world, row=row, submits=world.submits - 1, journal=world.journal + 1)

    async def deadline(self, world: World) -> World | None:
        if world.prefect == "parked a moment":
            return replace(world, prefect="due")
        if world.prefect == "parked" and world.deadlines:
            return replace(world, prefect="due", deadlines=world.deadlines - 1)
        return None

    async def waker(self, world: World) -> World | None:
        claimed, row = await self.ask(world, "claim", lambda: claim_wakes(self.connection, 5, A_DAY))
        return replace(world, row=row, prefect="due") if claimed else None

    async def reconciler(self, world: World) -> World | None:
        """A worker died after its run was started and before it had the lease: Prefect says “Running” for ever."""
        is_stuck = world.prefect in ("running", "failed") and world.row[0] is None and world.row[2] is None
        if not is_stuck or STARTED in world.at:
            return None
        _, row = await self.ask(world, "reconcile", lambda: ask_wakes(self.connection, [self.id]))
        return replace(world, row=row)

    async def lease_runs_out(self, world: World) -> World | None:
        if world.dead_holder is None or world.row[0] != world.dead_holder:
            return None
        _, row = await self.ask(world, "lease runs out", lambda: self.connection.execute(EXPIRE, {"id": self.id}))
        return replace(world, row=row, dead_holder=None)

    async def claim_runs_out(self, world: World) -> World | None:
        retry = world.row[-1]
        if retry is None or world.row[2] is None:
            return None
        _, row = await self.ask(world, "time passes", lambda: self.connection.execute(TIME_PASSES, {"id": self.id}))
        return replace(world, row=row)

    async def crash(self, world: World, worker: int) -> World | None:
        stage = world.at[worker]
        if not world.mishaps or stage == IDLE:
            return None
        holds = stage in (HOLDS, HAS_READ, HAS_PARKED)
        dead = world.names[worker] if holds else world.dead_holder
        born_again = put(world.names, worker, "three")  # every attempt holds in its own name
        return replace(world, at=put(world.at, worker, IDLE), names=born_again, dead_holder=dead, mishaps=0)

    async def fail(self, world: World, worker: int) -> World | None:
        if not world.mishaps or world.at[worker] not in (HOLDS, HAS_READ):
            return None
        me = world.names[worker]
        _, row = await self.ask(world, f"{me} fails", lambda: note_failure(self.connection, self.id, me))
        return replace(world, row=row, at=put(world.at, worker, IDLE), prefect="failed", mishaps=0)

    async def work(self, world: World, worker: int) -> World | None:
        """The next thing this worker does, as flows/leases.py orders it."""
        stage, me = world.at[worker], world.names[worker]
        to = {"at": put(world.at, worker, (stage + 1) % 8)}
        done = {"at": put(world.at, worker, IDLE)}
        if stage == IDLE:
            return replace(world, **to) if world.prefect == "due" else None
        if stage == POLLED:  # the poll may be stale: a run that was parked since is left alone
            is_parked = world.prefect.startswith("parked")
            return replace(world, **done) if is_parked else replace(world, **to, prefect="running")
        if stage == STARTED:
            taken, row = await self.ask(world, f"{me} takes", lambda: take_lease(self.connection, self.id, me, A_DAY))
            return replace(world, row=row, at=put(world.at, worker, HOLDS if taken else REFUSED))
        if stage == HOLDS:
            return replace(world, **to, seen=put(world.seen, worker, world.journal))
        if stage == HAS_READ:
            return replace(world, **to, prefect="parked", shown=world.seen[worker])
        if stage == HAS_PARKED:
            again, row = await self.ask(world, f"{me} releases", lambda: self.release(me))
            return replace(world, row=row, at=put(world.at, worker, PUSHES if again else IDLE))
        return replace(world, **done, prefect="due" if stage == PUSHES else "parked a moment")

    async def release(self, holder: str) -> bool:
        return await release_lease(self.connection, self.id, holder, "Awaiting evidence", None)


def put(pair: tuple[T, T], place: int, value: T) -> tuple[T, T]:
    return (value, pair[1]) if place == 0 else (pair[0], value)


def two_at_once(world: World) -> bool:
    return sum(stage in (HOLDS, HAS_READ, HAS_PARKED) for stage in world.at) > 1


def is_at_rest(world: World) -> bool:
    """Parked for what the journal says now, with nothing asked, nothing held and nobody at work."""
    holder, _, asked, *_ = world.row
    return (
        world.prefect == "parked"
        and world.shown == world.journal
        and holder is None
        and asked is None
        and world.at == (IDLE, IDLE)
    )


@pytest.mark.parametrize(("submits", "deadlines", "mishaps"), [(1, 1, 1), (2, 0, 1), (2, 1, 0)])
async def test_no_order_of_events_loses_a_wake_or_runs_an_action_twice_at_once(
    cast: Cast, engine: AsyncEngine, submits: int, deadlines: int, mishaps: int
) -> None:
    action = await a_care_plan_action(cast)
    # Each statement commits, or PostgreSQL would walk over every version of the row ever written here.
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        explorer = Explorer(connection, action.action_id)
        await take_lease(connection, action.action_id, "first", A_DAY)
        await release_lease(connection, action.action_id, "first", "Awaiting acceptance", None)
        start = World(await explorer.row(), submits=submits, deadlines=deadlines, mishaps=mishaps)
        assert is_at_rest(start), start

        worlds, came_from = {start.key: start}, defaultdict[Any, set[Any]](set)
        ends: set[Any] = set()
        waiting = [start]
        while waiting:
            world = waiting.pop()
            went_on = False
            async for next_world in explorer.steps(world):
                assert not two_at_once(next_world), (world, next_world)
                went_on = True
                came_from[next_world.key].add(world.key)
                if next_world.key not in worlds:
                    worlds[next_world.key] = next_world
                    waiting.append(next_world)
            if not went_on:
                assert is_at_rest(world), world
                ends.add(world.key)

    reaches_rest, waiting_keys = set(ends), list(ends)
    while waiting_keys:
        for before in came_from[waiting_keys.pop()] - reaches_rest:
            reaches_rest.add(before)
            waiting_keys.append(before)
    assert reaches_rest == set(worlds), "from some state nothing leads to rest"
    assert len(worlds) > 1000
