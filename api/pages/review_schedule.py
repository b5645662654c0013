"""On which day and at what time the weekly review of a location opens."""

from datetime import time
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import read_form, typed_in
from api.pages.reviews import DAYS
from api.pages.showing import DECIDERS, done, me_for, show
from commands.office import utc_now
from commands.reviews import choose_schedule
from db.review_lists import schedules_seen
from domain.errors import Invalid, NotAllowed, NotFound
from domain.reviewing import Schedule

router = APIRouter()


@router.get("/reviews/schedule/{location_id}")
async def schedule_page(request: Request, location_id: UUID) -> Response:
    """On which day and at what time a location's review opens."""
    return await _schedule(request, location_id, await visitor(request))


async def _schedule(
    request: Request,
    location_id: UUID,
    who: Visitor,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    async with front_of(request).office.engine.connect() as connection:
        rows = {row.id: row for row in await schedules_seen(connection, who.viewer)}
    row = rows.get(location_id)
    if row is None:
        raise NotFound
    if not who.viewer.is_one_of(*DECIDERS, location_id=location_id):
        raise NotAllowed("The registered manager or the quality lead chooses when the weekly review opens.")
    return show(
        request,
        "review_schedule.jinja",
        me=await me_for(request, who),
        here="/reviews",
        location=row.location,
        next_at=row.next_at,
        days=[(str(number), day) for number, day in enumerate(DAYS)],
        errors=errors,
        typed=typed or {"weekday": str(row.weekday), "at": f"{row.at:%H:%M}"},
    )


@router.post("/reviews/schedule/{location_id}")
async def schedule_post(request: Request, location_id: UUID) -> Response:
    """Choose another day or time; what is planned moves with it."""
    who, office = await visitor(request), front_of(request).office
    typed = typed_in(await read_form(request))
    try:
        await choose_schedule(office, who.actor, location_id, _stated(typed), utc_now())
    except Invalid as wrong:
        return await _schedule(request, location_id, who, wrong.fields, typed)
    return done("/reviews", "scheduled")


def _stated(typed: dict[str, str]) -> Schedule:
    fields: dict[str, str] = {}
    if typed.get("weekday") not in {str(number) for number in range(7)}:
        fields["weekday"] = "Choose a day of the week."
    try:
        at = time.fromisoformat(typed.get("at", "")).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        at, fields["at"] = time(9), "Give the time in hours and minutes, for example 09:00."
    if fields:
        raise Invalid(fields)
    return Schedule(int(typed["weekday"]), at)
