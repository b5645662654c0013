"""The people list: choose a CSV, see row by row what it would add, add it; and save the list as CSV."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.office import front_of
from api.pages.looking_after import ALL_LOCATIONS, Keeper, keeper, places_for
from api.pages.reading import files_in, read_form
from api.pages.showing import done, me_for, show
from commands.office import utc_now
from commands.people_list import ListPlan, import_people, preview_people
from db.ids import new_id
from db.people_list import people_with_roles
from domain.errors import NotFound
from domain.roster import Outcome
from domain.vocabulary import Role
from reports.people_csv import people_csv
from trackers.refusals import NotASpreadsheet
from trackers.roster import RosterRow, read_roster

router = APIRouter()
LARGEST = 5 * 1024 * 1024
SHOWN = 500
TAGS = {
    Outcome.NEW: ("New", "green"),
    Outcome.EXISTS: ("Here already", "grey"),
    Outcome.ATTENTION: ("Needs a look", "orange"),
}


@router.get("/people.csv")
async def export(request: Request) -> Response:
    """Everybody within reach, one row for each role."""
    found = await keeper(request)
    async with front_of(request).office.engine.connect() as connection:
        rows = await people_with_roles(connection, found.reach.scope, found.today)
    headers = {"Content-Disposition": 'attachment; filename="people.csv"'}
    return Response(people_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _path(request: Request, found: Keeper, key: UUID) -> Path:
    """Where an uploaded list waits, under a name of ours that only its sender can ask for."""
    folder = front_of(request).settings.home / "imports"
    return folder / f"people-{found.who.viewer.person_id.hex}-{key.hex}"


async def _show(request: Request, found: Keeper, errors: dict[str, str] | None = None, **values: Any) -> Response:
    return show(
        request,
        "people/import.jinja",
        me=await me_for(request, found.who),
        here="/people",
        errors=errors,
        roles=[str(role) for role in Role],
        locations=[name for key, name in await places_for(request, found) if key != ALL_LOCATIONS],
        **({"plan": None} | values),
    )


@router.get("/people/import")
async def import_page(request: Request) -> Response:
    """Choose a file."""
    return await _show(request, await keeper(request))


@router.post("/people/import")
async def upload(request: Request) -> Response:
    """Keep the file aside and look at it."""
    found = await keeper(request)
    files = files_in(await read_form(request))
    if not files:
        return await _show(request, found, {"file": "Choose your list of people."})
    content = await files[0].read(LARGEST + 1)
    if len(content) > LARGEST:
        return await _show(request, found, {"file": "This file has more than 5 MB. Import it in parts."})
    try:
        await asyncio.to_thread(read_roster, content)
    except NotASpreadsheet as refusal:
        return await _show(request, found, {"file": str(refusal)})
    key = new_id()
    path = _path(request, found, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return RedirectResponse(f"/people/import/{key}", 303)


async def _read(request: Request, found: Keeper, key: UUID) -> tuple[RosterRow, ...]:
    path = _path(request, found, key)
    if not path.exists():
        raise NotFound("This list is not here any more. Choose it again.")
    return await asyncio.to_thread(read_roster, path.read_bytes())


@router.get("/people/import/{key}")
async def preview_page(request: Request, key: UUID) -> Response:
    """Row by row what would happen."""
    found = await keeper(request)
    rows = await _read(request, found, key)
    plan = await preview_people(front_of(request).office, found.who.actor, rows, utc_now())
    return await _show(request, found, plan=plan, key=key, rows=_shown(plan))


def _shown(plan: ListPlan) -> list[dict[str, Any]]:
    """What needs a look first, then what is new."""
    order = [Outcome.ATTENTION, Outcome.NEW, Outcome.EXISTS]
    rows = sorted(plan.rows, key=lambda row: (order.index(row.outcome), row.number))[:SHOWN]
    return [{"row": row, "tag": TAGS[row.outcome]} for row in rows]


@router.post("/people/import/{key}")
async def import_post(request: Request, key: UUID) -> Response:
    """Add what is new. Sent twice, the second time adds nothing."""
    found = await keeper(request)
    rows = await _read(request, found, key)
    await import_people(front_of(request).office, found.who.actor, rows, utc_now())
    _path(request, found, key).unlink(missing_ok=True)
    return done("/people", "people imported")
