"""Importing the kept tracker: nothing dropped, nothing twice, every doubt brought to notice."""

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.import_tracker import import_rows, preview
from commands.office import Office, england_and_wales
from commands.pathways import publish_shipped
from db.trail import verify
from domain.actors import OPERATOR
from tests.cast import KEY
from trackers import Tracker, read_tracker

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
FILE = Path(__file__).parent.parent / "trackers" / "data" / "rosewood-tracker.xlsx"


def rosewood() -> Tracker:
    return read_tracker(FILE.read_bytes(), FILE.name, today=date(2026, 11, 23))


async def an_office(engine: AsyncEngine) -> Office:
    office = Office(engine, KEY, england_and_wales())
    await publish_shipped(office, NOW)
    return office


async def count(engine: AsyncEngine, what: str) -> int:
    async with engine.connect() as connection:
        return (await connection.execute(text(f"SELECT count(*) FROM {what}"))).scalar_one()


async def test_the_preview_says_what_will_happen_and_changes_nothing(engine: AsyncEngine) -> None:
    office = await an_office(engine)
    planned = await preview(office, rosewood())
    assert len(planned.rows) == 60
    assert planned.summary["attention"] == 27
    assert await count(engine, "action") == 0


async def test_importing_keeps_every_row_and_importing_again_changes_nothing(engine: AsyncEngine) -> None:
    office = await an_office(engine)
    first = await import_rows(office, OPERATOR, rosewood(), NOW, with_people=True)
    assert await count(engine, "import_row") == 60
    assert await count(engine, "action") == first.summary["actions"] + first.summary["drafts"]
    assert await count(engine, "person") == 21
    before = [await count(engine, table) for table in ("action", "person", "message", "step", "location")]
    again = await import_rows(office, OPERATOR, rosewood(), NOW, with_people=True)
    assert again.summary["exists"] == 60
    assert [await count(engine, table) for table in ("action", "person", "message", "step", "location")] == before


async def test_every_open_action_asks_its_owner_and_asks_for_its_run(engine: AsyncEngine) -> None:
    office = await an_office(engine)
    summary = (await import_rows(office, OPERATOR, rosewood(), NOW, with_people=True)).summary
    assert await count(engine, "action WHERE status = 'awaiting acceptance'") == summary["actions"]
    assert await count(engine, "step WHERE key = 'accept' AND assignee_id IS NOT NULL") == summary["actions"]
    assert await count(engine, "action_run WHERE wake_requested_at IS NOT NULL") == await count(engine, "action")
    assert await count(engine, "action WHERE status = 'draft' AND jsonb_array_length(draft_reasons) = 0") == 0
    async with engine.connect() as connection:
        _, fault = await verify(connection)
    assert fault is None
