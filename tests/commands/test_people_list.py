"""A list of people as CSV: row by row what it adds, twice the same, and nothing that a cell says is run."""

import csv
import io
from datetime import timedelta

import pytest

from commands.people_list import ListPlan, import_people, preview_people
from db.people_list import people_with_roles
from db.rosters import Reach
from domain.actors import OPERATOR, Actor
from reports.people_csv import people_csv, plain_cell
from tests.cast import MONDAY, Cast, signed_in
from tests.commands.watching import mailed, rows
from trackers.refusals import NotASpreadsheet
from trackers.roster import read_roster

HEADINGS = "name,e-mail,role,location,from,to\n"
LIST = HEADINGS + (
    "Ned Newcome,ned@example.org,Team leader,Cedar View,,\n"
    "Dora Decider,dora@example.org,Deputy manager,cedar view,1 January 2027,\n"
    "Oona Fabricott,oona@example.org,care coordinator,Cedar View,,\n"
    "Kim Keyless,,key worker,Elm Court,2026-11-01,2027-10-31\n"
)


async def preview(cast: Cast, lines: str, actor: Actor = OPERATOR, headings: str = HEADINGS) -> list[tuple[str, str]]:
    plan = await preview_people(cast.office, actor, read_roster((headings + lines).encode()), MONDAY)
    return [(str(row.outcome), row.reason) for row in plan.rows]


async def take_in(cast: Cast, content: str, days: int = 0) -> ListPlan:
    return await import_people(cast.office, OPERATOR, read_roster(content.encode()), MONDAY + timedelta(days=days))


async def test_what_is_previewed_is_what_happens_and_twice_is_once(cast: Cast) -> None:
    assert [outcome for outcome, _ in await preview(cast, LIST.removeprefix(HEADINGS))] == [
        "new",
        "new",
        "exists",
        "new",
    ]
    assert len(await rows(cast, "SELECT 1 FROM person")) == 7
    first = await take_in(cast, LIST)
    assert first.summary == {"new": 3, "exists": 1, "attention": 0}
    for days in (0, 3):
        assert (await take_in(cast, LIST, days)).summary == {"new": 0, "exists": 4, "attention": 0}
    assert len(await rows(cast, "SELECT 1 FROM person")) == 10
    assert await mailed(cast, "set password") == ["dora"]  # the others need no account
    [dora] = await rows(
        cast, "SELECT starts_on FROM role_assignment r JOIN person p ON p.id = r.person_id WHERE p.name LIKE 'Dora%'"
    )
    assert dora.starts_on.isoformat() == "2027-01-01"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",x@example.org,key worker,Cedar View,,", "Give the name"),
        ("Ann,ann-at-example,key worker,Cedar View,,", "is no e-mail address"),
        ("Ann,ann@example.org,team laeder,Cedar View,,", "Did you mean “team leader”"),
        ("Ann,ann@example.org,astronaut,Cedar View,,", "“astronaut” is no role here."),
        ("Ann,ann@example.org,,Cedar View,,", "Give the role, for example key worker."),
        ("Ann,ann@example.org,key worker,Cedar Veiw,,", "Did you mean “Cedar View”"),
        ("Ann,ann@example.org,key worker,,,", "Give the location"),
        ("Ann,ann@example.org,key worker,all locations,,", "works at a location"),
        ("Ann,ann@example.org,key worker,Cedar View,31/02/2026,", "no clear first day"),
        ("Ann,ann@example.org,key worker,Cedar View,2026-12-01,2026-11-30", "before the first"),
        ("Ann,ann@example.org,key worker,Cedar View,,2026-10-30", "before the first"),
        ("Ann,ann@example.org,inspector,Cedar View,,", "limited time"),
        ("Ann,,deputy manager,Cedar View,,", "Give the e-mail address"),
        ("Ann,oona@example.org,key worker,Cedar View,,", "Oona Fabricott’s"),
        ("Oona Fabricott,oona@example.org,care coordinator,Cedar View,2026-12-01,", "in other days"),
        ("=HYPERLINK(1),ann@example.org,key worker,Cedar View,,", "looks like a formula"),
        ('"@SUM(1,2)",ann@example.org,key worker,Cedar View,,', "looks like a formula"),
    ],
)
async def test_what_needs_a_look_says_why(cast: Cast, line: str, reason: str) -> None:
    [(outcome, why)] = await preview(cast, line)
    assert outcome == "attention"
    assert reason in why


async def test_rows_of_one_person_are_judged_together(cast: Cast) -> None:
    lines = (
        "Ann Lee,ann@example.org,key worker,Cedar View,,\n"
        "Ann Lee,ann@example.org,key worker,Cedar View,,\n"
        "Ann Lee,ann@example.org,team leader,Cedar View,,\n"
        "Bob Ray,ann@example.org,team leader,Cedar View,,\n"
    )
    assert [outcome for outcome, _ in await preview(cast, lines)] == ["new", "exists", "new", "attention"]


async def test_somebody_without_an_address_is_found_by_name(cast: Cast) -> None:
    line = "oona fabricott,,team leader,Cedar View,,\n"
    assert (await take_in(cast, HEADINGS + line)).summary["new"] == 1
    assert (await take_in(cast, HEADINGS + line)).summary["exists"] == 1
    assert len(await rows(cast, "SELECT 1 FROM person")) == 7


async def test_a_manager_imports_what_a_manager_may_give(cast: Cast) -> None:
    lines = (
        "Ann Lee,ann@example.org,key worker,Cedar View,,\n"
        "Bob Ray,bob@example.org,key worker,Elm Court,,\n"
        "Cal Day,cal@example.org,administrator,all locations,,\n"
    )
    found = await preview(cast, lines, signed_in(cast.manager))
    assert [outcome for outcome, _ in found] == ["new", "attention", "attention"]
    assert "own location" in found[1][1]
    assert "above yours" in found[2][1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "Save as, CSV"),
        (b"name,e-mail\nAnn,ann@example.org\n", "heading for role and location"),
        (b"\x00\x01\x02\x03" * 500, ""),
        (b"one column only\nAnn\nBob\n", ""),
    ],
)
def test_what_is_no_list_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(NotASpreadsheet) as refusal:
        read_roster(content)
    assert words in str(refusal.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_usual_encoding_and_separator_is_read(encoding: str, separator: str) -> None:
    lines = ["Full name,Email,Job title,Home,From,To", "Zoë Brontë,zoe@example.org,Team leader,Cedar View,,"]
    content = "\r\n".join(lines).replace(",", separator).encode(encoding)
    [row] = read_roster(content)
    assert (row.said("name"), row.said("role"), row.number) == ("Zoë Brontë", "Team leader", 2)


@pytest.mark.parametrize("cell", ["=1+1", "+44 20", "-1", "@x", "\tx", "\rx"])
def test_what_could_start_a_formula_is_saved_as_text(cell: str) -> None:
    assert plain_cell(cell) == f"'{cell}"
    assert people_csv([(cell, "", "", "", "", "")]).splitlines()[1].lstrip('"').startswith("'")


async def test_the_saved_list_is_a_list_that_changes_nothing(cast: Cast) -> None:
    async with cast.office.engine.connect() as connection:
        saved = people_csv(await people_with_roles(connection, Reach(None).scope, MONDAY.date()))
        of_home = await people_with_roles(connection, Reach(frozenset({cast.location})).scope, MONDAY.date())
    assert len(list(csv.DictReader(io.StringIO(saved.lstrip("\ufeff"))))) == 7
    assert (await take_in(cast, saved)).summary == {"new": 0, "exists": 7, "attention": 0}
    assert "Odd Elsewhere" not in {row[0] for row in of_home}
