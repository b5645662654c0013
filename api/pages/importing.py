"""Import: choose a file, see how it is read and what will happen, then let it happen."""

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.identity import Visitor, visitor
from api.office import Front, front_of
from api.pages.import_reading import Reading, forget_reading, is_read_within, read_within, reading_of
from api.pages.reading import files_in, read_form, typed_in
from api.pages.showing import DECIDERS, done, me_for, show
from commands.import_tracker import Preview, import_rows, preview
from commands.office import utc_now
from db.ids import new_id
from db.imports import newest_import
from domain.actors import Actor
from domain.errors import NotAllowed, NotFound
from domain.vocabulary import Role
from trackers import Layout, NotASpreadsheet, Tracker
from trackers.layout import MEANINGS

router = APIRouter()
LARGEST = 20 * 1024 * 1024
SHOWN = 500
AT_ONCE = 2.0
"""For how many seconds a page waits for a file to be read, before it says how far that is."""
OUTCOMES = {
    "action": ("Starts", "green"),
    "draft": ("Draft, needs a look", "orange"),
    "history": ("Kept as history", "grey"),
}
_imports: set[asyncio.Task[UUID | None]] = set()
log = structlog.get_logger("import")


async def _importer(request: Request) -> Visitor:
    who = await visitor(request)
    if not who.viewer.is_one_of(*DECIDERS):
        raise NotAllowed
    return who


def _may_take_people(who: Visitor) -> bool:
    """A people list makes people and gives roles, which only administrators may."""
    return who.viewer.is_one_of(Role.ADMINISTRATOR)


def _path(front: Front, key: UUID, person_id: UUID) -> Path:
    """Where an uploaded tracker waits to be imported, under a name of ours."""
    return front.settings.home / "imports" / f"{person_id.hex}-{key.hex}"


@router.get("/import")
async def import_page(request: Request) -> Response:
    """Choose a file; or see how an import is getting on."""
    who, front = await _importer(request), front_of(request)
    async with front.office.engine.connect() as connection:
        row = await newest_import(connection, who.viewer.person_id)
    running = row if row is not None and row.status == "running" and _imports else None
    if running is None and _asks_how_far(request):
        return _over()
    return await _page(request, who, running=running, last=None if running else row)


@router.post("/import")
async def upload(request: Request) -> Response:
    """Keep the file aside and look at it."""
    who, front = await _importer(request), front_of(request)
    form = await read_form(request)
    files = files_in(form)
    if not files:
        return await _page(request, who, errors={"file": "Choose your tracker."})
    data = await files[0].read(LARGEST + 1)
    if len(data) > LARGEST:
        return await _page(request, who, errors={"file": "This file has more than 20 MB. Import it in parts."})
    name = Path((files[0].filename or "tracker").replace("\\", "/")).name
    key = new_id()
    path = _path(front, key, who.viewer.person_id)
    await asyncio.to_thread(_put_aside, path, data, name)
    try:
        await read_within(_reading(front, key, who, None), AT_ONCE)
    except NotASpreadsheet as refusal:
        _let_go(path)
        return await _page(request, who, errors={"file": str(refusal)})
    return RedirectResponse(f"/import/{key}", 303)


def _put_aside(path: Path, data: bytes, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.with_suffix(".name").write_text(name)


def _let_go(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_suffix(".name").unlink(missing_ok=True)
    forget_reading(path)


def _reading(front: Front, key: UUID, who: Visitor, layout: Layout | None) -> Reading:
    path = _path(front, key, who.viewer.person_id)
    if not path.exists():
        raise NotFound("This file is not here any more. Choose it again.")
    return reading_of(path, layout, front.office.calendar.day_of(utc_now()))


@router.get("/import/{key}")
async def preview_page(request: Request, key: UUID) -> Response:
    """Row by row what will happen; of a large file, how far it has been read."""
    who, front = await _importer(request), front_of(request)
    reading = _reading(front, key, who, None)
    if _asks_how_far(request) and await is_read_within(reading, AT_ONCE):
        return _over()
    try:
        tracker = await read_within(reading, AT_ONCE)
    except NotASpreadsheet as refusal:
        _let_go(_path(front, key, who.viewer.person_id))
        return await _page(request, who, errors={"file": str(refusal)})
    if tracker is None:
        return await _page(request, who, reading=reading)
    return await _preview(request, who, key, tracker, with_people=bool(tracker.people))


def _asks_how_far(request: Request) -> bool:
    """Whether it is the script of a page that says how far something is."""
    return "hx-request" in request.headers


def _over() -> Response:
    """It is done: the page loads anew, as it would by its link, so that whoever hears pages hears this one."""
    return Response(headers={"HX-Refresh": "true"})


@router.post("/import/{key}")
async def preview_post(request: Request, key: UUID) -> Response:
    """Read it another way, or import it."""
    who, front = await _importer(request), front_of(request)
    form = await read_form(request)
    try:
        reading = _reading(front, key, who, layout_in(form))
        imports = form.get("do") == "import"
        tracker = await (reading.task if imports else read_within(reading, AT_ONCE))
    except NotASpreadsheet as refusal:
        forget_reading(_path(front, key, who.viewer.person_id))
        return await _page(request, who, errors={"file": str(refusal)})
    if tracker is None:
        return RedirectResponse(f"/import/{key}", 303)
    with_people = form.get("people") == "yes" and _may_take_people(who)
    if not imports:
        return await _preview(request, who, key, tracker, with_people=with_people)
    task = asyncio.create_task(_import(front, who.actor, tracker, with_people, _path(front, key, who.viewer.person_id)))
    _imports.add(task)
    task.add_done_callback(_imports.discard)
    # Small trackers are done at once; a large one shows how far it is.
    await asyncio.wait([task], timeout=5)
    return done(f"/imports/{task.result()}", "imported") if task.done() else RedirectResponse("/import", 303)


async def _import(front: Front, actor: Actor, tracker: Tracker, with_people: bool, path: Path) -> UUID | None:
    """Import and let the file go; where its rows are kept."""
    try:
        made = await import_rows(front.office, actor, tracker, utc_now(), with_people=with_people)
    except Exception:  # what is in is in; importing the file again goes on where it stopped
        log.exception("an import stopped", file=tracker.filename)
        raise
    _let_go(path)
    return made.batch_id


def layout_in(form: FormData) -> Layout | None:
    """How a person says the file is to be read; None where the form says nothing of it."""
    typed = typed_in(form)
    row = typed.get("header_row", "")
    if "sheet" not in typed or not re.fullmatch(r"\d{1,5}", row) or int(row) < 1:
        return None
    columns = {
        meaning: int(typed[f"column-{meaning}"])
        for meaning in MEANINGS
        if re.fullmatch(r"\d{1,4}", typed.get(f"column-{meaning}", ""))
    }
    return Layout.stated(typed["sheet"], int(row), columns) if columns else None


async def _preview(request: Request, who: Visitor, key: UUID, tracker: Tracker, *, with_people: bool) -> Response:
    people = len(tracker.people) if _may_take_people(who) else 0
    office = front_of(request).office
    planned: Preview = await preview(office, tracker, actor=who.actor, with_people=with_people and people > 0)
    layout = tracker.layout
    typed = {"sheet": layout.sheet, "header_row": str(layout.header_row)}
    typed |= {f"column-{meaning}": str(place) for meaning, place in layout.columns.items()}
    rows: list[dict[str, Any]] = []
    for row in sorted(planned.rows, key=lambda row: row.becomes != "draft")[:SHOWN]:
        words, colour = OUTCOMES.get(row.becomes, ("Already here" if row.outcome == "exists" else "Left out", "grey"))
        rows.append(
            {"number": row.number, "title": row.title, "reasons": row.reasons, "words": words, "colour": colour}
        )
    return await _page(
        request,
        who,
        tracker=tracker,
        key=key,
        summary=planned.summary,
        rows=rows,
        sheets=[(name, name) for name in tracker.sheets],
        headings=[(str(place), name or f"Column {place + 1}") for place, name in enumerate(tracker.headings)],
        meanings=[(meaning, meaning.replace("_", " ").capitalize()) for meaning in MEANINGS],
        people=people,
        notes=planned.notes,
        with_people=with_people,
        typed=typed,
    )


async def _page(request: Request, who: Visitor, errors: dict[str, str] | None = None, **values: Any) -> Response:
    empty: dict[str, Any] = {"running": None, "reading": None, "tracker": None, "last": None}
    me = await me_for(request, who)
    path = request.url.path
    return show(request, "import.jinja", me=me, here="/import", path=path, errors=errors, **(empty | values))
