"""People: who works where, one person with their roles, and adding somebody."""

from datetime import date
from math import ceil
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.office import front_of
from api.pages.looking_after import ROLES, Keeper, day_in, keeper, place_in, places_for, role_in, span_words
from api.pages.reading import date_in, read_form, typed_in
from api.pages.showing import done, me_for, show
from commands.office import utc_now
from commands.people import Holds, add_person, first_sign_in_link
from commands.roles import give_role
from db.absences import list_absences
from db.roles import held_from
from db.rosters import Reach, list_people, load_person, roles_held
from domain.errors import Invalid, NotFound
from domain.standing import is_administrator, needs_account, why_not_manage

router = APIRouter()
PER_PAGE = 50
FILTERS = ("q", "role", "location", "who")
WHO = [("left", "People who have left"), ("all", "Everybody")]


@router.get("/people")
async def people_page(request: Request, page: int = 1) -> Response:
    """Everybody within reach, with the roles of today and later."""
    found = await keeper(request)
    filters = {name: request.query_params.get(name, "").replace("\x00", "")[:200] for name in FILTERS}
    page = min(max(page, 1), 100_000)
    async with front_of(request).office.engine.connect() as connection:
        rows = await list_people(connection, found.reach, filters, found.today, PER_PAGE, (page - 1) * PER_PAGE)
    total = rows[0].total if rows else 0
    places = await places_for(request, found)
    return show(
        request,
        "people/list.jinja",
        me=await me_for(request, found.who),
        rows=[{**row._mapping, "roles": [_said(role, found.today) for role in row.roles]} for row in rows],
        total=total,
        typed=filters,
        filtered=any(filters.values()),
        roles=ROLES,
        places=[(name.lower() if key == "all" else name, name) for key, name in places],
        who=WHO,
        page=page,
        pages=ceil(total / PER_PAGE),
        query=urlencode({name: value for name, value in filters.items() if value}),
    )


def _said(role: dict[str, Any], today: date) -> str:
    starts, ends = date.fromisoformat(role["from"]), role["to"] and date.fromisoformat(role["to"])
    words = f"{role['role'].capitalize()} at {role['where']}"
    return f"{words}, {span_words(starts, ends, today)}" if starts > today or ends else words


@router.get("/people/new")
async def new_page(request: Request) -> Response:
    """The form to add somebody."""
    return await _new(request, await keeper(request))


async def _new(
    request: Request, found: Keeper, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> Response:
    return show(
        request,
        "people/new.jinja",
        me=await me_for(request, found.who),
        here="/people",
        roles=ROLES,
        places=await places_for(request, found),
        may_leave_out=is_administrator(found.roles),
        errors=errors,
        typed=typed or {},
    )


@router.post("/people")
async def people_post(request: Request) -> Response:
    """Add somebody. Where the role needs an account, they are mailed a link to choose a password."""
    found, office, now = await keeper(request), front_of(request).office, utc_now()
    typed = typed_in(await read_form(request))
    try:
        roles, email = _roles_in(typed, found), typed.get("email") or None
        signs_in = needs_account(held.role for held in roles)
        if signs_in and email is None:
            raise Invalid({"email": "Give their e-mail address: this role signs in."})
        person_id = await add_person(office, found.who.actor, typed.get("name", ""), email, roles, now)
        if signs_in and email is not None:
            await first_sign_in_link(office, found.who.actor, email, now)
    except Invalid as wrong:
        return await _new(request, found, wrong.fields, typed)
    return done(f"/people/{person_id}", "person" if signs_in else "owner added")


def _roles_in(typed: dict[str, str], found: Keeper) -> tuple[Holds, ...]:
    """The role that was chosen, where and when; none where an administrator chose none."""
    if is_administrator(found.roles) and not typed.get("role") and not typed.get("location"):
        return ()
    role = role_in(typed)
    days = (day_in(date_in(typed, "starts"), "starts"), day_in(date_in(typed, "ends"), "ends"))
    return (Holds(role, place_in(typed), *days),)


async def load_within(request: Request, found: Keeper, person_id: UUID) -> Any:
    """One person whom this keeper may see; raises NotFound for anybody else."""
    async with front_of(request).office.engine.connect() as connection:
        person = await load_person(connection, found.reach, person_id)
    if person is None:
        raise NotFound
    return person


@router.get("/people/{person_id}")
async def person_page(request: Request, person_id: UUID) -> Response:
    """One person: roles from when until when, and when they are away."""
    return await show_person(request, await keeper(request), person_id)


async def show_person(
    request: Request,
    found: Keeper,
    person_id: UUID,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    """The page, or the page again with what was typed and what is wrong with it."""
    person = await load_within(request, found, person_id)
    async with front_of(request).office.engine.connect() as connection:
        held = await roles_held(connection, found.reach, person_id)
        theirs = await held_from(connection, person_id, found.today)
        absences = await list_absences(connection, person_id, Reach(frozenset()), found.today)
    return show(
        request,
        "people/person.jinja",
        me=await me_for(request, found.who),
        here="/people",
        person=person,
        held=[{**row._mapping, "state": _state(row, found.today)} for row in held],
        absences=[row for row in absences if row.person_id == person_id],
        why_not=why_not_manage(found.roles, theirs) if person.left_at is None else None,
        needs_account=needs_account(role.role for role in theirs),
        roles=ROLES,
        places=await places_for(request, found),
        errors=errors,
        typed=typed or {},
    )


def _state(row: Any, today: date) -> tuple[str, str]:
    """Whether a role is held, will be, or was: words and colour."""
    if row.starts_on > today:
        return "Later", "blue"
    return ("Ended", "grey") if row.ends_on is not None and row.ends_on < today else ("Now", "green")


@router.post("/people/{person_id}/roles")
async def give_post(request: Request, person_id: UUID) -> Response:
    """Give a role from a day to a day."""
    found, office, now = await keeper(request), front_of(request).office, utc_now()
    await load_within(request, found, person_id)
    typed = typed_in(await read_form(request))
    try:
        role = role_in(typed)
        starts = day_in(date_in(typed, "starts"), "starts") or found.today
        ends = day_in(date_in(typed, "ends"), "ends")
        await give_role(office, found.who.actor, person_id, role, place_in(typed), starts, ends, now)
    except Invalid as wrong:
        return await show_person(request, found, person_id, wrong.fields, typed)
    return done(f"/people/{person_id}", "role given")
