"""Pathways at a keyboard: checked, published, listed, drawn; actions moved; an upgrade looked at beforehand."""

import asyncio
import json
from pathlib import Path

import pytest

from commands.pathways import SHIPPED
from tests.cli.keyboard import Run, run

CARE_PLANS = (SHIPPED / "care-plan-audit.yaml").read_text(encoding="utf-8")
REASON = "The home now briefs everybody at once."


def written(folder: Path, *changes: tuple[str, str]) -> str:
    """The second version of the care-plan audit, changed, as a file."""
    text = CARE_PLANS.replace("version: 1", "version: 2", 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "care-plan-audit.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_is_drawn_without_any_database(tmp_path: Path) -> None:
    path = written(tmp_path)
    drawn = run(tmp_path, "pathways", "check", path)
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert "├─ Update each affected care plan [care-plans]" in drawn.stdout
    assert max(map(len, drawn.stdout.splitlines())) <= 80
    told = json.loads(run(tmp_path, "pathways", "check", path, "--json").stdout)
    assert (told["well"], told["version"]) == (True, 2)


def test_a_file_that_is_not_right_is_told_line_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, ('threshold: "0.9"', "threshold: 90"), ("who: team leader", "who: teem leader"))
    told = run(tmp_path, "pathways", "check", path)
    assert (told.returncode, told.stdout) == (1, "")
    assert "Line 32, checks › sample › threshold: Write a share between 0 and 1, for example 0.9." in told.stderr
    assert "Line 20, evidence › briefing › who: “teem leader” is neither “owner” nor a role." in told.stderr
    faults = json.loads(run(tmp_path, "pathways", "check", path, "--json").stdout)
    assert [(fault["line"], fault["place"]) for fault in faults["faults"]] == [
        (20, "evidence › briefing › who"),
        (32, "checks › sample › threshold"),
    ]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "no text"])
def test_a_file_that_cannot_be_read_is_one_plain_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "pathway.yaml"
    if content is not None:
        path.write_bytes(content)
    told = run(tmp_path, "pathways", "check", str(path))
    assert told.returncode == 1
    assert told.stderr.startswith("followthrough: ")
    assert told.stderr.count("\n") == 1


@pytest.mark.usefixtures("asked")
async def test_a_version_is_published_listed_and_drawn(here: Run, tmp_path: Path) -> None:
    path = written(tmp_path, ("title: Brief staff at handover", "title: Brief everybody"))
    for _ in range(2):
        done = await asyncio.to_thread(here, "pathways", "publish", path)
        assert (done.returncode, done.stderr) == (0, "")
    listed = json.loads((await asyncio.to_thread(here, "pathways", "list", "--json")).stdout)
    mine = [(one["version"], one["open_actions"]) for one in listed if one["key"] == "care-plan-audit"]
    assert mine == [(2, 0), (1, 1)]
    newest = await asyncio.to_thread(here, "pathways", "show", "care-plan-audit")
    first = await asyncio.to_thread(here, "pathways", "show", "care-plan-audit", "--version", "1")
    assert ("Brief everybody" in newest.stdout, "Brief everybody" in first.stdout) == (True, False)
    none = await asyncio.to_thread(here, "pathways", "show", "care-plan-audit", "--version", "7")
    assert (none.returncode, "There is no version 7" in none.stderr) == (1, True)


async def test_an_action_is_moved_with_a_map_and_a_reason(here: Run, asked: str, tmp_path: Path) -> None:
    await asyncio.to_thread(here, "pathways", "publish", written(tmp_path, ("key: briefing", "key: handover")))
    move = ("actions", "move", asked, "--to", "2")
    bare = await asyncio.to_thread(here, *move, "--reason", "no")
    assert (bare.returncode, "Say in a sentence why" in bare.stderr) == (1, True)
    odd = await asyncio.to_thread(here, *move, "--reason", REASON, "--map", "briefing")
    assert (odd.returncode, "Write --map old=new" in odd.stderr) == (1, True)
    unknown = await asyncio.to_thread(here, *move, "--reason", REASON, "--map", "briefing=handover")
    assert "There is no step “briefing” in this action" in unknown.stderr
    done = await asyncio.to_thread(here, *move, "--reason", REASON)
    assert done.stdout.splitlines()[0] == f"{asked} moved from version 1 to version 2."
    again = json.loads((await asyncio.to_thread(here, *move, "--reason", REASON, "--json")).stdout)
    assert (again["from"], again["to"], again["opened"]) == (2, 2, [])


@pytest.mark.usefixtures("asked")
async def test_an_upgrade_check_counts_what_is_safe(here: Run, tmp_path: Path) -> None:
    before = await asyncio.to_thread(here, "upgrade", "check")
    assert before.returncode == 0
    assert "1 live action replayed against this code" in before.stdout
    await asyncio.to_thread(here, "pathways", "publish", written(tmp_path))
    told = json.loads((await asyncio.to_thread(here, "upgrade", "check", "--json")).stdout)
    assert [one["move"] for one in told] == ["free"]
