"""Importing providers' trackers: nothing dropped, nothing twice, every doubt brought to notice."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.define import complete
from commands.import_tracker import import_rows, preview
from commands.office import Office, england_and_wales
from commands.pathways import publish_shipped
from commands.people import Holds, add_location, add_person
from db.imports import load_history
from db.trail import verify
from domain.actors import OPERATOR
from domain.errors import NotAllowed
from domain.vocabulary import Role
from tests.api.test_looking_changes_nothing import everything
from tests.cast import KEY, Cast, a_definition, signed_in
from trackers import Tracker, read_tracker

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DATA = Path(__file__).parent.parent / "trackers" / "data"
TABLES = ("action", "person", "message", "step", "location", "role_assignment", "import_row")


def tracker(name: str = "rosewood-tracker.xlsx") -> Tracker:
    return read_tracker((DATA / name).read_bytes(), name, today=date(2026, 11, 23))


def of_rows(*rows: str) -> Tracker:
    head = "Ref,Location,Source,Finding,Action required,Person responsible,Date raised,Target date,Date closed,Evidence"
    content = "\r\n".join((head, *rows)).encode()
    return read_tracker(content, "small.csv", today=date(2026, 11, 23))


def a_row(ref: str = "A-2026-01", place: str = "Cedar View", owner: str = "Oona Fabricott", closed: str = "") -> str:
    words = "Three of nine plans lack weights,Weigh all nine people weekly and sample ten records in January"
    return f"{ref},{place},Audit,{words},{owner},01/11/2026,18/12/2026,{closed},{'ten records' if closed else ''}"


async def an_office(engine: AsyncEngine) -> Office:
    office = Office(engine, KEY, england_and_wales())
    await publish_shipped(office, NOW)
    return office


async def fetch(engine: AsyncEngine, statement: str) -> list[Row[Any]]:
    async with engine.connect() as connection:
        return list((await connection.execute(text(statement))).all())


async def count(engine: AsyncEngine, what: str) -> int:
    [(number,)] = await fetch(engine, f"SELECT count(*) FROM {what}")
    return number


async def test_the_preview_says_what_will_happen_and_changes_nothing(engine: AsyncEngine) -> None:
    office = await an_office(engine)
    planned = await preview(office, tracker(), now=NOW)
    assert planned.summary == {
        "new": 33, "attention": 27, "exists": 0, "ignored": 0, "actions": 21, "drafts": 28, "history": 11,
    }  # fmt: skip
    assert [await count(engine, table) for table in TABLES] == [0] * len(TABLES)


async def test_what_the_preview_says_is_what_happens(engine: AsyncEngine) -> None:
    office = await an_office(engine)
    planned = await preview(office, tracker(), now=NOW)
    done = await import_rows(office, OPERATOR, tracker(), NOW, with_people=True)
    assert done.rows == planned.rows
    assert await count(engine, "action WHERE status = 'draft'") == planned.summary["drafts"]
    assert await count(engine, "action WHERE status = 'awaiting acceptance'") == planned.summary["actions"]
    async with engine.connect() as connection:
        assert len(await load_history(connection)) == planned.summary["history"]


async def test_importing_keeps_every_row_and_importing_again_changes_nothing(engine: AsyncEngine) -> None:
    office = await an_office(engine)
    await import_rows(office, OPERATOR, tracker(), NOW, with_people=True)
    assert (await count(engine, "import_row"), await count(engine, "person")) == (60, 21)
    before = await everything(engine)
    again = await import_rows(office, OPERATOR, tracker(), NOW, with_people=True)
    assert again.summary["exists"] == 60
    after = await everything(engine)
    assert {table for table in after if after[table] != before[table]} == {"import_batch", "trail_entry"}
    assert after["trail_entry"][0] == before["trail_entry"][0] + 1  # that it was imported, and nothing else
    assert await fetch(engine, "SELECT DISTINCT status FROM import_batch") == [("done",)]


async def test_the_same_file_imported_twice_at_once_is_imported_once(engine: AsyncEngine) -> None:
    office = await an_office(engine)
    await asyncio.gather(*(import_rows(office, OPERATOR, tracker(), NOW, with_people=True) for _ in range(2)))
    assert (await count(engine, "import_row"), await count(engine, "action")) == (60, 49)
    assert (await count(engine, "person"), await count(engine, "location")) == (21, 3)


async def test_every_open_action_asks_its_owner_and_asks_for_its_run(engine: AsyncEngine) -> None:
    office = await an_office(engine)
    summary = (await import_rows(office, OPERATOR, tracker(), NOW, with_people=True)).summary
    assert await count(engine, "step WHERE key = 'accept' AND assignee_id IS NOT NULL") == summary["actions"]
    assert await count(engine, "action_run WHERE wake_requested_at IS NOT NULL") == await count(engine, "action")
    assert await count(engine, "action WHERE status = 'draft' AND jsonb_array_length(draft_reasons) = 0") == 0
    async with engine.connect() as connection:
        _, fault = await verify(connection)
    assert fault is None


async def test_a_revised_date_keeps_the_first_one(engine: AsyncEngine) -> None:
    office = await an_office(engine)
    await import_rows(office, OPERATOR, tracker(), NOW, with_people=True)
    found = await fetch(
        engine,
        "SELECT date(a.due_at), date(a.original_due_at) FROM action a JOIN finding f ON f.id = a.finding_id"
        " WHERE f.external_ref = 'RW-26-012'",
    )
    assert found == [(date(2026, 6, 30), date(2026, 4, 9))]


async def test_a_draft_keeps_the_first_date_of_its_tracker_when_it_is_completed(
    cast: Cast, engine: AsyncEngine
) -> None:
    row = a_row(owner="").replace("18/12/2026", "30/06/2026")
    await import_rows(cast.office, OPERATOR, of_rows(row), NOW, with_people=False)
    [draft] = await fetch(engine, "SELECT id, status, date(original_due_at) AS first FROM action")
    assert (draft.status, draft.first) == ("draft", date(2026, 6, 30))
    whole = a_definition(cast, due_at=NOW + timedelta(days=21))
    await complete(cast.office, signed_in(cast.quality_lead), draft.id, whole, NOW)
    assert await fetch(engine, "SELECT date(due_at), date(original_due_at), status FROM action") == [
        (date(2026, 12, 14), date(2026, 6, 30), "awaiting acceptance")
    ]


async def test_a_row_says_where_it_belongs_and_what_became_of_it(cast: Cast, engine: AsyncEngine) -> None:
    rows = of_rows(a_row(), a_row("A-2026-02", owner=""), a_row("A-2026-03", closed="20/11/2026"))
    made = await import_rows(cast.office, OPERATOR, rows, NOW, with_people=False)
    kept = await fetch(engine, "SELECT batch_id, became, location_id, action_id IS NULL FROM import_row ORDER BY 2")
    assert kept == [
        (made.batch_id, "action", cast.location, False),
        (made.batch_id, "draft", cast.location, False),
        (made.batch_id, "history", cast.location, True),
    ]


async def test_people_come_with_their_roles_where_they_work(engine: AsyncEngine) -> None:
    office = await an_office(engine)
    await import_rows(office, OPERATOR, tracker(), NOW, with_people=True)
    held = await fetch(
        engine,
        "SELECT r.role, l.name FROM role_assignment r JOIN person p ON p.id = r.person_id"
        " LEFT JOIN location l ON l.id = r.location_id"
        " WHERE p.name IN ('Nerys Exampleby', 'Amara Testwick') ORDER BY 1",
    )
    assert held == [("nominated individual", None), ("registered manager", "Rosewood Quillmoor House")]


@pytest.mark.parametrize(
    "name", ["messy-tracker.xlsx", "hostile-tracker.xlsx", "hostile-tracker.csv", "hostile-tracker-utf16.csv"]
)
async def test_whatever_stands_in_a_file_it_is_taken_in_once_and_whole(engine: AsyncEngine, name: str) -> None:
    office = await an_office(engine)
    planned = await preview(office, tracker(name), now=NOW)
    await import_rows(office, OPERATOR, tracker(name), NOW, with_people=True)
    actions = tracker(name).actions
    assert await count(engine, "import_row") == len(actions)
    assert planned.summary["attention"] == sum(bool(row.codes) for row in actions)
    assert (await preview(office, tracker(name), now=NOW)).summary["exists"] == len(actions)
    kept = {cells["Ref"] for (cells,) in await fetch(engine, "SELECT cells FROM import_row") if "Ref" in cells}
    assert kept == {row.cells["Ref"] for row in actions if "Ref" in row.cells}


@pytest.mark.parametrize("owner", ["Wanda Nobody", "Odd Elsewhere"])
async def test_an_owner_nobody_knows_there_is_chosen_by_the_registered_manager(
    cast: Cast, engine: AsyncEngine, owner: str
) -> None:
    planned = await import_rows(cast.office, OPERATOR, of_rows(a_row(owner=owner)), NOW, with_people=False)
    assert planned.rows[0].reasons[0].startswith(f"“{owner}” is not known here yet")
    assert await fetch(engine, "SELECT assignee_id FROM step WHERE status = 'open'") == [(cast.manager,)]


async def test_two_people_of_one_name_are_not_mistaken_for_each_other(cast: Cast, engine: AsyncEngine) -> None:
    await add_person(cast.office, OPERATOR, "Oona Fabricott", "oona.two@example.org", (), NOW)
    await import_rows(cast.office, OPERATOR, of_rows(a_row()), NOW, with_people=False)
    assert await fetch(engine, "SELECT owner_id FROM action") == [(None,)]


async def test_an_owner_given_as_a_role_is_who_holds_it_there(cast: Cast, engine: AsyncEngine) -> None:
    await import_rows(cast.office, OPERATOR, of_rows(a_row(owner="Deputy Manager")), NOW, with_people=False)
    assert await fetch(engine, "SELECT owner_id FROM action") == [(cast.deputy,)]


async def test_a_manager_takes_in_the_rows_of_their_own_home_only(cast: Cast, engine: AsyncEngine) -> None:
    rows = of_rows(a_row(), a_row("A-2026-02", "Elm Court"), a_row("A-2026-03", "Nowhere yet"))
    done = await import_rows(cast.office, signed_in(cast.manager), rows, NOW, with_people=False)
    assert [row.outcome for row in done.rows] == ["new", "ignored", "ignored"]
    assert (await count(engine, "action"), await count(engine, "location")) == (1, 2)


async def test_a_people_list_opens_no_door(cast: Cast, engine: AsyncEngine) -> None:
    with pytest.raises(NotAllowed):
        await import_rows(cast.office, signed_in(cast.quality_lead), tracker(), NOW, with_people=True)
    listed = replace(tracker().people[0], roles=(Role.ADMINISTRATOR, Role.REGISTERED_MANAGER), locations=())
    few = replace(tracker(), people=(listed,), rows=())
    assert len((await preview(cast.office, few, now=NOW)).notes) > len(tracker().notes)
    await import_rows(cast.office, OPERATOR, few, NOW, with_people=True)
    assert await count(engine, f"role_assignment r JOIN person p ON p.id = person_id AND p.name = '{listed.name}'") == 0


async def test_a_row_that_changed_in_the_tracker_says_so_and_stays(cast: Cast) -> None:
    await import_rows(cast.office, OPERATOR, of_rows(a_row()), NOW, with_people=False)
    later = await preview(cast.office, of_rows(a_row(closed="20/11/2026")), now=NOW)
    [row] = later.rows
    assert (row.outcome, row.action) == ("exists", "FT-2026-0001")
    assert row.reasons[1] == "Your tracker has changed since: Date closed, Evidence. Nothing is changed here."


async def test_rows_without_a_location_belong_to_the_only_one(engine: AsyncEngine) -> None:
    office = await an_office(engine)
    assert (await preview(office, of_rows(a_row(place="")), now=NOW)).rows[0].becomes == "draft"
    home = await add_location(office, OPERATOR, "Cedar View", NOW)
    await add_person(office, OPERATOR, "Oona Fabricott", "oona@example.org", (Holds(Role.TEAM_LEADER, home),), NOW)
    assert (await preview(office, of_rows(a_row(place="")), now=NOW)).rows[0].becomes == "action"


async def test_an_import_that_breaks_off_goes_on_where_it_stopped(engine: AsyncEngine) -> None:
    office = await an_office(engine)

    def stop(done: int, total: int) -> None:
        if done == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await import_rows(office, OPERATOR, tracker(), NOW, with_people=True, progress=stop)
    assert await fetch(engine, "SELECT status, error FROM import_batch") == [("failed", "KeyboardInterrupt")]
    rest = await import_rows(office, OPERATOR, tracker(), NOW, with_people=True)
    assert rest.summary["exists"] > 0
    assert await count(engine, "import_row") == 60


async def test_whoever_completes_drafts_gets_one_mail_for_all_of_them_however_often_it_is_imported(
    engine: AsyncEngine,
) -> None:
    office = await an_office(engine)
    for _ in range(2):
        await import_rows(office, OPERATOR, tracker(), NOW, with_people=True)
    mails = await fetch(engine, "SELECT to_name, context->>'headline' AS headline FROM message WHERE kind = 'imported'")
    assert [(mail.to_name, mail.headline) for mail in mails] == [
        ("Farouk Sampleford", "28 actions from rosewood-tracker.xlsx wait for you")
    ]
    assert await count(engine, "message WHERE kind = 'account step'") == 0
    assert await count(engine, "message WHERE kind = 'assignment'") == 21
