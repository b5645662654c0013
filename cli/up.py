"""`followthrough up`: everything on one machine, under one supervisor."""

import asyncio
import base64
import contextlib
import json as as_json_text
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.children import Child
from db import embedded
from db.embedded import Embedded
from flows import environment
from settings import Settings

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


def up(*, json: bool = False) -> None:
    """Start everything, say where it is, and stop it on Ctrl-C. A second time it goes on with the same data."""
    settings = Settings()
    stopping = False

    def stop(number: int, frame: Any) -> None:
        nonlocal stopping
        stopping = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    running = Running(settings)
    try:
        _start(running)
        _say_where(running, json)
        while not stopping:
            _watch(running)
            time.sleep(0.2)
    except KeyboardInterrupt:
        pass
    except WontStart as why:
        sys.exit(f"followthrough: {why}")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _stop(running)


def _start(running: Running) -> None:
    settings = running.settings
    settings.home.mkdir(parents=True, exist_ok=True)
    _check_ports(settings)
    _start_database(running)
    prefect_env = environment.server_environment(settings, running.prefect_url)
    ours = environment.client_environment(settings) | {
        "FOLLOWTHROUGH_DATABASE_URL": running.database_url,
        "FOLLOWTHROUGH_HOME": str(settings.home.resolve()),
        "FOLLOWTHROUGH_CODE": str(HERE),
    }
    _child(running, "prefect", [sys.executable, "-m", "prefect", "server", "start"], prefect_env, NICE)
    if settings.smtp_url is None:
        _child(running, "catcher", _ours("catcher"), ours)
    _run(running, "migrate")
    _child(running, "web", _ours("web"), ours)
    _await(running, "web", lambda: _answers(f"http://{settings.web_host}:{settings.web_port}/health", running, "web"))
    _await(running, "prefect", lambda: _prefect_answers(settings))
    _child(running, "worker", _ours("worker"), ours)


def _ours(command: str) -> list[str]:
    return [sys.executable, "-m", "cli.main", command]


def _child(running: Running, name: str, command: list[str], extra: dict[str, str], nice: int = 0) -> None:
    child = Child(name, command, extra | {"PYTHONPATH": str(HERE)}, running.settings.home / "logs", nice)
    running.children.append(child)
    child.start()


def _check_ports(settings: Settings) -> None:
    ports = [("FOLLOWTHROUGH_WEB_PORT", settings.web_port), ("FOLLOWTHROUGH_PREFECT_PORT", settings.prefect_port)]
    if settings.smtp_url is None:
        ports.append(("FOLLOWTHROUGH_CATCHER_PORT", settings.catcher_port))
    for setting, port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise WontStart(f"Port {port} is in use. Set {setting} to another one.") from None


def _start_database(running: Running) -> None:
    settings = running.settings
    if settings.database_url:
        running.database_url = settings.database_url
        if not settings.prefect_database_url:
            raise WontStart("Set FOLLOWTHROUGH_PREFECT_DATABASE_URL too: Prefect needs a database of its own.")
        running.prefect_url = settings.prefect_database_url
        return
    try:
        running.database = embedded.start(settings.home / "postgres")
    except embedded.DatabaseWontStart as why:
        raise WontStart(str(why)) from why
    asyncio.run(embedded.make_databases(running.database, "followthrough", "prefect"))
    running.database_url = running.database.url("followthrough")
    running.prefect_url = settings.prefect_database_url or running.database.url("prefect")
    (settings.home / "database.url").write_text(running.database_url)


def _run(running: Running, command: str) -> str:
    """Run one command to its end in a process of its own, so that what it loads does not stay here."""
    extra = {"FOLLOWTHROUGH_DATABASE_URL": running.database_url, "PYTHONPATH": str(HERE)}
    done = subprocess.run(_ours(command), env={**os.environ, **extra}, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines()[-1:] or ["it gave no reason"]
        raise WontStart(
            f"The database could not be prepared: {words[0]}."
            " Check FOLLOWTHROUGH_DATABASE_URL, and that PostgreSQL is running."
        )
    return done.stdout.strip()


def _await(running: Running, name: str, is_ready: Callable[[], bool]) -> None:
    child = next(child for child in running.children if child.name == name)
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if not child.is_alive:
            raise WontStart(f"The {name} process ended. Its last words:\n{child.last_words()}")
        if is_ready():
            return
        time.sleep(0.1)
    raise WontStart(f"The {name} process is not ready after {READY_WITHIN:.0f} seconds:\n{child.last_words()}")


def _answers(url: str, running: Running, name: str) -> bool:
    """Whether our own child answers, and not something else that has the port."""
    child = next(child for child in running.children if child.name == name)
    answer = _ask(url)
    return answer is not None and answer.get("pid") == (child.process.pid if child.process else None)


def _prefect_answers(settings: Settings) -> bool:
    credentials = base64.b64encode(environment.auth_string(settings).encode()).decode()
    return _ask(f"{settings.prefect_api_url}/admin/version", f"Basic {credentials}") is not None


def _ask(url: str, authorization: str = "") -> Any:
    """What an address of ours answers; None while it does not."""
    request = urllib.request.Request(url, headers={"Authorization": authorization} if authorization else {})  # noqa: S310
    with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
        return as_json_text.load(answer)
    return None


def _watch(running: Running) -> None:
    for child in running.children:
        if child.watch():
            print(f"The {child.name} process ended; it is started again. See {child.log_folder}/{child.name}.log")
    database = running.database
    if database is not None and database.process.poll() is not None:
        print("The database ended; it is started again.")
        running.database = embedded.start(running.settings.home / "postgres")


def _say_where(running: Running, as_json: bool) -> None:
    settings = running.settings
    link = _run(running, "first-link") or None
    facts = {
        "pages": settings.address,
        "mail": f"{settings.address}/caught-mail" if settings.smtp_url is None else None,
        "prefect": f"http://127.0.0.1:{settings.prefect_port}",
        "prefect_auth": environment.auth_string(settings),
        "sign_in_link": link,
        "processes": {child.name: child.process.pid for child in running.children if child.process},
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
    print("\nCtrl-C stops everything.", flush=True)


def _stop(running: Running) -> None:
    for child in reversed(running.children):
        child.stop()
    if running.database is not None:
        running.database.stop()
        (running.settings.home / "database.url").unlink(missing_ok=True)
