"""The overview: what waits for whom and how long, and where it is late."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.identity import visitor
from api.office import front_of
from api.pages.showing import me_for, show
from commands.office import utc_now
from db.overview import Board, overview
from domain.deadlines import Calendar
from domain.saying import say_count, say_day, say_late

router = APIRouter()
CONTROLS = ("define", "assign", "evidence", "escalate", "close")
CONTROL_FILTERS = {
    "define": {"status": "draft"},
    "assign": {"status": "awaiting acceptance"},
    "escalate": {"escalated": "any"},
}
# They begin where db.overview_questions.AGES_FROM has them begin.
AGES = ("1 to 7 days", "8 to 30", "31 to 60", "61 to 90", "Over 90")
MOST_ROLES = 2


@router.get("/")
async def first_page(request: Request) -> Response:
    """The overview for those who see a location, their own work for everybody else."""
    viewer = (await visitor(request)).viewer
    return RedirectResponse("/overview" if viewer.sees_all or viewer.locations else "/work", 303)


@router.get("/overview")
async def overview_page(request: Request) -> Response:
    """What waits for whom and how long, and where it is late."""
    who, now = await visitor(request), utc_now()
    office = front_of(request).office
    today = office.calendar.day_of(now)
    start = office.calendar.at(today, time(0))
    async with office.engine.connect() as connection:
        board = await overview(connection, who.viewer, now, start, office.calendar.zone.key)
    totals = board.totals
    return show(
        request,
        "overview.jinja",
        me=await me_for(request, who),
        today=say_day(today),
        totals=totals,
        undelivered=board.undelivered,
        reviews=board.reviews,
        sentence=sentence(board, now, office.calendar),
        share_late=_share(totals.late, totals.open),
        share_original=_share(totals.late_by_original, totals.open),
        waiting=[_waiting(row, now, office.calendar) for row in board.waiting],
        unanswered=sum(row.unanswered for row in board.rungs),
        rungs=[{**row._mapping, "wait": say_late(row.longest, now, office.calendar)} for row in board.rungs],
        days=list(_days(board, today, office.calendar)),
        controls=CONTROLS,
        heat=_heat(board),
        ages=_ages(board),
    )


def sentence(board: Board, now: datetime, calendar: Calendar) -> str:
    """The one sentence that leads the overview."""
    totals = board.totals
    if not totals.open:
        return "No action is open. Define one from a finding, or import your tracker."
    moved = totals.late_by_original - totals.late
    past = "is past its date" if totals.late == 1 else "are past their date"
    words = f"{totals.late} of {say_count(totals.open, 'open action')} {past}"
    words += f", and {moved} more {'was' if moved == 1 else 'were'} given a later one." if moved > 0 else "."
    unowned = f" {totals.unowned} {'has' if totals.unowned == 1 else 'have'} no owner yet."
    words += unowned if totals.unowned else " Every action has an owner."
    if board.waiting:
        longest = board.waiting[0]
        words += f" The longest wait is {say_late(longest.longest, now, calendar)}, with {longest.person}."
    return words


def _share(part: int, whole: int) -> str:
    return f"{(200 * part + whole) // (2 * whole)} % of {whole} open" if whole else "nothing is open"


def _waiting(row: Any, now: datetime, calendar: Calendar) -> dict[str, Any]:
    days = calendar.working_days_between(calendar.day_of(row.longest), calendar.day_of(now))
    return {
        **row._mapping,
        "days": days,
        "share": min(100, 10 * days),
        "key": row.id or "nobody",
        "role": _roles(row.roles),
    }


def _roles(roles: list[str]) -> str:
    """What somebody is asked as; of many roles how many there are."""
    return say_count(len(roles), "role") if len(roles) > MOST_ROLES else " and ".join(roles)


def _days(board: Board, today: date, calendar: Calendar) -> Iterable[dict[str, Any]]:
    counts: dict[date, int] = {row.day: row.number for row in board.days}
    for offset in range(14):
        day = today + timedelta(days=offset)
        kinds = [
            "busy" if counts.get(day) else "",
            "" if calendar.is_working(day) else "off",
            "" if offset else "today",
        ]
        yield {
            "name": f"{day:%a}",
            "short": f"{day.day} {day:%b}" if offset == 0 or day.day == 1 else str(day.day),
            "iso": day.isoformat(),
            "count": counts.get(day, 0),
            "kind": " ".join(kind for kind in kinds if kind),
            "today": offset == 0,
        }


def _heat(board: Board) -> list[dict[str, Any]]:
    places: dict[str, dict[str, int]] = {}
    for row in board.heat:
        places.setdefault(row.location, {})[row.control] = row.number
    most = max((number for cells in places.values() for number in cells.values()), default=1)
    return [
        {
            "location": place,
            "total": sum(cells.values()),
            "cells": [_cell(place, name, cells, most) for name in CONTROLS],
        }
        for place, cells in places.items()
    ]


def _cell(place: str, control: str, cells: dict[str, int], most: int) -> dict[str, Any]:
    number = cells.get(control, 0)
    steps, letter = (3, "w") if control == "escalate" else (4, "h")
    depth = ceil(steps * number / most) if number else 0
    filters = {"open": "1", "location": place, **CONTROL_FILTERS.get(control, {})}
    return {"number": number, "kind": f"{letter}{depth}" if depth else "", "address": f"/tracker?{urlencode(filters)}"}


def _ages(board: Board) -> list[dict[str, Any]]:
    current, first = Counter[int](), Counter[int]()
    for row in board.ages:
        first[row.original] += row.number
        if row.current is not None:
            current[row.current] += row.number
    most = max(first.values(), default=1)
    return [
        {
            "name": name,
            "now": current[n],
            "first": first[n],
            "now_share": min(100, 100 * current[n] // most),
            "first_share": 100 * first[n] // most,
        }
        for n, name in enumerate(AGES)
    ]
