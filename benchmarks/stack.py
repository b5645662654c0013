"""The whole product as real processes on free ports, for measuring; and what they use."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).parent.parent
READY_WITHIN = 120.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(slots=True)
class Stack:
    """A running product. `facts` is what `followthrough up --json` printed."""

    home: Path
    environment: dict[str, str]
    supervisor: subprocess.Popen[bytes]
    facts: dict[str, Any]
    started_in: float

    @property
    def database_url(self) -> str:
        return (self.home / "database.url").read_text().strip()

    @property
    def web_port(self) -> int:
        return int(self.environment["FOLLOWTHROUGH_WEB_PORT"])

    def pid_of(self, name: str) -> int:
        return int(self.facts["processes"][name])

    def processes(self) -> list[psutil.Process]:
        """The supervisor and everything it started, the database's own children included."""
        root = psutil.Process(self.supervisor.pid)
        return [root, *root.children(recursive=True)]

    def cpu_by_name(self) -> dict[str, float]:
        """Processor seconds so far by process: which part costs what."""
        names = {pid: name for name, pid in self.facts["processes"].items()}
        found: dict[str, float] = {}
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                name = names.get(process.pid) or ("postgres" if process.name() == "postgres" else "other")
                times = process.cpu_times()
                found[name] = found.get(name, 0.0) + times.user + times.system
        return found

    def memory_mb(self) -> tuple[float, float]:
        """(proportional, plain) memory in MB: the first counts pages that processes share once."""
        pss = rss = 0
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                full = process.memory_full_info()
                pss, rss = pss + full.pss, rss + full.rss
        return pss / 1e6, rss / 1e6


@contextlib.contextmanager
def running(smtp_port: int) -> Generator[Stack]:
    """Start everything, hand it over, and stop it all."""
    home = Path(tempfile.mkdtemp(prefix="ft-bench-"))
    environment = {
        "FOLLOWTHROUGH_HOME": str(home / "data"),
        "FOLLOWTHROUGH_WEB_PORT": str(free_port()),
        "FOLLOWTHROUGH_PREFECT_PORT": str(free_port()),
        "FOLLOWTHROUGH_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "FOLLOWTHROUGH_ORGANISATION": "Bench Care",
    }
    started = time.monotonic()
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "up", "--json"],
        env={**os.environ, **environment},
        cwd=HERE,
        stdout=subprocess.PIPE,
    )
    try:
        facts = json.loads(_until_ready(supervisor))
        yield Stack(home / "data", environment, supervisor, facts, time.monotonic() - started)
    finally:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(60)
        shutil.rmtree(home, ignore_errors=True)


def _until_ready(supervisor: subprocess.Popen[bytes]) -> str:
    assert supervisor.stdout is not None
    lines: list[str] = []
    for line in supervisor.stdout:
        lines.append(line.decode())
        if lines[-1].rstrip() == "}":
            return "".join(lines)
    raise RuntimeError("The stack did not start: " + "".join(lines))


async def pause(seconds: float) -> None:
    """Let the machine come to rest."""
    await asyncio.sleep(seconds)
