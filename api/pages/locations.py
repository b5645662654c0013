"""Locations: the homes and services, and when mail goes out there."""

from datetime import time
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.office import front_of
from api.pages.looking_after import Keeper, keeper
from api.pages.reading import read_form, typed_in
from api.pages.showing import done, me_for, show
from commands.locations import change_location, open_location
from commands.office import utc_now
from db.rosters import list_locations
from domain.errors import Invalid, NotFound
from domain.standing import is_administrator

router = APIRouter()


def time_in(stated: str | None) -> time | None:
    """A clock time as people type it: 07:00, 7.30 or 7; None for anything else."""
    hours, _, minutes = (stated or "").strip().replace(".", ":").partition(":")
    if not hours.isdecimal() or not (minutes or "0").isdecimal() or len(hours) > 2 or len(minutes) > 2:
        return None
    try:
        return time(int(hours), int(minutes or 0))
    except ValueError:
        return None


async def _show(
    request: Request, found: Keeper, location: Any = None, errors: dict[str, str] | None = None, **values: Any
) -> Response:
    async with front_of(request).office.engine.connect() as connection:
        rows = await list_locations(connection, found.reach, found.today)
    empty: dict[str, Any] = {"typed": {"opens": "07:00", "closes": "21:00"}}
    return show(
        request,
        "people/locations.jinja",
        me=await me_for(request, found.who),
        here="/people",
        rows=rows,
        location=location,
        may_add=is_administrator(found.roles),
        errors=errors,
        **(empty | values),
    )


@router.get("/locations")
async def locations_page(request: Request) -> Response:
    """Every location within reach."""
    return await _show(request, await keeper(request))


@router.post("/locations")
async def locations_post(request: Request) -> Response:
    """Add one."""
    found, typed = await keeper(request), typed_in(await read_form(request))
    hours = time_in(typed.get("opens")), time_in(typed.get("closes"))
    try:
        await open_location(front_of(request).office, found.who.actor, typed.get("name", ""), *hours, utc_now())
    except Invalid as wrong:
        return await _show(request, found, None, wrong.fields, typed=typed)
    return done("/locations", "location")


async def _one(request: Request, found: Keeper, location_id: UUID) -> Any:
    async with front_of(request).office.engine.connect() as connection:
        rows = await list_locations(connection, found.reach, found.today)
    location = next((row for row in rows if row.id == location_id), None)
    if location is None:
        raise NotFound
    return location


@router.get("/locations/{location_id}")
async def location_page(request: Request, location_id: UUID) -> Response:
    """Its name and its hours."""
    found = await keeper(request)
    location = await _one(request, found, location_id)
    typed = {"name": location.name, "opens": f"{location.opens:%H:%M}", "closes": f"{location.closes:%H:%M}"}
    return await _show(request, found, location, typed=typed)


@router.post("/locations/{location_id}")
async def location_post(request: Request, location_id: UUID) -> Response:
    """Change them."""
    found, office = await keeper(request), front_of(request).office
    location, typed = await _one(request, found, location_id), typed_in(await read_form(request))
    hours = time_in(typed.get("opens")), time_in(typed.get("closes"))
    try:
        await change_location(office, found.who.actor, location_id, typed.get("name", ""), *hours, utc_now())
    except Invalid as wrong:
        return await _show(request, found, location, wrong.fields, typed=typed)
    return done("/locations", "location")
