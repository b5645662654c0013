"""Reading an uploaded tracker: once, beside the pages, so that a page can say how far it is.

A file of 20,000 rows takes a good while. What was read is kept for a few minutes, for the pages that follow: looking at
it and importing it read it no second time. A process that did not read it reads it then.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from trackers import Layout, Tracker, read_tracker

AT_MOST = 3
KEPT_FOR = 600.0
"""How many trackers are kept at once, and for how long, in seconds: a large one takes some fifty megabytes."""


@dataclass(slots=True)
class Reading:
    """A file that is being read, or was. `total` is 0 until its rows are found."""

    name: str
    layout: Layout | None
    done: int = 0
    total: int = 0
    task: "asyncio.Task[Tracker]" = field(init=False)

    def told(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def reads_as(self, layout: Layout | None) -> bool:
        """Whether this is what the file says, read as somebody wants it: as guessed (None), or as they state."""
        if layout in (None, self.layout):
            return True
        if not self.task.done() or self.task.cancelled() or self.task.exception():
            return False
        return _main(self.task.result().layout) == _main(layout)


def _main(layout: Layout | None) -> object:
    return layout and (layout.sheet, layout.header_row, layout.columns)


_readings: dict[Path, Reading] = {}


def reading_of(path: Path, layout: Layout | None, today: date) -> Reading:
    """The reading of an uploaded file that is under way or done; begun now where there is none that fits."""
    found = _readings.get(path)
    if found is not None and found.reads_as(layout):
        return found
    reading = Reading(path.with_suffix(".name").read_text(), layout)
    work = asyncio.to_thread(
        lambda: read_tracker(path.read_bytes(), reading.name, layout, today=today, progress=reading.told)
    )
    reading.task = asyncio.create_task(work)
    # Whoever asked may never come back for it; then what is wrong with the file is nobody's error.
    reading.task.add_done_callback(lambda task: task.cancelled() or task.exception())
    for old in _too_many(path):
        forget_reading(old)
    _readings[path] = reading
    asyncio.get_running_loop().call_later(KEPT_FOR, _forget, path, reading)
    return reading


def _too_many(path: Path) -> Iterable[Path]:
    others = [other for other in _readings if other != path]
    return others[: max(0, len(others) - AT_MOST + 1)]


def forget_reading(path: Path) -> None:
    """Let go of what was read."""
    _readings.pop(path, None)


def _forget(path: Path, reading: Reading) -> None:
    if _readings.get(path) is reading:
        forget_reading(path)


async def is_read_within(reading: Reading, seconds: float) -> bool:
    """Whether a file is read by then, or refused."""
    await asyncio.wait([reading.task], timeout=seconds)
    return reading.task.done()


async def read_within(reading: Reading, seconds: float) -> Tracker | None:
    """What was read; None where that takes longer. Raises NotASpreadsheet saying what to do."""
    return reading.task.result() if await is_read_within(reading, seconds) else None
