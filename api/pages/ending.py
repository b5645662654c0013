"""Cancel an action, or let another take its place."""

from fastapi import APIRouter, Request, Response

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import read_form, typed_in
from api.pages.showing import done, me_for, show
from commands.end import cancel, supersede
from commands.office import utc_now
from db.dossier import Dossier, load_dossier
from domain.ending import MAY_END
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.vocabulary import Status

router = APIRouter(prefix="/actions/{ref}/end")


@router.get("")
async def end_page(request: Request, ref: str, instead: str = "") -> Response:
    """How it ends, and why. `instead` is the action that may take its place, where that is where one came from."""
    who = await visitor(request)
    dossier = await _may_end(request, ref, who)
    if not Status(dossier.head.status).is_open:
        raise AlreadySettled("This action is not open, so there is nothing to end.")
    filled = {"how": str(Status.SUPERSEDED), "instead": instead[:20]} if instead else None
    return await _page(request, who, dossier, typed=filled)


async def _may_end(request: Request, ref: str, who: Visitor) -> Dossier:
    async with front_of(request).office.engine.connect() as connection:
        dossier = await load_dossier(connection, who.viewer, ref)
    if dossier is None:
        raise NotFound
    if not who.viewer.is_one_of(*MAY_END, location_id=dossier.head.location_id):
        raise NotAllowed("This is for the registered manager or the quality lead. Tell them why it should end.")
    return dossier


async def _page(
    request: Request,
    who: Visitor,
    dossier: Dossier,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    return show(
        request,
        "ending.jinja",
        me=await me_for(request, who),
        here="/tracker",
        head=dossier.head,
        errors=errors,
        typed=typed or {},
    )


@router.post("")
async def end_post(request: Request, ref: str) -> Response:
    """End it; everyone who had part in it is told."""
    who, office, now = await visitor(request), front_of(request).office, utc_now()
    dossier = await _may_end(request, ref, who)
    typed = typed_in(await read_form(request))
    known, reason = dossier.head.ref, typed.get("reason", "")
    try:
        if typed.get("how") == "superseded":
            await supersede(office, who.actor, known, typed.get("instead", ""), reason, now)
        elif typed.get("how") == "cancelled":
            await cancel(office, who.actor, known, reason, now)
        else:
            raise Invalid({"how": "Choose how it ends."})
    except Invalid as wrong:
        return await _page(request, who, dossier, wrong.fields, typed)
    return done(f"/actions/{known}", "ended")
