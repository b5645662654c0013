"""The processes without their supervisor, on a PostgreSQL of one's own, in the order that the guide gives them."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from cli.ready import prefect_answers
from commands.define import define
from commands.office import Office, england_and_wales, utc_now
from db import embedded
from db.engine import make_engine
from domain.actors import OPERATOR
from settings import Settings
from tests.acceptance.stack import ROOT, Stack, free_port, wait_for
from tests.cast import a_definition, engage

GUIDE = (ROOT / "docs" / "guide" / "running.md").read_text()
IN_ORDER = re.findall(r"(?m)^followthrough (\w+)$", GUIDE)
END_BY_THEMSELVES = ("migrate", "deploy")
STOPPED = (0, -signal.SIGTERM)


class Machine:
    """Somebody's machine: its settings, a PostgreSQL that we did not start, and what was started by hand."""

    def __init__(self, home: Path, database_url: str) -> None:
        self.settings = Settings(
            home=home,
            database_url=database_url,
            web_port=free_port(),
            prefect_port=free_port(),
            catcher_port=free_port(),
        )
        known = self.settings.model_dump(include={"home", "database_url", "web_port", "prefect_port", "catcher_port"})
        self.environment = {**os.environ, **{f"FOLLOWTHROUGH_{name.upper()}": str(v) for name, v in known.items()}}
        self.started: list[subprocess.Popen[bytes]] = []

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "cli.main", *words]
        return subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, timeout=60, check=False)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "cli.main", *words]
        process = subprocess.Popen(command, env=self.environment, cwd=ROOT)
        self.started.append(process)
        return process

    def wrong(self) -> list[str]:
        """What the doctor finds wrong."""
        looked = json.loads(self.run("doctor", "--json").stdout)
        return [f"{check['what']}: {check['found']}" for check in looked if not check["well"]]

    def stop(self) -> list[int]:
        """Stop everything as systemd does, the last first; how each ended."""
        codes: list[int] = []
        while self.started:
            process = self.started.pop()
            process.terminate()
            codes.append(process.wait(30))
        return codes


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with ExitStack() as ends:
        cluster = embedded.start(tmp_path / "postgres")
        ends.callback(cluster.stop)
        machine = Machine(tmp_path / "data", cluster.url("followthrough"))
        ends.callback(machine.stop)
        yield machine


def test_what_the_guide_starts_one_by_one_is_the_whole_product(machine: Machine) -> None:
    assert sorted(IN_ORDER) == ["deploy", "migrate", "prefect", "web", "worker"]
    machine.start("catcher")
    for name in IN_ORDER:
        if name in END_BY_THEMSELVES:
            done = machine.run(name)
            assert done.returncode == 0, done.stderr
        else:
            machine.start(name)
        if name == "prefect":
            wait_for(lambda: prefect_answers(machine.settings), "the Prefect server", 60)
    second = machine.start("worker")
    wait_for(lambda: _pages_answer(machine.settings), "the pages", 60)
    wait_for(lambda: machine.wrong() == [], "all to be well", 60)
    ref = asyncio.run(_an_action(machine.settings))
    Stack(machine.settings, second, {}).run_shows(ref, "Awaiting acceptance")
    assert second.poll() is None
    assert machine.run("trail", "verify").returncode == 0
    assert set(machine.stop()) <= set(STOPPED)


async def _an_action(settings: Settings) -> str:
    engine = make_engine(settings.database_url or "", pool_size=2)
    office = Office(engine, settings.secret_key, england_and_wales())
    try:
        now = utc_now()
        cast = await engage(engine, now)
        return (await define(office, OPERATOR, a_definition(cast, due_at=now + timedelta(days=20)), now)).ref
    finally:
        await engine.dispose()


def _pages_answer(settings: Settings) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{settings.address}/health", timeout=5).status_code == 200
    return False
