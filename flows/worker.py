"""The worker: runs flows, wakes them, keeps the two databases in agreement, and delivers mail."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog
import uvloop
from prefect.client.orchestration import PrefectClient
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.checkpoint import CHECKPOINT_EVERY, checkpoint
from commands.import_telling import tell_of_cut_off_imports
from commands.office import Office, england_and_wales, utc_now
from commands.passing_on import pass_on_what_waits
from commands.roles import follow_ended_roles
from commands.sweeping import sweep_files
from commands.undelivered import ask_about_dead_mail
from commands.webhook_failures import tell_of_failing_webhooks
from db.action_runs import leased
from db.engine import make_engine
from evidence.store import EvidenceStore
from flows.connection import shared_client
from flows.deploy import register
from flows.reconcile import Reconciler
from flows.review_runs import keep_reviews
from flows.runner import STOPS_WITHIN, Runner
from flows.waking import Waker
from notifications.delivery import DeliveryLoop
from notifications.webhooks import WebhookLoop
from settings import Settings
from tasks.desk import holder, set_office

RECONCILE_EVERY = 60.0
TIDY_EVERY = 120.0
SWEEP_EVERY = 24 * 3600.0
# A little longer than the runner lets its runs end.
ENDS_WITHIN = STOPS_WITHIN + 2.0
log = structlog.get_logger("worker")


def run_worker(settings: Settings, database_url: str) -> None:
    """Run until SIGTERM or SIGINT.

    Prefect's engine takes over SIGTERM in the main thread for as long as a flow runs. The loop
    therefore lives in a thread of its own, and the main thread only waits to be told to stop. Told so, it
    ends within `ENDS_WITHIN` seconds, if need be as if it had been killed.
    """
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: stop.set())  # pyright: ignore[reportUnknownLambdaType]
    ended = threading.Event()
    thread = threading.Thread(target=_in_thread, args=(settings, database_url, stop, ended), name="worker")
    thread.start()
    while not ended.wait(0.2):
        if stop.is_set():
            break
    stop.set()
    thread.join(ENDS_WITHIN)
    if thread.is_alive():
        # What it waits for, a database or a server that has gone, may never answer. All that counts is committed.
        log.warning("stopping without waiting any longer", after_seconds=ENDS_WITHIN)
        sys.stdout.flush()
        os._exit(1)


def _in_thread(settings: Settings, database_url: str, stop: threading.Event, ended: threading.Event) -> None:
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
            loop.run(work(settings, database_url, stop))
    finally:
        ended.set()


async def work(settings: Settings, database_url: str, stop: threading.Event) -> None:
    """Everything a worker does, until `stop` is set. Mail goes out whether or not Prefect is there."""
    for logger in ("prefect.flow_runs", "prefect.engine"):
        logging.getLogger(logger).addFilter(_is_news)
    # Whoever reconciles holds one connection for its turn, and works with another.
    engine = make_engine(database_url, pool_size=max(2, settings.database_connections))
    office = Office(engine, settings.secret_key, england_and_wales(settings.timezone))
    set_office(office)
    jobs = [
        asyncio.create_task(_for_ever("mail", lambda: _delivery(settings, office).run())),
        asyncio.create_task(_for_ever("webhooks", lambda: _webhooks(settings, engine).run())),
        asyncio.create_task(_for_ever("tidying", lambda: _tidy_often(office))),
        asyncio.create_task(_for_ever("time", lambda: keep_time(settings, office))),
        asyncio.create_task(_for_ever("sweeping", lambda: _sweep_daily(settings, office))),
        asyncio.create_task(_for_ever("checkpoint", lambda: _checkpoint_daily(settings, office))),
    ]
    await asyncio.to_thread(stop.wait)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    await engine.dispose()


def _delivery(settings: Settings, office: Office) -> DeliveryLoop:
    async def on_dead(_message: UUID, _why: str) -> None:
        await ask_about_dead_mail(office, utc_now())

    return DeliveryLoop(office.engine, settings, on_dead)


def _webhooks(settings: Settings, engine: AsyncEngine) -> WebhookLoop:
    return WebhookLoop(engine, settings.secret_key, allow_private=settings.webhooks_to_private_addresses)


async def _tidy_often(office: Office) -> None:
    """Follow ended roles, people who went away, and mail and calls of webhooks that died; again finds nothing."""
    while True:
        await follow_ended_roles(office, utc_now())
        await ask_about_dead_mail(office, utc_now())
        await tell_of_failing_webhooks(office, utc_now())
        await tell_of_cut_off_imports(office, utc_now())
        await pass_on_what_waits(office, utc_now())
        await asyncio.sleep(TIDY_EVERY)


async def _sweep_daily(settings: Settings, office: Office) -> None:
    """Take away what uploads left behind whose process was killed."""
    store = EvidenceStore(settings.evidence_folder)
    while True:
        if found := await sweep_files(office, store, utc_now()):
            log.info("files that nobody owns taken away", count=found)
        await asyncio.sleep(SWEEP_EVERY)


async def _checkpoint_daily(settings: Settings, office: Office) -> None:
    """Anchor the trail outside the database once a day; asking again the same day changes nothing."""
    while True:
        await checkpoint(office, settings.anchor_path, utc_now())
        await asyncio.sleep(CHECKPOINT_EVERY.total_seconds())


def _is_news(record: logging.LogRecord) -> bool:
    """Prefect reports every run that waits as an error: “Finished in state Awaiting evidence”."""
    return not record.getMessage().startswith("Finished in state")


async def keep_time(settings: Settings, office: Office) -> None:
    """Run, wake and reconcile over one Prefect client that all runs share."""
    engine = office.engine

    async def elsewhere(actions: list[UUID]) -> set[UUID]:
        async with engine.connect() as connection:
            return await leased(connection, actions)

    async with shared_client() as client:
        await register()
        runner = Runner(client, settings.concurrent_runs, holder(), elsewhere)
        waker = Waker(engine, client, runner.poke, runner.hungry, runner.run_now, settings.concurrent_runs)
        async with asyncio.TaskGroup() as group:
            group.create_task(runner.run())
            group.create_task(waker.run())
            group.create_task(_reconcile_often(office, client))


async def _reconcile_often(office: Office, client: PrefectClient) -> None:
    reconciler = Reconciler(office.engine, client)
    compare = reconciler.everything
    while True:
        try:
            await compare()
            compare = reconciler.some
            await keep_reviews(office, client)
        except Exception as wrong:  # tried again in a minute, whatever it was
            log.warning("reconciling waits", error=str(wrong)[:200])
        await asyncio.sleep(RECONCILE_EVERY)


async def _for_ever(name: str, job: Callable[[], Awaitable[None]]) -> None:
    """Start a job again when it breaks: the other jobs go on meanwhile."""
    pause = 1.0
    while True:
        try:
            await job()
        except asyncio.CancelledError:
            raise
        except Exception as broken:
            log.warning("a part of the worker starts again", part=name, error=repr(broken)[:300])
        await asyncio.sleep(pause)
        pause = min(pause * 2, 15.0)
