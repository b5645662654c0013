"""What cannot work is said in one line that names the setting to change."""

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App

from cli.main import app
from cli.up import Running, _say_where
from settings import Settings
from tests.acceptance.stack import ROOT, free_port


def followthrough(tmp_path: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    ports = {f"FOLLOWTHROUGH_{name}_PORT": str(free_port()) for name in ("WEB", "PREFECT", "CATCHER")}
    environment = {**os.environ, "FOLLOWTHROUGH_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT), **ports}
    command = [sys.executable, "-m", "cli.main", *words]
    return subprocess.run(
        command,
        env={**environment, **settings},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


NOTHING_THERE = "postgresql://eve:hush-hush@127.0.0.1:9/tracker"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"FOLLOWTHROUGH_WEB_PORT": "eighty"}, "FOLLOWTHROUGH_WEB_PORT: Input should be a valid integer"),
        ({"FOLLOWTHROUGH_TIMEZONE": "Mars"}, "FOLLOWTHROUGH_TIMEZONE: “Mars” is not a time zone. Try Europe/London."),
        ({"FOLLOWTHROUGH_DATABASE_URL": "mysql://x/y"}, "FOLLOWTHROUGH_DATABASE_URL: it must begin with postgresql://"),
        ({"FOLLOWTHROUGH_DATABASE_URL": NOTHING_THERE}, "“tracker” at 127.0.0.1:9 cannot be used: nothing answers"),
        ({"FOLLOWTHROUGH_HOME": "/proc/nowhere"}, "Set FOLLOWTHROUGH_HOME to one that this user can write to."),
        ({"FOLLOWTHROUGH_WEB_HOST": "203.0.113.9"}, "Set FOLLOWTHROUGH_WEB_HOST to one it has."),
        ({"FOLLOWTHROUGH_BASE_URL": "actions.example.org"}, "FOLLOWTHROUGH_BASE_URL: it must begin with https://"),
        ({"FOLLOWTHROUGH_SMTP_URL": "http://eve:hush-hush@mail"}, "FOLLOWTHROUGH_SMTP_URL: it must look like smtp://"),
        ({"FOLLOWTHROUGH_SMTP_URL": "mail.example.org:25"}, "FOLLOWTHROUGH_SMTP_URL: it must look like smtp://"),
        ({"FOLLOWTHROUGH_MAIL_FROM": "Care <care@example.org>"}, "FOLLOWTHROUGH_MAIL_FROM: it must be one e-mail"),
    ],
)
def test_starting_names_the_setting(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    refused = followthrough(tmp_path, "up", **settings)
    assert refused.returncode == 1
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "hush-hush" not in refused.stderr + refused.stdout


@pytest.mark.parametrize("words", [("people", "list"), ("actions", "list"), ("trail", "verify"), ("migrate",)])
def test_a_command_without_a_database_says_how_to_start_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = followthrough(tmp_path, *words)
    assert refused.returncode == 1
    assert "Start it with “make up”" in refused.stderr


@pytest.mark.parametrize(("command", "words"), [("deploy", "FOLLOWTHROUGH_PREFECT_PORT"), ("web", "“make up”")])
def test_a_part_that_is_run_alone_says_what_it_needs(tmp_path: Path, command: str, words: str) -> None:
    refused = followthrough(tmp_path, command)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1, refused.stderr


def test_whoever_reads_may_stop_reading(tmp_path: Path) -> None:
    environment = {**os.environ, "FOLLOWTHROUGH_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cli.main", "doctor"]
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == ""


def test_the_doctor_says_of_each_thing_what_to_do_and_exits_with_1(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FOLLOWTHROUGH_WEBPORT=9000\n")
    checked = followthrough(tmp_path, "doctor", "--json", FOLLOWTHROUGH_WEB_HOST="0.0.0.0")
    assert checked.returncode == 1
    found = {check["what"]: check for check in json.loads(checked.stdout)}
    assert found["data folder"]["well"]
    assert "Did you mean FOLLOWTHROUGH_WEB_PORT?" in found["settings"]["do"]
    for wrong in ("database", "Prefect", "worker", "pages", "mail"):
        assert not found[wrong]["well"]
        assert "make up" in found[wrong]["do"]
    assert not found["links"]["well"]
    assert "FOLLOWTHROUGH_BASE_URL" in found["links"]["do"]


def test_once_it_is_ready_it_says_where_everything_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, web_port=9001, prefect_port=9002)
    _say_where(Running(settings), "http://127.0.0.1:9001/welcome/token", False)
    told = capsys.readouterr().out
    assert re.findall(r"(?m)^  (\S.*?)  +(http\S+)", told) == [
        ("Pages", "http://127.0.0.1:9001"),
        ("Caught mail", "http://127.0.0.1:9001/caught-mail"),
        ("Prefect", "http://127.0.0.1:9002"),
    ]
    assert "\n  First administrator, works once, for seven days:\n  http://127.0.0.1:9001/welcome/token\n" in told
    assert told.endswith("Ctrl-C stops everything.\n")


def test_the_example_names_every_setting() -> None:
    example = (ROOT / ".env.example").read_text()
    missing = [name for name in Settings.model_fields if f"#FOLLOWTHROUGH_{name.upper()}=" not in example]
    assert missing == []


def test_whatever_lists_or_reports_prints_for_programs_too() -> None:
    reports = {"list", "show", "verify", "check", "checkpoint", "redraw", "doctor", "import"}
    found = {name: made for name, made in commands(app).items() if name.split()[-1] in reports}
    assert len(found) > 12
    assert [name for name, made in found.items() if "json" not in inspect.signature(made).parameters] == []


def commands(under: App, path: str = "") -> dict[str, Callable[..., Any]]:
    """Every command by its words."""
    found: dict[str, Callable[..., Any]] = {}
    for name in [name for name in under if not name.startswith("-")]:
        words = f"{path} {name}".strip()
        if made := under[name].default_command:
            found[words] = made
        found |= commands(under[name], words)
    return found


def test_help_says_what_each_command_does_and_what_each_word_after_it_means() -> None:
    undescribed = [
        f"{words} {argument.name}"
        for words in commands(app)
        for argument in _named(words).assemble_argument_collection()
        if not argument.parameter.help
    ]
    assert undescribed == []
    for words in {*commands(app), *(words.split()[0] for words in commands(app))}:
        assert _named(words).help, words


def _named(words: str) -> App:
    found = app
    for word in words.split():
        found = found[word]
    return found
