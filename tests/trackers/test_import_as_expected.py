"""Every sample tracker imported for real: row by row what its keeper's list says must come to notice, and does."""

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.import_tracker import import_rows
from commands.imported_rows import LOOSE
from commands.office import Office, england_and_wales
from commands.pathways import publish_shipped
from commands.people import add_location
from domain.actors import OPERATOR
from domain.defining import Definition, lacking
from tests.cast import KEY
from trackers import read_tracker

DATA = Path(__file__).parent / "data"
EXPECTED: dict[str, Any] = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))["files"]
ROW_BY_ROW = [name for name, file in EXPECTED.items() if file["rows"]]
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
EMPTY = lacking(Definition("", "", ""))
WORDING = {LOOSE, EMPTY["title"], EMPTY["what_will_change"], EMPTY["summary"]}
KEPT = text("""
SELECT r.sheet, r.row_number, r.cells, r.codes, r.outcome, r.became, a.status, a.draft_reasons, a.due_at,
       a.what_will_change
FROM import_row r LEFT JOIN action a ON a.id = r.action_id
""")


# Every action has been asked of its owner, or somebody has been asked for one.
NOT_ASKED = text(
    "SELECT count(*) FROM action a WHERE a.status = 'awaiting acceptance' AND (SELECT count(*) FROM step s"
    " WHERE s.action_id = a.id AND s.status = 'open' AND s.key IN ('accept', 'owner')) <> 1"
)


@pytest.fixture(params=ROW_BY_ROW)
async def imported(engine: AsyncEngine, request: pytest.FixtureRequest) -> tuple[str, Office]:
    """One sample tracker, imported with its people into a provider with one home where it names none."""
    office, name = Office(engine, KEY, england_and_wales()), str(request.param)
    await publish_shipped(office, NOW)
    if not name.startswith("rosewood"):
        await add_location(office, OPERATOR, "Cedar View", NOW)
    tracker = read_tracker((DATA / name).read_bytes(), name, today=date(2026, 11, 23))
    await import_rows(office, OPERATOR, tracker, NOW, with_people=True)
    return name, office


async def kept(office: Office) -> dict[tuple[str, int], Any]:
    async with office.engine.connect() as connection:
        rows = (await connection.execute(KEPT)).all()
    found = {(row.sheet, row.row_number): row for row in rows}
    assert len(found) == len(rows)
    return found


async def test_an_import_keeps_every_row_raises_every_must_and_holds_nothing_else_back(
    imported: tuple[str, Office],
) -> None:
    name, office = imported
    rows = await kept(office)
    expected = {(row.get("sheet", name), row["row"]): row for row in EXPECTED[name]["rows"]}
    assert set(rows) == set(expected)
    for place, row in expected.items():
        mine = rows[place]
        assert (sorted(mine.codes), mine.outcome) == (sorted(row["must"]), "attention" if row["must"] else "new"), place
        assert mine.became == what_becomes(row, mine), place
        assert (mine.status is None) == (mine.became == "history"), place
        if row["must"]:
            assert len(mine.draft_reasons) >= len(row["must"]), place
        if row.get("due") and mine.status:
            assert office.calendar.day_of(mine.due_at).isoformat() == row["due"], place
    async with office.engine.connect() as connection:
        assert (await connection.execute(NOT_ASKED)).scalar_one() == 0


def what_becomes(row: dict[str, Any], mine: Any) -> str:
    """A must-code makes a draft; nothing else does, but wording that nobody can measure, such as “=1+1”."""
    if row["must"]:
        return "draft"
    if row["state"] == "closed":
        return "history"
    if mine.became == "draft":
        assert set(mine.draft_reasons) <= WORDING, row
        assert len(set(mine.draft_reasons)) == len(mine.draft_reasons), row
        return "draft"
    return "action"


@pytest.mark.parametrize(
    ("name", "encoding"), [("hostile-tracker.csv", "cp1252"), ("hostile-tracker-utf16.csv", "utf-16")]
)
async def test_hostile_text_arrives_as_text_to_the_last_character(
    engine: AsyncEngine, name: str, encoding: str
) -> None:
    office = Office(engine, KEY, england_and_wales())
    await publish_shipped(office, NOW)
    content = (DATA / name).read_bytes()
    tracker = read_tracker(content, name, today=date(2026, 11, 23))
    await import_rows(office, OPERATOR, tracker, NOW, with_people=False)
    rows = await kept(office)
    raw = list(csv.reader(io.StringIO(content.decode(encoding), newline="")))
    plain = [row["row"] for row in EXPECTED[name]["rows"] if not row["must"]]
    assert len(plain) > 20
    for number in plain:
        mine = next(row for row in rows.values() if row.row_number == number)
        assert {cell for cell in raw[number - 1] if cell.strip()} <= set(mine.cells.values()), number


async def test_text_that_looks_like_a_formula_keeps_its_first_character(engine: AsyncEngine) -> None:
    office, name = Office(engine, KEY, england_and_wales()), "hostile-tracker.xlsx"
    await publish_shipped(office, NOW)
    await add_location(office, OPERATOR, "Cedar View", NOW)
    tracker = read_tracker((DATA / name).read_bytes(), name, today=date(2026, 11, 23))
    await import_rows(office, OPERATOR, tracker, NOW, with_people=False)
    sheet = openpyxl.load_workbook(DATA / name, data_only=True).worksheets[0]
    rows = await kept(office)
    looks = [row["row"] for row in EXPECTED[name]["rows"] if "FORMULA_LIKE_TEXT" in row["may"] and not row["must"]]
    assert len(looks) > 10
    for number in looks:
        mine = next(row for row in rows.values() if row.row_number == number)
        shown = {
            unescape(str(cell.value)) for cell in sheet[number] if isinstance(cell.value, str) and cell.value.strip()
        }
        assert shown <= set(mine.cells.values()), number
