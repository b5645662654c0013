"""My work: what waits for whoever looks, soonest first."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from api.identity import visitor
from api.office import front_of
from api.pages.showing import me_for, show
from commands.office import utc_now
from commands.telling import step_path
from db.my_work import my_work
from domain.vocabulary import Form

router = APIRouter()
AT_FIRST = 50


@router.get("/work")
async def work_page(request: Request, all: int = 0) -> Response:
    """What waits for me, soonest first; whoever imported a tracker has hundreds, and asks for the rest of them."""
    who, now = await visitor(request), utc_now()
    async with front_of(request).office.engine.connect() as connection:
        rows = await my_work(connection, who.viewer.person_id)
    first = rows if all else rows[:AT_FIRST]
    shown = [{**row._mapping, "path": path_of(row), "is_late": _waits_late(row, now)} for row in first]
    late = sum(_waits_late(row, now) for row in rows)
    me = await me_for(request, who)
    return show(request, "work.jinja", me=me, rows=shown, count=len(rows), late_count=late)


def _waits_late(row: Any, now: datetime) -> bool:
    """What only waits for an answer has no date of its own; an escalation waits because something is late."""
    return bool(row.waits == "late" or (row.waits == "due" and row.since < now))


def path_of(row: Any) -> str:
    """Where one piece of work is done."""
    if row.page == "step":
        return step_path(Form(row.form), row.id)
    return f"/{row.page}s/{row.id}"
