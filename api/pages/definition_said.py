"""A definition in words: each of its answers, its references, how strong it is."""

from typing import Any

from api.pages.definition_form import BY_KEY, FormPage
from api.pages.definition_hints import STRENGTH_WORDS
from db.dossier import Dossier
from db.drafts import Choices, measure_from
from domain.deadlines import Calendar
from domain.defining import Definition
from domain.frameworks import Reference
from domain.measuring import Direction, Measure
from domain.saying import say_date
from domain.strength import Strength, action_strength
from frameworks import library

Rows = list[tuple[str, str, list[str]]]
WAYS = [
    (Direction.UP.value, "It should go up"),
    (Direction.DOWN.value, "It should go down"),
    (Direction.RANGE.value, "It should stay within a range"),
]


def answers(
    definition: Definition, choices: Choices, calendar: Calendar, pages: tuple[FormPage, ...]
) -> list[tuple[FormPage, Rows]]:
    """What is said so far, page by page: field, label, and lines of words; no lines where nothing is said."""
    said: dict[str, Rows] = {
        "found": _found_rows(definition, choices),
        "change": _change_rows(definition),
        "measure": [
            *_measure_rows(definition.measure, definition.outcome_test),
            ("closure_criteria", "What must be shown before it can close", _lines(definition.closure_criteria)),
        ],
        "references": [("references", "What CQC looks at", reference_lines(definition.references) or ["None chosen"])],
        "who": _who_rows(definition, choices, calendar),
    }
    return [(BY_KEY[page.key], said[page.key]) for page in pages]


def rows_of(definition: Definition, choices: Choices, calendar: Calendar, page: FormPage) -> Rows:
    """What is said so far on one page."""
    [(_, rows)] = answers(definition, choices, calendar, (page,))
    return rows


def _found_rows(definition: Definition, choices: Choices) -> Rows:
    places = {row.id: row.name for row in choices.places}
    found, source = definition.found_on, definition.source
    return [
        ("location_id", "Location", _lines(places.get(definition.location_id) if definition.location_id else None)),
        ("source", "Where the finding came from", _lines(source[:1].upper() + source[1:] if source else None)),
        ("found_on", "Found on", _lines(say_date(found) if found else None) or ["Not known"]),
        ("summary", "What was found", _lines(definition.summary)),
        ("theme", "Theme", _lines(definition.theme)),
        ("external_ref", "Your own reference", _lines(definition.external_ref) or ["None"]),
    ]


def _change_rows(definition: Definition) -> Rows:
    return [
        ("title", "The action in a few words", _lines(definition.title)),
        ("what_will_change", "What will be different", _lines(definition.what_will_change)),
        ("strength", "Strength", _lines(strength_words(definition.strength, definition.suggested_strength))),
    ]


def _who_rows(definition: Definition, choices: Choices, calendar: Calendar) -> Rows:
    people = {row.id: row.name for row in choices.people}
    pathways = {row.key: row.title for row in choices.pathways}
    risk, owner, due = definition.risk, definition.owner_id, definition.due_at
    return [
        ("risk", "Risk", _lines(risk.capitalize() if risk else None)),
        ("pathway", "Pathway", _lines(pathways.get(definition.pathway, definition.pathway))),
        ("owner_id", "Owner", _lines(people.get(owner) if owner else "The registered manager chooses")),
        ("due_at", "Due date", _lines(say_date(calendar.day_of(due)) if due else None)),
    ]


def _lines(words: str | None) -> list[str]:
    return [words] if words and words.strip() else []


def _measure_rows(measure: Measure | None, outcome_test: str | None) -> Rows:
    test = ("outcome_test", "A test in words", _lines(outcome_test) or ["None"])
    if measure is None:
        return [("measure_what", "Measure", ["None"] if outcome_test else []), test]
    unit = f" {measure.unit}" if measure.unit else ""
    way = dict(WAYS).get(measure.way or "")
    return [
        ("measure_what", "Measure", _lines(measure.what)),
        ("measure_baseline", "Where it stands", _lines(measure.baseline and f"{measure.baseline}{unit}")),
        ("measure_target", "Target", _lines(measure.target and f"{measure.target}{unit}") + _lines(way)),
        ("measure_counted_by", "How it is measured", _how(measure) or ["Not said"]),
        test,
    ]


def _how(measure: Measure) -> list[str]:
    """Who finds it out, from what, and how often, each in the words of its question."""
    asked = ("Who finds it out", "From what", "How often")
    said = zip(asked, (measure.counted_by, measure.counted_from, measure.how_often), strict=True)
    return [f"{question}: {answer}" for question, answer in said if answer]


def reference_lines(references: tuple[Reference, ...]) -> list[str]:
    """Each chosen statement in words, with its framework and version."""
    lines: list[str] = []
    for named in map(library().name, references):
        group = f"{named.group}: " if named.group and named.group != "Regulations" else ""
        lines.append(f"{group}{named.words} ({named.framework}{'' if named.is_in_force else ', not in force'})")
    return lines


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
    way = dict(WAYS).get(measure.way or "") if measure else None
    head = dossier.head
    chosen = Strength(head.strength) if head.strength and head.strength_is_chosen else None
    suggested = action_strength(f"{head.title}. {head.what_will_change}").strength
    return {
        "how": [*_lines(way), *(_how(measure) if measure else [])],
        "test": dossier.head.outcome_test if measure else None,
        "strength": strength_words(chosen, suggested),
        "may_judge": may_judge,
        "references": reference_lines(dossier.references),
        "may_change": may_change,
    }
