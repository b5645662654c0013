"""The `followthrough` command as somebody at a keyboard, or a script, uses it."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.embedded import Embedded
from tests.api.house import House
from tests.cli.keyboard import Run, run


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


async def test_open_actions_are_listed_for_people_and_for_programs(here: Run, asked: str) -> None:
    plain = await asyncio.to_thread(here, "actions", "list")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert f"{asked}  awaiting acceptance" in plain.stdout
    [one] = json.loads((await asyncio.to_thread(here, "actions", "list", "--json")).stdout)
    assert (one["ref"], one["owner"], one["risk"]) == (asked, "Oona Fabricott", "medium")
    assert json.loads((await asyncio.to_thread(here, "actions", "list", "--status", "draft", "--json")).stdout) == []


async def test_one_action_is_shown_with_its_steps(here: Run, asked: str) -> None:
    shown = json.loads((await asyncio.to_thread(here, "actions", "show", asked, "--json")).stdout)
    assert [(step["key"], step["status"], step["with_whom"]) for step in shown["steps"]] == [
        ("accept", "open", "Oona Fabricott")
    ]
    plain = await asyncio.to_thread(here, "actions", "show", asked)
    assert "Accept or decline this action (round 1): open, with Oona Fabricott" in plain.stdout


async def test_an_action_that_is_not_there_is_one_plain_line(here: Run) -> None:
    result = await asyncio.to_thread(here, "actions", "show", "FT-1999-0001")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == ("followthrough: There is no action FT-1999-0001. See “followthrough actions list”.\n")


async def test_a_whole_trail_verifies_and_a_changed_one_names_its_entry(here: Run, house: House) -> None:
    whole = await asyncio.to_thread(here, "trail", "verify")
    assert (whole.returncode, "entries hold." in whole.stdout) == (0, True)
    async with house.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE trail_entry DISABLE TRIGGER ALL"))
        await connection.execute(text("UPDATE trail_entry SET what = 'nothing happened' WHERE seq = 3"))
        await connection.execute(text("ALTER TABLE trail_entry ENABLE TRIGGER ALL"))
    broken = await asyncio.to_thread(here, "trail", "verify")
    assert broken.returncode == 1
    assert broken.stdout.startswith("Entry 3 does not hold")
    told = await asyncio.to_thread(here, "trail", "verify", "--json")
    assert (told.returncode, json.loads(told.stdout)["first_bad"]["seq"]) == (1, 3)


async def test_a_person_is_added_once_with_a_link_that_works(here: Run, house: House) -> None:
    words = ("people", "add", "Eve Extrason", "eve@example.org", "--role", "key-worker", "--location", "Cedar View")
    added = await asyncio.to_thread(here, *words, "--json")
    assert added.returncode == 0, added.stderr
    assert "/welcome/" in json.loads(added.stdout)["sign_in_link"]
    await asyncio.to_thread(here, *words)
    listed: list[dict[str, Any]] = json.loads((await asyncio.to_thread(here, "people", "list", "--json")).stdout)
    assert [one["roles"] for one in listed if one["name"] == "Eve Extrason"] == [["key worker at Cedar View"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("people", "add", "Eve", "eve at example", "--role", "key-worker"), "Give one e-mail address"),
        (("people", "add", " ", "eve@example.org", "--role", "key-worker"), "Give the person’s name"),
        (("people", "add", "Eve", "eve@example.org", "--role", "wizard"), "wizard"),
        (("people", "add", "Eve", "eve@example.org"), "role"),
    ],
)
async def test_what_cannot_be_added_is_refused_in_words(here: Run, words: tuple[str, ...], said: str) -> None:
    result = await asyncio.to_thread(here, *words)
    assert result.returncode in (1, 2)
    assert said in (result.stderr + result.stdout)
    assert "Traceback" not in result.stderr


async def test_the_doctor_says_what_is_well_and_which_setting_to_change(database: str, tmp_path: Path) -> None:
    ports = {name: free_port() for name in ("web_port", "prefect_port", "catcher_port")}
    result = await asyncio.to_thread(run, tmp_path, "doctor", "--json", database_url=database, **ports)
    checks = {check["what"]: check for check in json.loads(result.stdout)}
    assert result.returncode == 1
    assert {what for what, check in checks.items() if check["well"]} == {
        *("settings", "data folder", "database", "links", "trail anchor")
    }
    assert "FOLLOWTHROUGH_PREFECT_PORT" in checks["Prefect"]["do"]
    assert "FOLLOWTHROUGH_WEB_PORT" in checks["pages"]["do"]
    assert "FOLLOWTHROUGH_SMTP_URL" in checks["mail"]["do"]


async def test_the_doctor_says_how_a_database_learns_to_compare_words(
    engine: AsyncEngine, database: str, tmp_path: Path
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("DROP EXTENSION pg_trgm CASCADE"))
    result = await asyncio.to_thread(run, tmp_path, "doctor", "--json", database_url=database)
    [check] = [check for check in json.loads(result.stdout) if check["what"] == "database"]
    assert not check["well"]
    assert "CREATE EXTENSION pg_trgm" in check["do"]


def test_a_database_that_cannot_be_reached_is_one_plain_line(tmp_path: Path) -> None:
    away = f"postgresql+asyncpg://nobody@127.0.0.1:{free_port()}/nothing"
    for words in (("actions", "list"), ("trail", "verify"), ("people", "list")):
        result = run(tmp_path, *words, database_url=away)
        assert result.returncode == 1
        assert result.stderr.count("\n") == 1, result.stderr
        assert result.stderr.startswith("followthrough: ")
        assert "followthrough doctor" in result.stderr


def test_a_database_that_is_not_there_or_lets_nobody_in_is_one_plain_line(postgres: Embedded, tmp_path: Path) -> None:
    for away in (postgres.url("nothing"), postgres.url("postgres").replace("postgres@", "nobody@")):
        result = run(tmp_path, "actions", "list", database_url=away)
        assert (result.returncode, result.stderr.count("\n")) == (1, 1), result.stderr
        assert "Check FOLLOWTHROUGH_DATABASE_URL" in result.stderr


def test_a_database_without_our_tables_is_to_be_migrated(postgres: Embedded, tmp_path: Path) -> None:
    for words in (("actions", "list"), ("people", "add", "Eve", "eve@example.org", "--role", "key-worker")):
        result = run(tmp_path, *words, database_url=postgres.url("postgres"))
        assert (result.returncode, result.stderr.count("\n")) == (1, 1), result.stderr
        assert "Run “followthrough migrate”." in result.stderr


def test_without_a_running_database_it_says_how_to_start_one(tmp_path: Path) -> None:
    result = run(tmp_path, "actions", "list")
    assert result.returncode == 1
    assert "make up" in result.stderr
    assert "FOLLOWTHROUGH_DATABASE_URL" in result.stderr


@pytest.mark.parametrize("name", ["web_port", "prefect_port", "catcher_port"])
def test_a_port_that_is_taken_names_its_setting(tmp_path: Path, name: str) -> None:
    ports = {other: free_port() for other in ("web_port", "prefect_port", "catcher_port")}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = run(tmp_path, "up", **(ports | {name: port}))
    assert result.returncode == 1
    assert f"Port {port} is in use. Set FOLLOWTHROUGH_{name.upper()} to another one." in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("settings", "said"), [({"timezone": "Mars/Base"}, "Mars/Base"), ({"web_port": "many"}, "FOLLOWTHROUGH_WEB_PORT")]
)
def test_a_setting_that_cannot_be_is_named(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    result = run(tmp_path, "actions", "list", **settings)
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
