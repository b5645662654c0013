"""What a sample is drawn from, as the form says it: a number, named groups, or a list that is uploaded."""

import asyncio
from pathlib import PurePosixPath

from starlette.datastructures import FormData

from api.pages.reading import files_in
from commands.drawing import SampledList
from domain.errors import Invalid
from domain.populations import Population, of_groups, of_list, of_number
from trackers import NotASpreadsheet
from trackers.lists import NoSuchColumn, read_list

LARGEST = 5 * 1024 * 1024


async def population_in(typed: dict[str, str], form: FormData) -> tuple[Population, SampledList | None]:
    """The population, and the list where there is one. A list goes before groups, groups before a number."""
    if files := files_in(form):
        content = await files[0].read(LARGEST + 1)
        if len(content) > LARGEST:
            raise Invalid({"list": "This list has more than 5 MB. Save only the column that is sampled."})
        name = PurePosixPath((files[0].filename or "list").replace("\\", "/")).name[:200]
        return await asyncio.to_thread(_listed, content, name, typed)
    if typed.get("column") or typed.get("group_column"):
        raise Invalid({"list": "Choose the list that this column is in. After an error it has to be chosen again."})
    if typed.get("groups"):
        return of_groups(typed["groups"]), None
    stated = typed.get("population_size", "").replace(",", "").replace(" ", "")
    return of_number(int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 9 else 0), None


def _listed(content: bytes, name: str, typed: dict[str, str]) -> tuple[Population, SampledList]:
    column, group_column = typed.get("column", ""), typed.get("group_column", "")
    try:
        found = read_list(content, name, column, group_column, headed=typed.get("headed") == "yes")
    except NoSuchColumn as refusal:
        raise Invalid({"column" if column else "group_column": str(refusal)}) from None
    except NotASpreadsheet as refusal:
        raise Invalid({"list": str(refusal)}) from None
    population, notes = of_list(found.entries, found.groups)
    return population, SampledList(name, tuple(notes))
