"""A real Prefect server on PostgreSQL, on a free port, with a home of its own.

Proof that the answering server is the one started here: the port is listened on by the child
itself, and its health is asked only after that.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from flows.environment import server_environment
from settings import Settings

START_WITHIN = 60.0
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_CLI_PROMPT": "false",
}


class PrefectDidNotStart(RuntimeError):
    """The Prefect server ended, or did not answer in time. Its log is in its home, under server.log."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(slots=True)
class PrefectServer:
    """One server. `start` and `stop` may be called again and again; the port stays."""

    database_url: str
    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find this server and no other."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        return inherited | QUIET | {"PREFECT_API_URL": self.api_url, "PREFECT_HOME": str(self.home)}

    def start(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        environment = self.environment | self._services()
        environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = self.database_url
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._wait_until_ours_answers()
        return self

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _services(self) -> dict[str, str]:
        """Which of its own services run: the same as in an installation."""
        ours = server_environment(Settings(home=self.home), self.database_url)
        return {name: value for name, value in ours.items() if "_SERVICES_" in name}

    def _end(self, with_signal: signal.Signals) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, with_signal)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(5)
        self.process = None

    def _wait_until_ours_answers(self) -> None:
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise PrefectDidNotStart((self.home / "server.log").read_text()[-2000:])
            if self._listens() and self._is_healthy():
                return
            time.sleep(0.1)
        self.kill()
        raise PrefectDidNotStart((self.home / "server.log").read_text()[-2000:])

    def _listens(self) -> bool:
        assert self.process is not None
        with contextlib.suppress(psutil.Error):
            family = [psutil.Process(self.process.pid)]
            family += family[0].children(recursive=True)
            sockets = [found for process in family for found in process.net_connections(kind="tcp")]
            return any(s.status == psutil.CONN_LISTEN and s.laddr.port == self.port for s in sockets)
        return False

    def _is_healthy(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.api_url}/health", timeout=2) as answer:
            return answer.status == 200
        return False


@contextlib.contextmanager
def prefect_server(database_url: str, home: Path) -> Generator[PrefectServer]:
    """A started server on a free port."""
    with PrefectServer(database_url, home, free_port()) as server:
        yield server
