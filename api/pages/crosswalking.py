"""The crosswalk: what is suggested beside a statement, row by row, and correcting a row."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import read_form, request_id_of, typed_in
from api.pages.showing import done, me_for, show
from commands.crosswalk import MAY_CORRECT, REFUSED, correct
from commands.office import utc_now
from db.crosswalks import changes_of, corrections
from db.scope import Viewer
from domain.crosswalk import CORRECTED, Place, corrected, row_at
from domain.defining import MAY_DEFINE
from domain.errors import Invalid, NotAllowed, NotFound
from domain.frameworks import Framework, Library, Map
from frameworks import library

router = APIRouter(prefix="/crosswalk")


def may_correct(viewer: Viewer) -> bool:
    """Whether they hold a role that corrects it, for all locations."""
    return any(role in MAY_CORRECT and location is None for role, location in viewer.roles)


@dataclass(frozen=True, slots=True)
class Seen:
    """The crosswalk as it stands, and where somebody looks at it."""

    who: Visitor
    packs: Library
    place: Place
    start: Framework
    end: Framework

    @property
    def counterparts(self) -> tuple[str, ...]:
        return row_at(self.packs, self.place) or ()

    @property
    def address(self) -> str:
        return f"/crosswalk/{self.place.from_framework}/{self.place.to_framework}/{self.place.statement}"


async def _reader(request: Request) -> Visitor:
    who = await visitor(request)
    if not who.viewer.is_one_of(*MAY_DEFINE):
        raise NotAllowed("This is for those who define actions.")
    return who


@router.get("")
async def crosswalk_page(request: Request) -> Response:
    """Every way from one framework to another, row by row."""
    who = await _reader(request)
    async with front_of(request).office.engine.connect() as connection:
        packs = corrected(library(), await corrections(connection))
    return show(
        request,
        "crosswalk.jinja",
        me=await me_for(request, who),
        here="/define",
        ways=[_way(packs, way) for way in packs.crosswalk.maps],
        may_correct=may_correct(who.viewer),
    )


def _way(packs: Library, way: Map) -> dict[str, Any]:
    newest = {pack.id: pack for pack in packs.offered}
    start, end = newest[way.from_], newest[way.to]
    rows = {row.from_: row for row in way.rows}
    shown: list[dict[str, Any]] = []
    for key, statement in start.statements.items():
        row = rows.get(key)
        why = (packs.crosswalk.basis_words[row.basis], row.note) if row else ("no counterpart suggested", "")
        ours = row is not None and row.basis == CORRECTED
        shown.append(
            {
                "words": statement.words,
                "to": [end.statements[one].words for one in row.to if one in end.statements] if row else [],
                "why": "; ".join(part for part in why if part),
                "certainty": row.certainty if row and not ours else None,
                "ours": ours,
                "address": f"/crosswalk/{way.from_}/{way.to}/{key}",
            }
        )
    return {"id": f"{way.from_}-{way.to}", "start": start.title, "end": end.title, "rows": shown}


async def _seen(request: Request, start: str, end: str, statement: str) -> Seen:
    who, place = await _reader(request), Place(start, statement, end)
    if not may_correct(who.viewer):
        raise NotAllowed(REFUSED)
    async with front_of(request).office.engine.connect() as connection:
        packs = corrected(library(), await corrections(connection))
    if row_at(packs, place) is None:
        raise NotFound("The crosswalk has no such row.")
    newest = {pack.id: pack for pack in packs.offered}
    return Seen(who, packs, place, newest[start], newest[end])


@router.get("/{start}/{end}/{statement}")
async def row_page(request: Request, start: str, end: str, statement: str) -> Response:
    """One row, to correct, and what was made of it before."""
    seen = await _seen(request, start, end, statement)
    return await _page(request, seen, seen.counterparts, {})


@router.post("/{start}/{end}/{statement}")
async def row_post(request: Request, start: str, end: str, statement: str) -> Response:
    """Keep other counterparts, or those that ship, with the reason."""
    seen, office = await _seen(request, start, end, statement), front_of(request).office
    form = await read_form(request)
    sent = typed_in(form)
    ticked = tuple(str(one) for one in form.getlist("counterparts"))
    chosen = None if sent.get("do") == "shipped" else ticked
    was, reason, request_id = sent.get("was", "").split(), sent.get("reason", ""), request_id_of(sent)
    try:
        await correct(office, seen.who.actor, seen.place, was, chosen, reason, request_id, utc_now())
    except Invalid as wrong:
        return await _page(request, await _seen(request, start, end, statement), ticked, sent, wrong.fields)
    return done("/crosswalk", "crosswalk")


async def _page(
    request: Request,
    seen: Seen,
    ticked: tuple[str, ...],
    typed: dict[str, str],
    errors: dict[str, str] | None = None,
) -> Response:
    async with front_of(request).office.engine.connect() as connection:
        made = await changes_of(connection, seen.place)
    titles = {key: statement.words for key, statement in seen.end.statements.items()}
    shipped = row_at(library(), seen.place) or ()
    is_ours = set(seen.counterparts) != set(shipped) or bool(made and made[0].counterparts is not None)
    told = [{"at": m.changed_at, "who": m.person, "why": m.reason, "to": _said(m.counterparts, titles)} for m in made]
    return show(
        request,
        "crosswalk_row.jinja",
        me=await me_for(request, seen.who),
        here="/define",
        address=seen.address,
        statement=seen.start.statements[seen.place.statement].words,
        start=seen.start.title,
        end=seen.end.title,
        groups=[(title, [(one.id, one.words) for one in group]) for title, group in seen.end.groups],
        ticked=frozenset(ticked),
        was=" ".join(seen.counterparts),
        shipped=[titles[key] for key in shipped if key in titles],
        is_ours=is_ours,
        made=told,
        typed=typed,
        errors=errors,
    )


def _said(counterparts: tuple[str, ...] | None, titles: dict[str, str]) -> str:
    if counterparts is None:
        return "As shipped again"
    return ", ".join(titles.get(key, key) for key in counterparts) or "No counterpart"
