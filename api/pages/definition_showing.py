"""Showing a definition that is being written: one page of it, or all answers to check."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from api.identity import Visitor
from api.office import front_of
from api.pages.definition_form import PAGES, FormPage, Typed, definition_in, missing_on, page_of
from api.pages.definition_hints import STRENGTH_SHORT, hints_for
from api.pages.definition_said import WAYS, answers, rows_of
from api.pages.showing import me_for, show
from commands.office import utc_now
from db.drafts import Choices, load_choices
from db.repeats import known_themes
from db.scope import Viewer
from domain.deadlines import Calendar
from domain.defining import Definition
from domain.frameworks import Library, Reference
from domain.vocabulary import Risk, Source
from frameworks import library

STRENGTHS = [(str(strength), words) for strength, words in STRENGTH_SHORT.items()]


@dataclass(frozen=True, slots=True)
class Writing:
    """What is being written, and where: `base` is the address of the check, its pages follow below it.

    `noticed` is what an import brought to notice and nobody has seen to yet, `first_due` the date its tracker gave it.
    Who covers for somebody is told for whom (`covering`), and is offered the places and people of both (`reach`).
    """

    who: Visitor
    base: str
    typed: Typed
    ref: str | None = None
    action_id: UUID | None = None
    seen: str = ""
    unfinished: list[Any] = field(default_factory=list[Any])
    reach: Viewer | None = None
    covering: str | None = None
    noticed: tuple[str, ...] = ()
    first_due: datetime | None = None

    @property
    def offers(self) -> Viewer:
        return self.reach or self.who.viewer


def offered(packs: Library, chosen: tuple[Reference, ...]) -> list[dict[str, Any]]:
    """Frameworks with their statements to tick; what was chosen from a version that is not offered stays on top."""
    now = [pack.reference(key) for pack in packs.offered for key in pack.statements]
    kept = [packs.name(reference) for reference in chosen if reference not in now]
    shown: list[dict[str, Any]] = [
        {
            "title": pack.title,
            "short": f"{pack.short_title} {pack.version}",
            "is_in_force": pack.is_in_force,
            "note": pack.certainty.note,
            "chosen": sum(pack.reference(key) in chosen for key in pack.statements),
            "groups": [
                (title, [(str(pack.reference(one.id)), one.words) for one in statements])
                for title, statements in pack.groups
            ],
        }
        for pack in packs.offered
    ]
    if kept:
        group = ("", [(str(one.reference), f"{one.words} ({one.framework})") for one in kept])
        before: dict[str, Any] = {"title": "Chosen from an earlier version", "short": "earlier", "is_in_force": True}
        before |= {"note": "", "chosen": len(kept), "groups": [group]}
        shown.insert(0, before)
    return shown


async def show_page(
    request: Request,
    writing: Writing,
    page: FormPage,
    typed: Typed,
    errors: dict[str, str] | None = None,
    *,
    theirs: Definition | None = None,
) -> Response:
    """One page, with what was typed and what is worth a look. `theirs` is what somebody else wrote meanwhile."""
    office, viewer = front_of(request).office, writing.who.viewer
    definition = definition_in(typed, office.calendar)
    async with office.engine.connect() as connection:
        choices = await choices_for(connection, writing, definition, office.calendar)
        hints = await hints_for(connection, viewer, page.key, definition, utc_now(), writing.action_id)
        themes = await known_themes(connection, viewer) if page.key == "found" else []
    return show(
        request,
        "define.jinja",
        status=409 if theirs else None,
        me=await me_for(request, writing.who),
        here="/define",
        writing=writing,
        page=page,
        number=PAGES.index(page) + 1,
        pages=PAGES,
        then="check" if request.query_params.get("then") == "check" or writing.ref else "",
        typed=typed,
        errors=errors,
        hints=hints,
        themes=themes,
        theirs=rows_of(theirs, choices, office.calendar, page) if theirs else None,
        frameworks=offered(library(), definition.references) if page.key == "references" else [],
        chosen=frozenset(typed.get("references", "").split()),
        **lists(choices),
    )


async def choices_for(
    connection: AsyncConnection, writing: Writing, definition: Definition, calendar: Calendar
) -> Choices:
    """What the lists offer of a definition as it is typed."""
    day, place, owner = calendar.day_of(utc_now()), definition.location_id, definition.owner_id
    return await load_choices(connection, writing.offers, day, place, owner)


def lists(choices: Choices) -> dict[str, Any]:
    """What the lists of the form offer."""
    return {
        "locations": [(str(row.id), row.name) for row in choices.places],
        "people": [(str(row.id), row.name) for row in choices.people],
        "pathways": [(row.key, row.title) for row in choices.pathways],
        "sources": [(str(source), str(source)[:1].upper() + str(source)[1:]) for source in Source],
        "risks": [(str(risk), str(risk).capitalize()) for risk in Risk],
        "ways": WAYS,
        "strengths": STRENGTHS,
    }


async def show_check(
    request: Request, writing: Writing, errors: dict[str, str] | None = None, *, meanwhile: bool = False
) -> Response:
    """All answers with their Change links, what is missing, and what is worth a look."""
    office, viewer, now = front_of(request).office, writing.who.viewer, utc_now()
    definition = definition_in(writing.typed, office.calendar)
    async with office.engine.connect() as connection:
        choices = await choices_for(connection, writing, definition, office.calendar)
        hints = await hints_for(connection, viewer, "check", definition, now, writing.action_id)
    missing = missing_on(None, writing.typed, office.calendar)
    return show(
        request,
        "define_check.jinja",
        status=409 if meanwhile else None,
        me=await me_for(request, writing.who),
        here="/define",
        writing=writing,
        errors=errors,
        meanwhile=meanwhile,
        hints=hints,
        date_passed=definition.due_at if definition.due_at and definition.due_at < now else None,
        missing=[(page_of(name), name, words) for name, words in missing.items()],
        sections=[(page, rows) for page, rows in answers(definition, choices, office.calendar, PAGES)],
        has_owner=definition.owner_id is not None,
    )


async def show_hints(request: Request, writing: Writing, page: FormPage, typed: Typed) -> Response:
    """What is worth a look of what is typed at this moment; changes nothing."""
    office = front_of(request).office
    definition = definition_in(writing.typed | typed, office.calendar)
    async with office.engine.connect() as connection:
        hints = await hints_for(connection, writing.who.viewer, page.key, definition, utc_now(), writing.action_id)
    return show(request, "define_hints.jinja", hints=hints, chosen=frozenset(typed.get("references", "").split()))
