"""The sample audit's page: describe and draw, then each drawn item."""

from collections.abc import Collection
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.asking import ask_of, asked_to_check
from api.pages.reading import read_form, request_id_of, returned_in, typed_in
from api.pages.showing import done, me_for, show
from commands.office import utc_now
from commands.sample import ItemResult, decide, draw_sample, save_results
from db.asking import AskFacts
from db.journal import load_journal
from db.samples import load_items, load_sample
from domain.errors import Invalid
from domain.evidencing import returnable
from domain.sample_specs import spec_of
from domain.vocabulary import Form

router = APIRouter(prefix="/steps/{step_id}/sample")


@router.get("")
async def sample_page(request: Request, step_id: UUID) -> Response:
    """Describe and draw; then each drawn item."""
    who, ask = await asked_to_check(request, step_id, Form.SAMPLE)
    if not ask.is_open:
        return RedirectResponse(f"/actions/{ask.ref}#samples", 303)
    return await _sample(request, who, ask)


async def _sample(
    request: Request,
    who: Visitor,
    ask: AskFacts,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    returned: Collection[str] = (),
) -> Response:
    async with front_of(request).office.engine.connect() as connection:
        sample = await load_sample(connection, ask.id)
        items = await load_items(connection, sample.id) if sample else []
        journal = await load_journal(connection, ask.action_id, front_of(request).office.calendar)
    spec = spec_of(journal.pathway, ask.key)
    stored = {f"result-{item.position}": item.result or "" for item in items}
    stored |= {f"note-{item.position}": item.note or "" for item in items}
    return show(
        request,
        "sample.jinja",
        status=422 if errors else 200,
        me=await me_for(request, who),
        ask=ask,
        of=spec.of,
        threshold=round(100 * spec.threshold),
        sample=sample,
        items=items,
        evidence=[(step.key, step.title) for step in returnable(journal)],
        returned=returned,
        errors=errors,
        typed=stored | (typed or {}),
        **({"request_id": typed["request_id"]} if typed and "request_id" in typed else {}),  # pyright: ignore[reportArgumentType]
    )


@router.post("")
async def sample_post(request: Request, step_id: UUID) -> Response:
    """Draw, keep what was found so far, or finish."""
    who, office, now = await visitor(request), front_of(request).office, utc_now()
    form = await read_form(request)
    typed, returned = typed_in(form), returned_in(form)
    try:
        if typed.get("do") == "draw":
            number = typed.get("population_size", "")
            count = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0
            await draw_sample(office, who.actor, step_id, typed.get("population", ""), count, now)
            return RedirectResponse(f"/steps/{step_id}/sample", 303)
        results = results_in(typed)
        if typed.get("do") != "decide":
            await save_results(office, who.actor, step_id, results, now)
            return done(f"/steps/{step_id}/sample", "saved")
        request_id, reasons = request_id_of(typed), typed.get("reasons", "")
        receipt = await decide(office, who.actor, step_id, request_id, results, returned, reasons, now)
    except Invalid as wrong:
        ask = await ask_of(request, step_id, who.actor)
        return await _sample(request, who, ask, wrong.fields, typed, returned)
    return done(f"/actions/{receipt.ref}#samples", "answered")


def results_in(typed: dict[str, str]) -> list[ItemResult]:
    """What was found in each item, by its position."""
    positions = sorted({int(n.removeprefix("note-")) for n in typed if n.startswith("note-") and n[5:].isdecimal()})
    return [
        ItemResult(place, typed.get(f"result-{place}") or None, typed.get(f"note-{place}", "")) for place in positions
    ]
