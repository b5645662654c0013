"""`followthrough doctor`: what is wrong, and which setting to change."""

import asyncio
import difflib
import os
import re
import shutil
import socket
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
from sqlalchemy.exc import SQLAlchemyError

from cli.flags import ForPrograms
from cli.ready import EVERYWHERE
from cli.running import show, url_file
from db.anchors import unanchored_since
from db.engine import make_engine
from db.migrate import indexes_words, newest, versions_of
from db.repeats import has_trigrams
from flows import environment
from settings import Settings

PREFIX = "FOLLOWTHROUGH_"
# Set by the supervisor and by tests, not by people.
OURS = {"FOLLOWTHROUGH_CODE", "FOLLOWTHROUGH_KILLS", "FOLLOWTHROUGH_SEED"}
ANCHOR_WITHIN = timedelta(hours=36)
LEAST_FREE = 1_000_000_000
TRIGRAMS = (
    "Everything else works. Ask the database's administrator to run “CREATE EXTENSION pg_trgm” in it"
    " (it comes with PostgreSQL's contrib modules), and then run “followthrough migrate”."
)


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing looked at; `do` says what to change where it is not well."""

    what: str
    well: bool
    found: str
    do: str | None = None


def doctor(*, json: ForPrograms = False) -> None:
    """Look at everything Followthrough needs; exits with 1 when something is wrong."""
    settings = Settings()
    looks = (_names, _home, _database, _prefect, _worker, _pages, _mail, _links, _anchor)
    checks = [look(settings) for look in looks]
    if json:
        show([asdict(check) for check in checks])
    else:
        for check in checks:
            print(f"{'well ' if check.well else 'WRONG'}  {check.what}: {check.found}")
            if check.do:
                print(f"       {check.do}")
    if not all(check.well for check in checks):
        sys.exit(1)


def _names(settings: Settings) -> Checked:
    """A setting that is misspelt changes nothing, and nobody is told elsewhere."""
    file = Path(".env")
    written = re.findall(r"(?m)^\s*(?:export\s+)?(\w+)\s*=", file.read_text()) if file.exists() else []
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | OURS
    strange = sorted(
        name for name in {*written, *os.environ} if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    if not strange:
        return Checked("settings", True, "all known")
    near = difflib.get_close_matches(strange[0].upper(), known, 1)
    hint = f" Did you mean {near[0]}?" if near else " See .env.example."
    return Checked("settings", False, f"unknown: {', '.join(strange)}", f"Rename or remove {strange[0]}.{hint}")


def _home(settings: Settings) -> Checked:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home):
            free = shutil.disk_usage(settings.home).free
    except OSError as why:
        return Checked("data folder", False, str(why), "Set FOLLOWTHROUGH_HOME to a folder this user can write to.")
    found = f"{settings.home.resolve()}, {free / 1e9:.1f} GB free"
    if free < LEAST_FREE:
        do = "Make room there, or move the folder and set FOLLOWTHROUGH_HOME to its new place."
        return Checked("data folder", False, found, do)
    return Checked("data folder", True, found)


def _database(settings: Settings) -> Checked:
    url = settings.database_url or (url_file(settings).read_text() if url_file(settings).exists() else None)
    if url is None:
        return Checked("database", False, "the embedded one is not running", "Run “make up”.")
    try:
        version, revision, compares, indexes = asyncio.run(_ask_database(url))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError) as why:
        do = "Check FOLLOWTHROUGH_DATABASE_URL, and that PostgreSQL is running."
        if not settings.database_url:
            do = "The embedded one does not answer. Run “make up”."
        said = str(getattr(why, "orig", why)).rsplit(">: ", 1)[-1]
        return Checked("database", False, said or type(why).__name__, do)
    if revision != newest():
        found = f"PostgreSQL {version}, with the tables of version {revision or 'none'} and not {newest()}"
        return Checked("database", False, found, "Run “followthrough migrate”.")
    if not compares:
        lacks = "nobody is told that a similar action is open already, and words are searched for more slowly"
        found = f"PostgreSQL {version} without pg_trgm: {lacks}"
        return Checked("database", False, found, TRIGRAMS)
    if not indexes:
        found = f"PostgreSQL {version} without the index on words, which are searched for more slowly"
        return Checked("database", False, found, "Run “followthrough migrate”.")
    return Checked("database", True, f"PostgreSQL {version}")


async def _ask_database(url: str) -> tuple[str, str | None, bool, bool]:
    """PostgreSQL's version and that of the tables; whether it compares words, and has the index on them."""
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            version, revision = await versions_of(connection)
            if revision is None:
                return version, None, False, False
            return version, revision, await has_trigrams(connection), await indexes_words(connection)
    finally:
        await engine.dispose()


def _prefect(settings: Settings) -> Checked:
    where = f"{settings.prefect_api_url}/admin/version"
    try:
        answer = httpx.get(where, auth=_credential(settings), timeout=3)
    except httpx.HTTPError as why:
        return Checked("Prefect", False, str(why), "Run “make up”, or check FOLLOWTHROUGH_PREFECT_PORT.")
    if answer.status_code != 200:
        do = "Another server may have this port. Set FOLLOWTHROUGH_PREFECT_PORT to another one."
        return Checked("Prefect", False, f"answered {answer.status_code}", do)
    return Checked("Prefect", True, f"version {answer.json()}")


def _worker(settings: Settings) -> Checked:
    where = f"{settings.prefect_api_url}/work_pools/followthrough/workers/filter"
    body = {"workers": {"status": {"any_": ["ONLINE"]}}}
    try:
        answer = httpx.post(where, json=body, auth=_credential(settings), timeout=3)
        found = [worker["name"] for worker in answer.json()] if answer.status_code == 200 else []
    except (httpx.HTTPError, ValueError):
        found = []
    if not found:
        return Checked("worker", False, "none has reported to Prefect", "Run “make up”, or “followthrough worker”.")
    return Checked("worker", True, ", ".join(found))


def _credential(settings: Settings) -> tuple[str, str]:
    user, _, password = environment.auth_string(settings).partition(":")
    return user, password


def _pages(settings: Settings) -> Checked:
    where = f"http://{settings.web_host}:{settings.web_port}/health"
    try:
        answer = httpx.get(where, timeout=3)
        answer.raise_for_status()
    except httpx.HTTPError as why:
        return Checked("pages", False, str(why), "Run “make up”, or check FOLLOWTHROUGH_WEB_PORT.")
    return Checked("pages", True, settings.address)


def _anchor(settings: Settings) -> Checked:
    """A trail without anchors can be cut or written anew without anybody seeing it."""
    url = settings.database_url or (url_file(settings).read_text() if url_file(settings).exists() else None)
    try:
        since = asyncio.run(_ask_unanchored(url)) if url else None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError):
        return Checked("trail anchor", False, "cannot be asked for", "See the database above.")
    if since is None or datetime.now(UTC) - since < ANCHOR_WITHIN:
        return Checked("trail anchor", True, str(settings.anchor_path))
    do = "Run “make up” or “followthrough trail checkpoint”, and check that FOLLOWTHROUGH_ANCHOR_FILE can be written."
    return Checked("trail anchor", False, f"the trail is not anchored since {since:%-d %B %Y}", do)


async def _ask_unanchored(url: str) -> datetime | None:
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            return await unanchored_since(connection)
    finally:
        await engine.dispose()


def _mail(settings: Settings) -> Checked:
    parts = urlsplit(settings.effective_smtp_url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 25), timeout=5).close()
    except OSError as why:
        do = "Check FOLLOWTHROUGH_SMTP_URL." if settings.smtp_url else "Run “make up”, or set FOLLOWTHROUGH_SMTP_URL."
        return Checked("mail", False, f"{parts.hostname}:{parts.port}: {why}", do)
    return Checked("mail", True, f"{parts.hostname}:{parts.port}" + ("" if settings.smtp_url else " (local catcher)"))


def _links(settings: Settings) -> Checked:
    """Whether the links in mails lead people here, and not to their own machine."""
    leads_nowhere = settings.web_host in EVERYWHERE or settings.smtp_url is not None
    if settings.base_url is None and leads_nowhere:
        do = "Set FOLLOWTHROUGH_BASE_URL to the address people reach the pages at."
        return Checked("links", False, f"those in mails begin with {settings.address}, which nobody else can open", do)
    return Checked("links", True, f"those in mails begin with {settings.address}")
