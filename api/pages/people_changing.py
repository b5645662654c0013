"""Changing people: end a role, another name or address, a new password link, and leaving."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.office import front_of
from api.pages.looking_after import Keeper, day_in, keeper
from api.pages.people import load_within
from api.pages.reading import date_in, read_form, typed_in
from api.pages.showing import done, me_for, show
from commands.leaving import change_person, leave
from commands.office import utc_now
from commands.people import first_sign_in_link
from commands.roles import end_role
from db.holding import open_steps_with, owned_by
from db.rosters import load_role
from domain.errors import Invalid, NotFound

router = APIRouter()


async def _ask(
    request: Request, found: Keeper, kind: str, person: Any, errors: dict[str, str] | None = None, **values: Any
) -> Response:
    more: dict[str, Any] = {"role": None, "steps": 0, "owns": 0, "typed": {}}
    return show(
        request,
        "people/ask.jinja",
        me=await me_for(request, found.who),
        here="/people",
        kind=kind,
        person=person,
        action=request.url.path,
        errors=errors,
        **(more | values),
    )


async def _role(request: Request, found: Keeper, person_id: UUID, role_id: UUID) -> Any:
    async with front_of(request).office.engine.connect() as connection:
        role = await load_role(connection, found.reach, person_id, role_id)
    if role is None:
        raise NotFound("This role was called off, or there is none.")
    return role


@router.get("/people/{person_id}/roles/{role_id}/end")
async def end_page(request: Request, person_id: UUID, role_id: UUID) -> Response:
    """When does it end?"""
    found = await keeper(request)
    person, role = await load_within(request, found, person_id), await _role(request, found, person_id, role_id)
    return await _ask(request, found, "end", person, role=role)


@router.post("/people/{person_id}/roles/{role_id}/end")
async def end_post(request: Request, person_id: UUID, role_id: UUID) -> Response:
    """End it at once, or with a day."""
    found, office = await keeper(request), front_of(request).office
    person, role = await load_within(request, found, person_id), await _role(request, found, person_id, role_id)
    typed = typed_in(await read_form(request))
    try:
        last = day_in(date_in(typed, "last"), "last")
        if typed.get("when") not in ("now", "day"):
            raise Invalid({"when": "Choose when the role ends."})
        if typed["when"] == "day" and last is None:
            raise Invalid({"last": "Give the last day, for example 3 12 2026."})
        await end_role(office, found.who.actor, role_id, last if typed["when"] == "day" else None, utc_now())
    except Invalid as wrong:
        return await _ask(request, found, "end", person, wrong.fields, role=role, typed=typed)
    return done(f"/people/{person_id}", "role ended")


@router.get("/people/{person_id}/change")
async def change_page(request: Request, person_id: UUID) -> Response:
    """Name and address."""
    found = await keeper(request)
    person = await load_within(request, found, person_id)
    return await _ask(request, found, "change", person, typed={"name": person.name, "email": person.email or ""})


@router.post("/people/{person_id}/change")
async def change_post(request: Request, person_id: UUID) -> Response:
    """Change them; a new address ends what was sent to the old one."""
    found, office = await keeper(request), front_of(request).office
    person, typed = await load_within(request, found, person_id), typed_in(await read_form(request))
    try:
        email = typed.get("email") or None
        await change_person(office, found.who.actor, person_id, typed.get("name", ""), email, utc_now())
    except Invalid as wrong:
        return await _ask(request, found, "change", person, wrong.fields, typed=typed)
    return done(f"/people/{person_id}", "changed")


@router.get("/people/{person_id}/leave")
async def leave_page(request: Request, person_id: UUID) -> Response:
    """What follows when they leave."""
    found = await keeper(request)
    person = await load_within(request, found, person_id)
    async with front_of(request).office.engine.connect() as connection:
        steps, owns = await open_steps_with(connection, person_id), await owned_by(connection, person_id)
    return await _ask(request, found, "leave", person, steps=len(steps), owns=len(owns))


@router.post("/people/{person_id}/leave")
async def leave_post(request: Request, person_id: UUID) -> Response:
    """They leave now."""
    found = await keeper(request)
    await load_within(request, found, person_id)
    await leave(front_of(request).office, found.who.actor, person_id, utc_now())
    return done("/people", "left")


@router.post("/people/{person_id}/link")
async def link_post(request: Request, person_id: UUID) -> Response:
    """Mail a fresh link to choose a password; older ones end."""
    found = await keeper(request)
    person = await load_within(request, found, person_id)
    if person.email is None or person.left_at is not None:
        raise NotFound("There is no address to send a link to.")
    await first_sign_in_link(front_of(request).office, found.who.actor, person.email, utc_now())
    return done(f"/people/{person_id}", "link sent")
