"""The kept tracker: every row that needs a look is brought to notice, and no other."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from trackers import Layout, NotASpreadsheet, Tracker, read_tracker

DATA = Path(__file__).parent / "data"
TODAY = date(2026, 11, 23)


def read(name: str) -> Tracker:
    return read_tracker((DATA / name).read_bytes(), name, today=TODAY)


def expected(name: str) -> list[dict[str, Any]]:
    return json.loads((DATA / "expected.json").read_text())["files"][name]["rows"]


def test_every_rosewood_row_has_the_codes_it_must_have_and_no_more() -> None:
    tracker = read("rosewood-tracker.xlsx")
    found = {row.number: sorted(row.codes) for row in tracker.rows if row.ignored is None}
    assert found == {row["row"]: sorted(row["must"]) for row in expected("rosewood-tracker.xlsx")}


def test_dates_and_states_are_read_as_they_stand() -> None:
    rows = {row.number: row for row in read("rosewood-tracker.xlsx").rows}
    for row in expected("rosewood-tracker.xlsx"):
        assert rows[row["row"]].closed == (row["state"] == "closed")
        due = rows[row["row"]].due
        assert (due.isoformat() if due else None) == row.get("due")


def test_people_come_with_their_roles_and_places() -> None:
    people = read("rosewood-tracker.xlsx").people
    assert len(people) == 21
    assert all(person.email for person in people)
    assert [person.title for person in people if person.role is None] == [
        "Training and HR Coordinator",
        "Estates Lead",
        "Clinical Lead (RN)",
        "Activities Coordinator",
        "Catering Lead",
        "Field Supervisor",
    ]


def test_every_cell_is_kept_and_each_reason_is_in_words() -> None:
    tracker = read("rosewood-tracker.xlsx")
    sheet = openpyxl.load_workbook(DATA / "rosewood-tracker.xlsx", data_only=True)[tracker.rows[0].sheet]
    headings = [cell.value for cell in sheet[1]]
    for row in tracker.rows:
        cells = dict(zip(headings, (cell.value for cell in sheet[row.number]), strict=True))
        assert row.cells == {heading: shown(value) for heading, value in cells.items() if value is not None}
    assert all(len(row.reasons) == len(row.codes) and all(map(len, row.reasons)) for row in tracker.rows)


def shown(value: Any) -> str:
    """A cell as Excel shows it here."""
    return f"{value:%d/%m/%Y}" if isinstance(value, datetime) else str(value)


def test_a_corrected_layout_is_followed() -> None:
    guessed = read("rosewood-tracker.xlsx").layout
    swapped = Layout.from_json(guessed.to_json()).with_meanings(guessed.sheet, {"action": guessed.columns["finding"]})
    again = read_tracker((DATA / "rosewood-tracker.xlsx").read_bytes(), "x.xlsx", swapped, today=TODAY)
    assert again.rows[0].facts.keys() == {"action"}


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7 not a sheet", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 old", b"just one line of text"]
)
def test_what_is_no_spreadsheet_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(NotASpreadsheet) as refusal:
        read_tracker(data, "tracker.xlsx", today=TODAY)
    assert str(refusal.value).endswith(".")
