"""`followthrough samples` at a keyboard: what was drawn, and whether the same is drawn again."""

import asyncio
import json

import pytest
from sqlalchemy import text

from commands.office import utc_now
from tests.api.house import House, evidenced
from tests.cast import sample
from tests.cli.keyboard import Run


@pytest.fixture(autouse=True)
async def sampled(house: House) -> None:
    """One action whose sample passed."""
    await sample(house.cast, await evidenced(house, "sampled", utc_now()), True, utc_now())


async def test_samples_are_listed_for_people_and_for_programs(here: Run, house: House) -> None:
    ref = house.refs["sampled"]
    plain = await asyncio.to_thread(here, "samples", "list", ref)
    assert plain.returncode == 0
    assert "of 60  seed" in plain.stdout
    assert "passed  daily records since the briefing" in plain.stdout
    [facts] = json.loads((await asyncio.to_thread(here, "samples", "list", "--json")).stdout)
    assert (facts["ref"], facts["population_size"], facts["passed"], facts["replaced_because"]) == (ref, 60, True, None)


async def test_the_same_draw_ends_with_0_and_another_with_1(here: Run, house: House) -> None:
    ref = house.refs["sampled"]
    same = await asyncio.to_thread(here, "samples", "redraw", ref)
    assert (same.returncode, same.stdout.endswith("The same draw.\n")) == (0, True)
    async with house.engine.begin() as connection:
        await connection.execute(text("UPDATE sample_item SET item = 99 WHERE position = 1"))
    other = await asyncio.to_thread(here, "samples", "redraw", ref, "--json")
    [facts] = json.loads(other.stdout)
    assert (other.returncode, facts["same"]) == (1, False)
    assert "99" in facts["differs"][0]


async def test_where_there_is_no_sample_it_says_so_and_ends_with_1(here: Run, house: House) -> None:
    for words in (("FT-1999-0001",), (house.refs["sampled"], "--step", "made-up")):
        result = await asyncio.to_thread(here, "samples", "redraw", *words)
        assert (result.returncode, result.stdout) == (1, "")
        assert "There is no sample" in result.stderr
