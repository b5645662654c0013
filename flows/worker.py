"""The worker: runs flows, wakes them, keeps the two databases in agreement, and delivers mail."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable

import structlog
from prefect.client.orchestration import PrefectClient
from prefect.context import AsyncClientContext
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.office import Office, england_and_wales
from db.engine import make_engine
from flows.deploy import register
from flows.reconcile import reconcile
from flows.runner import Runner
from flows.waking import Waker
from notifications.delivery import DeliveryLoop
from settings import Settings
from tasks.desk import holder, set_office

RECONCILE_EVERY = 60.0
log = structlog.get_logger("worker")


def run_worker(settings: Settings, database_url: str) -> None:
    """Run until SIGTERM or SIGINT.

    Prefect's engine takes over SIGTERM in the main thread for as long as a flow runs. The loop
    therefore lives in a thread of its own, and the main thread only waits to be told to stop.
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
    thread.join(40)


def _in_thread(settings: Settings, database_url: str, stop: threading.Event, ended: threading.Event) -> None:
    try:
        asyncio.run(work(settings, database_url, stop))
    finally:
        ended.set()


async def work(settings: Settings, database_url: str, stop: threading.Event) -> None:
    """Everything a worker does, until `stop` is set. Mail goes out whether or not Prefect is there."""
    engine = make_engine(database_url)
    set_office(Office(engine, settings.secret_key, england_and_wales(settings.timezone)))
    jobs = [
        asyncio.create_task(_for_ever("mail", lambda: DeliveryLoop(engine, settings).run())),
        asyncio.create_task(_for_ever("time", lambda: keep_time(settings, engine))),
    ]
    await asyncio.to_thread(stop.wait)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    await engine.dispose()


async def keep_time(settings: Settings, engine: AsyncEngine) -> None:
    """Run, wake and reconcile over one Prefect client that all runs share."""
    await register()
    async with AsyncClientContext() as context:
        client = context.client
        runner = Runner(client, settings.concurrent_runs, holder())
        waker = Waker(engine, client, runner.poke)
        async with asyncio.TaskGroup() as group:
            group.create_task(runner.run())
            group.create_task(waker.run())
            group.create_task(_reconcile_often(engine, client, waker))


async def _reconcile_often(engine: AsyncEngine, client: PrefectClient, waker: Waker) -> None:
    while True:
        try:
            waker.forget()
            await reconcile(engine, client)
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
