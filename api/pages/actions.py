"""One action: the five controls, why it is open or closed, and everything that happened."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from api.identity import answering, visitor
from api.office import front_of
from api.pages import history, story
from api.pages.after_closure import lines_after_closure
from api.pages.asked_told import asked_lines, turns_of
from api.pages.asking import ask_of
from api.pages.closing_told import closing_of
from api.pages.colours import colour_of
from api.pages.definition_said import defined_lines
from api.pages.evidence_cards import evidence_cards
from api.pages.showing import DECIDERS, me_for, show
from commands.judging import MAY_JUDGE, may_be_judged
from commands.office import utc_now
from db.dossier import Dossier, load_dossier
from db.evidence import file_seen, own_file
from db.repeat_findings import repeats_of
from db.scope import Viewer
from db.session import glance
from domain.deadlines import Calendar
from domain.defining import MAY_DEFINE
from domain.errors import NotFound
from domain.saying import say_late
from domain.vocabulary import Outcome, Role, Status

router = APIRouter()


@router.get("/actions/{ref}")
async def action_page(request: Request, ref: str, all: int = 0) -> Response:
    """The action's page; nobody else's action can be told from one that is not there."""
    who, office, now = await visitor(request), front_of(request).office, utc_now()
    viewer, calendar = who.viewer, office.calendar
    async with office.engine.connect() as connection:
        dossier = await load_dossier(connection, viewer, ref, 10_000 if all else 20)
        if dossier is None:
            raise NotFound
        repeats = await repeats_of(connection, dossier.head.id)
        closing = await closing_of(connection, dossier, viewer, calendar, now)
        evidence = await evidence_cards(connection, dossier, viewer, calendar)
    return show(
        request,
        "action.jinja",
        me=await me_for(request, who),
        here="/tracker",
        **_where_it_stands(dossier, calendar, now),
        **_for_whoever_looks(dossier, viewer),
        **_what_happened(dossier, calendar),
        closing=closing,
        evidence=evidence,
        after_closure=lines_after_closure(dossier, repeats, calendar, may_end=bool(closing and closing.may_end)),
    )


def _where_it_stands(dossier: Dossier, calendar: Calendar, now: datetime) -> dict[str, Any]:
    head = dossier.head
    is_open, original = Status(head.status).is_open, head.original_due_at
    return {
        "head": head,
        "colour": colour_of(head.status),
        "is_open": is_open,
        "late_original": say_late(original, now, calendar) if is_open and original and original < now else None,
        "why_open": story.why_open(dossier, now, calendar),
        "measured": _measured(dossier),
        "controls": story.controls(dossier, calendar),
        "categories_needed": head.definition["categories_needed"],
    }


def _for_whoever_looks(dossier: Dossier, viewer: Viewer) -> dict[str, Any]:
    """What waits for this person, and what they may do here."""

    def may(roles: Iterable[Role]) -> bool:
        return viewer.is_one_of(*roles, location_id=dossier.head.location_id)

    may_give = may(DECIDERS)
    return {
        "may_give": may_give,
        "first": story.first_things(dossier, viewer.person_id, may_give),
        "defined": defined_lines(dossier, may(MAY_DEFINE), may(MAY_JUDGE) and may_be_judged(dossier.head.status)),
    }


def _what_happened(dossier: Dossier, calendar: Calendar) -> dict[str, Any]:
    known = (dossier.names, history.step_titles(dossier), turns_of(dossier.steps))
    return {
        "samples": story.sample_lines(dossier),
        "ladder": story.ladder_lines(dossier, calendar),
        "asked": asked_lines(dossier, calendar),
        "trail": [{"at": t.at, "person": t.person, "said": history.said(t, *known)} for t in dossier.trail],
        "trail_count": dossier.trail_count,
        "imported": dossier.imported,
    }


def _measured(dossier: Dossier) -> str | None:
    cycle = dossier.head.cycle
    approved = [s for s in dossier.steps if s.outcome == Outcome.APPROVED and s.answer and s.cycle == cycle]
    return ((approved[-1].answer.get("outcome") or {}).get("measured")) if approved else None


@router.get("/evidence/{evidence_id}")
async def download(request: Request, evidence_id: UUID, step: UUID | None = None) -> Response:
    """A file, as a download in a sandbox, for whoever may see its action or sent it."""
    front = front_of(request)
    if step is not None:
        actor = await answering(request, step)
        await ask_of(request, step, actor)
        async with glance(front.office.engine) as connection:
            row = await own_file(connection, evidence_id, step, actor.known)
    else:
        viewer = (await visitor(request)).viewer
        async with glance(front.office.engine) as connection:
            row = await file_seen(connection, evidence_id, viewer)
    if row is None:
        raise NotFound
    kept = front.store.download(bytes(row.blob_sha256), row.filename, row.media_type)
    return FileResponse(kept.path, headers=kept.headers)
