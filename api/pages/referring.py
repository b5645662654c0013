"""What CQC looks at: the statements that an action is about, changed after it was defined."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.definition_form import BY_KEY, references_in, typed_on
from api.pages.definition_hints import suggestions_for
from api.pages.definition_showing import offered
from api.pages.reading import read_form, typed_in
from api.pages.showing import done, me_for, show
from commands.office import utc_now
from commands.references import refer
from db.dossier import load_dossier
from db.frameworks import load_references
from domain.defining import MAY_DEFINE
from domain.errors import Invalid, NotAllowed, NotFound
from domain.frameworks import Reference
from frameworks import library

router = APIRouter()
PAGE = BY_KEY["references"]


async def _found(request: Request, who: Visitor, ref: str) -> tuple[Any, tuple[Reference, ...]]:
    async with front_of(request).office.engine.connect() as connection:
        dossier = await load_dossier(connection, who.viewer, ref)
        if dossier is None:
            raise NotFound
        references = await load_references(connection, dossier.head.id)
    if not who.viewer.is_one_of(*MAY_DEFINE, location_id=dossier.head.location_id):
        raise NotAllowed
    return dossier.head, references


@router.get("/actions/{ref}/references")
async def references_page(request: Request, ref: str) -> Response:
    """Every statement there is, those of this action ticked."""
    who = await visitor(request)
    head, references = await _found(request, who, ref)
    return await _page(request, who, head, references, references, {})


@router.post("/actions/{ref}/references")
async def references_post(request: Request, ref: str) -> Response:
    """Keep what was chosen, with its reason; or look at what is suggested beside it."""
    who, office = await visitor(request), front_of(request).office
    head, _ = await _found(request, who, ref)
    form = await read_form(request)
    sent, chosen = typed_in(form), references_in(typed_on(PAGE, form))
    was = references_in({"references": sent.get("was", "")})
    if sent.get("do") == "look":
        return await _page(request, who, head, was, chosen, sent)
    try:
        await refer(office, who.actor, head.id, was, chosen, sent.get("reason", ""), utc_now())
    except Invalid as wrong:
        return await _page(request, who, head, was, chosen, sent, wrong.fields)
    return done(f"/actions/{head.ref}", "references")


async def _page(
    request: Request,
    who: Visitor,
    head: Any,
    was: tuple[Reference, ...],
    chosen: tuple[Reference, ...],
    typed: dict[str, str],
    errors: dict[str, str] | None = None,
) -> Response:
    async with front_of(request).office.engine.connect() as connection:
        suggestions = await suggestions_for(connection, chosen)
    return show(
        request,
        "references.jinja",
        me=await me_for(request, who),
        here="/tracker",
        head=head,
        was=" ".join(map(str, was)),
        frameworks=offered(library(), chosen),
        chosen=frozenset(map(str, chosen)),
        suggestions=suggestions,
        typed=typed,
        errors=errors,
    )
