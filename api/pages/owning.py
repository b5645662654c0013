"""Another owner for an action: who, and why."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import read_form, request_id_of, typed_in, uuid_in
from api.pages.showing import DECIDERS, done, kept_id, me_for, show
from commands.office import utc_now
from commands.reassigning import change_owner
from db.decisions import people_to_ask
from db.dossier import load_head
from domain.errors import Invalid, NotAllowed, NotFound
from domain.vocabulary import Status

router = APIRouter()


async def _head(request: Request, who: Visitor, ref: str) -> Any:
    async with front_of(request).office.engine.connect() as connection:
        head = await load_head(connection, who.viewer, ref)
    if head is None:
        raise NotFound
    if not who.viewer.is_one_of(*DECIDERS, location_id=head.location_id):
        raise NotAllowed
    return head


async def _show(
    request: Request, who: Visitor, head: Any, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> Response:
    office = front_of(request).office
    async with office.engine.connect() as connection:
        people = await people_to_ask(connection, head.location_id, office.calendar.day_of(utc_now()), owns=head.id)
    status = Status(head.status)
    return show(
        request,
        "people/owner.jinja",
        me=await me_for(request, who),
        here="/tracker",
        head=head,
        may_change=status.is_open and status is not Status.DRAFT,
        people=[person for person in people if person[0] != str(head.owner_id)],
        errors=errors,
        typed=typed or {},
        **kept_id(typed),
    )


@router.get("/actions/{ref}/owner")
async def owner_page(request: Request, ref: str) -> Response:
    """Who owns it from now on?"""
    who = await visitor(request)
    return await _show(request, who, await _head(request, who, ref))


@router.post("/actions/{ref}/owner")
async def owner_post(request: Request, ref: str) -> Response:
    """Ask the new owner, and tell the former one."""
    who, office = await visitor(request), front_of(request).office
    head, typed = await _head(request, who, ref), typed_in(await read_form(request))
    chosen = uuid_in(typed.get("owner"))
    try:
        if chosen is None:
            raise Invalid({"owner": "Choose somebody from the list."})
        words = (chosen, typed.get("reason", ""))
        await change_owner(office, who.actor, head.id, request_id_of(typed), *words, utc_now())
    except Invalid as wrong:
        return await _show(request, who, head, wrong.fields, typed)
    return done(f"/actions/{head.ref}", "owner changed")
