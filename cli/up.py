"""`followthrough up`: everything on one machine, under one supervisor."""

import asyncio
import json as as_json_text
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.children import Child, pause_after
from cli.data_folder import NotToBeHad, end_left_over, hold, remember
from cli.flags import ForPrograms
from cli.ready import PortInUse, catcher_answers, check_ports, prefect_answers, web_answers, worker_reports
from db import embedded
from db.embedded import DatabaseWontStart, Embedded
from flows import environment
from settings import FIRST_ADDRESS, Settings

READY_WITHIN = 90.0
# Prefect shows and wakes; when the machine is busy, people’s answers and their mail go first.
NICE = 10
HERE = Path(__file__).parent.parent


class WontStart(Exception):
    """Followthrough did not start."""


@dataclass(slots=True)
class Running:
    """What `up` has started so far."""

    settings: Settings
    database: Embedded | None = None
    children: list[Child] = field(default_factory=list[Child])
    database_url: str = ""
    prefect_url: str = ""
    database_deaths: int = 0
    database_again_at: float = 0.0


def up(*, json: ForPrograms = False) -> None:
    """Start everything, say where it is, and stop it on Ctrl-C. A second time it goes on with the same data."""
    settings = Settings()
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _stop_now)
    running = Running(settings)
    try:
        with hold(settings.home):
            try:
                link = _start(running)
                _say_where(running, link, json)
                while True:
                    _watch(running)
                    time.sleep(0.2)
            finally:
                _ignore_signals()
                _stop(running)
    except KeyboardInterrupt:
        pass
    except (WontStart, NotToBeHad, PortInUse, DatabaseWontStart) as why:
        sys.exit(f"followthrough: {why}")


def _stop_now(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)


def _start(running: Running) -> str | None:
    """Start everything in the order it is needed; the first administrator's link, until somebody can sign in."""
    settings = running.settings
    if end_left_over(settings.home):
        _tell("Ended what an earlier Followthrough had left running.")
    check_ports(settings)
    _tell("Starting the database ...")
    link = _start_database(running)
    _tell("Starting Prefect, the pages and the worker ...")
    prefect_env = environment.server_environment(settings, running.prefect_url)
    prefect = _child(running, "prefect", [sys.executable, "-m", "prefect", "server", "start"], prefect_env, NICE)
    if settings.smtp_url is None:
        catcher = _child(running, "catcher", _ours("catcher"), _environment(running))
        _await(catcher, lambda: catcher_answers(settings))
    if running.database is not None:
        link = _run(running, "prepare")
    web = _child(running, "web", _ours("web"), _environment(running))
    _await(web, lambda: web_answers(settings, web))
    _await(prefect, lambda: prefect_answers(settings))
    prefect.let_others_first()
    worker = _child(running, "worker", _ours("worker"), _environment(running))
    _await(worker, lambda: worker_reports(settings, worker))
    return link or None


def _start_database(running: Running) -> str:
    """Start the embedded PostgreSQL; on a configured one, make what is missing before Prefect looks for it."""
    settings = running.settings
    if settings.database_url:
        running.database_url = settings.database_url
        running.prefect_url = settings.prefect_database(settings.database_url)
        return _run(running, "prepare")
    running.database = embedded.start(settings.home / "postgres")
    asyncio.run(embedded.make_databases(running.database, "followthrough", "prefect"))
    running.database_url = running.database.url("followthrough")
    running.prefect_url = settings.prefect_database(running.database_url)
    (settings.home / "database.url").write_text(running.database_url)
    return ""


def _environment(running: Running) -> dict[str, str]:
    return environment.client_environment(running.settings) | {
        "FOLLOWTHROUGH_DATABASE_URL": running.database_url,
        "FOLLOWTHROUGH_PREFECT_DATABASE_URL": running.prefect_url,
        "FOLLOWTHROUGH_HOME": str(running.settings.home.resolve()),
        "FOLLOWTHROUGH_CODE": str(HERE),
        "PYTHONPATH": str(HERE),
    }


def _ours(command: str) -> list[str]:
    return [sys.executable, "-m", "cli.main", command]


def _child(running: Running, name: str, command: list[str], extra: dict[str, str], nice: int = 0) -> Child:
    child = Child(name, command, extra | {"PYTHONPATH": str(HERE)}, running.settings.home / "logs", nice)
    running.children.append(child)
    child.start()
    _remember(running)
    return child


def _remember(running: Running) -> None:
    remember(running.settings.home, [child.pid for child in running.children if child.pid])


def _run(running: Running, command: str) -> str:
    """Run one command to its end in a process of its own, so that what it loads does not stay here."""
    extra = _environment(running)
    done = subprocess.run(_ours(command), env={**os.environ, **extra}, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines()[-1:] or [f"“followthrough {command}” gave no reason."]
        raise WontStart(words[0].removeprefix("followthrough: "))
    return done.stdout.strip()


def _await(child: Child, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if not child.is_alive:
            raise WontStart(f"The {child.name} process ended. The end of {child.log}:\n{child.last_words()}")
        if is_ready():
            return
        time.sleep(0.1)
    raise WontStart(
        f"The {child.name} process is not ready after {READY_WITHIN:.0f} seconds."
        f" The end of {child.log}:\n{child.last_words()}"
    )


def _watch(running: Running) -> None:
    _watch_database(running)
    for child in running.children:
        before = child.pid
        if child.watch():
            _tell(f"The {child.name} process ended; it is started again. See {child.log}")
        elif child.pid != before:
            _remember(running)


def _watch_database(running: Running) -> None:
    """Start it again after it died, later each time: a killed one's sessions may take a moment to end."""
    if running.database is None or running.database.process.poll() is None:
        return
    if time.monotonic() < running.database_again_at:
        return
    try:
        running.database = embedded.start(running.settings.home / "postgres")
        running.database_deaths = 0
        _tell("The database had ended; it is running again.")
    except DatabaseWontStart as why:
        running.database_deaths += 1
        running.database_again_at = time.monotonic() + pause_after(running.database_deaths)
        _tell(f"The database ended, and does not start yet: {why}")


def _tell(words: str) -> None:
    """What happens, for whoever looks at the terminal; programs read the other stream."""
    print(words, file=sys.stderr, flush=True)


def _say_where(running: Running, link: str | None, as_json: bool) -> None:
    settings = running.settings
    facts = {
        "pages": settings.address,
        "mail": f"{settings.address}/caught-mail" if settings.smtp_url is None else None,
        "prefect": f"http://127.0.0.1:{settings.prefect_port}",
        "prefect_auth": environment.auth_string(settings),
        "sign_in_link": link,
        "processes": {child.name: child.pid for child in running.children},
        "supervisor": os.getpid(),
    }
    if as_json:
        print(as_json_text.dumps(facts, indent=2), flush=True)
        return
    print(f"\nFollowthrough is ready.\n\n  Pages        {facts['pages']}")
    if facts["mail"]:
        print(f"  Caught mail  {facts['mail']}")
    print(f"  Prefect      {facts['prefect']} (sign in with {facts['prefect_auth']})")
    if link:
        print(f"\n  First administrator, works once, for seven days:\n  {link}")
        print(f"  After that you sign in as {FIRST_ADDRESS}. Put your own address there at People.")
    print("\nCtrl-C stops everything.", flush=True)


def _stop(running: Running) -> None:
    for child in reversed(running.children):
        child.stop()
    if running.database is not None:
        running.database.stop()
        (running.settings.home / "database.url").unlink(missing_ok=True)
    (running.settings.home / "processes.json").unlink(missing_ok=True)
