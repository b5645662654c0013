"""The embedded PostgreSQL: one cluster in the data folder, on a Unix socket, as a child of whoever started it."""

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from db.cluster_folder import PROGRAMS, DatabaseWontStart, group_of, prepare, socket_folder
from db.lifeline import ends_with_parent

__all__ = ["DatabaseWontStart", "Embedded", "make_databases", "start"]

TUNING = {
    "shared_buffers": "64MB",
    "max_connections": "120",
    "work_mem": "8MB",
    "random_page_cost": "1.1",
    "synchronous_commit": "on",
    "log_min_messages": "warning",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
LAST_WORDS = 800


@dataclass(slots=True)
class Embedded:
    """A running cluster. `url(database)` is where SQLAlchemy finds it."""

    process: subprocess.Popen[bytes]
    socket_folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@/{database}?host={self.socket_folder}"

    def stop(self, grace: float = 20) -> None:
        """Stop in order: let sessions end at once, write a checkpoint, leave no process."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(5)


def start(folder: Path, *, durable: bool = True, wait: float = 60) -> Embedded:
    """Start the cluster in `folder`, making it first where there is none; it stops when this process dies.

    `durable=False` is for tests: nothing is flushed to disk. `wait` is seconds, recovery after a crash included.
    """
    folder = folder.resolve()
    user = prepare(folder)
    _stop_left_over(folder)
    embedded = _run(folder, user, TUNING if durable else TUNING | NOT_DURABLE)
    if not asyncio.run(_is_ready(embedded, wait)):
        embedded.stop()
        raise DatabaseWontStart(
            f"The embedded PostgreSQL did not start. The end of {_log(folder)}:\n"
            + _log(folder).read_text(errors="replace")[-LAST_WORDS:].strip()
        )
    return embedded


async def make_databases(embedded: Embedded, *names: str) -> None:
    """Make the databases that are not there yet, with the extension Prefect needs."""
    for name in names:
        async with _connected(embedded, "postgres") as connection:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}"')
        async with _connected(embedded, name) as connection:
            await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")


@contextlib.asynccontextmanager
async def _connected(embedded: Embedded, database: str) -> AsyncGenerator[asyncpg.Connection]:
    where = str(embedded.socket_folder)
    connection = await asyncpg.connect(user="postgres", database=database, host=where, timeout=5)
    try:
        yield connection
    finally:
        await connection.close()


def _log(folder: Path) -> Path:
    return folder.parent / "postgres.log"


def _run(folder: Path, user: str | None, settings: dict[str, str]) -> Embedded:
    sockets = socket_folder(folder, user)
    command = [str(PROGRAMS / "postgres"), "-D", str(folder), "-h", "", "-k", str(sockets)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with _log(folder).open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=user,
            group=group_of(user),
            extra_groups=[] if user else None,
            cwd="/",
            start_new_session=True,
            preexec_fn=ends_with_parent(signal.SIGINT),
        )
    return Embedded(process, sockets)


async def _is_ready(embedded: Embedded, wait: float) -> bool:
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline and embedded.process.poll() is None:
        with contextlib.suppress(OSError, asyncpg.PostgresError, TimeoutError):
            async with _connected(embedded, "postgres"):
                return True
        await asyncio.sleep(0.05)
    return False


def _stop_left_over(folder: Path) -> None:
    """End a postmaster that outlived its supervisor, and see to the pid file of one that was killed."""
    pid_file = folder / "postmaster.pid"
    try:
        left_over = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        command = left_over.cmdline()
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return  # PostgreSQL sees by itself that the file is stale
    if str(folder) not in command:
        # Another program has that number now, as happens in containers; PostgreSQL would take it for itself.
        pid_file.unlink()
        return
    left_over.send_signal(signal.SIGINT)
    try:
        left_over.wait(20)
    except psutil.TimeoutExpired:
        raise DatabaseWontStart(
            f"Another PostgreSQL (process {left_over.pid}) still uses {folder}. Stop it, then try again."
        ) from None
