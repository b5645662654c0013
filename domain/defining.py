"""Define: what an action must say before anybody is asked to do it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.vocabulary import Risk, Source


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured, where it stood, and where it should get to."""

    what: str
    baseline: str
    target: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """All that is said of an action at its start. A draft may lack any of it but the words."""

    title: str
    what_will_change: str
    summary: str
    pathway: str = "general"
    location_id: UUID | None = None
    source: Source | None = None
    theme: str | None = None
    found_on: date | None = None
    external_ref: str | None = None
    measure: Measure | None = None
    outcome_test: str | None = None
    risk: Risk | None = None
    due_at: datetime | None = None
    closure_criteria: str | None = None
    owner_id: UUID | None = None


def lacking(definition: Definition) -> dict[str, str]:
    """What keeps an action in draft, by field, each with what to do about it."""
    missing: dict[str, str] = {}
    if len(definition.title.strip()) < 5:
        missing["title"] = "Say in a few words what this action is."
    if len(definition.what_will_change.strip()) < 10:
        missing["what_will_change"] = "Say what will be different when this is done."
    if len(definition.summary.strip()) < 5:
        missing["summary"] = "Say what was found."
    for field, words in (
        ("location_id", "Choose the location."),
        ("source", "Say where the finding came from."),
        ("theme", "Name the theme, for example nutrition."),
        ("risk", "Rate the risk."),
        ("due_at", "Give a due date."),
        ("closure_criteria", "Say what must be shown before this can close."),
    ):
        if not getattr(definition, field):
            missing[field] = words
    if not (definition.measure or (definition.outcome_test or "").strip()):
        missing["measure"] = "Say how you will know: a measure with baseline and target, or a test in words."
    return missing
