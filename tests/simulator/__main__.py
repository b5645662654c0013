"""`make simulate`: world after world, each from its own seed, until enough action-years were lived.

`SEED=7 YEARS=0.1 WORLDS=1 make simulate` lives world 7 alone, as it was; so many `WORLDS` live at the same time;
`DAYS` and `FINDINGS` a year make other worlds.
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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import uvloop

from db import embedded
from db.embedded import Embedded
from tests.conftest import MEMORY, clone, execute, make_template
from tests.simulator.living import Life, Lived, live

FIGURES = Path(__file__).parents[2] / "benchmarks" / "simulator.json"
GOAL = 10_000
COUNTED = (
    "An action lives from its first step until nothing can happen to it by itself or by a repeat finding: it was"
    " cancelled or superseded, or a year has passed since it closed and was sustained; at most until its world ends."
)


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

    def add(self, lived: Lived) -> None:
        world = lived.world
        self.worlds += 1
        self.actions += lived.born
        self.years += lived.years
        self.events += world.done
        self.wakes += world.timer.wakes
        self.looks += world.watcher.checks
        self.mails += sum(world.box.times.values())
        self.counts += world.counts
        if lived.broken is not None:
            self.violations.append({"seed": lived.seed, "rule": str(lived.broken)[:600], "last": lived.last})

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


def say(lived: Lived) -> None:
    """One line for each world; what broke, with how it came to it."""
    world = lived.world
    print(
        f"seed {lived.seed}: {lived.born} actions, {lived.years:.1f} action-years, {world.done:,} events,"
        f" {world.timer.wakes:,} wakes, {sum(world.box.times.values()):,} mails",
        flush=True,
    )
    if lived.broken is not None:
        print(f"  BROKEN {lived.broken}\n  again with: SEED={lived.seed} YEARS=0.1 WORLDS=1 make simulate")
        print("".join(f"    {line}\n" for line in lived.last), flush=True)


async def simulate(cluster: Embedded, folder: Path, reached: Reached, years: float, minutes: float) -> None:
    days, findings = int(os.environ.get("DAYS") or Life.days), int(os.environ.get("FINDINGS") or Life.findings_a_year)
    await make_template(cluster)
    seeds = count(reached.first_seed)

    async def worlds() -> None:
        while reached.years < years and time.monotonic() - reached.begun < 60 * minutes:
            await _one(cluster, folder, reached, next(seeds), Life(days, findings))

    # While one waits for the database, another thinks.
    await asyncio.gather(*(worlds() for _ in range(int(os.environ.get("WORLDS") or 2))))


async def _one(cluster: Embedded, folder: Path, reached: Reached, seed: int, life: Life) -> None:
    name = f"world{seed}"
    await clone(cluster, name)
    lived = await live(cluster.url(name), folder / name, seed, life)
    await execute(cluster, f"DROP DATABASE {name} WITH (FORCE)")
    shutil.rmtree(folder / name)
    reached.add(lived)
    say(lived)
    FIGURES.write_text(json.dumps(reached.figures(), indent=1, ensure_ascii=False) + "\n")


def main() -> int:
    reached = Reached(int(os.environ.get("SEED") or 1))
    years, minutes = float(os.environ.get("YEARS") or GOAL), float(os.environ.get("MINUTES") or 10**6)
    folder = Path(tempfile.mkdtemp(prefix="ft-simulate-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    cluster = embedded.start(folder / "pg", durable=False)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
            loop.run(simulate(cluster, folder, reached, years, minutes))
    except KeyboardInterrupt:
        print("Stopped; what was lived until now counts.")
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    figures = reached.figures()
    FIGURES.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    for name, value in figures.items():
        print(f"{name}: {value}")
    return 1 if reached.violations else 0


if __name__ == "__main__":
    sys.exit(main())
