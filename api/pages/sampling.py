"""The sample audit's page: describe and draw, then each drawn item."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.asking import ask_of, asked_to_check
from api.pages.evidence_cards import evidence_cards
from api.pages.populations import population_in
from api.pages.reading import hash_in, read_form, request_id_of, returned_in, typed_in, uuid_in
from api.pages.showing import done, kept_id, me_for, show
from api.pages.story import sample_lines
from commands.drawing import SampledList, draw_again, draw_sample, lacking_words
from commands.office import utc_now
from commands.sample import NothingJudged, SampleAnswer, decide, save_results, what_is_shown
from db.asking import AskFacts
from db.closures import hash_of
from db.dossier import Dossier, load_dossier
from db.journal import load_journal
from db.samples import ItemFacts, load_items, load_sample
from domain.errors import Invalid, NotFound
from domain.evidencing import returnable
from domain.populations import Population
from domain.sample_specs import spec_of
from domain.sampling import NOT_APPLICABLE
from domain.saving import ItemResult, mark_of
from domain.vocabulary import Control, Form

router = APIRouter(prefix="/steps/{step_id}/sample")


@router.get("")
async def sample_page(request: Request, step_id: UUID) -> Response:
    """Describe and draw; then each drawn item."""
    who, ask = await asked_to_check(request, step_id, Form.SAMPLE)
    if not ask.is_open:
        return RedirectResponse(f"/actions/{ask.ref}#samples", 303)
    return await _sample(request, who, ask)


@dataclass(frozen=True, slots=True)
class Sent:
    """A form of this page as it came: what was typed, and which evidence goes back with which reason."""

    typed: dict[str, str]
    returned: dict[str, str]
    form: FormData


async def _sample(
    request: Request, who: Visitor, ask: AskFacts, sent: Sent | None = None, errors: dict[str, str] | None = None
) -> Response:
    office = front_of(request).office
    async with office.engine.connect() as connection:
        sample = await load_sample(connection, ask.id)
        items = await load_items(connection, sample.id) if sample else []
        journal = await load_journal(connection, ask.action_id, office.calendar)
        dossier = await load_dossier(connection, who.viewer, ask.ref)
        seen = hash_of(await what_is_shown(connection, journal, ask.id)).hex()
        cards = await evidence_cards(connection, dossier, who.viewer, office.calendar) if dossier else []
    spec = spec_of(journal.pathway, ask.key)
    typed = sent.typed if sent else {}
    if errors and "drawn" in errors:
        # What was typed is about other items than those that are shown now.
        typed = {}
    return show(
        request,
        "sample.jinja",
        me=await me_for(request, who),
        ask=ask,
        of=spec.of,
        threshold=round(100 * spec.threshold),
        sample=sample,
        seen=seen,
        none_applied=bool(items) and all(item.result == NOT_APPLICABLE for item in items),
        items=[(item, mark_of(item.result, item.note)) for item in items],
        evidence=[(step.key, step.title) for step in returnable(journal)] if ask.control == Control.CHECK else [],
        cards=[card for card in cards if not card["waiting"]],
        earlier=_earlier(dossier, ask) if dossier else [],
        returned=sent.returned if sent else {},
        errors=errors,
        typed=_shown(items, typed, errors or {}),
        **kept_id(typed),
    )


def _earlier(dossier: Dossier, ask: AskFacts) -> list[dict[str, Any]]:
    """What other samples of the present cycle showed, so that it can be looked for again."""
    lines = sample_lines(dossier)
    return [s for s in lines if s["step_id"] != ask.id and s["cycle"] == dossier.head.cycle and s["passed"] is not None]


def _shown(items: list[ItemFacts], typed: dict[str, str], errors: dict[str, str]) -> dict[str, str]:
    """What is stored, and over it what was typed; where another window was first, what it saved."""
    shown = dict(typed)
    for item in items:
        result, note = f"result-{item.position}", f"note-{item.position}"
        if note not in typed or errors.get(result, "").startswith("Another window"):
            shown |= {result: item.result or "", note: item.note or ""}
    return shown


@router.post("")
async def sample_post(request: Request, step_id: UUID) -> Response:
    """Draw, keep what was found so far, or finish."""
    who = await visitor(request)
    form = await read_form(request)
    sent = Sent(typed_in(form), returned_in(form), form)
    acts = {"draw": _draw, "again": _again, "decide": _decide}
    try:
        return await acts.get(sent.typed.get("do", ""), _save)(request, who, step_id, sent)
    except Invalid as wrong:
        return await _sample(request, who, await ask_of(request, step_id, who.actor), sent, wrong.fields)


async def _draw(request: Request, who: Visitor, step_id: UUID, sent: Sent) -> Response:
    described, population, listed = await _drawn_from(sent)
    await draw_sample(front_of(request).office, who.actor, step_id, described, population, utc_now(), listed)
    return RedirectResponse(f"/steps/{step_id}/sample", 303)


async def _again(request: Request, who: Visitor, step_id: UUID, sent: Sent) -> Response:
    reason, replaces = sent.typed.get("again", ""), uuid_in(sent.typed.get("replaces"))
    if replaces is None:
        raise NotFound
    office, (described, population, listed) = front_of(request).office, await _drawn_from(sent, reason)
    await draw_again(office, who.actor, step_id, replaces, reason, described, population, utc_now(), listed)
    return RedirectResponse(f"/steps/{step_id}/sample", 303)


async def _drawn_from(sent: Sent, reason: str | None = None) -> tuple[str, Population, SampledList | None]:
    """What is sampled in words, and what from. What is missing of either is said at once."""
    described = sent.typed.get("population", "")
    try:
        return described, *(await population_in(sent.typed, sent.form))
    except Invalid as wrong:
        raise Invalid(lacking_words(described, reason) | wrong.fields) from None


async def _save(request: Request, who: Visitor, step_id: UUID, sent: Sent) -> Response:
    conflicts = await save_results(front_of(request).office, who.actor, step_id, _given(sent), utc_now())
    if conflicts:
        return await _sample(request, who, await ask_of(request, step_id, who.actor), sent, conflicts)
    return done(f"/steps/{step_id}/sample", "saved")


async def _decide(request: Request, who: Visitor, step_id: UUID, sent: Sent) -> Response:
    office, given, now = front_of(request).office, _given(sent), utc_now()
    try:
        receipt = await decide(office, who.actor, step_id, request_id_of(sent.typed), given, now)
    except NothingJudged:
        # Nothing is decided, and nothing is lost: what was found is the reason to draw again.
        await save_results(office, who.actor, step_id, given, now)
        raise
    return done(f"/actions/{receipt.ref}#samples", "answered")


def _given(sent: Sent) -> SampleAnswer:
    typed = sent.typed
    return SampleAnswer(results_in(typed), sent.returned, typed.get("reasons", ""), hash_in(typed.get("seen")))


def results_in(typed: dict[str, str]) -> list[ItemResult]:
    """What was found in each item, by its position, with the mark of what the form had shown."""
    positions = sorted({int(n.removeprefix("note-")) for n in typed if n.startswith("note-") and n[5:].isdecimal()})
    return [
        ItemResult(
            place, typed.get(f"result-{place}") or None, typed.get(f"note-{place}", ""), typed.get(f"seen-{place}")
        )
        for place in positions
    ]
