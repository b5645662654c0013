"""`make simulate`: world after world, each from its own seed, until enough action-years were lived.

`SEED=7 YEARS=0.1 WORLDS=1 make simulate` lives world 7 alone, as it was; so many `WORLDS` live at the same time, each
in a process of its own; `DAYS` and `FINDINGS` a year make other worlds.
Figures go to `benchmarks/simulator.json`.
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import uvloop

from db import embedded
from db.embedded import Embedded
from tests.conftest import MEMORY, clone, execute, make_template
from tests.simulator.living import Life, live

FIGURES = Path(__file__).parents[2] / "benchmarks" / "simulator.json"
GOAL = 10_000
COUNTED = (
    "An action lives from its first step until nothing can happen to it by itself or by a repeat finding: it was"
    " cancelled or superseded, or a year has passed since it closed and was sustained; at most until its world ends."
)


@dataclass(frozen=True)
class Came:
    """What one world came to, as its process tells it. `broken` is the law, and `last` how it came to that."""

    seed: int
    actions: int
    years: float
    events: int
    wakes: int
    looks: int
    mails: int
    counts: Counter[str]
    broken: str | None
    last: tuple[str, ...]


@dataclass
class Reached:
    """What all worlds came to so far."""

    first_seed: int
    worlds: int = 0
    actions: int = 0
    years: float = 0.0
    events: int = 0
    wakes: int = 0
    looks: int = 0
    mails: int = 0
    counts: Counter[str] = field(default_factory=Counter[str])
    violations: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    begun: float = field(default_factory=time.monotonic)

    def add(self, came: Came) -> None:
        self.worlds += 1
        self.actions += came.actions
        self.years += came.years
        self.events += came.events
        self.wakes += came.wakes
        self.looks += came.looks
        self.mails += came.mails
        self.counts += came.counts
        if came.broken is not None:
            self.violations.append({"seed": came.seed, "rule": came.broken[:600], "last": came.last})

    def figures(self) -> dict[str, Any]:
        took = time.monotonic() - self.begun
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seeds": [self.first_seed, self.first_seed + self.worlds - 1],
            "action_years": round(self.years, 1),
            "goal": GOAL,
            "violations": self.violations,
            "actions": self.actions,
            "events": self.events,
            "wakes": self.wakes,
            "looks_at_an_action": self.looks,
            "mails_accepted": self.mails,
            "deaths": sum(count for name, count in self.counts.items() if name.startswith("died")),
            "wall_s": round(took),
            "action_years_per_minute": round(60 * self.years / took, 1),
            "counted": COUNTED,
            "by_kind": dict(sorted(self.counts.items())),
        }

    def write(self) -> None:
        FIGURES.write_text(json.dumps(self.figures(), indent=1, ensure_ascii=False) + "\n")


def say(came: Came) -> None:
    """One line for each world; what broke, with how it came to it."""
    print(
        f"seed {came.seed}: {came.actions} actions, {came.years:.1f} action-years, {came.events:,} events,"
        f" {came.wakes:,} wakes, {came.mails:,} mails",
        flush=True,
    )
    if came.broken is not None:
        print(f"  BROKEN {came.broken}\n  again with: SEED={came.seed} YEARS=0.1 WORLDS=1 make simulate")
        print("".join(f"    {line}\n" for line in came.last), flush=True)


HOUSE: list[tuple[Embedded, Path]] = []
"""Where the worlds of this process live: one PostgreSQL for all processes, and a folder for their files."""


def one_world(seed: int, life: Life) -> Came:
    """Live one world, in this process."""
    [(cluster, folder)] = HOUSE
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        return loop.run(_one(cluster, folder, seed, life))


async def _one(cluster: Embedded, folder: Path, seed: int, life: Life) -> Came:
    name = f"world{seed}"
    await clone(cluster, name)
    lived = await live(cluster.url(name), folder / name, seed, life)
    await execute(cluster, f"DROP DATABASE {name} WITH (FORCE)")
    shutil.rmtree(folder / name)
    world, broken = lived.world, None if lived.broken is None else str(lived.broken)
    done = (world.done, world.timer.wakes, world.watcher.checks, sum(world.box.times.values()))
    return Came(seed, lived.born, lived.years, *done, world.counts, broken, lived.last)


def simulate(pool: ProcessPoolExecutor, worlds: int, reached: Reached, years: float, minutes: float) -> None:
    """Have so many worlds live at a time until there were enough years, or minutes."""
    life = Life(int(os.environ.get("DAYS") or Life.days), int(os.environ.get("FINDINGS") or Life.findings_a_year))
    seeds, alive = count(reached.first_seed), set[Future[Came]]()
    while True:
        if reached.years < years and time.monotonic() - reached.begun < 60 * minutes:
            alive |= {pool.submit(one_world, next(seeds), life) for _ in range(worlds - len(alive))}
        if not alive:
            return
        ended, alive = wait(alive, return_when=FIRST_COMPLETED)
        for came in [one.result() for one in ended]:
            reached.add(came)
            say(came)
            reached.write()


def main() -> int:
    reached = Reached(int(os.environ.get("SEED") or 1))
    years, minutes = float(os.environ.get("YEARS") or GOAL), float(os.environ.get("MINUTES") or 10**6)
    worlds = int(os.environ.get("WORLDS") or os.cpu_count() or 1)
    folder = Path(tempfile.mkdtemp(prefix="ft-simulate-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    cluster = embedded.start(folder / "pg", durable=False)
    try:
        asyncio.run(make_template(cluster))
        with ProcessPoolExecutor(worlds, get_context("fork"), HOUSE.append, ((cluster, folder),)) as pool:
            simulate(pool, worlds, reached, years, minutes)
    except KeyboardInterrupt:
        print("Stopped; what was lived until now counts.")
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    reached.write()
    for name, value in reached.figures().items():
        print(f"{name}: {value}")
    return 1 if reached.violations else 0


if __name__ == "__main__":
    sys.exit(main())
