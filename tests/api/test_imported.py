"""What an import kept, to look at: every cell, what became of each row, and only for those it concerns."""

import re
import threading
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from api.pages.imported import filter_in
from commands.import_tracker import import_rows
from commands.office import utc_now
from db.imported import RowFilter
from domain.actors import OPERATOR
from tests.api.house import House, sign_in
from tests.cast import signed_in
from trackers import Layout, Tracker, read_tracker
from trackers.reading import Progress

ROSEWOOD = Path(__file__).parents[1] / "trackers" / "data" / "rosewood-tracker.xlsx"
HEAD = "Ref,Location,Source,Finding,Action required,Person responsible,Date raised,Target date,Date closed,Evidence"
WORDS = "Three of nine plans lack weights,Weigh all nine people weekly and sample ten records in January"


def row(ref: str, place: str = "Cedar View", owner: str = "Oona Fabricott", closed: str = "") -> str:
    return f"{ref},{place},Audit,{WORDS},{owner},01/11/2026,18/12/2026,{closed},{'=ten records' if closed else ''}"


async def take_in(house: House, *rows: str, by: UUID | None = None) -> UUID:
    content = "\r\n".join((HEAD, *rows)).encode()
    tracker = read_tracker(content, "small.csv", today=date(2026, 11, 23))
    actor = signed_in(by) if by else OPERATOR
    made = await import_rows(house.cast.office, actor, tracker, utc_now(), with_people=False)
    assert made.batch_id is not None
    return made.batch_id


def rows_in(page: httpx.Response) -> list[str]:
    return re.findall(r"<h2>Row (\d+)", page.text)


async def test_every_row_is_there_with_every_cell_and_what_became_of_it(bare: House) -> None:
    batch = await take_in(bare, row("A-1"), row("A-2", owner=""), row("A-3", closed="20/11/2026"))
    browser = await sign_in(bare, "manager")
    page = await browser.get(f"/imports/{batch}")
    assert rows_in(page) == ["2", "3", "4"]
    for words in ("Became an action", "Became a draft that needs a look", "Closed elsewhere, kept as history"):
        assert words in page.text
    assert "=ten records" in page.text
    closed = await browser.get(f"/imports/{batch}?became=history")
    assert re.findall(r"<dt>([^<]+)</dt>", closed.text) == HEAD.split(",")
    assert "small.csv" in (await browser.get("/imports")).text


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("became=history", ["4"]),
        ("became=draft", ["3"]),
        ("became=action", ["2"]),
        ("became=nonsense", ["2", "3", "4"]),
        ("row=3", ["3"]),
        ("row=x", ["2", "3", "4"]),
        ("q=A-2", ["3"]),
        ("q=%25", []),
        ("sheet=other", []),
        ("page=9", []),
    ],
)
async def test_a_filter_narrows_the_rows(bare: House, query: str, numbers: list[str]) -> None:
    batch = await take_in(bare, row("A-1"), row("A-2", owner=""), row("A-3", closed="20/11/2026"))
    browser = await sign_in(bare, "quality_lead")
    assert rows_in(await browser.get(f"/imports/{batch}?{query}")) == numbers


async def test_a_row_is_seen_by_those_it_concerns(bare: House) -> None:
    batch = await take_in(bare, row("A-1"), row("A-2", "Elm Court", owner=""), row("A-3", closed="20/11/2026"))
    expected: dict[str, Any] = {
        "quality_lead": ["2", "3", "4"],
        "manager": ["2", "4"],
        "outsider": ["3"],
        "owner": ["2"],
    }
    for person, numbers in expected.items():
        assert rows_in(await (await sign_in(bare, person)).get(f"/imports/{batch}")) == numbers, person
    stranger = await sign_in(bare, "key_worker")
    assert (await stranger.get(f"/imports/{batch}")).status_code == 404
    assert "small.csv" not in (await stranger.get("/imports")).text


async def test_the_action_leads_to_its_row(bare: House) -> None:
    batch = await take_in(bare, row("A-1"), row("A-2"))
    browser = await sign_in(bare, "manager")
    page = await browser.get("/actions/FT-2026-0002")
    [link] = re.findall(r'href="(/imports/[^"]+)"', page.text)
    assert f"/imports/{batch}" in link
    assert rows_in(await browser.get(link.replace("&amp;", "&"))) == ["3"]


async def test_importing_by_page_leads_to_the_rows(bare: House) -> None:
    browser = await sign_in(bare, "manager")
    file = {"file": ("small.csv", "\r\n".join((HEAD, row("A-1"))).encode(), "text/csv")}
    looked = await browser.post("/import", files=file)
    made = await browser.post(looked.headers["location"], data={"do": "import"})
    assert re.fullmatch(r"/imports/[0-9a-f-]{36}", made.headers["location"])
    page = await browser.get(made.headers["location"])
    assert rows_in(page) == ["2"]
    assert "The tracker was imported." in page.text
    async with bare.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM import_row"))).scalar_one() == 1


@pytest.mark.parametrize(("ticked", "people"), [({"people": "yes"}, 21), ({}, 0)])
async def test_the_people_of_a_list_are_made_where_that_stays_ticked(
    bare: House, ticked: dict[str, str], people: int
) -> None:
    browser, count = await sign_in(bare, "administrator"), "SELECT count(*) FROM person"
    async with bare.engine.connect() as connection:
        before = (await connection.execute(text(count))).scalar_one()
    file = {"file": (ROSEWOOD.name, ROSEWOOD.read_bytes(), "application/octet-stream")}
    looked = await browser.post("/import", files=file)
    made = await browser.post(looked.headers["location"], data={"do": "import"} | ticked)
    assert made.status_code == 303
    async with bare.engine.connect() as connection:
        assert (await connection.execute(text(count))).scalar_one() == before + people
        assert (await connection.execute(text("SELECT count(*) FROM import_row"))).scalar_one() == 60


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7", "This file is no spreadsheet that can be read."),
        (b"", "This file is empty."),
        (b"PK\x03\x04 cut off", "This file is damaged, or only part of it is here."),
    ],
)
async def test_what_is_no_spreadsheet_is_refused_beside_its_field_and_not_kept(
    bare: House, content: bytes, words: str
) -> None:
    browser = await sign_in(bare, "manager")
    refused = await browser.post("/import", files={"file": ("tracker.xlsx", content, "application/octet-stream")})
    assert (refused.status_code, words in refused.text) == (422, True)
    assert [path for path in bare.home.rglob("*") if path.is_file() and path.name != "secret.key"] == []


async def test_a_wrong_guess_is_put_right_on_the_page(bare: House) -> None:
    browser = await sign_in(bare, "manager")
    file = {"file": ("small.csv", "\r\n".join((HEAD, row("A-1"))).encode(), "text/csv")}
    path = (await browser.post("/import", files=file)).headers["location"]
    page = (await browser.get(path)).text
    finding, action = WORDS.split(",")
    assert [words for words in (finding, action) if f"{words}</td>" in page] == [action]
    columns = {f"column-{meaning}": str(place) for meaning, place in read_columns(page).items()}
    other = columns | {"column-action": columns["column-finding"], "column-finding": columns["column-action"]}
    again = (await browser.post(path, data=other | {"sheet": "small.csv", "header_row": "1", "do": "look"})).text
    assert [words for words in (finding, action) if f"{words}</td>" in again] == [finding]


async def test_a_large_file_is_read_once_and_its_page_says_how_far_it_is(
    bare: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, reads = threading.Event(), list[str]()

    def slowly(data: bytes, name: str, layout: Layout | None, *, progress: Progress, **how: Any) -> Tracker:
        reads.append(name)
        progress(500, 20_000)
        assert go_on.wait(20)
        return read_tracker(data, name, layout, **how)

    monkeypatch.setattr("api.pages.import_reading.read_tracker", slowly)
    monkeypatch.setattr("api.pages.importing.AT_ONCE", 0.2)
    browser = await sign_in(bare, "manager")
    file = {"file": ("large.csv", "\r\n".join((HEAD, row("A-1"))).encode(), "text/csv")}
    path = (await browser.post("/import", files=file)).headers["location"]
    for _ in range(2):
        page = (await browser.get(path)).text
        assert "Reading large.csv" in page
        assert "500 of 20,000 rows." in page
        assert f'<a href="{path}">See how far it is</a>' in page
    by_script = {"HX-Request": "true"}
    assert "500 of 20,000 rows." in (await browser.get(path, headers=by_script)).text
    assert (await (await sign_in(bare, "quality_lead")).get(path)).status_code == 404
    go_on.set()
    monkeypatch.setattr("api.pages.importing.AT_ONCE", 10.0)
    assert (await browser.get(path, headers=by_script)).headers["hx-refresh"] == "true"
    page = (await browser.get(path)).text
    assert "1 action will start" in page
    stated = dict(re.findall(r'name="(sheet|header_row)"[^>]*value="([^"]+)"', page)) | {"sheet": "large.csv"}
    stated |= {f"column-{meaning}": str(place) for meaning, place in read_columns(page).items()}
    made = await browser.post(path, data=stated | {"do": "import"})
    assert re.fullmatch(r"/imports/[0-9a-f-]{36}", made.headers["location"])
    assert reads == ["large.csv"]


def read_columns(page: str) -> dict[str, int]:
    """What the form says that each column means."""
    found = re.findall(r'<select[^>]*name="column-(\w+)".*?</select>', page, re.DOTALL)
    chosen = {name: page.split(f'name="column-{name}"')[1].split("</select>")[0] for name in found}
    said = {name: re.search(r'value="(\d+)" selected', options) for name, options in chosen.items()}
    return {name: int(place[1]) for name, place in said.items() if place}


async def test_whoever_completes_a_draft_reads_first_what_was_noticed_of_its_row(bare: House) -> None:
    late = row("A-1", owner="").replace("01/11/2026,18/12", "01/09/2026,18/10")
    await take_in(bare, late)
    lead = await sign_in(bare, "quality_lead")
    base = re.findall(r'href="(/steps/[^"]+/define)"', (await lead.get("/work")).text)[0]
    check = (await lead.get(base)).text
    for words in (
        "Look at this first",
        "Nobody is named as owner. Choose one owner.",
        f'Its date, 18 October 2026, has passed. <a href="{base}/who?then=check#due_at">',
        "Its first date, 18 October 2026, stays its original date for ever.",
        '/end">End it with a reason</a>',
    ):
        assert words in check
    seen = re.findall(r'name="seen" value="(\w+)"', (await lead.get(f"{base}/who")).text)[0]
    day = {"due_at-day": "18", "due_at-month": "12", "due_at-year": "2999"}
    known = {"risk": "medium", "pathway": "general", "owner_id": str(bare.cast.owner), "seen": seen, "do": "next"}
    assert (await lead.post(f"{base}/who", data=known | day)).headers["location"] == base
    assert "Look at this first" not in (await lead.get(base)).text


async def test_where_nothing_is_here_yet_the_overview_leads_to_importing_and_the_import_leads_on(bare: House) -> None:
    lead, deputy = await sign_in(bare, "quality_lead"), await sign_in(bare, "deputy")
    assert 'href="/import">Import your tracker</a>' in (await lead.get("/overview")).text
    assert "Import your tracker</a>" not in (await deputy.get("/overview")).text
    batch = await take_in(bare, row("A-1", owner=""))
    assert (
        f'href="/imports/{batch}?became=draft">see what each draft lacks</a>'
        in (await lead.get(f"/imports/{batch}")).text
    )
    assert "Import your tracker</a>" not in (await lead.get("/overview")).text


async def test_what_was_overdue_before_it_was_imported_is_overdue_after_it_draft_or_not(bare: House) -> None:
    late, draft, later = row("A-1"), row("A-2", owner=""), row("A-3", owner="").replace("18/12/2026", "18/12/2999")
    await take_in(bare, *(one.replace("01/11/2026,18/12", "01/09/2026,18/10") for one in (late, draft)), later)
    lead = await sign_in(bare, "quality_lead")
    overview = (await lead.get("/overview")).text
    assert "2 of 3 open actions are past their date." in overview
    assert re.findall(r'href="/tracker\?open=1&amp;late(?:_original)?=1">(\d+)</a>', overview) == ["2", "2"]
    for query, tags in (("open=1&late=1", 2), ("open=1&late_original=1", 2), ("", 2), ("status=draft", 1)):
        assert (await lead.get(f"/tracker?{query}")).text.count("Past its date") == tags, query


def test_an_address_that_makes_no_sense_narrows_nothing() -> None:
    assert filter_in({"became": "x", "row": "-1", "page": "3"}) == RowFilter()
    assert filter_in({"row": "7", "q": "a\x00b"}) == RowFilter(row=7, q="ab")
