"""The processes that `up` starts together, for running them one by one."""

import asyncio
import gc
import os
import sys

from cli.running import database_url
from commands.office import Office, england_and_wales, utc_now
from commands.pathways import publish_shipped
from db.databases import make_if_missing
from db.engine import make_engine
from db.migrate import migrate as bring_up_to_date
from domain.errors import Refused
from flows import environment
from settings import Settings

PREFECT = "Start it with “make up”, or check FOLLOWTHROUGH_PREFECT_PORT."


def web() -> None:
    """Serve the pages."""
    import uvicorn

    from api.app import create_app

    settings = Settings()
    database_url(settings)  # says how to start one where there is none
    app = create_app(settings)
    leave_code_alone()
    uvicorn.run(
        app,
        host=settings.web_host,
        port=settings.web_port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


def prefect() -> None:
    """Run the Prefect server on this machine's loopback, as our worker and our pages expect it."""
    settings = Settings()
    url = settings.prefect_database(database_url(settings))
    command = [sys.executable, "-m", "prefect", "server", "start"]
    os.execve(sys.executable, command, {**os.environ, **environment.server_environment(settings, url)})


def worker() -> None:
    """Run flows, wake them at deadlines, and deliver mail."""
    settings = Settings()
    environment.apply(environment.client_environment(settings))
    from flows.worker import run_worker

    leave_code_alone()
    run_worker(settings, database_url(settings))


def leave_code_alone() -> None:
    """Look for garbage among what is made from now on, and less often: what has been loaded stays anyway.

    An answer makes thousands of short-lived objects and no rings; looking for some after every 700 took 6 % of the
    pages' processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def deploy() -> None:
    """Register the deployments with the Prefect server."""
    settings = Settings()
    environment.apply(environment.client_environment(settings))
    from httpx import HTTPError

    from flows.deploy import register

    try:
        asyncio.run(register())
    except HTTPError as why:
        raise Refused(f"Prefect at {settings.prefect_api_url} does not take them: {why}. {PREFECT}") from why


def migrate() -> None:
    """Make the databases where they are missing, bring them to the present schema, publish the shipped pathways."""
    settings = Settings()
    asyncio.run(prepare_databases(settings, database_url(settings)))


async def prepare_databases(settings: Settings, url: str) -> None:
    """Databases, migrations and shipped pathways; safe at every start. Prefect brings up its own schema."""
    await make_if_missing("FOLLOWTHROUGH_DATABASE_URL", url)
    await make_if_missing("FOLLOWTHROUGH_PREFECT_DATABASE_URL", settings.prefect_database(url), "pg_trgm")
    engine = make_engine(url, pool_size=2)
    try:
        await bring_up_to_date(engine)
        office = Office(engine, settings.secret_key, england_and_wales(settings.timezone))
        await publish_shipped(office, utc_now())
    finally:
        await engine.dispose()
