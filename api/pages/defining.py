"""Define: a new action, page by page. What is typed is kept for its writer alone, until it is shared or defined."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.definition_form import BY_KEY, PAGES, FormPage, Typed, after, definition_in, errors_on, typed_on
from api.pages.definition_hints import hints_for
from api.pages.definition_showing import Writing, show_check, show_hints, show_page
from api.pages.reading import read_form, request_id_of, typed_in
from api.pages.showing import done
from commands.define import define
from commands.drafting import discard_draft, finish_draft, keep_typed, start_draft
from commands.office import utc_now
from db.drafts import OwnDraft, load_own, unfinished
from domain.defining import MAY_DEFINE
from domain.errors import Invalid, NotAllowed, NotFound

router = APIRouter()
FIRST = PAGES[0]


async def writer(request: Request) -> Visitor:
    """A signed-in person who may define actions somewhere; raises NotAllowed."""
    who = await visitor(request)
    if not who.viewer.is_one_of(*MAY_DEFINE):
        raise NotAllowed
    return who


async def _own(request: Request, who: Visitor, draft_id: UUID) -> OwnDraft:
    async with front_of(request).office.engine.connect() as connection:
        draft = await load_own(connection, who.actor.known, draft_id)
    if draft is None:
        raise NotFound
    return draft


def page_named(key: str) -> FormPage:
    """A page of the form; raises NotFound."""
    if key not in BY_KEY:
        raise NotFound
    return BY_KEY[key]


@router.get("/define")
async def new_page(request: Request) -> Response:
    """The first page of a new action, and what one has begun before."""
    who = await writer(request)
    async with front_of(request).office.engine.connect() as connection:
        begun = await unfinished(connection, who.actor.known)
    named = [{"id": one.id, "at": one.updated_at, "name": name_of(one.typed)} for one in begun]
    return await show_page(request, Writing(who, "/define", {}, unfinished=named), FIRST, {})


def name_of(typed: Typed) -> str:
    """What an unfinished definition is called in a list."""
    words = typed.get("title") or typed.get("summary") or typed.get("theme") or "Nothing said yet"
    return words if len(words) <= 80 else words[:79].rsplit(" ", 1)[0] + "…"


@router.post("/define")
async def new_post(request: Request) -> Response:
    """Keep the first page and go on; or take a whole definition at once, as a form of another make may send it."""
    who, office = await writer(request), front_of(request).office
    form = await read_form(request)
    sent = typed_in(form)
    if sent.get("do") in ("define", "draft"):
        return await _all_at_once(request, who, sent)
    typed = typed_on(FIRST, form)
    if errors := errors_on(FIRST, typed, office.calendar, utc_now(), goes_on=sent.get("do") == "next"):
        return await show_page(request, Writing(who, "/define", {}), FIRST, sent | typed, errors)
    draft_id = request_id_of(sent)
    await start_draft(office, who.actor, draft_id, typed, utc_now())
    return await _go_on(request, Writing(who, f"/define/{draft_id}", typed), FIRST, sent)


@router.post("/define/hints")
async def first_hints(request: Request) -> Response:
    """Hints for the first page, before anything is kept."""
    who = await writer(request)
    return await show_hints(request, Writing(who, "/define", {}), FIRST, typed_on(FIRST, await read_form(request)))


async def _all_at_once(request: Request, who: Visitor, sent: Typed) -> Response:
    office, writing = front_of(request).office, Writing(who, "/define", sent)
    wants_draft = sent["do"] == "draft"
    if errors := errors_on(None, sent, office.calendar, utc_now(), goes_on=not wants_draft):
        return await show_page(request, writing, FIRST, sent, errors)
    made = await define(office, who.actor, definition_in(sent, office.calendar), utc_now())
    return done(f"/actions/{made.ref}", "drafted" if made.lacks else "defined")


@router.get("/define/{draft_id}")
async def check_page(request: Request, draft_id: UUID) -> Response:
    """All answers, to check."""
    who = await writer(request)
    draft = await _own(request, who, draft_id)
    if draft.action_id is not None:
        return RedirectResponse(f"/actions/{draft.action_id}", 303)
    return await show_check(request, Writing(who, f"/define/{draft_id}", draft.typed))


@router.post("/define/{draft_id}")
async def check_post(request: Request, draft_id: UUID) -> Response:
    """Define it, share it as a draft, or throw it away."""
    who, office = await writer(request), front_of(request).office
    do = typed_in(await read_form(request)).get("do")
    draft = await _own(request, who, draft_id)
    if draft.action_id is not None:
        return RedirectResponse(f"/actions/{draft.action_id}", 303)
    if do == "discard":
        await discard_draft(office, who.actor, draft_id, utc_now())
        return done("/define", "discarded")
    writing, shares = Writing(who, f"/define/{draft_id}", draft.typed), do == "draft"
    if errors := errors_on(None, draft.typed, office.calendar, utc_now(), goes_on=not shares):
        return await show_check(request, writing, errors)
    definition = definition_in(draft.typed, office.calendar)
    try:
        ref = await finish_draft(office, who.actor, draft_id, definition, utc_now(), share_only=shares)
    except Invalid as wrong:
        return await show_check(request, writing, wrong.fields)
    except NotAllowed:
        words = "You may not define actions there. Choose one of your own locations."
        return await show_check(request, writing, {"location_id": words})
    return done(f"/actions/{ref}", "drafted" if shares else "defined")


@router.get("/define/{draft_id}/{page}")
async def one_page(request: Request, draft_id: UUID, page: str) -> Response:
    """One page, as it was left."""
    who = await writer(request)
    draft = await _own(request, who, draft_id)
    if page == "check" or draft.action_id is not None:
        return RedirectResponse(f"/define/{draft_id}", 303)
    return await show_page(request, Writing(who, f"/define/{draft_id}", draft.typed), page_named(page), draft.typed)


@router.post("/define/{draft_id}/hints")
async def hints_post(request: Request, draft_id: UUID) -> Response:
    """Hints for what is being typed."""
    who = await writer(request)
    draft = await _own(request, who, draft_id)
    form = await read_form(request)
    page = page_named(typed_in(form).get("page", ""))
    return await show_hints(request, Writing(who, f"/define/{draft_id}", draft.typed), page, typed_on(page, form))


@router.post("/define/{draft_id}/{page}")
async def one_post(request: Request, draft_id: UUID, page: str) -> Response:
    """Keep one page, and go on, look again or leave."""
    who, office = await writer(request), front_of(request).office
    draft, shown = await _own(request, who, draft_id), page_named(page)
    if draft.action_id is not None:
        return RedirectResponse(f"/actions/{draft.action_id}", 303)
    form = await read_form(request)
    sent, typed = typed_in(form), typed_on(shown, form)
    writing = Writing(who, f"/define/{draft_id}", draft.typed | typed)
    goes_on = sent.get("do") == "next"
    if errors := errors_on(shown, writing.typed, office.calendar, utc_now(), goes_on=goes_on):
        return await show_page(request, writing, shown, writing.typed, errors)
    await keep_typed(office, who.actor, draft_id, typed, utc_now())
    return await _go_on(request, writing, shown, sent)


async def _go_on(request: Request, writing: Writing, page: FormPage, sent: Typed) -> Response:
    """The next page; the same one where something is worth a look that was not shown yet, or was asked for."""
    if sent.get("do") == "later":
        return done("/define", "saved")
    if sent.get("do") == "look" or await is_worth_a_look(request, writing, page, sent):
        then = "?then=check" if sent.get("then") == "check" else ""
        return RedirectResponse(f"{writing.base}/{page.key}{then}#hints", 303)
    onward = "check" if sent.get("then") == "check" else after(page)
    return RedirectResponse(writing.base if onward == "check" else f"{writing.base}/{onward}", 303)


async def is_worth_a_look(request: Request, writing: Writing, page: FormPage, sent: Typed) -> bool:
    """Whether there are hints on this page that its writer has not been shown."""
    office = front_of(request).office
    definition = definition_in(writing.typed, office.calendar)
    async with office.engine.connect() as connection:
        hints = await hints_for(connection, writing.who.viewer, page.key, definition, utc_now(), writing.action_id)
    return bool(hints.mark) and hints.mark not in sent.get("looked", "").split()
