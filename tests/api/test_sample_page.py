"""The sample audit's page: drawn from a number, a list or groups, and saved from two windows."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from cli.samples import draw_again
from commands.office import utc_now
from db.samples import samples_of
from tests.api.house import House, evidenced, sign_in
from tests.cast import open_step

LIST = b"Plan,Unit\nPlan 1,Oak\nPlan 2,Oak\nPlan 3,Elm\nplan 3,Elm\n"
DRAW = {"do": "draw", "population": "care plans on 3 June"}


@pytest.fixture
async def step(bare: House) -> UUID:
    return await open_step(bare.cast, await evidenced(bare, "sample", utc_now()), "sample")


@pytest.fixture
async def deputy(bare: House) -> httpx.AsyncClient:
    return await sign_in(bare, "deputy")


async def test_a_list_is_drawn_from_by_group_and_can_be_drawn_again(
    bare: House, step: UUID, deputy: httpx.AsyncClient
) -> None:
    here, files = f"/steps/{step}/sample", {"list": ("plans.csv", LIST, "text/csv")}
    wrong = await deputy.post(here, data=DRAW | {"column": "Ward"}, files=files)
    assert wrong.status_code == 422
    assert "no column “Ward” in this list. The first row says: Plan, Unit." in wrong.text
    for _ in range(2):
        sent = await deputy.post(here, data=DRAW | {"column": "Plan", "group_column": "Unit"}, files=files)
        assert sent.status_code == 303, sent.text
    page = (await deputy.get(here)).text
    assert "1 entry was on the list more than once" in page
    assert "Plan 3 – Elm" in page
    early = (await deputy.post(here, data={"do": "decide"})).text
    for plan in ("Plan 1", "Plan 2", "Plan 3"):  # each error says which it is about
        assert f"{plan}: choose whether it meets the standard, or is not applicable." in early
    assert "This can’t be found" in (await deputy.get("/actions/FT-2026-9999")).text
    async with bare.engine.connect() as connection:
        [stored] = await samples_of(connection, bare.refs["sample"])
    assert (stored.population_size, stored.strata) == (3, [["Oak", 2], ["Elm", 1]])
    assert draw_again(stored) == []
    async with bare.engine.begin() as connection:
        await connection.execute(text("UPDATE sample_item SET label = 'Plan 9' WHERE position = 1"))
        [changed] = await samples_of(connection, bare.refs["sample"])
    assert "Plan 9" in draw_again(changed)[0]


async def test_all_that_a_draw_lacks_is_said_at_once(step: UUID, deputy: httpx.AsyncClient) -> None:
    here = f"/steps/{step}/sample"
    empty = (await deputy.post(here, data={"do": "draw"})).text
    assert 'href="#population">Say what you sample from' in empty
    assert 'href="#population_size">Say how many there are in all' in empty
    assert 'href="#list">Choose the list' in (await deputy.post(here, data=DRAW | {"column": "Plan"})).text


@pytest.mark.parametrize(
    ("name", "content"),
    [("plans.xlsx", b"PK\x03\x04 nothing"), ("plans.txt", b"%PDF-1.7"), ("plans.csv", b""), ("plans.txt", b"\0" * 900)],
)
async def test_a_file_that_is_no_list_is_refused_beside_its_field(
    step: UUID, deputy: httpx.AsyncClient, name: str, content: bytes
) -> None:
    page = await deputy.post(f"/steps/{step}/sample", data=DRAW, files={"list": (name, content, "text/plain")})
    assert page.status_code == 422
    assert 'href="#list"' in page.text


async def test_two_windows_lose_nothing_unsaid(step: UUID, deputy: httpx.AsyncClient) -> None:
    here = f"/steps/{step}/sample"
    await deputy.post(here, data=DRAW | {"groups": "Oak: 2\nElm: 1"})
    page = (await deputy.get(here)).text
    seen = page.split('name="seen-1" value="')[1].split('"')[0]
    window = {f"seen-{place}": seen for place in (1, 2, 3)} | {f"note-{place}": "" for place in (1, 2, 3)}
    assert (await deputy.post(here, data=window | {"result-1": "pass"})).status_code == 303
    assert (await deputy.post(here, data=window | {"result-2": "not applicable"})).status_code == 303
    other = await deputy.post(here, data=window | {"result-1": "fail", "note-1": "No weight"})
    assert other.status_code == 422
    assert "Another window saved “pass”" in other.text
    ended = await deputy.post(here, data={"do": "decide", "result-3": "pass", "note-3": "", "seen-3": seen})
    assert ended.status_code == 303, ended.text


def hidden(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"')[0]


async def decided(bare: House, step: UUID) -> list[Any]:
    async with bare.engine.connect() as connection:
        found = await connection.execute(text("SELECT shown_hash FROM step WHERE id = :s"), {"s": step})
        return list(found.scalars())


async def test_where_nothing_applies_another_is_drawn_and_the_first_stays_on_record(
    bare: House, step: UUID, deputy: httpx.AsyncClient
) -> None:
    here = f"/steps/{step}/sample"
    await deputy.post(here, data=DRAW | {"population_size": "2"})
    none = {f"result-{place}": "not applicable" for place in (1, 2)} | {f"note-{place}": "" for place in (1, 2)}
    first = (await deputy.get(here)).text
    refused = await deputy.post(here, data=none | {"do": "decide", "seen": hidden(first, "seen")})
    assert refused.status_code == 422
    assert "Nothing could be judged" in refused.text
    assert 'id="again"' in refused.text
    again = {"do": "again", "replaces": hidden(refused.text, "replaces"), "population": "records of newcomers"}
    assert (await deputy.post(here, data=again | {"population_size": "1", "again": ""})).status_code == 422
    for _ in range(2):
        sent = await deputy.post(here, data=again | {"population_size": "1", "again": "These were people on leave."})
        assert sent.status_code == 303, sent.text
    # A window that still shows the first sample decides nothing about the second.
    old = await deputy.post(
        here, data={"do": "decide", "result-1": "pass", "note-1": "", "seen": hidden(first, "seen")}
    )
    assert old.status_code == 422
    assert "Something changed since you opened this page" in old.text
    assert "checked" not in old.text.split('id="drawn"')[1]
    saved = await deputy.post(here, data={"result-1": "pass", "note-1": "", "seen": hidden(first, "seen")})
    assert saved.status_code == 422
    page = (await deputy.get(here)).text
    ended = await deputy.post(
        here, data={"do": "decide", "result-1": "pass", "note-1": "", "seen": hidden(page, "seen")}
    )
    assert ended.status_code == 303, ended.text
    assert [found.hex() for found in await decided(bare, step)] == [hidden(page, "seen")]
    told = (await deputy.get(f"/actions/{bare.refs['sample']}")).text
    assert "No item of it applied, so another was drawn. These were people on leave." in told
    assert "Drew another sample, since nothing could be judged: These were people on leave." in told
    async with bare.engine.connect() as connection:
        stored = await samples_of(connection, bare.refs["sample"])
    assert [(one.size, one.replaced_because, one.passed, draw_again(one)) for one in stored] == [
        (2, "These were people on leave.", None, []),
        (1, None, True, []),
    ]


async def test_a_sample_that_can_be_judged_is_not_drawn_again(step: UUID, deputy: httpx.AsyncClient) -> None:
    here = f"/steps/{step}/sample"
    await deputy.post(here, data=DRAW | {"population_size": "2"})
    await deputy.post(
        here, data={"result-1": "not applicable", "note-1": "", "result-2": "fail", "note-2": "No weight"}
    )
    page = (await deputy.get(here)).text
    assert 'value="again"' not in page
    for replaces in ("nonsense", "00000000-0000-0000-0000-000000000000"):
        sent = await deputy.post(
            here,
            data=DRAW | {"do": "again", "population_size": "9", "again": "I do not like it", "replaces": replaces},
        )
        assert sent.status_code in (404, 422)
    assert "No weight" in (await deputy.get(here)).text


async def test_the_actions_page_says_what_the_decision_said(bare: House, step: UUID, deputy: httpx.AsyncClient) -> None:
    here = f"/steps/{step}/sample"
    await deputy.post(here, data=DRAW | {"population_size": "3"})
    results = {"result-1": "pass", "result-2": "pass", "result-3": "not applicable"}
    notes = {f"note-{place}": "" for place in (1, 2, 3)}
    assert (await deputy.post(here, data=results | notes | {"do": "decide"})).status_code == 303
    async with bare.engine.connect() as connection:
        kept = await connection.execute(
            text("SELECT answer->>'can_show' FROM submission WHERE step_id = :s"), {"s": step}
        )
        said = kept.scalar_one()
    assert "(1 not applicable, left out). Every record was looked at" in said
    assert said in (await deputy.get(f"/actions/{bare.refs['sample']}")).text


async def test_whoever_may_take_a_sample_up_reads_what_they_judge_and_nobody_from_elsewhere_does(
    bare: House, step: UUID
) -> None:
    elm = "(SELECT id FROM location WHERE name = 'Elm Court')"
    action, sampling = f"/actions/{bare.refs['sample']}", f"/steps/{step}/sample"
    said = "All twelve plans now have a weekly weight"
    kit = await sign_in(bare, "key_worker")
    assert (await kit.get(action)).status_code == 404
    async with bare.engine.begin() as connection:
        # As a pathway of the home's own may have it: key workers sample, and nobody was chosen yet.
        await connection.execute(
            text("UPDATE step SET role = 'key worker', assignee_id = NULL WHERE id = :s"), {"s": step}
        )
    for path in (sampling, action):
        assert said in (await kit.get(path)).text
    async with bare.engine.begin() as connection:
        moved = f"UPDATE role_assignment SET location_id = {elm} WHERE role = 'key worker'"
        await connection.execute(text(moved))
    assert [(await kit.get(path)).status_code for path in (sampling, action)] == [403, 404]
    async with bare.engine.begin() as connection:
        await connection.execute(text("UPDATE role_assignment SET location_id = NULL WHERE role = 'key worker'"))
    assert said in (await kit.get(sampling)).text
    async with bare.engine.begin() as connection:
        done = "UPDATE step SET status = 'void', settled_at = now() WHERE id = :s"
        await connection.execute(text(done), {"s": step})
    assert (await kit.get(action)).status_code == 404
