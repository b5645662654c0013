"""Every row of every sample tracker: what must be brought to notice is, and nothing else holds a row back."""

import csv
import io
import json
import lzma
from collections import Counter
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.trackers.making import TODAY
from trackers import Tracker, TrackerRow, read_tracker

DATA = Path(__file__).parent / "data"
EXPECTED: dict[str, Any] = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))["files"]
ROW_BY_ROW = [name for name, file in EXPECTED.items() if file["rows"]]
LARGE = "large-tracker.csv"
# Text in a cell too many starts like a formula; the keeper of the list looked only at the headed columns.
ALSO_MENTIONED = {"FORMULA_LIKE_TEXT"}


@cache
def reading(name: str) -> tuple[Tracker, list[tuple[int, int]]]:
    """A tracker, read once for all tests, and how far the reading said that it was."""
    content = lzma.decompress((DATA / f"{name}.xz").read_bytes()) if name == LARGE else (DATA / name).read_bytes()
    told: list[tuple[int, int]] = []
    return read_tracker(content, name, today=TODAY, progress=lambda done, total: told.append((done, total))), told


def tracker(name: str) -> Tracker:
    return reading(name)[0]


def by_place(name: str) -> dict[tuple[str, int], TrackerRow]:
    return {(row.sheet, row.number): row for row in tracker(name).actions}


@pytest.mark.parametrize("name", ROW_BY_ROW)
def test_the_rows_that_record_an_action_are_found_and_no_others(name: str) -> None:
    assert set(by_place(name)) == {(row.get("sheet", name), row["row"]) for row in EXPECTED[name]["rows"]}


@pytest.mark.parametrize("name", ROW_BY_ROW)
def test_every_must_is_raised_and_no_row_is_held_back_without_one(name: str) -> None:
    found = by_place(name)
    for row in EXPECTED[name]["rows"]:
        mine = found[row.get("sheet", name), row["row"]]
        assert sorted(map(str, mine.codes)) == sorted(row["must"]), (mine.sheet, mine.number)
        assert len(mine.reasons) == len(mine.codes)


@pytest.mark.parametrize("name", ROW_BY_ROW)
def test_what_may_be_mentioned_is(name: str) -> None:
    found = by_place(name)
    for row in EXPECTED[name]["rows"]:
        mine = found[row.get("sheet", name), row["row"]]
        extra = set(map(str, mine.mentions)) - set(row["may"])
        assert set(row["may"]) <= set(map(str, mine.mentions)), (mine.sheet, mine.number)
        assert extra <= (ALSO_MENTIONED if "ROW_SHAPE" in mine.codes else set()), (mine.sheet, mine.number)


@pytest.mark.parametrize("name", ROW_BY_ROW)
def test_due_dates_states_and_what_can_be_imported_are_as_expected(name: str) -> None:
    found = by_place(name)
    for row in EXPECTED[name]["rows"]:
        mine = found[row.get("sheet", name), row["row"]]
        due = mine.due.isoformat() if mine.due else None
        assert (due, str(mine.state), mine.is_importable) == (row.get("due"), row["state"], row["importable"]), row


def test_the_large_tracker_agrees_in_every_count_and_in_the_first_rows_of_each_code() -> None:
    summary, rows = EXPECTED[LARGE]["summary"], tracker(LARGE).actions
    assert len(rows) == summary["data_rows"]
    assert sum(row.is_importable for row in rows) == summary["importable"]
    assert sum(bool(row.codes) for row in rows) == summary["needs_attention"]
    assert Counter(str(row.state) for row in rows) == summary["states"]
    assert Counter(str(code) for row in rows for code in row.codes) == summary["must"]
    mentioned = Counter(str(code) for row in rows for code in row.mentions)
    assert {code: mentioned[code] for code in summary["may"]} == summary["may"]
    for code, numbers in EXPECTED[LARGE]["row_numbers_by_must_code"].items():
        assert [row.number for row in rows if code in row.codes][: len(numbers)] == numbers, code


# The codes of which the list of expectations says, in words that leave nothing to judge, when a row has them.
NOTHING = {"", "-", "–", "n/a", "na", "nil", "none", "pending", "tbc", "to follow"}
TOLD_BY_CELLS = (
    *("ACTION_MISSING", "OWNER_MISSING", "REF_DUPLICATE", "CLOSED_NO_EVIDENCE", "CLOSED_NO_SIGNOFF"),
    *("SIGNOFF_BY_OWNER", "CLOSED_BEFORE_RAISED", "DUE_BEFORE_RAISED"),
)


def test_each_row_of_the_large_tracker_has_the_codes_that_its_cells_tell() -> None:
    found = {row.number: {str(code) for code in row.codes} & set(TOLD_BY_CELLS) for row in tracker(LARGE).actions}
    text = lzma.decompress((DATA / f"{LARGE}.xz").read_bytes()).decode()
    seen: set[str] = set()
    for number, row in enumerate(csv.DictReader(io.StringIO(text, newline="")), 2):
        told = told_by_cells(row, row["Ref"] in seen)
        assert found[number] == {code for code, is_so in zip(TOLD_BY_CELLS, told, strict=True) if is_so}, row
        seen.add(row["Ref"])
    assert len(found) == 20_000


def told_by_cells(row: dict[str, str], is_second: bool) -> tuple[bool, ...]:
    """Which of these codes a row has, read from its cells by another way than ours."""
    raised, due, closed = (day_of(row[name]) for name in ("Date raised", "Target date", "Date closed"))
    signed = is_given(row["Signed off by"])
    return (
        not is_given(row["Action required"]),
        not is_given(row["Person responsible"]),
        is_second and row["Ref"] != "",
        closed is not None and not is_given(row["Evidence"]),
        closed is not None and not signed,
        closed is not None and signed and row["Signed off by"] == row["Person responsible"],
        closed is not None and raised is not None and closed < raised,
        due is not None and raised is not None and due < raised,
    )


def day_of(cell: str) -> date | None:
    try:
        return datetime.strptime(cell, "%d/%m/%Y").date()
    except ValueError:
        return None


def is_given(cell: str) -> bool:
    return cell.strip().casefold() not in NOTHING


def test_every_row_has_its_own_fingerprint_and_keeps_it() -> None:
    for name in EXPECTED:
        prints = [row.fingerprint for row in tracker(name).rows]
        assert len(set(prints)) == len(prints), name
    again = read_tracker((DATA / "messy-tracker.xlsx").read_bytes(), "renamed.xlsx", today=TODAY)
    assert [row.fingerprint for row in again.rows] == [row.fingerprint for row in tracker("messy-tracker.xlsx").rows]


def test_a_reading_tells_how_far_it_is() -> None:
    _, told = reading(LARGE)
    assert told[-1] == (20_000, 20_000)
    assert len(told) == 40
