"""Showing a definition that is being written: one page of it, or all answers to check."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from api.identity import Visitor
from api.office import front_of
from api.pages.definition_form import BY_KEY, PAGES, FormPage, Typed, definition_in, missing_on, page_of
from api.pages.definition_hints import STRENGTH_SHORT, STRENGTH_WORDS, hints_for
from api.pages.showing import me_for, show
from commands.office import utc_now
from db.dossier import Dossier
from db.drafts import Choices, load_choices, measure_from
from db.repeats import known_themes
from domain.deadlines import Calendar
from domain.defining import Definition
from domain.frameworks import Library, Reference
from domain.measuring import Direction, Measure
from domain.saying import say_date
from domain.strength import Strength, action_strength
from domain.vocabulary import Risk, Source
from frameworks import library

WAYS = [
    (Direction.UP.value, "It should go up"),
    (Direction.DOWN.value, "It should go down"),
    (Direction.RANGE.value, "It should stay within a range"),
]
NOT_YET = "Not said yet"
STRENGTHS = [(str(strength), words) for strength, words in STRENGTH_SHORT.items()]


@dataclass(frozen=True, slots=True)
class Writing:
    """What is being written, and where: `base` is the address of the check, its pages follow below it."""

    who: Visitor
    base: str
    typed: Typed
    ref: str | None = None
    action_id: UUID | None = None
    seen: str = ""
    unfinished: list[Any] = field(default_factory=list[Any])


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
        choices = await load_choices(connection, viewer, definition.location_id, definition.owner_id)
        hints = await hints_for(connection, viewer, page.key, definition, utc_now(), writing.action_id)
        themes = await known_themes(connection, viewer) if page.key == "found" else []
    return show(
        request,
        "define.jinja",
        status=409 if theirs else 422 if errors else 200,
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
        theirs=[row for _, rows in answers(theirs, choices, office.calendar, (page,)) for row in rows]
        if theirs
        else None,
        frameworks=offered(library(), definition.references) if page.key == "references" else [],
        chosen=frozenset(typed.get("references", "").split()),
        **lists(choices),
    )


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
    office, viewer = front_of(request).office, writing.who.viewer
    definition = definition_in(writing.typed, office.calendar)
    async with office.engine.connect() as connection:
        choices = await load_choices(connection, viewer, definition.location_id, definition.owner_id)
        hints = await hints_for(connection, viewer, "check", definition, utc_now(), writing.action_id)
    missing = missing_on(None, writing.typed, office.calendar)
    return show(
        request,
        "define_check.jinja",
        status=409 if meanwhile else 422 if errors else 200,
        me=await me_for(request, writing.who),
        here="/define",
        writing=writing,
        errors=errors,
        meanwhile=meanwhile,
        hints=hints,
        missing=[(page_of(name), name, words) for name, words in missing.items()],
        sections=[(page, rows) for page, rows in answers(definition, choices, office.calendar, PAGES)],
        has_owner=definition.owner_id is not None,
    )


Rows = list[tuple[str, str, list[str]]]


def answers(
    definition: Definition, choices: Choices, calendar: Calendar, pages: tuple[FormPage, ...]
) -> list[tuple[FormPage, Rows]]:
    """What is said so far, page by page: field, label, and lines of words; no lines where nothing is said."""
    places = {row.id: row.name for row in choices.places}
    people = {row.id: row.name for row in choices.people}
    pathways = {row.key: row.title for row in choices.pathways}
    due, found, source = definition.due_at, definition.found_on, definition.source
    said: dict[str, Rows] = {
        "found": [
            ("location_id", "Location", _lines(places.get(definition.location_id) if definition.location_id else None)),
            ("source", "Where the finding came from", _lines(source[:1].upper() + source[1:] if source else None)),
            ("found_on", "Found on", _lines(say_date(found) if found else None) or ["Not known"]),
            ("summary", "What was found", _lines(definition.summary)),
            ("theme", "Theme", _lines(definition.theme)),
            ("external_ref", "Your own reference", _lines(definition.external_ref) or ["None"]),
        ],
        "change": [
            ("title", "The action in a few words", _lines(definition.title)),
            ("what_will_change", "What will be different", _lines(definition.what_will_change)),
            ("strength", "Strength", _lines(strength_words(definition.strength, definition.suggested_strength))),
        ],
        "measure": [
            *_measure_rows(definition.measure, definition.outcome_test),
            ("closure_criteria", "What must be shown before it can close", _lines(definition.closure_criteria)),
        ],
        "references": [("references", "What CQC looks at", reference_lines(definition.references) or ["None chosen"])],
        "who": [
            ("risk", "Risk", _lines(definition.risk.capitalize() if definition.risk else None)),
            ("pathway", "Pathway", _lines(pathways.get(definition.pathway, definition.pathway))),
            (
                "owner_id",
                "Owner",
                _lines(people.get(definition.owner_id) if definition.owner_id else "The registered manager chooses"),
            ),
            ("due_at", "Due date", _lines(say_date(calendar.day_of(due)) if due else None)),
        ],
    }
    return [(BY_KEY[page.key], said[page.key]) for page in pages]


def _lines(words: str | None) -> list[str]:
    return [words] if words and words.strip() else []


def _measure_rows(measure: Measure | None, outcome_test: str | None) -> Rows:
    test = ("outcome_test", "A test in words", _lines(outcome_test) or ["None"])
    if measure is None:
        return [("measure_what", "Measure", ["None"] if outcome_test else []), test]
    unit = f" {measure.unit}" if measure.unit else ""
    way = dict(WAYS).get(measure.way or "")
    how = ", ".join(part for part in (measure.counted_by, measure.counted_from, measure.how_often) if part)
    return [
        ("measure_what", "Measure", _lines(measure.what)),
        ("measure_baseline", "Where it stands", _lines(measure.baseline and f"{measure.baseline}{unit}")),
        ("measure_target", "Target", _lines(measure.target and f"{measure.target}{unit}") + _lines(way)),
        ("measure_counted_by", "How it is measured", _lines(how) or ["Not said"]),
        test,
    ]


def reference_lines(references: tuple[Reference, ...]) -> list[str]:
    """Each chosen statement in words, with its framework and version."""
    lines: list[str] = []
    for named in map(library().name, references):
        group = f"{named.group}: " if named.group and named.group != "Regulations" else ""
        lines.append(f"{group}{named.words} ({named.framework}{'' if named.is_in_force else ', not in force'})")
    return lines


async def show_hints(request: Request, writing: Writing, page: FormPage, typed: Typed) -> Response:
    """What is worth a look of what is typed at this moment; changes nothing."""
    office = front_of(request).office
    definition = definition_in(writing.typed | typed, office.calendar)
    async with office.engine.connect() as connection:
        hints = await hints_for(connection, writing.who.viewer, page.key, definition, utc_now(), writing.action_id)
    return show(request, "define_hints.jinja", hints=hints, chosen=frozenset(typed.get("references", "").split()))


def strength_words(chosen: Strength | None, suggested: Strength | None) -> str | None:
    """How strong an action is, and whether a person said so or its words suggest it."""
    if chosen is None and suggested is not None:
        return f"{STRENGTH_WORDS[suggested]} Suggested by its words."
    if chosen is None:
        return "Its words do not tell how strong it is."
    read = f"its words suggest {suggested}" if suggested else "its words do not tell"
    return f"{STRENGTH_WORDS[chosen]} Chosen by a person; {read}."


def defined_lines(dossier: Dossier, may_change: bool, may_judge: bool) -> dict[str, Any]:
    """What the definition says beyond the finding, for the action's page."""
    measure = measure_from(dossier.head.measure)
    said = (measure.counted_by, measure.counted_from, measure.how_often) if measure else ()
    way = dict(WAYS).get(measure.way or "") if measure else None
    head = dossier.head
    chosen = Strength(head.strength) if head.strength and head.strength_is_chosen else None
    suggested = action_strength(f"{head.title}. {head.what_will_change}").strength
    return {
        "how": ", ".join(part for part in (way, *said) if part),
        "test": dossier.head.outcome_test if measure else None,
        "strength": strength_words(chosen, suggested),
        "may_judge": may_judge,
        "references": reference_lines(dossier.references),
        "may_change": may_change,
    }
