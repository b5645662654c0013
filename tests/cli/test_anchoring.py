"""`followthrough trail`: a cut tail and a trail written anew, which the chain alone does not show."""

import asyncio
import hashlib
import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.checkpoint import checkpoint
from commands.office import Office, england_and_wales
from db.models import TrailEntry
from db.session import transaction
from db.trail import START, Entry, body_digest, digest_words
from domain.actors import OPERATOR
from tests.cast import KEY, MONDAY
from tests.cli.keyboard import Run, run


@pytest.fixture
async def office(engine: AsyncEngine, tmp_path: Path) -> Office:
    (tmp_path / "secret.key").write_bytes(KEY)
    return Office(engine, KEY, england_and_wales())


@pytest.fixture
def here(database: str, tmp_path: Path) -> Run:
    return lambda *words: run(tmp_path, *words, database_url=database)


def anchors(tmp_path: Path) -> Path:
    return tmp_path / "anchors" / "trail.jsonl"


async def write(office: Office, count: int) -> None:
    async with transaction(office.engine, OPERATOR, MONDAY) as tx:
        for number in range(count):
            tx.record(Entry("something happened", "test", words={"number": number}))


async def verified(here: Run, *words: str) -> tuple[int, dict[str, Any]]:
    result = await asyncio.to_thread(here, "trail", "verify", "--json", *words)
    return result.returncode, json.loads(result.stdout)


async def tamper(office: Office, *statements: Any) -> None:
    async with office.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE trail_entry DISABLE TRIGGER ALL"))
        for statement in statements:
            await connection.execute(statement)
        await connection.execute(text("ALTER TABLE trail_entry ENABLE TRIGGER ALL"))


async def write_anew(office: Office, since: int) -> None:
    """What somebody with the database alone can do: change an entry, and hash all that follows as it should be."""
    async with office.engine.connect() as connection:
        rows = [dict(row) for row in (await connection.execute(select(TrailEntry.__table__))).mappings()]
    changes, previous = list[Any](), START
    for row in sorted(rows, key=lambda one: one["seq"]):
        if row["seq"] >= since:
            row["what"] = "nothing happened"
            row["words_digest"] = digest_words(row["salt"], row["words"])
            row["previous_hash"] = previous
            row["hash"] = hashlib.sha256(previous + row["seq"].to_bytes(8, "big") + body_digest(row)).digest()
            changes.append(update(TrailEntry).where(TrailEntry.seq == row["seq"]).values(**row))
        previous = row["hash"]
    await tamper(office, *changes)


async def test_a_whole_trail_agrees_with_its_anchors(office: Office, here: Run, tmp_path: Path) -> None:
    await write(office, 3)
    taken = await asyncio.to_thread(here, "trail", "checkpoint")
    assert taken.stdout.startswith("Entry 3 is anchored"), taken.stderr
    await write(office, 2)
    result = await asyncio.to_thread(here, "trail", "verify")
    assert (result.returncode, result.stdout) == (0, "All 5 entries hold. 1 anchor agrees.\n")
    assert stat.S_IMODE(anchors(tmp_path).stat().st_mode) == 0o600


async def test_a_cut_tail_is_shorter_than_its_anchor(office: Office, here: Run) -> None:
    await write(office, 5)
    await asyncio.to_thread(here, "trail", "checkpoint")
    await tamper(office, text("DELETE FROM trail_entry WHERE seq > 3"))
    code, found = await verified(here)
    assert (code, found["first_bad"], found["entries_that_hold"]) == (1, None, 3)
    assert found["astray"].startswith("it has 3 entries, and had 5 on ")


async def test_a_trail_written_anew_is_not_the_one_that_was_anchored(office: Office, here: Run, tmp_path: Path) -> None:
    file = anchors(tmp_path)
    await write(office, 3)
    await checkpoint(office, file, MONDAY)
    await write(office, 3)
    await checkpoint(office, file, MONDAY + timedelta(days=1))
    await write_anew(office, 5)
    code, found = await verified(here)
    assert (code, found["first_bad"]) == (1, None)
    assert "entry 6 is not the one that was there on 3 November 2026" in found["astray"]
    assert found["astray"].endswith("written anew after entry 3")


async def test_checkpoints_wiped_from_the_database_are_still_in_the_file(
    office: Office, here: Run, tmp_path: Path
) -> None:
    await write(office, 3)
    await checkpoint(office, anchors(tmp_path), MONDAY)
    kept = tmp_path / "elsewhere.jsonl"
    kept.write_bytes(anchors(tmp_path).read_bytes())
    await write_anew(office, 1)
    async with office.engine.begin() as connection:
        await connection.execute(text("DELETE FROM trail_checkpoint"))
    anchors(tmp_path).unlink()
    assert (await verified(here))[0] == 0
    code, found = await verified(here, "--anchor", str(kept))
    assert code == 1
    assert found["astray"].endswith("written anew from its start")


async def test_a_changed_anchor_and_a_missing_file_are_named(office: Office, here: Run, tmp_path: Path) -> None:
    await write(office, 3)
    await checkpoint(office, anchors(tmp_path), MONDAY)
    anchors(tmp_path).write_text(anchors(tmp_path).read_text().replace('"seq": 3', '"seq": 2'))
    code, found = await verified(here)
    assert (code, found["astray"].startswith("line 1 of ")) == (1, True)
    missing = await asyncio.to_thread(here, "trail", "verify", "--anchor", "nowhere.jsonl")
    assert (missing.returncode, "there is no file nowhere.jsonl" in missing.stdout) == (1, True)


async def test_a_day_has_one_checkpoint_and_the_file_gets_it_once(office: Office, tmp_path: Path) -> None:
    file = anchors(tmp_path)
    assert await checkpoint(office, file, MONDAY) is None
    await write(office, 1)
    first = await checkpoint(office, file, MONDAY)
    await write(office, 1)
    assert await checkpoint(office, file, MONDAY + timedelta(hours=8)) is None
    second = await checkpoint(office, file, MONDAY + timedelta(days=1))
    assert await checkpoint(office, file, MONDAY + timedelta(days=2)) is None
    assert first is not None
    assert second is not None
    assert [json.loads(line)["seq"] for line in file.read_text().splitlines()] == [first.seq, second.seq] == [1, 2]


async def test_two_workers_at_once_take_one_checkpoint(office: Office, tmp_path: Path) -> None:
    await write(office, 1)
    taken = await asyncio.gather(*(checkpoint(office, anchors(tmp_path), MONDAY) for _ in range(2)))
    assert len([one for one in taken if one]) == 1


async def test_a_crash_before_the_file_or_in_the_middle_of_a_line_is_made_good(office: Office, tmp_path: Path) -> None:
    file = anchors(tmp_path)
    await write(office, 1)
    await checkpoint(office, file, MONDAY)
    whole = file.read_text()
    for left in ("", whole[:40]):
        file.write_text(left)
        assert await checkpoint(office, file, MONDAY) is None
        assert file.read_text().splitlines()[-1] == whole.rstrip("\n")
