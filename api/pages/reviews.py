"""The weekly review: every open action of a location on one page; and the list of reviews."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import read_form, request_id_of, typed_in, uuid_in
from api.pages.showing import DECIDERS, done, me_for, show
from commands.office import utc_now
from commands.review_answers import MAY_REVIEW, Word, answer_for_late, save, send
from db.decisions import people_to_ask
from db.review_lists import review_head, reviews_seen, schedules_seen
from db.reviews import lines_of, rungs_of
from domain.errors import Invalid, NotAllowed, NotFound
from domain.escalating import Overtaken, may_not_answer
from domain.reviewing import ReviewStatus, Said
from domain.saying import say_date

router = APIRouter()
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SAYINGS = [(Said.PROGRESS, "It moved, or is on its way"), (Said.BARRIER, "Something is in the way")]
STATES = {
    ReviewStatus.PLANNED: ("Coming", "grey"),
    ReviewStatus.OPEN: ("Waiting", "blue"),
    ReviewStatus.SENT: ("Sent", "green"),
    ReviewStatus.NOT_NEEDED: ("No open action", "grey"),
    ReviewStatus.MISSED: ("Missed", "red"),
}
ENDED = {
    Overtaken.ANSWERED_HIGHER: "Somebody higher up answered.",
    Overtaken.STEP_ANSWERED: "The review was sent before anybody answered.",
}


@router.get("/reviews")
async def reviews_page(request: Request) -> Response:
    """The weekly reviews of the locations one sees, and when each opens."""
    who, now = await visitor(request), utc_now()
    if not (who.viewer.sees_all or who.viewer.locations):
        raise NotAllowed("Weekly reviews are for those who look after a location.")
    async with front_of(request).office.engine.connect() as connection:
        rows = await reviews_seen(connection, who.viewer)
        schedules = await schedules_seen(connection, who.viewer)
    shown = [{**row._mapping, "state": _state(row, now)} for row in rows if row.status != ReviewStatus.PLANNED]
    times = [
        {**row._mapping, "day": DAYS[row.weekday], "may": who.viewer.is_one_of(*DECIDERS, location_id=row.id)}
        for row in schedules
    ]
    return show(request, "reviews.jinja", me=await me_for(request, who), rows=shown, schedules=times)


def _state(row: Any, now: Any) -> tuple[str, str]:
    if row.status == ReviewStatus.OPEN and row.due_at < now:
        return "Late", "red"
    return STATES[ReviewStatus(row.status)]


@router.get("/reviews/{key}")
async def review_page(request: Request, key: UUID) -> Response:
    """One review: to fill in, to answer for, or to read."""
    return await _page(request, key, await visitor(request))


async def _page(
    request: Request,
    key: UUID,
    who: Visitor,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    office, now = front_of(request).office, utc_now()
    async with office.engine.connect() as connection:
        head = await review_head(connection, who.viewer, key)
        if head is None:
            raise NotFound
        lines = await lines_of(connection, key)
        rungs = await rungs_of(connection, key)
        today = office.calendar.day_of(now)
        people = await people_to_ask(connection, head.location_id, today, signs_in=True)
    kept = {f"said-{line.id}": line.said or "" for line in lines} | {
        f"note-{line.id}": line.note or "" for line in lines
    }
    return show(
        request,
        "review.jinja",
        me=await me_for(request, who),
        here="/reviews",
        head=head,
        week=say_date(head.week),
        state=_state(head, now),
        lines=lines,
        sayings=SAYINGS,
        left=sum(line.is_open and not line.said for line in lines),
        may_fill=head.status == ReviewStatus.OPEN and _may_fill(head, who),
        may_answer=_may_answer(head, rungs, who),
        rungs=[{**rung._mapping, "how": _how(rung)} for rung in rungs],
        people=[person for person in people if person[0] != str(head.assignee_id)],
        errors=_about_each(errors, lines),
        typed=kept | (typed or {}),
    )


def _about_each(errors: dict[str, str] | None, lines: list[Any]) -> dict[str, str] | None:
    """What is wrong with each action, saying which: the summary of errors has them all in one list."""
    refs = {f"{part}-{line.id}": line.ref for line in lines for part in ("said", "note")}
    return errors and {
        field: f"{refs[field]}: {words[:1].lower() + words[1:]}" if field in refs else words
        for field, words in errors.items()
    }


def _may_fill(head: Any, who: Visitor) -> bool:
    mine = who.viewer.person_id in (head.assignee_id, head.assigned_for_id)
    return mine or who.viewer.is_one_of(*MAY_REVIEW, location_id=head.location_id)


def _may_answer(head: Any, rungs: list[Any], who: Visitor) -> bool:
    """Whether a rung waits that this viewer may answer."""
    me = who.viewer.person_id
    has_it = head.status == ReviewStatus.OPEN and me in (head.assignee_id, head.assigned_for_id)
    here = {role for role, location in who.viewer.roles if location in (None, head.location_id)}
    waiting = [rung for rung in rungs if rung.must_answer and rung.answered_at is None]
    return any(
        may_not_answer(rung.role, here, me in (rung.asked_id, rung.asked_for_id), has_it) is None for rung in waiting
    )


def _how(rung: Any) -> str:
    if not rung.must_answer:
        return "Told. Nobody had to answer."
    if rung.answered_at is None:
        return f"Waits for {rung.asked or rung.role}{f', for {rung.asked_for}' if rung.asked_for else ''}."
    if rung.overtaken_because:
        return ENDED[Overtaken(rung.overtaken_because)]
    covered = f", for {rung.answered_for}" if rung.answered_for else ""
    return f"{rung.answered_by_name}{covered}: {rung.answer}"


@router.post("/reviews/{key}")
async def review_post(request: Request, key: UUID) -> Response:
    """Save what was filled in; send it where that was the button, or say what is missing."""
    who, office = await visitor(request), front_of(request).office
    async with office.engine.connect() as connection:
        if await review_head(connection, who.viewer, key) is None:
            raise NotFound
        lines = await lines_of(connection, key)
    typed = typed_in(await read_form(request))
    words = {line.id: Word(typed.get(f"said-{line.id}"), typed.get(f"note-{line.id}", "")) for line in lines}
    try:
        await save(office, who.actor, key, words, utc_now())
        if typed.get("do") != "send":
            return done(f"/reviews/{key}", "saved")
        await send(office, who.actor, key, request_id_of(typed), utc_now())
    except Invalid as wrong:
        return await _page(request, key, who, wrong.fields, typed)
    return done(f"/reviews/{key}", "reviewed")


@router.post("/reviews/{key}/answer")
async def answer_post(request: Request, key: UUID) -> Response:
    """Answer for a review that nobody sent."""
    who, office = await visitor(request), front_of(request).office
    async with office.engine.connect() as connection:
        if await review_head(connection, who.viewer, key) is None:
            raise NotFound
    typed = typed_in(await read_form(request))
    try:
        person = uuid_in(typed.get("person"))
        await answer_for_late(office, who.actor, key, typed.get("answer", ""), person, utc_now())
    except Invalid as wrong:
        return await _page(request, key, who, wrong.fields, typed)
    return done(f"/reviews/{key}", "review-answered")
