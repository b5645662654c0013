"""The sample audit's page: drawn from a number, a list or groups, and saved from two windows."""

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
    assert "There is no such column" in wrong.text
    for _ in range(2):
        sent = await deputy.post(here, data=DRAW | {"column": "Plan", "group_column": "Unit"}, files=files)
        assert sent.status_code == 303, sent.text
    page = (await deputy.get(here)).text
    assert "1 entry was on the list more than once" in page
    assert "Plan 3 – Elm" in page
    async with bare.engine.connect() as connection:
        [stored] = await samples_of(connection, bare.refs["sample"])
    assert (stored.population_size, stored.strata) == (3, [["Oak", 2], ["Elm", 1]])
    assert draw_again(stored) == []
    async with bare.engine.begin() as connection:
        await connection.execute(text("UPDATE sample_item SET label = 'Plan 9' WHERE position = 1"))
        [changed] = await samples_of(connection, bare.refs["sample"])
    assert "Plan 9" in draw_again(changed)[0]


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
