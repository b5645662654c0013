"""`followthrough doctor`: what is wrong, and which setting to change."""

import asyncio
import socket
import sys
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import asyncpg
import httpx

from cli.running import show, url_file
from flows import environment
from settings import Settings


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing looked at; `do` says what to change where it is not well."""

    what: str
    well: bool
    found: str
    do: str | None = None


def doctor(*, json: bool = False) -> None:
    """Look at everything Followthrough needs; exits with 1 when something is wrong."""
    settings = Settings()
    checks = [_home(settings), _database(settings), _prefect(settings), _pages(settings), _mail(settings)]
    if json:
        show([asdict(check) for check in checks])
    else:
        for check in checks:
            print(f"{'well ' if check.well else 'WRONG'}  {check.what}: {check.found}")
            if check.do:
                print(f"       {check.do}")
    if not all(check.well for check in checks):
        sys.exit(1)


def _home(settings: Settings) -> Checked:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = settings.home / ".probe"
        probe.write_text("")
        probe.unlink()
    except OSError as why:
        return Checked("data folder", False, str(why), "Set FOLLOWTHROUGH_HOME to a folder this user can write to.")
    return Checked("data folder", True, str(settings.home.resolve()))


def _database(settings: Settings) -> Checked:
    url = settings.database_url or (url_file(settings).read_text() if url_file(settings).exists() else None)
    if url is None:
        return Checked("database", False, "the embedded one is not running", "Run “make up”.")

    async def ask() -> str:
        connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"), timeout=5)
        try:
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()

    try:
        return Checked("database", True, f"PostgreSQL {asyncio.run(ask())}")
    except (OSError, asyncpg.PostgresError, TimeoutError) as why:
        do = "Check FOLLOWTHROUGH_DATABASE_URL, and that PostgreSQL is running."
        return Checked("database", False, str(why) or type(why).__name__, do)


def _prefect(settings: Settings) -> Checked:
    user, _, password = environment.auth_string(settings).partition(":")
    where = f"{settings.prefect_api_url}/admin/version"
    try:
        answer = httpx.get(where, auth=(user, password), timeout=3)
    except httpx.HTTPError as why:
        return Checked("Prefect", False, str(why), "Run “make up”, or check FOLLOWTHROUGH_PREFECT_PORT.")
    if answer.status_code != 200:
        do = "Another server may have this port. Set FOLLOWTHROUGH_PREFECT_PORT to another one."
        return Checked("Prefect", False, f"answered {answer.status_code}", do)
    return Checked("Prefect", True, f"version {answer.json()}")


def _pages(settings: Settings) -> Checked:
    where = f"http://{settings.web_host}:{settings.web_port}/health"
    try:
        answer = httpx.get(where, timeout=3)
        answer.raise_for_status()
    except httpx.HTTPError as why:
        return Checked("pages", False, str(why), "Run “make up”, or check FOLLOWTHROUGH_WEB_PORT.")
    return Checked("pages", True, settings.address)


def _mail(settings: Settings) -> Checked:
    parts = urlsplit(settings.effective_smtp_url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 25), timeout=5).close()
    except OSError as why:
        return Checked("mail", False, f"{parts.hostname}:{parts.port}: {why}", "Check FOLLOWTHROUGH_SMTP_URL.")
    return Checked("mail", True, f"{parts.hostname}:{parts.port}" + ("" if settings.smtp_url else " (local catcher)"))
