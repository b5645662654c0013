"""A mail that was refused for good: what it was about, and what somebody does about it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import read_form, typed_in
from api.pages.showing import DECIDERS, done, me_for, show
from commands.office import Office, utc_now
from commands.undelivered import correct_and_send, told_otherwise
from db.roles import held_from, held_today
from db.undelivered import load_undelivered
from domain.errors import Invalid, NotFound
from domain.standing import why_not_manage

router = APIRouter()


@router.get("/undelivered-mails/{key}")
async def undelivered_page(request: Request, key: UUID) -> Response:
    """What was refused and why, and the three things that help."""
    return await _page(request, key, await visitor(request))


async def _page(
    request: Request,
    key: UUID,
    who: Visitor,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    async with front_of(request).office.engine.connect() as connection:
        mail = await load_undelivered(connection, who.viewer, key)
        why_not = await _why_not_correct(connection, who, mail, front_of(request).office) if mail else None
    if mail is None:
        raise NotFound
    return show(
        request,
        "undelivered.jinja",
        me=await me_for(request, who),
        here="/work",
        mail=mail,
        why_not_correct=why_not,
        may_give=who.viewer.is_one_of(*DECIDERS, location_id=mail.location_id),
        errors=errors,
        typed=typed or {"email": mail.email or ""},
    )


async def _why_not_correct(connection: AsyncConnection, who: Visitor, mail: Row[Any], office: Office) -> str | None:
    """Whoever sees to a mail, a cover too, corrects the addresses of those people alone whom they look after."""
    if mail.person_id is None:
        return "This mail went to nobody on our list. Say below how they were told instead."
    today = office.calendar.day_of(utc_now())
    mine = await held_today(connection, who.viewer.person_id, today)
    if why_not_manage(mine, await held_from(connection, mail.person_id, today)) is None:
        return None
    return "Only an administrator, or the registered manager who looks after them, may do this. Ask one of them."


@router.post("/undelivered-mails/{key}")
async def undelivered_post(request: Request, key: UUID) -> Response:
    """Correct the address and send again, or say how they were told."""
    who, office = await visitor(request), front_of(request).office
    async with office.engine.connect() as connection:
        if await load_undelivered(connection, who.viewer, key) is None:
            raise NotFound
    typed = typed_in(await read_form(request))
    try:
        if typed.get("do") == "told":
            await told_otherwise(office, who.actor, key, typed.get("note", ""), utc_now())
        else:
            await correct_and_send(office, who.actor, key, typed.get("email", ""), utc_now())
    except Invalid as wrong:
        return await _page(request, key, who, wrong.fields, typed)
    return done(f"/undelivered-mails/{key}", "mail-settled")
