"""What commands at a keyboard share: the settings, the database that is running, and printing."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from commands.office import Office, england_and_wales
from db.databases import DatabaseUnreachable, check_reachable, lacks_our_tables
from db.engine import make_engine
from domain.errors import Refused
from settings import Settings

T = TypeVar("T")
NOT_RUNNING = "The embedded database is not running. Start it with “make up”, or set FOLLOWTHROUGH_DATABASE_URL."
NO_TABLES = "This database does not have the tables of this version yet. Run “followthrough migrate”."
LOOK = "“followthrough doctor” looks at everything."


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
    """Run one piece of work against the tracker's database.

    Raises `Refused` where the database cannot be reached, lets nobody in, or lacks our tables.
    """
    known = settings or Settings()

    async def run() -> T:
        engine = make_engine(database_url(known), pool_size=2)
        try:
            await check_reachable("FOLLOWTHROUGH_DATABASE_URL", engine)
            return await work(Office(engine, known.secret_key, england_and_wales(known.timezone)))
        except DatabaseUnreachable as why:
            raise Refused(f"{why if known.database_url else NOT_RUNNING} {LOOK}") from why
        except Exception as wrong:
            if lacks_our_tables(wrong):
                raise Refused(NO_TABLES) from wrong
            raise
        finally:
            await engine.dispose()

    return asyncio.run(run())


def show(value: Any) -> None:
    """Print for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))
