"""What people write on evidence forms, checked with words they understand."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from domain.errors import Invalid
from domain.evidence_kinds import (
    GROUPS,
    LONG,
    Briefing,
    Competency,
    Data,
    Elsewhere,
    Observation,
    Policy,
    Views,
    groups_for,
)
from domain.form_words import ASK_FIRST, NOBODY_ASKED, WORDS
from domain.vocabulary import Category, EvidenceKind, Form

FORM_VERSION = "2"
"""1 had the attendance in any words and one count of views for people and relatives together."""


class EvidenceAnswer(BaseModel):
    """One submission to an evidence step. `effective_on` is when it happened, not when it was sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
    statement: str = Field(min_length=10, max_length=LONG)
    effective_on: date
    kind: EvidenceKind
    category: Category
    elsewhere: Elsewhere | None = None
    briefing: Briefing | None = None
    views: Views | None = None
    observation: Observation | None = None
    data: Data | None = None
    policy: Policy | None = None
    competency: Competency | None = None

    @field_validator("effective_on")
    @classmethod
    def _sensible(cls, value: date) -> date:
        if value.year < 2000:
            raise ValueError("Give the year in full, for example 2026.")
        return value

    @property
    def details(self) -> dict[str, Any] | None:
        """The structured facts, as they are stored."""
        return self.model_dump(mode="json", include=set(GROUPS), exclude_none=True) or None


def read_answer(raw: dict[str, Any], form: Form, today: date, has_files: bool) -> EvidenceAnswer:
    """Check what was written; raises Invalid with words for each field that needs another look."""
    try:
        answer = EvidenceAnswer.model_validate(raw)
    except ValidationError as wrong:
        raise Invalid(_each(wrong) | _left_out(raw, form)) from None
    fields = _in_the_future(answer, today) | _left_out(raw, form) | _nobody_asked(answer)
    if not (has_files or answer.details or fields):
        fields = {"files": "Add a photo or a file, or say which other system it is recorded in."}
    if fields:
        raise Invalid(fields)
    return answer


def _each(wrong: ValidationError, *within: str) -> dict[str, str]:
    """What is wrong with each field, in words."""
    found = [((*within, *error["loc"]), error) for error in wrong.errors()]
    return {_field(loc): _why(loc, error["msg"], error["type"]) for loc, error in found}


def _left_out(raw: dict[str, Any], form: Form) -> dict[str, str]:
    """Every field of each group of facts that is asked for and was left out as a whole.

    What the kind asks for may be read where it is recorded; what the step's form asks for is always needed.
    """
    kind = next((kind for kind in EvidenceKind if kind == raw.get("kind") and not raw.get("elsewhere")), None)
    fields: dict[str, str] = {}
    for group in groups_for(form, kind):
        if raw.get(group) is None:
            fields |= {ASK_FIRST[group]: WORDS[ASK_FIRST[group]]} | _needed(group)
    return fields


def _needed(group: str) -> dict[str, str]:
    try:
        GROUPS[group].model_validate({})
    except ValidationError as wrong:
        return _each(wrong, group)
    return {}


def _in_the_future(answer: EvidenceAnswer, today: date) -> dict[str, str]:
    days = {
        "effective_on": ("The day it happened", answer.effective_on),
        "elsewhere.on": ("The day it was recorded", answer.elsewhere and answer.elsewhere.on),
        "observation.on": ("The day it was seen", answer.observation and answer.observation.on),
        "data.ends_on": ("The last day", answer.data and answer.data.ends_on),
    }
    return {field: f"{what} cannot be in the future." for field, (what, day) in days.items() if day and day > today}


def _nobody_asked(answer: EvidenceAnswer) -> dict[str, str]:
    return {ASK_FIRST["views"]: NOBODY_ASKED} if answer.views is not None and answer.views.asked == 0 else {}


def _field(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)


def _why(loc: tuple[int | str, ...], message: str, kind: str) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if kind == "string_too_long":
        return "Keep this shorter. A longer text can be added as a file." if loc[0] != "statement" else TOO_LONG
    return WORDS.get(_field(loc), message)


TOO_LONG = f"Keep this under {LONG:,} characters. A longer text can be added as a file."
