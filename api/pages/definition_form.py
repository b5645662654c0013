"""The form of a definition, page by page: what was typed as a definition, and a definition as it is typed."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from starlette.datastructures import FormData

from api.pages.reading import date_fields, date_in, due_in, typed_in, uuid_in
from domain.deadlines import Calendar
from domain.defining import Definition, lacking, wrong_in
from domain.frameworks import Reference
from domain.measuring import Direction, Measure
from domain.strength import Strength
from domain.vocabulary import Risk, Source

Typed = dict[str, str]
MEASURE = ("what", "unit", "baseline", "target", "direction", "counted_by", "counted_from", "how_often")
DATES = frozenset({"found_on", "due_at"})


@dataclass(frozen=True, slots=True)
class FormPage:
    """One page of the form: `fields` are those of the form, `says` those of the definition."""

    key: str
    title: str
    fields: tuple[str, ...]
    says: tuple[str, ...]


_FOUND = ("location_id", "source", "found_on", "summary", "theme", "external_ref")
_CHANGE = ("title", "what_will_change", "strength")
_MEASURED = (*(f"measure_{name}" for name in MEASURE), "outcome_test", "closure_criteria")
_WHO = ("risk", "pathway", "owner_id", "due_at")
PAGES = (
    FormPage("found", "What was found", _FOUND, _FOUND),
    FormPage("change", "What will change", _CHANGE, _CHANGE),
    FormPage("measure", "How you will know", _MEASURED, ("measure", "outcome_test", "closure_criteria")),
    FormPage("references", "What CQC looks at", ("references",), ("references",)),
    FormPage("who", "Who, and by when", _WHO, _WHO),
)
BY_KEY = {page.key: page for page in PAGES}
EVERYTHING = tuple(field for page in PAGES for field in page.says)


def after(page: FormPage) -> str:
    """The page that follows; the check of all answers after the last."""
    place = PAGES.index(page) + 1
    return PAGES[place].key if place < len(PAGES) else "check"


def page_of(field: str) -> str:
    """The page that has this field of the form."""
    return next((page.key for page in PAGES if field in page.fields), PAGES[0].key)


def typed_on(page: FormPage, form: FormData) -> Typed:
    """What was typed on one page, and nothing else that a form may carry."""
    typed = typed_in(form)
    names = [name for name in page.fields if name not in DATES]
    parts = [f"{name}-{part}" for name in page.fields if name in DATES for part in ("day", "month", "year")]
    kept = {name: typed.get(name, "") for name in (*names, *parts)}
    if "references" in page.fields:
        chosen = [value for value in form.getlist("references") if isinstance(value, str)]
        kept["references"] = " ".join(dict.fromkeys(chosen))[:5000]
    return kept


def references_in(typed: Typed) -> tuple[Reference, ...]:
    """The statements that were chosen; what names none is left out."""
    found = (Reference.parse(stated) for stated in typed.get("references", "").split())
    return tuple(dict.fromkeys(reference for reference in found if reference is not None))


def definition_in(typed: Typed, calendar: Calendar) -> Definition:
    """What the form says, as a definition."""
    return Definition(
        title=typed.get("title", ""),
        what_will_change=typed.get("what_will_change", ""),
        summary=typed.get("summary", ""),
        pathway=typed.get("pathway") or "general",
        location_id=uuid_in(typed.get("location_id")),
        source=Source(typed["source"]) if typed.get("source") in set(Source) else None,
        theme=typed.get("theme") or None,
        found_on=_real(date_in(typed, "found_on")),
        external_ref=typed.get("external_ref") or None,
        measure=_measure_in(typed),
        outcome_test=typed.get("outcome_test") or None,
        risk=Risk(typed["risk"]) if typed.get("risk") in set(Risk) else None,
        due_at=due_in(typed, "due_at", calendar),
        closure_criteria=typed.get("closure_criteria") or None,
        owner_id=uuid_in(typed.get("owner_id")),
        references=references_in(typed),
        strength=Strength(typed["strength"]) if typed.get("strength") in set(Strength) else None,
    )


def _measure_in(typed: Typed) -> Measure | None:
    """A measure that was begun, whole or not."""
    said = {name: typed.get(f"measure_{name}", "") for name in MEASURE}
    way = said.pop("direction")
    if not any(said.values()):
        return None
    return Measure(**said, direction=Direction(way) if way in set(Direction) else None)


def _real(stated: str | None) -> date | None:
    try:
        return date.fromisoformat(stated) if stated else None
    except ValueError:
        return None


def typed_of(definition: Definition) -> Typed:
    """A definition as the form shows it."""
    plain = ("title", "what_will_change", "summary", "theme", "external_ref", "outcome_test", "closure_criteria")
    keys = ("risk", "source", "location_id", "owner_id", "pathway", "strength")
    typed = {name: str(getattr(definition, name) or "") for name in (*plain, *keys)}
    measure = asdict(definition.measure) if definition.measure else {}
    typed |= {f"measure_{name}": str(measure.get(name) or "") for name in MEASURE}
    typed |= date_fields("due_at", definition.due_at) | date_fields("found_on", definition.found_on)
    return typed | {"references": " ".join(map(str, definition.references))}


def wrong_on(page: FormPage | None, typed: Typed, calendar: Calendar, now: datetime) -> dict[str, str]:
    """What cannot be so, by field of the form: on one page, or on all."""
    definition = definition_in(typed, calendar)
    wrong = wrong_in(definition, now, calendar.day_of(now))
    for field in DATES:
        if date_in(typed, field) and getattr(definition, field) is None:
            wrong[field] = "That is not a day in the calendar. For example 3 12 2026."
    return _kept(page, wrong)


def missing_on(page: FormPage | None, typed: Typed, calendar: Calendar) -> dict[str, str]:
    """What is not said yet, by field of the form: on one page, or on all."""
    definition = definition_in(typed, calendar)
    missing = lacking(definition)
    if words := missing.pop("measure", None):
        missing[_gap_in(definition.measure)] = words
    return _kept(page, missing)


def _gap_in(measure: Measure | None) -> str:
    gaps = (name for name in ("what", "baseline", "target") if measure is None or not getattr(measure, name).strip())
    return f"measure_{next(gaps, 'what')}"


def _kept(page: FormPage | None, errors: dict[str, str]) -> dict[str, str]:
    fields = page.fields if page else tuple(field for each in PAGES for field in each.fields)
    return {field: errors[field] for field in fields if field in errors}


def errors_on(
    page: FormPage | None, typed: Typed, calendar: Calendar, now: datetime, *, goes_on: bool
) -> dict[str, str]:
    """What keeps somebody on a page: always what cannot be so; what is missing where they want to go on."""
    missing = missing_on(page, typed, calendar) if goes_on else {}
    return _kept(page, missing | wrong_on(page, typed, calendar, now))


def changes_on(page: FormPage, typed: Typed, calendar: Calendar) -> dict[str, Any]:
    """What one page says, by field of the definition."""
    definition = definition_in(typed, calendar)
    return {name: getattr(definition, name) for name in page.says}
