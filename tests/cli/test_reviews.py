"""`followthrough reviews list`, for people and for programs."""

import asyncio
import json
from datetime import timedelta

from sqlalchemy import text

from commands.office import utc_now
from commands.reviews import advance_review, plan_reviews
from tests.api.house import House, new_action
from tests.cli.keyboard import Run


async def change(house: House, statement: str, **bound: object) -> None:
    async with house.engine.begin() as connection:
        await connection.execute(text(statement), bound)


async def test_before_any_is_planned_the_list_says_who_plans_them(here: Run) -> None:
    result = await asyncio.to_thread(here, "reviews", "list")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("No review is planned yet.")


async def test_reviews_are_listed_as_planned_open_and_late(here: Run, house: House) -> None:
    now = utc_now()
    await new_action(house, "asked", now)
    await plan_reviews(house.cast.office, now)
    planned = await asyncio.to_thread(here, "reviews", "list")
    assert planned.stdout.count("  planned  nobody  opens ") == 2
    await change(house, "UPDATE review SET opens_at = :now WHERE location_id = :l", now=now, l=house.cast.location)
    async with house.engine.connect() as connection:
        query = text("SELECT id FROM review WHERE location_id = :l")
        review = (await connection.execute(query, {"l": house.cast.location})).scalar_one()
    await advance_review(house.cast.office, review, now)
    opened = await asyncio.to_thread(here, "reviews", "list")
    assert "  Cedar View  open  Dara Mockley  0 of 1 filled in\n" in opened.stdout
    await change(house, "UPDATE review SET due_at = :past WHERE id = :id", past=now - timedelta(days=1), id=review)
    late = await asyncio.to_thread(here, "reviews", "list")
    assert "  Cedar View  late  Dara Mockley  " in late.stdout
    found = json.loads((await asyncio.to_thread(here, "reviews", "list", "--json")).stdout)
    assert {(one["location"], one["status"]) for one in found} == {("Cedar View", "open"), ("Elm Court", "planned")}
