"""Child processes of `up`: started with their logs in files, restarted when they die, ended with their parent."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
LONGEST_PAUSE = 10.0
LIVED_WELL = 5.0


def _end_with_parent(nice: int) -> None:
    """Ask Linux to end this child when the supervisor dies, even by kill -9; let people's answers go first."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if nice:
        os.nice(nice)


@dataclass(slots=True)
class Child:
    """One supervised process."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log_folder: Path
    nice: int = 0
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0.0
    start_again_at: float = 0.0
    _log: IO[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        self.log_folder.mkdir(parents=True, exist_ok=True)
        if self._log is None:
            self._log = (self.log_folder / f"{self.name}.log").open("ab")
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, **self.environment},
            start_new_session=True,
            preexec_fn=lambda: _end_with_parent(self.nice),
        )

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def watch(self) -> bool:
        """Start it again after it died, later each time; True when it had just died."""
        if self.is_alive:
            return False
        now = time.monotonic()
        if self.process is not None:
            self.process = None
            self.deaths = 1 if now - self.started_at > LIVED_WELL else self.deaths + 1
            self.start_again_at = now + min(0.2 * 2 ** min(self.deaths, 10), LONGEST_PAUSE)
            return True
        if now >= self.start_again_at:
            self.start()
        return False

    def stop(self, grace: float = 25.0) -> None:
        """Ask it to end, then insist."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def last_words(self) -> str:
        """The end of its log, for a person who has to find out what went wrong."""
        path = self.log_folder / f"{self.name}.log"
        return path.read_text(errors="replace")[-1500:] if path.exists() else ""
