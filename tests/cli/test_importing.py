"""`followthrough import` at a keyboard and in a script."""

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.office import Office, england_and_wales
from commands.pathways import publish_shipped
from tests.cast import KEY
from tests.cli.keyboard import Result, run

DATA = Path(__file__).parents[1] / "trackers" / "data"
EXPECTED = json.loads((DATA / "expected.json").read_text())["files"]["rosewood-tracker.xlsx"]["rows"]


class Desk:
    """A keyboard with a database behind it."""

    def __init__(self, engine: AsyncEngine, database: str, home: Path) -> None:
        self.engine, self.database, self.home = engine, database, home

    async def type(self, *words: str, answers: str = "") -> Result:
        return await asyncio.to_thread(run, self.home, "import", *words, answers=answers, database_url=self.database)

    async def count(self, what: str) -> int:
        async with self.engine.connect() as connection:
            return (await connection.execute(text(f"SELECT count(*) FROM {what}"))).scalar_one()

    async def only(self, what: str) -> Any:
        """The key of the one row there is."""
        async with self.engine.connect() as connection:
            return (await connection.execute(text(f"SELECT id FROM {what}"))).scalar_one()


@pytest.fixture
async def desk(engine: AsyncEngine, database: str, tmp_path: Path) -> Desk:
    await publish_shipped(Office(engine, KEY, england_and_wales()), datetime(2026, 11, 23, tzinfo=UTC))
    return Desk(engine, database, tmp_path)


def sample(name: str = "rosewood-tracker.xlsx") -> str:
    return str(DATA / name)


async def test_the_preview_for_programs_brings_the_expected_rows_to_notice_and_changes_nothing(desk: Desk) -> None:
    result = await desk.type(sample(), "--preview", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    said = json.loads(result.stdout)
    assert set(said) == {"rows", "summary"}
    assert all(set(row) == {"row", "outcome", "reasons", "action"} for row in said["rows"])
    assert {row["row"]: row["outcome"] for row in said["rows"]} == {
        row["row"]: "attention" if row["must"] else "new" for row in EXPECTED
    }
    assert await desk.count("import_row") == await desk.count("person") == 0


async def test_an_import_asks_nothing_when_told_yes_and_the_next_one_finds_it_all_there(desk: Desk) -> None:
    result = await desk.type(sample(), "--yes")
    assert result.returncode == 0, result.stderr
    assert "Imported. 21 actions, 28 drafts that need a look, 11 kept as history" in result.stdout
    assert (await desk.count("import_row"), await desk.count("person")) == (60, 21)
    address = f"http://127.0.0.1:8080/imports/{await desk.only('import_batch')}"
    assert f"Every row, as it stood in the file: {address}" in result.stdout
    again = json.loads((await desk.type(sample(), "--json", "--yes")).stdout)
    assert again["summary"]["exists"] == 60
    assert again["rows"][10]["action"]["ref"].startswith("FT-")
    assert again["address"] is None


async def test_without_an_answer_nothing_is_imported(desk: Desk) -> None:
    result = await desk.type(sample())
    assert (result.returncode, await desk.count("import_row")) == (1, 0)
    assert "Nothing was imported." in result.stderr
    assert "Sheet “Action tracker”, headings in row 1:" in result.stdout


@pytest.mark.parametrize(("answers", "people"), [("y\ny\n", 21), ("y\nn\n", 0)])
async def test_the_people_of_the_list_are_asked_about_before_they_are_made(
    desk: Desk, answers: str, people: int
) -> None:
    result = await desk.type(sample(), answers=answers)
    assert result.returncode == 0, result.stderr
    asked = ["Import this?", "Make the 21 people of the people list, with their roles and locations?", "Imported."]
    assert [words for words in asked if words in result.stdout] == asked
    assert (await desk.count("import_row"), await desk.count("person")) == (60, people)
    assert re.search(r"Importing .*100%", result.stderr)


async def test_a_wrong_guess_is_put_right_by_letter_and_row(desk: Desk) -> None:
    said = ("--sheet", "Kitchen + H&S", "--headings", "4", "--column", "action=C", "--column", "finding=D")
    result = await desk.type(sample("messy-tracker.xlsx"), "--preview", *said)
    assert result.returncode == 0, result.stderr
    assert "  C  Problem                                  → action" in result.stdout
    wrong = await desk.type(sample(), "--preview", "--column", "colour=C")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("followthrough: “colour=C” does not say what a column means.")
    nowhere = await desk.type(sample(), "--preview", "--sheet", "Sheet9")
    assert "followthrough: There is no sheet “Sheet9”. This file has: Action tracker, People." in nowhere.stderr


async def test_what_a_file_says_does_not_steer_the_terminal(desk: Desk) -> None:
    result = await desk.type(sample("hostile-tracker.xlsx"), "--preview")
    assert result.returncode == 0, result.stderr
    assert not {"\x1b", "\x07", "\u202e", "\u2066"} & set(result.stdout)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7", "followthrough: some.xlsx: This file is no spreadsheet that can be read."),
        (b"", "followthrough: some.xlsx: This file is empty."),
        (None, "No such file or directory."),
    ],
)
async def test_what_is_no_tracker_is_one_plain_line(desk: Desk, content: bytes | None, words: str) -> None:
    path = desk.home / "some.xlsx"
    if content is not None:
        path.write_bytes(content)
    result = await desk.type(str(path), "--preview")
    assert (result.returncode, result.stdout) == (1, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
