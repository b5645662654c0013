"""A mail that was refused for good: what it was about, and what somebody does about it."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import read_form, typed_in
from api.pages.showing import done, me_for, show
from commands.office import utc_now
from commands.undelivered import correct_and_send, told_otherwise
from db.undelivered import load_undelivered
from domain.errors import Invalid, NotFound

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
    if mail is None:
        raise NotFound
    return show(
        request,
        "undelivered.jinja",
        me=await me_for(request, who),
        here="/work",
        mail=mail,
        errors=errors,
        typed=typed or {"email": mail.email or ""},
    )


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
