"""Define: what an action must say before anybody is asked to do it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from domain.frameworks import Reference
from domain.measuring import Direction, Measure, contradiction_in
from domain.strength import Strength, action_strength
from domain.themes import LONGEST_THEME
from domain.vocabulary import Risk, Role, Source

__all__ = ["EVERY_FIELD", "Definition", "Direction", "Measure", "lacking", "wrong_in"]

LONGEST = {"title": 200, "theme": LONGEST_THEME, "external_ref": 100}
LONGEST_TEXT = 10_000
MAY_DEFINE = frozenset(
    {
        Role.QUALITY_LEAD,
        Role.REGISTERED_MANAGER,
        Role.DEPUTY_MANAGER,
        Role.SAFEGUARDING_LEAD,
        Role.ENGAGEMENT_LEAD,
        Role.ADMINISTRATOR,
    }
)


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
    references: tuple[Reference, ...] = ()
    strength: Strength | None = None
    """As somebody judged it; None leaves it to what the words suggest."""

    @property
    def suggested_strength(self) -> Strength | None:
        """How strong it reads; None where no word tells."""
        return action_strength(f"{self.title}. {self.what_will_change}").strength


EVERY_FIELD = tuple(field.name for field in fields(Definition))


def may_define(held: Iterable[tuple[str, UUID | None]], location_id: UUID | None) -> bool:
    """Whether somebody may define actions at a location, with these roles (None: at every location)."""
    return any(role in MAY_DEFINE and place in (None, location_id) for role, place in held)


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
    measure = definition.measure
    if measure is not None and not measure.is_whole:
        missing["measure"] = "Finish the measure: what is counted, where it stands, and the target."
    elif measure is None and not (definition.outcome_test or "").strip():
        missing["measure"] = "Say how you will know: a measure with baseline and target, or a test in words."
    return missing


def seen_as(definition: Definition, names: Iterable[str]) -> str:
    """A short print of some fields, so that nobody overwrites what they have not seen."""
    said = repr([(name, getattr(definition, name)) for name in sorted(names)])
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def wrong_in(definition: Definition, now: datetime, today: date) -> dict[str, str]:
    """What cannot be so, by field, even in a draft: days on the wrong side of today, a target that contradicts."""
    wrong: dict[str, str] = {}
    if definition.due_at is not None and definition.due_at <= now:
        wrong["due_at"] = "The due date must be in the future."
    if definition.found_on is not None and definition.found_on > today:
        wrong["found_on"] = "The finding cannot be later than today."
    if definition.measure is not None and (words := contradiction_in(definition.measure)):
        wrong["measure_target"] = words
    return wrong | too_long_in({name: getattr(definition, name) for name in _TEXTS})


_TEXTS = ("title", "what_will_change", "summary", "theme", "external_ref", "outcome_test", "closure_criteria")


def too_long_in(texts: Mapping[str, str | None]) -> dict[str, str]:
    """Texts longer than anybody reads, by field."""
    limits = {name: LONGEST.get(name, LONGEST_TEXT) for name in texts}
    return {
        name: f"Say it in at most {limits[name]:,} characters; it has {len(words):,}."
        for name, words in texts.items()
        if words and len(words) > limits[name]
    }
