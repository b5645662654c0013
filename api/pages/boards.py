"""My work, the overview, and the tracker."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.identity import visitor
from api.office import front_of
from api.pages.narrowed import narrowed
from api.pages.showing import me_for, show
from commands.office import utc_now
from commands.telling import step_path
from db.boards import Board, my_work, overview
from db.frameworks import statements_used
from db.tracker import TRACKER_FILTERS, tracker, tracker_choices
from domain.deadlines import Calendar
from domain.frameworks import Reference
from domain.saying import say_count, say_day, say_late
from domain.vocabulary import Form, Source, Status
from frameworks import library

router = APIRouter()
CONTROLS = ("define", "assign", "evidence", "escalate", "close")
CONTROL_FILTERS = {
    "define": {"status": "draft"},
    "assign": {"status": "awaiting acceptance"},
    "escalate": {"escalated": "any"},
}
# They begin where db.overview_questions.AGES_FROM has them begin.
AGES = ("1 to 7 days", "8 to 30", "31 to 60", "61 to 90", "Over 90")
COLOURS = {
    Status.DRAFT: "grey",
    Status.RETURNED: "orange",
    Status.CLOSED_MONITORING: "green",
    Status.SUSTAINED: "green",
    Status.CANCELLED: "grey",
    Status.SUPERSEDED: "grey",
}
PER_PAGE = 50
MOST_ROLES = 2


def colour_of(status: str) -> str:
    """The colour of a status tag; its words carry the meaning."""
    return COLOURS.get(Status(status), "blue")


@router.get("/")
async def first_page(request: Request) -> Response:
    """The overview for those who see a location, their own work for everybody else."""
    viewer = (await visitor(request)).viewer
    return RedirectResponse("/overview" if viewer.sees_all or viewer.locations else "/work", 303)


@router.get("/work")
async def work_page(request: Request, all: int = 0) -> Response:
    """What waits for me, soonest first; whoever imported a tracker has hundreds, and asks for the rest of them."""
    who, now = await visitor(request), utc_now()
    async with front_of(request).office.engine.connect() as connection:
        rows = await my_work(connection, who.viewer.person_id)
    first = rows if all else rows[:PER_PAGE]
    shown = [{**row._mapping, "path": path_of(row), "is_late": _waits_late(row, now)} for row in first]
    late = sum(_waits_late(row, now) for row in rows)
    me = await me_for(request, who)
    return show(request, "work.jinja", me=me, rows=shown, count=len(rows), late_count=late)


def _waits_late(row: Any, now: datetime) -> bool:
    """What only waits for an answer has no date of its own; an escalation waits because something is late."""
    return bool(row.waits == "late" or (row.waits == "due" and row.due_at < now))


def path_of(row: Any) -> str:
    """Where one piece of work is done."""
    if row.kind == "step":
        form = Form(row.form)
        return step_path(form, row.id) if form.needs_account else f"/steps/{row.id}"
    return f"/{row.kind}s/{row.id}"


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
        mine=board.mine,
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


# Each page of a word that many have takes longer than the one before, and nobody reads so far: they narrow it.
MOST_PAGES_OF_WORDS = 40


@router.get("/tracker")
async def tracker_page(request: Request, page: int = 1) -> Response:
    """Every action within reach, filtered by what the address says."""
    who, now = await visitor(request), utc_now()
    office = front_of(request).office
    filters = {name: request.query_params.get(name, "").replace("\x00", "")[:200] for name in TRACKER_FILTERS}
    last = MOST_PAGES_OF_WORDS if filters["q"] else 100_000
    page = min(max(page, 1), last)
    async with office.engine.connect() as connection:
        day = _day(filters, office.calendar)
        rows, total = await tracker(connection, who.viewer, now, filters, day, page, PER_PAGE)
        choices = await tracker_choices(connection, who.viewer)
        used = await statements_used(connection, who.viewer)
        by_link = await narrowed(connection, filters)
    shown = [
        {**row._mapping, "colour": colour_of(row.status), "is_late": _is_late(row.due_at, row.status, now)}
        for row in rows
    ]
    return show(
        request,
        "tracker.jinja",
        me=await me_for(request, who),
        rows=shown,
        total=total,
        filtered=any(filters.values()),
        typed=filters,
        by_link=by_link,
        locations=[(name, name) for name in choices.locations],
        owners=[(name, name) for name in choices.owners],
        statuses=[(str(status), str(status).capitalize()) for status in Status],
        sources=[(str(source), str(source)[:1].upper() + str(source)[1:]) for source in Source],
        statements=statements_named(used),
        page=page,
        pages=min(ceil(total / PER_PAGE), last),
        out_of_reach=total > last * PER_PAGE,
        reach=last * PER_PAGE,
        query=urlencode({name: value for name, value in filters.items() if value}),
    )


def statements_named(used: Iterable[Reference]) -> list[tuple[str, str]]:
    """Statements to filter by, whatever their version, in the order of their frameworks."""
    named = {(one.framework, one.statement): library().name(one) for one in sorted(used)}
    return [(f"{framework}/{key}", f"{name.framework}: {name.words}") for (framework, key), name in named.items()]


def _is_late(due: datetime | None, status: str, now: datetime) -> bool:
    return due is not None and due < now and Status(status).is_open


def _day(filters: dict[str, str], calendar: Calendar) -> tuple[datetime, datetime]:
    """The day that the list is narrowed to; any day where none is named."""
    try:
        day = date.fromisoformat(filters["due_on"])
    except ValueError:
        filters["due_on"] = ""
        day = datetime.now(UTC).date()
    return calendar.at(day, time(0)), calendar.end_of(day)
