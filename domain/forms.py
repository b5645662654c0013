"""What people write on evidence forms, checked with words they understand."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from domain.errors import Invalid
from domain.vocabulary import Category, EvidenceKind, Form

FORM_VERSION = "1"
LONG = 5000


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Elsewhere(_Form):
    """Done, and recorded in another system: where, who witnessed it, and when."""

    where: str = Field(min_length=3, max_length=LONG)
    witness: str = Field(min_length=2, max_length=200)
    on: date


class Briefing(_Form):
    """A staff briefing: who attended, what they asked, and who needs more."""

    attended: int = Field(ge=1, le=1000)
    expected: int | None = Field(default=None, ge=1, le=1000)
    who: str = Field(min_length=2, max_length=LONG)
    questions: str = Field(min_length=2, max_length=LONG)
    further_guidance: str = Field(min_length=2, max_length=LONG)


class Views(_Form):
    """Follow-up views: how many were asked, and what they noticed."""

    people_asked: int = Field(ge=0, le=1000)
    relatives_asked: int = Field(ge=0, le=1000)
    improved: int = Field(ge=0, le=2000)
    no_change: int = Field(ge=0, le=2000)
    worse: int = Field(ge=0, le=2000)
    said: str = Field(min_length=2, max_length=LONG)


class EvidenceAnswer(_Form):
    """One submission to an evidence step. `effective_on` is when it happened, not when it was sent."""

    statement: str = Field(min_length=10, max_length=LONG)
    effective_on: date
    kind: EvidenceKind
    category: Category
    elsewhere: Elsewhere | None = None
    briefing: Briefing | None = None
    views: Views | None = None

    @field_validator("effective_on")
    @classmethod
    def _sensible(cls, value: date) -> date:
        if value.year < 2000:
            raise ValueError("Give the year in full, for example 2026.")
        return value

    @property
    def details(self) -> dict[str, Any] | None:
        """The structured facts, as they are stored."""
        facts = self.model_dump(mode="json", include={"elsewhere", "briefing", "views"}, exclude_none=True)
        return facts or None


WORDS = {
    "statement": "Say in a sentence or two what was done and what changed.",
    "effective_on": "Give the day it happened, for example 24 11 2026.",
    "kind": "Choose what kind of evidence this is.",
    "category": "Choose the CQC evidence category.",
    "elsewhere.where": "Say which system or book it is recorded in.",
    "elsewhere.witness": "Say who saw it done.",
    "elsewhere.on": "Give the day it was recorded, for example 24 11 2026.",
    "briefing.attended": "Give the number of people who attended, for example 11.",
    "briefing.expected": "Give the number of people on the rota, for example 14, or leave it empty.",
    "briefing.who": "Say who attended.",
    "briefing.questions": "Say what was asked. Write “none” if nothing was.",
    "briefing.further_guidance": "Name staff who need more guidance. Write “nobody” if nobody does.",
    "views.people_asked": "Give the number of people asked, 0 if none.",
    "views.relatives_asked": "Give the number of relatives asked, 0 if none.",
    "views.improved": "Give the number who noticed improvement.",
    "views.no_change": "Give the number who saw no change.",
    "views.worse": "Give the number who found it worse.",
    "views.said": "Say what people told you.",
}


def read_answer(raw: dict[str, Any], form: Form, today: date, has_files: bool) -> EvidenceAnswer:
    """Check what was written; raises Invalid with words for each field that needs another look."""
    try:
        answer = EvidenceAnswer.model_validate(raw)
    except ValidationError as wrong:
        raise Invalid({_field(e["loc"]): _why(e["loc"], e["msg"], e["type"]) for e in wrong.errors()}) from None
    fields = _more(answer, form, today, has_files)
    if fields:
        raise Invalid(fields)
    return answer


def _more(answer: EvidenceAnswer, form: Form, today: date, has_files: bool) -> dict[str, str]:
    fields: dict[str, str] = {}
    if answer.effective_on > today:
        fields["effective_on"] = "The day it happened cannot be in the future."
    if answer.elsewhere and answer.elsewhere.on > today:
        fields["elsewhere.on"] = "The day it was recorded cannot be in the future."
    if form is Form.BRIEFING and answer.briefing is None:
        fields["briefing.attended"] = WORDS["briefing.attended"]
    if form is Form.VIEWS and answer.views is None:
        fields["views.people_asked"] = WORDS["views.people_asked"]
    if not (has_files or answer.elsewhere or answer.briefing or answer.views):
        fields["files"] = "Add a photo or a file, or say which other system it is recorded in."
    return fields


def _field(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)


def _why(loc: tuple[int | str, ...], message: str, kind: str) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if kind == "string_too_long":
        return f"Keep this under {LONG:,} characters. A longer text can be added as a file."
    return WORDS.get(_field(loc), message)
