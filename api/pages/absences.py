"""Absence: one's own and that of the people one looks after, with cover."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from api.identity import visitor
from api.office import front_of
from api.pages.looking_after import Keeper, day_in, keeper_of
from api.pages.people import load_within
from api.pages.reading import date_fields, date_in, read_form, request_id_of, typed_in, uuid_in
from api.pages.showing import done, kept_id, me_for, show
from api.pages.work import path_of
from commands.absences import Away, change_absence, end_absence, record_absence
from commands.handing_over import hand_to_cover
from commands.office import utc_now
from db.absences import AbsenceFacts, list_absences, load_absence, not_covered, who_could_cover
from db.holding import open_steps_with
from db.my_work import held_for
from db.people import load_people
from db.questions import questions_waiting_for
from db.reviews import open_reviews_with
from domain.errors import Invalid, NotFound

router = APIRouter()
NOTHING_WAITS: dict[str, Any] = {"steps": [], "reviews": 0, "answers": 0, "held": [], "gaps": []}


async def _keeper(request: Request) -> Keeper:
    return keeper_of(request, await visitor(request))


@router.get("/absence")
async def absence_page(request: Request) -> Response:
    """Who is away or will be: oneself, whom one covers for, and the people one looks after."""
    found = await _keeper(request)
    me = found.who.viewer.person_id
    async with front_of(request).office.engine.connect() as connection:
        rows = await list_absences(connection, me, found.reach, found.today)
    return show(
        request,
        "people/absences.jinja",
        me=await me_for(request, found.who),
        here="/absence",
        rows=[{**row._mapping, "is_now": row.starts_on <= found.today, "mine": row.person_id == me} for row in rows],
        looks_after=found.is_everywhere or bool(found.reach.places),
        my_id=me,
    )


async def _about(request: Request, found: Keeper, person_id: UUID) -> tuple[UUID, str]:
    """The person whose absence it is: oneself, or somebody within reach."""
    if person_id == found.who.viewer.person_id:
        async with front_of(request).office.engine.connect() as connection:
            return person_id, (await load_people(connection, {person_id}))[person_id].name
    person = await load_within(request, found, person_id)
    return person.id, person.name


async def _form(
    request: Request,
    found: Keeper,
    person: tuple[UUID, str],
    absence: AbsenceFacts | None = None,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    kept: list[str] | None = None,
) -> Response:
    is_me = person[0] == found.who.viewer.person_id
    async with front_of(request).office.engine.connect() as connection:
        covers = await who_could_cover(connection, person[0], found.today)
        waits = await _what_waits(connection, found, absence) if absence else NOTHING_WAITS
    return show(
        request,
        "people/absence.jinja",
        me=await me_for(request, found.who),
        here="/absence",
        is_me=is_me,
        whose=person[1],
        absence=absence,
        covers=covers,
        kept=kept or [],
        action=f"/absence/{absence.id}" if absence else f"/people/{person[0]}/absence",
        errors=errors,
        typed=typed or {},
        **waits,
        **kept_id(typed),
    )


async def _what_waits(connection: AsyncConnection, found: Keeper, absence: AbsenceFacts) -> dict[str, Any]:
    """What is open with somebody who is away, what others hold for them, and where their cover has no role."""
    whose, viewer = absence.person_id, found.who.viewer
    cover, is_me = absence.cover_id, whose == viewer.person_id
    held = await held_for(connection, whose, viewer)
    return {
        "steps": await open_steps_with(connection, whose),
        "reviews": len(await open_reviews_with(connection, whose)),
        "answers": len(await questions_waiting_for(connection, whose)),
        "held": [{**row._mapping, "path": _path(row, is_me)} for row in held],
        "gaps": await not_covered(connection, whose, cover, found.today) if cover else [],
    }


def _path(row: Any, is_me: bool) -> str:
    """Where whoever is away answers all the same, since they may; where others see how it stands."""
    return path_of(row) if is_me or not row.ref else f"/actions/{row.ref}"


@router.get("/people/{person_id}/absence")
async def new_page(request: Request, person_id: UUID) -> Response:
    """From when to when, and who covers."""
    found = await _keeper(request)
    return await _form(request, found, await _about(request, found, person_id))


@router.post("/people/{person_id}/absence")
async def new_post(request: Request, person_id: UUID) -> Response:
    """Record it; what is open then can be handed over on the page that follows."""
    found, office = await _keeper(request), front_of(request).office
    person, typed = await _about(request, found, person_id), typed_in(await read_form(request))
    try:
        request_id, away = request_id_of(typed), _away_in(typed)
        absence_id = await record_absence(office, found.who.actor, person_id, away, request_id, utc_now())
    except Invalid as wrong:
        return await _form(request, found, person, None, wrong.fields, typed)
    return done(f"/absence/{absence_id}", "away" if away.cover_id else "away-uncovered")


def _away_in(typed: dict[str, str]) -> Away:
    starts, ends = day_in(date_in(typed, "starts"), "starts"), day_in(date_in(typed, "ends"), "ends")
    fields: dict[str, str] = {}
    if starts is None:
        fields["starts"] = "Give the first day, for example 3 12 2026."
    if ends is None:
        fields["ends"] = "Give the last day, for example 14 12 2026."
    if starts is None or ends is None:
        raise Invalid(fields)
    return Away(starts, ends, uuid_in(typed.get("cover")))


async def _load(request: Request, found: Keeper, absence_id: UUID) -> tuple[AbsenceFacts, tuple[UUID, str]]:
    async with front_of(request).office.engine.connect() as connection:
        absence = await load_absence(connection, absence_id)
    if absence is None:
        raise NotFound("This absence was called off, or there is none.")
    return absence, await _about(request, found, absence.person_id)


@router.get("/absence/{absence_id}")
async def change_page(request: Request, absence_id: UUID) -> Response:
    """Change it, end it, hand over what is open."""
    found = await _keeper(request)
    absence, person = await _load(request, found, absence_id)
    typed = {**date_fields("starts", absence.starts_on), **date_fields("ends", absence.ends_on)}
    typed["cover"] = str(absence.cover_id or "")
    return await _form(request, found, person, absence, typed=typed)


@router.post("/absence/{absence_id}")
async def change_post(request: Request, absence_id: UUID) -> Response:
    """Save the change, end it early, or hand over."""
    found, office, now = await _keeper(request), front_of(request).office, utc_now()
    absence, person = await _load(request, found, absence_id)
    typed, actor = typed_in(await read_form(request)), found.who.actor
    try:
        if typed.get("do") == "end":
            await end_absence(office, actor, absence_id, now)
            return done("/absence", "back")
        if typed.get("do") == "hand":
            handed = await hand_to_cover(office, actor, absence_id, now)
            if handed.kept:
                return await _form(request, found, person, absence, kept=handed.kept)
            return done(f"/absence/{absence_id}", "handed over")
        away = _away_in(typed)
        await change_absence(office, actor, absence_id, away, now)
    except Invalid as wrong:
        return await _form(request, found, person, absence, wrong.fields, typed)
    return done(f"/absence/{absence_id}", "away" if away.cover_id else "away-uncovered")
