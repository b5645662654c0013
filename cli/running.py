"""What commands at a keyboard share: the settings, the database that is running, and printing."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from commands.office import Office, england_and_wales
from db.engine import make_engine
from settings import Settings

T = TypeVar("T")
NOT_RUNNING = "The embedded database is not running. Start it with “make up”, or set FOLLOWTHROUGH_DATABASE_URL."


def url_file(settings: Settings) -> Path:
    """Where a running `followthrough up` says where its database is."""
    return settings.home / "database.url"


def database_url(settings: Settings) -> str:
    """The configured database, or the embedded one of a running `followthrough up`."""
    if settings.database_url:
        return settings.database_url
    if not url_file(settings).exists():
        sys.exit(f"followthrough: {NOT_RUNNING}")
    return url_file(settings).read_text().strip()


def in_office(work: Callable[[Office], Awaitable[T]], settings: Settings | None = None) -> T:
    """Run one piece of work against the tracker's database."""
    known = settings or Settings()

    async def run() -> T:
        engine = make_engine(database_url(known), pool_size=2)
        try:
            return await work(Office(engine, known.secret_key, england_and_wales(known.timezone)))
        finally:
            await engine.dispose()

    return asyncio.run(run())


def show(value: Any) -> None:
    """Print for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))
