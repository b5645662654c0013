"""The tracker: every action within reach, and the lists to narrow it by."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from math import ceil
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from api.identity import visitor
from api.office import front_of
from api.pages.colours import colour_of
from api.pages.narrowed import narrowed
from api.pages.showing import me_for, show
from commands.office import utc_now
from db.frameworks import statements_used
from db.tracker import TRACKER_FILTERS, tracker, tracker_choices
from domain.deadlines import Calendar
from domain.frameworks import Reference
from domain.overdue import is_overdue
from domain.vocabulary import Source, Status
from frameworks import library

router = APIRouter()
PER_PAGE = 50
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
        {**row._mapping, "colour": colour_of(row.status), "is_late": is_overdue(Status(row.status), row.due_at, now)}
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
        statements=statements_named(used),
        **_lists(choices),
        page=page,
        pages=min(ceil(total / PER_PAGE), last),
        out_of_reach=total > last * PER_PAGE,
        reach=last * PER_PAGE,
        query=urlencode({name: value for name, value in filters.items() if value}),
    )


def _lists(choices: Any) -> dict[str, Any]:
    return {
        "locations": [(name, name) for name in choices.locations],
        "owners": [(name, name) for name in choices.owners],
        "statuses": [(status, status.capitalize()) for status in map(str, Status)],
        "sources": [(source, source[:1].upper() + source[1:]) for source in map(str, Source)],
    }


def statements_named(used: Iterable[Reference]) -> list[tuple[str, str]]:
    """Statements to filter by, whatever their version, in the order of their frameworks."""
    named = {(one.framework, one.statement): library().name(one) for one in sorted(used)}
    return [(f"{framework}/{key}", f"{name.framework}: {name.words}") for (framework, key), name in named.items()]


def _day(filters: dict[str, str], calendar: Calendar) -> tuple[datetime, datetime]:
    """The day that the list is narrowed to; any day where none is named."""
    try:
        day = date.fromisoformat(filters["due_on"])
    except ValueError:
        filters["due_on"] = ""
        day = datetime.now(UTC).date()
    return calendar.at(day, time(0)), calendar.end_of(day)
