"""Moving an action to a newer version of its pathway: what changes, what becomes of each step, and why."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Row

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import read_form, typed_in
from api.pages.showing import done, me_for, show
from commands.newer_version import MAY_MOVE, CannotMove, move_action
from commands.office import utc_now
from db.dossier import load_dossier
from db.journal import load_journal
from db.pathways import load_version, load_versions
from domain.differences import differences
from domain.drawing import draw
from domain.errors import NotAllowed, NotFound
from domain.journal import Journal
from domain.meanings import meanings
from domain.pathways import FIXED, Pathway
from domain.versions import Move, Why, plan_move

router = APIRouter(prefix="/actions/{ref}/pathway")
LEFT_OUT = "-"
MAP = "becomes-"


@dataclass(frozen=True, slots=True)
class Question:
    """A step of which somebody must say what it becomes."""

    key: str
    words: str
    options: list[tuple[str, str]]


async def _action(request: Request, ref: str) -> tuple[Visitor, Row[Any], Journal, list[int]]:
    who, office = await visitor(request), front_of(request).office
    async with office.engine.connect() as connection:
        dossier = await load_dossier(connection, who.viewer, ref)
        if dossier is None:
            raise NotFound
        head = dossier.head
        journal = await load_journal(connection, head.id, office.calendar)
        versions = await load_versions(connection, head.pathway_key)
    if not who.viewer.is_one_of(*MAY_MOVE, location_id=head.location_id):
        raise NotAllowed
    return who, head, journal, [v.version for v in versions if v.version > journal.pathway.version]


@router.get("")
async def move_page(request: Request, ref: str, to: int | None = None) -> Response:
    """What a move to the newest version, or to the one that is named, would do."""
    return await _page(request, ref, to, {}, None)


async def _page(
    request: Request, ref: str, to: int | None, typed: dict[str, str], refusal: CannotMove | None
) -> Response:
    who, head, journal, newer = await _action(request, ref)
    if not newer:
        raise NotFound("There is no newer version of this action’s pathway to move it to.")
    chosen = to if to in newer else newer[0]
    async with front_of(request).office.engine.connect() as connection:
        version = await load_version(connection, journal.pathway.key, chosen)
    assert version is not None
    bare = plan_move(journal, version.pathway, {}, "Looked at on the page.")
    return show(
        request,
        "move.jinja",
        status=422 if refusal else 200,
        me=await me_for(request, who),
        here="/tracker",
        head=head,
        was=journal.pathway.version,
        to=chosen,
        newer=newer,
        changes=differences(draw(journal.pathway), draw(version.pathway)),
        questions=_questions(journal, version.pathway, bare),
        never=[stop.words for stop in bare.stops if stop.why is not Why.MAP],
        stays=bare.stays,
        voids=bare.voids,
        errors=_errors(refusal),
        typed=typed,
    )


def _questions(journal: Journal, to: Pathway, bare: Move) -> list[Question]:
    there = {step.key for step in journal.this_cycle}
    now = {step.key: step.control for step in journal.this_cycle}
    free = [m for m in meanings(to).values() if m.key not in FIXED and m.key not in there]
    return [
        Question(
            stop.key,
            stop.words,
            [
                *((m.key, m.title) for m in free if m.control is now[stop.key]),
                (LEFT_OUT, "None: it is left out"),
            ],
        )
        for stop in bare.stops
        if stop.why is Why.MAP and stop.key is not None
    ]


def _errors(refusal: CannotMove | None) -> dict[str, str] | None:
    if refusal is None:
        return None
    errors: dict[str, str] = {}
    for stop in refusal.stops:
        field = "reason" if stop.why is Why.REASON else f"{MAP}{stop.key}" if stop.why is Why.MAP else "to"
        errors[field] = stop.words if field not in errors else f"{errors[field]} {stop.words}"
    return errors


@router.post("")
async def move_post(request: Request, ref: str) -> Response:
    """Move it; sent twice, it has moved once."""
    typed = typed_in(await read_form(request))
    who, head, _, _ = await _action(request, ref)
    to = int(typed["to"]) if typed.get("to", "").isdecimal() and len(typed["to"]) < 9 else 0
    answered = {name.removeprefix(MAP): value for name, value in typed.items() if name.startswith(MAP) and value}
    mapping = {key: None if value == LEFT_OUT else value for key, value in answered.items()}
    try:
        await move_action(front_of(request).office, who.actor, head.id, to, mapping, typed.get("reason", ""), utc_now())
    except CannotMove as refusal:
        return await _page(request, ref, to, typed, refusal)
    return done(f"/actions/{head.ref}", "moved")
