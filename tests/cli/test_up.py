"""`followthrough up`, as a person starts it: real processes, ended in every way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.acceptance.stack import ROOT, Stack, free_port, start, stop, wait_for

EVERYTHING = ("settings", "data folder", "database", "Prefect", "worker", "pages", "mail", "links", "trail anchor")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("up"))


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[list[Stack]]:
    """The stack that runs now; a test may end it and start the next one on the same data."""
    stacks = [start(home)]
    yield stacks
    if stacks[-1].supervisor.poll() is None:
        stop(stacks[-1])


def environment(stack: Stack, **changed: str) -> dict[str, str]:
    settings = stack.settings
    return {
        **os.environ,
        "FOLLOWTHROUGH_HOME": str(settings.home),
        "FOLLOWTHROUGH_WEB_PORT": str(settings.web_port),
        "FOLLOWTHROUGH_PREFECT_PORT": str(settings.prefect_port),
        "FOLLOWTHROUGH_CATCHER_PORT": str(settings.catcher_port),
        **changed,
    }


def followthrough(stack: Stack, *words: str, **changed: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli.main", *words]
    return subprocess.run(
        command, env=environment(stack, **changed), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def people(stack: Stack) -> list[str]:
    listed = json.loads(followthrough(stack, "people", "list", "--json").stdout)
    return [person["name"] for person in listed]


def test_everything_is_well_as_soon_as_it_says_it_is_ready(running: list[Stack]) -> None:
    checked = followthrough(running[-1], "doctor", "--json")
    assert checked.returncode == 0, checked.stdout
    found = {check["what"]: check["well"] for check in json.loads(checked.stdout)}
    assert found == dict.fromkeys(EVERYTHING, True)


def test_the_sign_in_link_opens_for_the_first_administrator(running: list[Stack]) -> None:
    answer = httpx.get(running[-1].facts["sign_in_link"], follow_redirects=True)
    assert answer.status_code == 200
    assert "password" in answer.text


def test_a_second_one_on_the_same_data_is_refused_and_disturbs_nothing(running: list[Stack]) -> None:
    second = followthrough(running[-1], "up")
    assert second.returncode == 1
    assert f"already running on {running[-1].settings.home}" in second.stderr
    assert "FOLLOWTHROUGH_HOME" in second.stderr
    assert followthrough(running[-1], "doctor").returncode == 0


@pytest.mark.parametrize("name", ["web", "prefect", "catcher"])
def test_a_port_in_use_is_refused_by_the_name_of_its_setting(running: list[Stack], tmp_path: Path, name: str) -> None:
    setting = f"FOLLOWTHROUGH_{name.upper()}_PORT"
    taken = environment(running[-1])[setting]
    ports = {f"FOLLOWTHROUGH_{other}_PORT": str(free_port()) for other in ("WEB", "PREFECT", "CATCHER")}
    others = {key: port for key, port in ports.items() if key != setting}
    refused = followthrough(running[-1], "up", FOLLOWTHROUGH_HOME=str(tmp_path / "home"), **others)
    assert refused.returncode == 1
    assert f"Port {taken} is in use. Set {setting} to another one." in refused.stderr


def test_a_process_that_dies_is_started_again(running: list[Stack]) -> None:
    stack = running[-1]
    was = stack.pid_of("web")
    os.kill(was, signal.SIGKILL)

    def answers() -> int | None:
        try:
            pid = httpx.get(f"{stack.settings.address}/health", timeout=2).json()["pid"]
        except httpx.HTTPError:
            return None
        return pid if pid != was else None

    wait_for(answers, "the pages to answer again", 30)


def test_the_database_is_started_again_too(running: list[Stack]) -> None:
    stack = running[-1]
    postmaster = int((stack.settings.home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(postmaster, signal.SIGKILL)
    wait_for(lambda: followthrough(stack, "people", "list", "--json").returncode == 0, "the database to answer", 30)
    assert stack.supervisor.poll() is None


def test_killing_it_leaves_nothing_behind_and_the_next_one_goes_on_with_the_same_data(
    running: list[Stack], home: Path
) -> None:
    stack = running[-1]
    added = followthrough(stack, "people", "add", "Oona Fairweather", "oona@example.org", "--role", "key-worker")
    assert added.returncode == 0, added.stderr
    children = psutil.Process(stack.supervisor.pid).children(recursive=True)
    assert len(children) > 5
    stack.supervisor.kill()
    stack.supervisor.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    running.append(start(home))
    assert "Oona Fairweather" in people(running[-1])


def test_a_terminal_that_closes_stops_everything_in_order(running: list[Stack]) -> None:
    stack = running[-1]
    children = psutil.Process(stack.supervisor.pid).children(recursive=True)
    stack.supervisor.send_signal(signal.SIGHUP)
    assert stack.supervisor.wait(60) == 0
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
    assert not (stack.settings.home / "postgres" / "postmaster.pid").exists()
