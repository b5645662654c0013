"""What a link narrowed the tracker to beyond the fields of its own form: said, kept, and taken away one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.reading import uuid_in
from db.pathways import load_version
from db.people import load_people
from domain.saying import say_date

# Each goes with the fields after it, which mean nothing without it.
BY_LINK: dict[str, tuple[str, ...]] = {
    "open": (),
    "waiting": (),
    "escalated": (),
    "due_on": (),
    "late_original": (),
    "pathway": ("version",),
}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """One filter that came by a link: in words, as the form carries it on, and where the list is without it."""

    words: str
    fields: tuple[tuple[str, str], ...]
    without: str


async def narrowed(connection: AsyncConnection, filters: Mapping[str, str]) -> list[Narrowed]:
    """Those in use, in the order of the words above."""
    asked = {name: value for name, value in filters.items() if value}
    found: list[Narrowed] = []
    for name, more in BY_LINK.items():
        if name not in asked:
            continue
        gone = {name, *more}
        left = urlencode({other: value for other, value in asked.items() if other not in gone})
        fields = tuple((one, asked[one]) for one in (name, *more) if one in asked)
        found.append(
            Narrowed(await _words(connection, name, asked), fields, f"/tracker?{left}" if left else "/tracker")
        )
    return found


async def _words(connection: AsyncConnection, name: str, asked: Mapping[str, str]) -> str:
    value = asked[name]
    if name == "waiting":
        return f"Waiting for {await _person(connection, value)}"
    if name == "pathway":
        return await _pathway(connection, value, asked.get("version"))
    if name == "due_on":
        return f"Due on {say_date(date.fromisoformat(value))}"
    if name == "escalated":
        return "Escalated and not answered" + ("" if value == "any" else f", rung {value}")
    return {"open": "Open actions", "late_original": "Past their original date"}[name]


async def _person(connection: AsyncConnection, value: str) -> str:
    if value == "nobody":
        return "somebody to be found"
    key = uuid_in(value)
    people = await load_people(connection, {key} if key else set())
    return next((person.name for person in people.values()), "nobody we know")


async def _pathway(connection: AsyncConnection, key: str, number: str | None) -> str:
    version = await load_version(connection, key)
    title = version.pathway.title if version else key
    return f"Pathway {title}" + (f", version {number}" if number else "")
