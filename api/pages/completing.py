"""A draft that others see too, such as one from an import: what it lacks, and its pages one by one."""

from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.defining import is_worth_a_look, page_named
from api.pages.definition_form import EVERYTHING, changes_on, errors_on, typed_of, typed_on
from api.pages.definition_showing import Writing, show_check, show_hints, show_page
from api.pages.reading import read_form, typed_in
from api.pages.showing import done
from commands.define import ChangedMeanwhile, complete
from commands.drafting import LOOK_THROUGH, revise_draft
from commands.office import utc_now
from db.asking import load_ask
from db.definitions import completes_for
from db.dossier import load_dossier
from db.drafts import load_definition
from db.people import roles_of
from db.scope import Viewer
from domain.defining import MAY_DEFINE, Definition, lacking, seen_as
from domain.errors import Invalid, NotAllowed, NotFound
from domain.vocabulary import Status

router = APIRouter()


async def _draft(request: Request, who: Visitor, step_id: UUID) -> tuple[Writing, Definition] | Response:
    """The draft that a define step is about; where it is one no more, its action's page."""
    async with front_of(request).office.engine.connect() as connection:
        ask = await load_ask(connection, step_id)
        dossier = await load_dossier(connection, who.viewer, ask.ref) if ask else None
        definition = await load_definition(connection, ask.action_id) if ask else None
        reach = await _with_whom_they_cover(request, connection, who.viewer, ask.action_id) if ask else who.viewer
    if ask is None or dossier is None or definition is None:
        raise NotFound
    if not reach.is_one_of(*MAY_DEFINE):
        raise NotAllowed
    if dossier.head.status != Status.DRAFT:
        return done(f"/actions/{ask.ref}", "defined")
    base, seen = f"/steps/{step_id}/define", seen_as(definition, EVERYTHING)
    lacks = {*lacking(definition).values(), LOOK_THROUGH}
    noticed = tuple(reason for reason in dossier.head.draft_reasons if reason not in lacks)
    first_due = dossier.head.original_due_at
    writing = Writing(
        who, base, typed_of(definition), ask.ref, ask.action_id, seen, noticed=noticed, first_due=first_due
    )
    if reach is not who.viewer:
        writing = replace(writing, reach=reach, covering=ask.covering)
    return writing, definition


async def _with_whom_they_cover(
    request: Request, connection: AsyncConnection, viewer: Viewer, action_id: UUID
) -> Viewer:
    """The viewer, who may choose here what the person may whom they complete this draft for, if they do for anybody."""
    covered = await completes_for(connection, action_id, viewer.person_id)
    if covered is None:
        return viewer
    theirs = await roles_of(connection, covered, front_of(request).office.calendar.day_of(utc_now()))
    return replace(viewer, roles=(*viewer.roles, *theirs))


@router.get("/steps/{step_id}/define")
async def check_page(request: Request, step_id: UUID) -> Response:
    """What a draft says and what it still lacks."""
    found = await _draft(request, await visitor(request), step_id)
    return found if isinstance(found, Response) else await show_check(request, found[0])


@router.post("/steps/{step_id}/define")
async def complete_post(request: Request, step_id: UUID) -> Response:
    """Complete the draft as it was shown, and send it on its way."""
    who, office = await visitor(request), front_of(request).office
    seen = typed_in(await read_form(request)).get("seen")
    found = await _draft(request, who, step_id)
    if isinstance(found, Response):
        return found
    writing, definition = found
    assert writing.action_id is not None
    if errors := errors_on(None, writing.typed, office.calendar, utc_now(), goes_on=True):
        return await show_check(request, writing, errors)
    try:
        await complete(office, who.actor, writing.action_id, definition, utc_now(), seen=seen)
    except ChangedMeanwhile:
        return await show_check(request, writing, meanwhile=True)
    except Invalid as wrong:
        return await show_check(request, writing, wrong.fields)
    return done(f"/actions/{writing.ref}", "defined")


@router.get("/steps/{step_id}/define/{page}")
async def one_page(request: Request, step_id: UUID, page: str) -> Response:
    """One page of the draft, as it stands."""
    found = await _draft(request, await visitor(request), step_id)
    if isinstance(found, Response):
        return found
    writing, definition = found
    shown = page_named(page)
    seen = seen_as(definition, shown.says)
    return await show_page(request, replace(writing, seen=seen), shown, writing.typed)


@router.post("/steps/{step_id}/define/hints")
async def hints_post(request: Request, step_id: UUID) -> Response:
    """Hints for what is being typed."""
    found = await _draft(request, await visitor(request), step_id)
    if isinstance(found, Response):
        return found
    form = await read_form(request)
    page = page_named(typed_in(form).get("page", ""))
    return await show_hints(request, found[0], page, typed_on(page, form))


@router.post("/steps/{step_id}/define/{page}")
async def one_post(request: Request, step_id: UUID, page: str) -> Response:
    """Save one page of the draft: nothing but its fields changes, and nothing that was not seen is overwritten."""
    who, office = await visitor(request), front_of(request).office
    found = await _draft(request, who, step_id)
    if isinstance(found, Response):
        return found
    (writing, definition), shown = found, page_named(page)
    assert writing.action_id is not None
    form = await read_form(request)
    sent, typed = typed_in(form), typed_on(shown, form)
    written = replace(writing, typed=writing.typed | typed, seen=sent.get("seen", ""))
    if errors := errors_on(shown, written.typed, office.calendar, utc_now(), goes_on=False):
        return await show_page(request, written, shown, written.typed, errors)
    changes = changes_on(shown, written.typed, office.calendar)
    due = changes.get("due_at")
    if due and definition.due_at and office.calendar.day_of(due) == office.calendar.day_of(definition.due_at):
        changes["due_at"] = definition.due_at  # the same day, and perhaps an hour that this form cannot show
    try:
        await revise_draft(office, who.actor, writing.action_id, changes, written.seen, utc_now())
    except Invalid as wrong:
        return await show_page(request, written, shown, written.typed, wrong.fields)
    except ChangedMeanwhile as meanwhile:
        again = replace(written, seen=seen_as(meanwhile.current, shown.says))
        return await show_page(request, again, shown, written.typed, theirs=meanwhile.current)
    if sent.get("do") == "look" or await is_worth_a_look(request, written, shown, sent):
        return RedirectResponse(f"{writing.base}/{shown.key}#hints", 303)
    return RedirectResponse(writing.base, 303)
