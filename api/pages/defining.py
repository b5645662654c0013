"""Define: a new action, or what a draft still lacks, with advice on the wording."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import text

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import date_fields, date_in, due_in, read_form, typed_in, uuid_in
from api.pages.showing import done, me_for, show
from commands.define import MAY_DEFINE, complete, define
from commands.office import utc_now
from db.asking import load_ask
from db.dossier import load_dossier
from domain.deadlines import Calendar
from domain.defining import Definition, Measure, lacking
from domain.errors import Invalid, NotAllowed, NotFound
from domain.vocabulary import Risk, Source, Status
from domain.wording import check_wording

router = APIRouter()
_PLACES = text("SELECT id, name FROM location WHERE :all OR id = ANY(:ids) ORDER BY name")
_PEOPLE = text(
    "SELECT DISTINCT p.id, p.name FROM person p JOIN role_assignment r ON r.person_id = p.id"
    " WHERE p.left_at IS NULL AND (:all OR r.location_id = ANY(:ids) OR r.location_id IS NULL) ORDER BY 2"
)
_PATHWAYS = text(
    "SELECT DISTINCT ON (key) key, definition->>'title' AS title FROM pathway_version"
    " WHERE published_at IS NOT NULL ORDER BY key, version DESC"
)


@router.get("/define")
async def new_page(request: Request) -> Response:
    """A new action."""
    who = await visitor(request)
    if not who.viewer.is_one_of(*MAY_DEFINE):
        raise NotAllowed
    return await _page(request, who, None, "/define", {"pathway": "general"})


@router.post("/define")
async def new_post(request: Request) -> Response:
    """Define it, keep it as a draft, or look at the wording first."""
    who, office = await visitor(request), front_of(request).office
    typed = typed_in(await read_form(request))
    definition = definition_in(typed, office.calendar)
    errors = _errors(definition, typed)
    if typed.get("do") == "check" or (errors and typed.get("do") != "draft"):
        shown = None if typed.get("do") == "check" else errors
        return await _page(request, who, None, "/define", typed, shown, advise=True)
    made = await define(office, who.actor, definition, utc_now())
    return done(f"/actions/{made.ref}", "drafted" if made.lacks else "defined")


@router.get("/steps/{step_id}/define")
async def complete_page(request: Request, step_id: UUID) -> Response:
    """What a draft still lacks."""
    who, office = await visitor(request), front_of(request).office
    async with office.engine.connect() as connection:
        ask = await load_ask(connection, step_id)
        dossier = await load_dossier(connection, who.viewer, ask.ref) if ask else None
    if dossier is None:
        raise NotFound
    if dossier.head.status != Status.DRAFT:
        return done(f"/actions/{dossier.head.ref}", "defined")
    return await _page(request, who, dossier.head.ref, request.url.path, typed_of(dossier.head), advise=True)


@router.post("/steps/{step_id}/define")
async def complete_post(request: Request, step_id: UUID) -> Response:
    """Complete a draft and send it on its way."""
    who, office = await visitor(request), front_of(request).office
    typed = typed_in(await read_form(request))
    async with office.engine.connect() as connection:
        ask = await load_ask(connection, step_id)
        dossier = await load_dossier(connection, who.viewer, ask.ref) if ask else None
    if ask is None or dossier is None:
        raise NotFound
    definition = definition_in(typed, office.calendar)
    errors: dict[str, str] | None = _errors(definition, typed)
    if typed.get("do") == "check":
        return await _page(request, who, ask.ref, request.url.path, typed, None, advise=True)
    try:
        if errors:
            raise Invalid(errors)
        await complete(office, who.actor, ask.action_id, definition, utc_now())
    except Invalid as wrong:
        return await _page(request, who, ask.ref, request.url.path, typed, wrong.fields, advise=True)
    return done(f"/actions/{ask.ref}", "defined")


def definition_in(typed: dict[str, str], calendar: Calendar) -> Definition:
    """What the form says, as a definition."""
    what, base, target = (typed.get(f"measure_{name}", "") for name in ("what", "baseline", "target"))
    found_on = date_in(typed, "found_on")
    return Definition(
        title=typed.get("title", "")[:200],
        what_will_change=typed.get("what_will_change", ""),
        summary=typed.get("summary", ""),
        pathway=typed.get("pathway") or "general",
        location_id=uuid_in(typed.get("location_id")),
        source=Source(typed["source"]) if typed.get("source") in set(Source) else None,
        theme=typed.get("theme") or None,
        found_on=_real(found_on),
        measure=Measure(what, base, target) if what and base and target else None,
        outcome_test=typed.get("outcome_test") or None,
        risk=Risk(typed["risk"]) if typed.get("risk") in set(Risk) else None,
        due_at=due_in(typed, "due_at", calendar),
        closure_criteria=typed.get("closure_criteria") or None,
        owner_id=uuid_in(typed.get("owner_id")),
    )


def _real(stated: str | None) -> date | None:
    try:
        return date.fromisoformat(stated) if stated else None
    except ValueError:
        return None


def _errors(definition: Definition, typed: dict[str, str]) -> dict[str, str]:
    errors = {("measure_what" if field == "measure" else field): words for field, words in lacking(definition).items()}
    if definition.due_at is not None and definition.due_at <= utc_now():
        errors["due_at"] = "The due date must be in the future."
    if date_in(typed, "found_on") and definition.found_on is None:
        errors["found_on"] = "That is not a day in the calendar."
    return errors


def typed_of(head: Any) -> dict[str, str]:
    """A draft as the form shows it."""
    measure = head.measure or {}
    plain = {
        name: str(getattr(head, name) or "")
        for name in (
            "title", "what_will_change", "summary", "theme", "outcome_test", "closure_criteria", "risk", "source",
            "location_id", "owner_id",
        )
    }  # fmt: skip
    measures = {f"measure_{name}": str(measure.get(name, "")) for name in ("what", "baseline", "target")}
    return (
        plain
        | measures
        | date_fields("due_at", head.due_at)
        | date_fields("found_on", head.found_on)
        | {"pathway": head.pathway_key}
    )


async def _page(
    request: Request,
    who: Visitor,
    ref: str | None,
    action: str,
    typed: dict[str, str],
    errors: dict[str, str] | None = None,
    *,
    advise: bool = False,
) -> Response:
    office, viewer = front_of(request).office, who.viewer
    sees = {"all": viewer.sees_all, "ids": viewer.locations}
    async with office.engine.connect() as connection:
        places = [(str(row.id), row.name) for row in await connection.execute(_PLACES, sees)]
        people = [(str(row.id), row.name) for row in await connection.execute(_PEOPLE, sees)]
        pathways = [(row.key, row.title) for row in await connection.execute(_PATHWAYS)]
    words = typed.get("what_will_change", "")
    advice = (
        check_wording(words, definition_in(typed, office.calendar).measure, typed.get("outcome_test") or None)
        if advise and words
        else ()
    )
    return show(
        request,
        "define.jinja",
        status=422 if errors else 200,
        me=await me_for(request, who),
        ref=ref,
        action=action,
        advice=advice,
        locations=places,
        people=people,
        pathways=pathways,
        sources=[(str(source), str(source)[:1].upper() + str(source)[1:]) for source in Source],
        risks=[(str(risk), str(risk).capitalize()) for risk in Risk],
        typed=typed,
        errors=errors,
        **({"request_id": typed["request_id"]} if "request_id" in typed else {}),  # pyright: ignore[reportArgumentType]
    )
