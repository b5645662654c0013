"""How strong an action is: what its words suggest, and what the quality lead says of it."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.definition_said import strength_words
from api.pages.definition_showing import STRENGTHS
from api.pages.reading import read_form, typed_in
from api.pages.showing import done, me_for, show
from commands.judging import MAY_JUDGE, judge_strength, may_be_judged
from commands.office import utc_now
from db.dossier import load_head
from db.strengths import StrengthFacts, load_strength
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.strength import Strength, action_strength

router = APIRouter(prefix="/actions/{ref}/strength")


async def _found(request: Request, who: Visitor, ref: str) -> tuple[Any, StrengthFacts]:
    async with front_of(request).office.engine.connect() as connection:
        head = await load_head(connection, who.viewer, ref)
        if head is None:
            raise NotFound
        if not who.viewer.is_one_of(*MAY_JUDGE, location_id=head.location_id):
            raise NotAllowed("How strong an action is, is judged by the quality lead once it is defined.")
        if not may_be_judged(head.status):
            raise AlreadySettled("This action is a draft or has ended, so nothing is judged of it here.")
        return head, await load_strength(connection, head.id)


@router.get("")
async def strength_page(request: Request, ref: str) -> Response:
    """What it is now, and why one would change it."""
    who = await visitor(request)
    head, facts = await _found(request, who, ref)
    return await _page(request, who, head, facts)


@router.post("")
async def strength_post(request: Request, ref: str) -> Response:
    """Keep what was judged, with its reason."""
    who, office = await visitor(request), front_of(request).office
    head, facts = await _found(request, who, ref)
    sent = typed_in(await read_form(request))
    said = sent.get("strength", "")
    try:
        if said not in {"", *Strength}:
            raise Invalid({"strength": "Choose one from the list."})
        strength, reason = Strength(said) if said else None, sent.get("reason", "")
        await judge_strength(office, who.actor, head.id, sent.get("was", ""), strength, reason, utc_now())
    except Invalid as wrong:
        return await _page(request, who, head, facts, sent, wrong.fields)
    return done(f"/actions/{head.ref}", "judged")


async def _page(
    request: Request,
    who: Visitor,
    head: Any,
    facts: StrengthFacts,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    suggested = action_strength(f"{head.title}. {head.what_will_change}").strength
    chosen = facts.strength if facts.is_chosen else None
    return show(
        request,
        "strength.jinja",
        me=await me_for(request, who),
        here="/tracker",
        head=head,
        was=facts.mark,
        words=strength_words(chosen, suggested),
        strengths=STRENGTHS,
        typed=typed or {"strength": str(chosen or "")},
        errors=errors,
    )
