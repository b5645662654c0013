"""Decisions in words: escalations, more time, barriers, owners, and steps that go to somebody else."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import Row, text

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import due_in, read_form, request_id_of, typed_in, uuid_in
from api.pages.showing import DECIDERS, done, me_for, show
from commands.ask import decide_time, help_with_barrier
from commands.assign import choose_owner, give_step
from commands.escalate import EscalationAnswer, answer
from commands.office import utc_now
from db.scope import MAY_SEE
from domain.errors import Invalid, NotAllowed, NotFound
from domain.saying import say_date, say_due, say_late

router = APIRouter()
_ABOUT = """
       s.id AS step_id, s.title AS step_title, s.due_at, s.original_due_at, s.opened_at, s.status AS step_status,
       a.ref, a.title AS action_title, a.location_id, coalesce(l.name, 'no location yet') AS location,
       f.summary AS why, p.name AS person
"""
_JOINS = """
JOIN action a ON a.id = s.action_id JOIN finding f ON f.id = a.finding_id
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person p ON p.id = s.assignee_id
"""
_QUERIES = {
    "escalation": text(
        "SELECT e.rung, e.role, e.asked_id AS asked, e.answered_at, e.risk_now AS answer, w.name AS answered_by,"
        f" {_ABOUT}"
        f" FROM escalation e JOIN step s ON s.id = e.step_id {_JOINS} LEFT JOIN person w ON w.id = e.answered_by"
        f" WHERE e.id = :id AND e.must_answer AND (e.asked_id = :viewer OR {MAY_SEE})"
    ),
    "extension": text(
        f"SELECT x.reason, x.wanted_due_at, x.decider_id AS asked, x.decided_at AS answered_at,"
        f" x.decision_reason AS answer, w.name AS answered_by, q.name AS asker, {_ABOUT}"
        f" FROM extension x JOIN step s ON s.id = x.step_id {_JOINS} JOIN person q ON q.id = x.asked_by"
        f" LEFT JOIN person w ON w.id = x.decided_by WHERE x.id = :id AND (x.decider_id = :viewer OR {MAY_SEE})"
    ),
    "barrier": text(
        "SELECT b.barrier, b.asked_id AS asked, b.answered_at, b.answer, w.name AS answered_by, q.name AS asker,"
        f" {_ABOUT}"
        f" FROM barrier b JOIN step s ON s.id = b.step_id {_JOINS} JOIN person q ON q.id = b.told_by"
        f" LEFT JOIN person w ON w.id = b.answered_by WHERE b.id = :id AND (b.asked_id = :viewer OR {MAY_SEE})"
    ),
    "step": text(
        f"SELECT NULL AS answered_at, NULL AS asked, {_ABOUT} FROM step s {_JOINS} WHERE s.id = :id AND {MAY_SEE}"
    ),
}
_PEOPLE = text(
    "SELECT DISTINCT p.id, p.name FROM person p JOIN role_assignment r ON r.person_id = p.id"
    " WHERE p.left_at IS NULL AND (r.location_id = :location OR r.location_id IS NULL)"
    " AND r.role NOT IN ('commissioner', 'inspector') AND (r.ends_on IS NULL OR r.ends_on >= CURRENT_DATE) ORDER BY 2"
)
TITLES = {
    "escalation": ("Your decision on what is late", "Record my decision"),
    "extension": ("More time was asked for", "Record my decision"),
    "barrier": ("Something is in the way", "Send my answer"),
    "owner": ("Choose an owner", "Ask them"),
    "give": ("Give this step to somebody else", "Give it to them"),
}


async def _load(request: Request, what: str, key: UUID, who: Visitor) -> Row[Any]:
    async with front_of(request).office.engine.connect() as connection:
        row = (await connection.execute(_QUERIES[what], {"id": key, **who.viewer.scope})).one_or_none()
    if row is None:
        raise NotFound
    return row


async def _page(
    request: Request,
    kind: str,
    row: Row[Any],
    who: Visitor,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    office, now = front_of(request).office, utc_now()
    late = say_late(row.due_at, now, office.calendar) if row.due_at < now else None
    due = say_due(row.due_at, office.calendar)
    facts = [
        f"“{row.step_title}” is with {row.person or 'nobody'}. "
        + (f"It is {late} late: " if late else "")
        + f"due {due}."
    ]
    if row.original_due_at != row.due_at:
        facts.append(f"Original date {say_date(office.calendar.day_of(row.original_due_at))}.")
    facts.append(row.why)
    if kind == "extension":
        facts.append(f"{row.asker} asks for {say_due(row.wanted_due_at, office.calendar)}: {row.reason}")
    if kind == "barrier":
        facts.append(f"{row.asker} says: {row.barrier}")
    people: list[tuple[str, str]] = []
    if kind in ("owner", "give"):
        async with office.engine.connect() as connection:
            found = await connection.execute(_PEOPLE, {"location": row.location_id})
            people = [(str(person.id), person.name) for person in found]
    settled = None
    if row.answered_at is not None:
        settled = f"by {row.answered_by} on {say_date(office.calendar.day_of(row.answered_at))}: {row.answer}"
    title, button = TITLES[kind]
    return show(
        request,
        "decision.jinja",
        status=422 if errors else 200,
        me=await me_for(request, who),
        kind=kind,
        title=title,
        button=button,
        ref=row.ref,
        location=row.location,
        action_title=row.action_title,
        facts=facts,
        people=people,
        settled=settled,
        action=request.url.path,
        errors=errors,
        typed=typed or {},
    )


@router.get("/escalations/{key}")
async def escalation_page(request: Request, key: UUID) -> Response:
    """Risk now, interim control, and a date."""
    who = await visitor(request)
    return await _page(request, "escalation", await _load(request, "escalation", key, who), who)


@router.post("/escalations/{key}")
async def escalation_post(request: Request, key: UUID) -> Response:
    """Record the answer; without the three facts there is none."""
    who, office = await visitor(request), front_of(request).office
    row, typed = await _load(request, "escalation", key, who), typed_in(await read_form(request))
    given = EscalationAnswer(
        typed.get("risk_now", ""),
        typed.get("interim_control", ""),
        typed.get("kind", ""),
        due_in(typed, "revised_due", office.calendar) if typed.get("kind") == "revised date" else None,
    )
    try:
        await answer(office, who.actor, key, given, utc_now())
    except Invalid as wrong:
        return await _page(request, "escalation", row, who, wrong.fields, typed)
    return done(f"/actions/{row.ref}#escalation", "answered")


@router.get("/extensions/{key}")
async def extension_page(request: Request, key: UUID) -> Response:
    """Grant a later date, or let the date stand."""
    who = await visitor(request)
    return await _page(request, "extension", await _load(request, "extension", key, who), who)


@router.post("/extensions/{key}")
async def extension_post(request: Request, key: UUID) -> Response:
    """Record the decision."""
    who, office = await visitor(request), front_of(request).office
    row, typed = await _load(request, "extension", key, who), typed_in(await read_form(request))
    try:
        if typed.get("granted") not in ("yes", "no"):
            raise Invalid({"granted": "Choose what you decide."})
        words = (typed.get("reason", ""), typed.get("risk_now", ""), typed.get("interim_control", ""))
        revised = due_in(typed, "revised_due", office.calendar)
        await decide_time(office, who.actor, key, typed["granted"] == "yes", *words, revised, utc_now())
    except Invalid as wrong:
        return await _page(request, "extension", row, who, wrong.fields, typed)
    return done(f"/actions/{row.ref}#escalation", "answered")


@router.get("/barriers/{key}")
async def barrier_page(request: Request, key: UUID) -> Response:
    """What is in the way, and what is done about it."""
    who = await visitor(request)
    return await _page(request, "barrier", await _load(request, "barrier", key, who), who)


@router.post("/barriers/{key}")
async def barrier_post(request: Request, key: UUID) -> Response:
    """Record what was done about it."""
    who = await visitor(request)
    row, typed = await _load(request, "barrier", key, who), typed_in(await read_form(request))
    try:
        await help_with_barrier(front_of(request).office, who.actor, key, typed.get("answer", ""), utc_now())
    except Invalid as wrong:
        return await _page(request, "barrier", row, who, wrong.fields, typed)
    return done(f"/actions/{row.ref}", "helped")


@router.get("/steps/{key}/owner")
async def owner_page(request: Request, key: UUID) -> Response:
    """Who owns this action?"""
    who = await visitor(request)
    return await _page(request, "owner", await _load(request, "step", key, who), who)


@router.post("/steps/{key}/owner")
async def owner_post(request: Request, key: UUID) -> Response:
    """Ask the chosen person."""
    who, office = await visitor(request), front_of(request).office
    row, typed = await _load(request, "step", key, who), typed_in(await read_form(request))
    chosen = uuid_in(typed.get("owner"))
    try:
        if chosen is None:
            raise Invalid({"owner": "Choose somebody from the list."})
        await choose_owner(office, who.actor, key, request_id_of(typed), chosen, utc_now())
    except Invalid as wrong:
        return await _page(request, "owner", row, who, wrong.fields, typed)
    return done(f"/actions/{row.ref}", "defined")


@router.get("/steps/{key}/give")
async def give_page(request: Request, key: UUID) -> Response:
    """Who does this step now?"""
    who = await visitor(request)
    row = await _load(request, "step", key, who)
    if not who.viewer.is_one_of(*DECIDERS, location_id=row.location_id):
        raise NotAllowed
    return await _page(request, "give", row, who)


@router.post("/steps/{key}/give")
async def give_post(request: Request, key: UUID) -> Response:
    """Give it to them; old links end."""
    who, office = await visitor(request), front_of(request).office
    row, typed = await _load(request, "step", key, who), typed_in(await read_form(request))
    chosen = uuid_in(typed.get("person"))
    try:
        if chosen is None:
            raise Invalid({"person": "Choose somebody from the list."})
        await give_step(office, who.actor, key, chosen, typed.get("reason", ""), utc_now())
    except Invalid as wrong:
        return await _page(request, "give", row, who, wrong.fields, typed)
    return done(f"/actions/{row.ref}", "given")
