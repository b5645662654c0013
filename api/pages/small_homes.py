"""Small homes: exceptions from separation of duties, recorded, confirmed by somebody else, and ended."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import day_in, read_form, request_id_of, typed_in, uuid_in
from api.pages.showing import done, me_for, show
from commands.office import utc_now
from commands.small_home import MAY_END, MAY_RECORD, decide, end_early, record_small_home
from db.small_homes import SmallHomeFacts, list_small_homes, load_small_home, places
from domain.errors import Invalid, NotAllowed, NotFound
from domain.small_home import last_day
from domain.vocabulary import Role

router = APIRouter(prefix="/small-homes")
READERS = (*MAY_END, Role.COMMISSIONER, Role.INSPECTOR)


def _places_of(who: Visitor, *roles: Role) -> tuple[list[UUID], bool]:
    """The locations where somebody holds one of these roles, and whether they hold it everywhere."""
    held = [location for role, location in who.viewer.roles if role in roles]
    return [location for location in held if location is not None], None in held


def _state(one: SmallHomeFacts, today: Any) -> tuple[str, str]:
    if one.decided_at is None:
        return "Waits to be confirmed", "orange"
    if not one.confirmed:
        return "Not confirmed", "grey"
    if one.ended_at is not None or one.ends_on < today:
        return "Ended", "grey"
    return "In force", "green"


@router.get("")
async def small_homes_page(request: Request) -> Response:
    """Every exception of the homes one answers for, and a form for another."""
    return await _list(request, await visitor(request))


async def _list(
    request: Request, who: Visitor, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> Response:
    if not who.viewer.is_one_of(*READERS):
        raise NotAllowed("This is for managers, and for those who check them.")
    office = front_of(request).office
    today = office.calendar.day_of(utc_now())
    locations, everywhere = _places_of(who, *READERS)
    own, all_own = _places_of(who, *MAY_RECORD)
    async with office.engine.connect() as connection:
        found = await list_small_homes(connection, locations, everywhere=everywhere)
        choices = await places(connection, own, everywhere=all_own)
    return show(
        request,
        "small_homes.jinja",
        me=await me_for(request, who),
        rows=[(one, *_state(one, today)) for one in found],
        places=choices,
        latest=last_day(today),
        errors=errors,
        typed=typed or {},
    )


@router.post("")
async def small_homes_post(request: Request) -> Response:
    """Record one; the nominated individual is asked to confirm it."""
    who, office = await visitor(request), front_of(request).office
    typed = typed_in(await read_form(request))
    location, ends_on = uuid_in(typed.get("location_id")), day_in(typed, "ends_on")
    try:
        if location is None:
            raise Invalid({"location_id": "Choose the location."})
        reason, request_id = typed.get("reason", ""), request_id_of(typed)
        await record_small_home(office, who.actor, location, request_id, reason, ends_on, utc_now())
    except Invalid as wrong:
        return await _list(request, who, wrong.fields, typed)
    return done("/small-homes", "exception")


@router.get("/{key}")
async def small_home_page(request: Request, key: UUID) -> Response:
    """One exception: what it allows, until when, who decided, and what one may do about it."""
    who = await visitor(request)
    return await _one(request, who, await _load(request, who, key))


async def _load(request: Request, who: Visitor, key: UUID) -> SmallHomeFacts:
    async with front_of(request).office.engine.connect() as connection:
        found = await load_small_home(connection, key)
    if found is None or not (_is_asked(who, found) or who.viewer.is_one_of(*READERS, location_id=found.location_id)):
        raise NotFound
    return found


def _is_asked(who: Visitor, found: SmallHomeFacts) -> bool:
    """The nominated individual, or who covers for them, whatever else they do here."""
    return who.viewer.person_id in (found.asked_id, found.asked_for_id)


async def _one(
    request: Request,
    who: Visitor,
    found: SmallHomeFacts,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    state, colour = _state(found, front_of(request).office.calendar.day_of(utc_now()))
    nominated = _is_asked(who, found) or who.viewer.is_one_of(Role.NOMINATED_INDIVIDUAL, location_id=found.location_id)
    return show(
        request,
        "small_home.jinja",
        me=await me_for(request, who),
        here="/small-homes",
        one=found,
        is_reader=who.viewer.is_one_of(*READERS),
        state=state,
        colour=colour,
        may_decide=nominated and found.decided_at is None and found.recorded_by != who.viewer.person_id,
        may_end=state == "In force" and who.viewer.is_one_of(*MAY_END, location_id=found.location_id),
        errors=errors,
        typed=typed or {},
    )


@router.post("/{key}")
async def small_home_post(request: Request, key: UUID) -> Response:
    """Confirm it, refuse it, or end it early."""
    who, office, now = await visitor(request), front_of(request).office, utc_now()
    found, typed = await _load(request, who, key), typed_in(await read_form(request))
    try:
        if typed.get("do") == "end":
            await end_early(office, who.actor, key, typed.get("reason", ""), now)
        elif typed.get("confirmed") in ("yes", "no"):
            await decide(office, who.actor, key, typed["confirmed"] == "yes", typed.get("reason", ""), now)
        else:
            raise Invalid({"confirmed": "Choose what you decide."})
    except Invalid as wrong:
        return await _one(request, who, found, wrong.fields, typed)
    return done(f"/small-homes/{key}", "confirmed")
