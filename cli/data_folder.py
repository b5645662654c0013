"""One supervisor for one data folder: the lock that says so, and what a killed one left running."""

import contextlib
import fcntl
import json
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import psutil

ENDS_WITHIN = 15.0
# Seconds by which two looks at one process's start may differ.
SAME_START = 0.5


class NotToBeHad(Exception):
    """This data folder cannot be used, or another supervisor uses it."""


def hold(home: Path) -> IO[str]:
    """Have the data folder for oneself for as long as the result is open, and this process lives.

    Raises `NotToBeHad`.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (home / "up.lock").open("a+")
    except OSError as why:
        raise NotToBeHad(
            f"The data folder cannot be used: {why}. Set FOLLOWTHROUGH_HOME to one that this user can write to."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        who = lock.read().strip()
        lock.close()
        raise NotToBeHad(
            f"Followthrough is already running on {home.resolve()} (process {who})."
            " Stop that one, or set FOLLOWTHROUGH_HOME to another folder."
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def remember(home: Path, pids: Iterable[int]) -> None:
    """Write down which processes are ours, each with its start, since numbers are used again."""
    known: list[list[float]] = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            known.append([pid, psutil.Process(pid).create_time()])
    partial = home / ".processes.json"
    partial.write_text(json.dumps(known))
    partial.replace(home / "processes.json")


def end_left_over(home: Path) -> int:
    """End the processes of a supervisor that was killed, if any still run; how many there were."""
    left = [process for pid, start in _remembered(home) if (process := _same(int(pid), start))]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGTERM)
    _, stubborn = psutil.wait_procs(left, timeout=ENDS_WITHIN)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=ENDS_WITHIN)
    return len(left)


def _remembered(home: Path) -> list[tuple[float, float]]:
    try:
        return [(pid, start) for pid, start in json.loads((home / "processes.json").read_text())]
    except (FileNotFoundError, ValueError):
        return []


def _same(pid: int, start: float) -> psutil.Process | None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if abs(process.create_time() - start) < SAME_START:
            return process
    return None
