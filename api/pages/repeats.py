"""A theme found again: did the closed action not hold, or is this another matter?"""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import Row

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.after_closure import same_work_path
from api.pages.deciding import onward
from api.pages.reading import read_form, typed_in
from api.pages.showing import done, me_for, show
from commands.office import utc_now
from commands.repeats import decide_on_repeat
from db.repeat_findings import load_repeat_page
from domain.ending import MAY_END
from domain.errors import Invalid, NotFound

router = APIRouter(prefix="/repeats/{repeat_id}")


@router.get("")
async def repeat_page(request: Request, repeat_id: UUID) -> Response:
    """Both actions beside each other, and the question."""
    return await _show(request, await visitor(request), repeat_id)


@router.post("")
async def repeat_post(request: Request, repeat_id: UUID) -> Response:
    """Reopen the closed action, or leave it closed; either way with a reason."""
    who, typed = await visitor(request), typed_in(await read_form(request))
    row = await _load(request, who, repeat_id)
    try:
        if typed.get("reopens") not in ("yes", "no"):
            raise Invalid({"reopens": "Choose what you decide."})
        reopens, reason = typed["reopens"] == "yes", typed.get("reason", "")
        await decide_on_repeat(front_of(request).office, who.actor, repeat_id, reopens, reason, utc_now())
    except Invalid as wrong:
        return await _show(request, who, repeat_id, wrong.fields, typed)
    ref = row.closed_ref if reopens else row.found_ref
    return done(await onward(request, who, ref, ref), "reopened" if reopens else "answered")


async def _load(request: Request, who: Visitor, repeat_id: UUID) -> Row[Any]:
    async with front_of(request).office.engine.connect() as connection:
        row = await load_repeat_page(connection, repeat_id, who.viewer)
    if row is None:
        raise NotFound
    return row


async def _show(
    request: Request,
    who: Visitor,
    repeat_id: UUID,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    row = await _load(request, who, repeat_id)
    may_end = who.viewer.is_one_of(*MAY_END, location_id=row.location_id)
    return show(
        request,
        "repeat.jinja",
        me=await me_for(request, who),
        row=row,
        action=request.url.path,
        same_work=same_work_path(row.reopened, row.status, row.found_status, row.closed_ref, row.found_ref)
        if may_end
        else None,
        errors=errors,
        typed=typed or {},
    )
