"""Drafting a pathway: its text, what is wrong with it beside it, and the drawing of what it says."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.identity import Visitor
from api.office import front_of
from api.pages.pathways import list_page, may_publish, reader
from api.pages.reading import read_form, request_id_of, typed_in
from api.pages.showing import done, me_for, show
from commands.office import utc_now
from commands.pathway_drafts import (
    ChangedMeanwhile,
    Saved,
    discard_draft,
    publish_draft,
    save_draft,
    start_draft,
    start_new,
)
from commands.pathway_yaml import Fault, NotAPathway, read_pathway
from db.pathway_drafts import Save, current, load_saves
from db.pathways import load_version
from domain.differences import Difference, differences
from domain.drawing import Drawing, draw
from domain.errors import Invalid, NotFound
from domain.pathways import DOERS, OTHER_FORMS, OWNER, Pathway
from domain.vocabulary import Category, EvidenceKind, Form, Risk

router = APIRouter(prefix="/pathways")
WORDS = (
    ("Who", ", ".join((OWNER, *DOERS))),
    ("Lengths of time", "3 working days, 2 days, 1 week, 4 hours, 10 minutes"),
    ("Forms of evidence", ", ".join(form for form in Form if form not in OTHER_FORMS)),
    ("Kinds of evidence", ", ".join(EvidenceKind)),
    ("CQC categories", ", ".join(Category)),
    ("Risks", ", ".join(Risk)),
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a text says, as far as it can be read."""

    faults: tuple[Fault, ...]
    drawing: Drawing | None
    changes: tuple[Difference, ...] | None


def look(text: str, newest: Pathway | None) -> Looked:
    """Read a draft: its faults, or its drawing and what it changes from the newest version."""
    try:
        pathway = read_pathway(text)
    except NotAPathway as wrong:
        return Looked(wrong.faults, None, None)
    drawing = draw(pathway)
    return Looked((), drawing, differences(draw(newest), drawing) if newest else None)


@router.post("")
async def new_post(request: Request) -> Response:
    """Begin a pathway of one's own."""
    who, typed = await reader(request), typed_in(await read_form(request))
    key, title = typed.get("key", ""), typed.get("title", "")
    try:
        await start_new(front_of(request).office, who.actor, key, title, request_id_of(typed), utc_now())
    except Invalid as wrong:
        return await list_page(request, who, wrong.fields, typed)
    return RedirectResponse(f"/pathways/{key}/draft", 303)


@router.post("/{key}/drafts")
async def start_post(request: Request, key: str) -> Response:
    """Begin the next version of a pathway, or go on with it where somebody has begun."""
    who, typed = await reader(request), typed_in(await read_form(request))
    await start_draft(front_of(request).office, who.actor, key, request_id_of(typed), utc_now())
    return RedirectResponse(f"/pathways/{key}/draft", 303)


@router.get("/{key}/draft")
async def draft_page(request: Request, key: str, save: UUID | None = None) -> Response:
    """The draft, or the text of an earlier save to go on from."""
    who = await reader(request)
    saves = await _saves(request, key)
    draft = current(saves)
    chosen = next((one for one in saves if one.id == save), None)
    assert draft is not None
    text = chosen.text if chosen else draft.text
    return await _page(request, who, key, text, draft.revision or 0, earlier=chosen)


async def _saves(request: Request, key: str) -> list[Save]:
    async with front_of(request).office.engine.connect() as connection:
        saves = await load_saves(connection, key)
    if not saves:
        raise NotFound(f"There is no draft of “{key}”. Begin one on the page of the pathway.")
    return saves


async def _page(
    request: Request,
    who: Visitor,
    key: str,
    text: str,
    seen: int,
    *,
    earlier: Save | None = None,
    theirs: Save | None = None,
    faults: tuple[Fault, ...] = (),
) -> Response:
    async with front_of(request).office.engine.connect() as connection:
        saves = await load_saves(connection, key)
        newest = await load_version(connection, key)
    found = look(text, newest.pathway if newest else None)
    told = tuple(dict.fromkeys((*faults, *found.faults)))
    return show(
        request,
        "pathway_draft.jinja",
        status=409 if theirs else None,
        me=await me_for(request, who),
        here="/pathways",
        key=key,
        text=text,
        seen=seen,
        faults=told,
        faulty={fault.line for fault in told},
        lines=text.splitlines(),
        found=found,
        saves=saves,
        earlier=earlier,
        theirs=theirs,
        newest=newest.pathway if newest else None,
        words=WORDS,
        may_publish=may_publish(who.viewer),
        errors={"text": "wrong"} if faults else None,
    )


@router.post("/{key}/draft")
async def draft_post(request: Request, key: str) -> Response:
    """Save, look, publish or discard."""
    who, office, now = await reader(request), front_of(request).office, utc_now()
    typed = typed_in(await read_form(request))
    text = typed.get("text", "").replace("\r\n", "\n") + "\n"
    seen = int(typed["seen"]) if typed.get("seen", "").isdecimal() and len(typed["seen"]) < 9 else 0
    request_id, doing = request_id_of(typed), typed.get("do")
    try:
        if doing == "discard":
            await discard_draft(office, who.actor, key, seen, now)
            return done("/pathways", "pathway-discarded")
        if doing == "publish":
            pathway = await publish_draft(office, who.actor, key, text, seen, request_id, now)
            return done(f"/pathways/{key}/{pathway.version}", "pathway-published")
        if doing == "look":
            await _saves(request, key)
            return await _page(request, who, key, text, seen)
        saved = await save_draft(office, who.actor, key, text, seen, request_id, now)
    except NotAPathway as wrong:
        return await _page(request, who, key, text, seen, faults=wrong.faults)
    except ChangedMeanwhile:
        saved = Saved(None, current(await _saves(request, key)))
    except Invalid as wrong:
        return await _page(request, who, key, text, seen, faults=(Fault(1, "", str(wrong)),))
    if saved.theirs is not None:
        return await _page(request, who, key, text, saved.theirs.revision or 0, theirs=saved.theirs)
    return done(f"/pathways/{key}/draft", "saved")
