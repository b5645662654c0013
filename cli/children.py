"""Child processes of `up`: started with their logs in files, restarted when they die, ended with their parent."""

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from cli.priority import lower_priority
from db.lifeline import ends_with_parent

LONGEST_PAUSE = 10.0
LIVED_WELL = 5.0
STARTED_BY_NOW = 30.0
LONGEST_LOG = 10_000_000


def pause_after(deaths: int) -> float:
    """Seconds to wait before starting again what has died this often in a row."""
    return min(0.2 * 2 ** min(deaths, 10), LONGEST_PAUSE)


@dataclass(slots=True)
class Child:
    """One supervised process. `nice` is how far it lets others go first when the processor is short."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log_folder: Path
    nice: int = 0
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0.0
    goes_first: bool = True
    start_again_at: float = 0.0
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.log_folder / f"{self.name}.log"

    def start(self) -> None:
        self.log_folder.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.started_at = time.monotonic()
        self.goes_first = True
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
                preexec_fn=ends_with_parent(),
            )

    def let_others_first(self) -> None:
        """Lower its priority, once it has started: on a busy machine it would otherwise never be ready."""
        if self.pid is not None and self.nice:
            lower_priority(self.pid, self.nice)
        self.goes_first = False

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def watch(self) -> bool:
        """Start it again after it died, later each time; True when it had just died."""
        now = time.monotonic()
        if self.is_alive:
            if self.goes_first and now - self.started_at > STARTED_BY_NOW:
                self.let_others_first()
            return False
        if self.process is not None:
            self.process = None
            self.deaths = 1 if now - self.started_at > LIVED_WELL else self.deaths + 1
            self.start_again_at = now + pause_after(self.deaths)
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
        return self.log.read_text(errors="replace")[-1500:].strip() if self.log.exists() else ""
