"""What a system may send. Strict, and apart from the domain's own types, so that neither ties the other down."""

import re
from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints

from domain.deadlines import Calendar
from domain.defining import Definition, Direction, Measure
from domain.frameworks import MOST_REFERENCES, Reference
from domain.strength import Strength
from domain.themes import LONGEST_THEME
from domain.vocabulary import Risk, Source

# No control characters but tab and line ends: no database or mail could carry them.
WORDS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


def _words(most: int) -> Any:
    return StringConstraints(strip_whitespace=True, max_length=most, pattern=WORDS)


def _only_iso(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("This must be a day, like 2026-11-25.")
    if not "2000" <= value[:4] < "2100":
        raise ValueError("This must be a day of this century.")
    return value


def _only_text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("This is not an id. Copy it from where it was given.")
    return value


Short = Annotated[str, _words(200)]
Long = Annotated[str, _words(4000)]
Day = Annotated[date, BeforeValidator(_only_iso)]
Id = Annotated[UUID, BeforeValidator(_only_text)]


class MeasureIn(BaseModel):
    """What is counted, where it stands, and where it should get to."""

    model_config = ConfigDict(extra="forbid", title="Measure")
    what: Annotated[str, _words(300), Field(min_length=1)]
    baseline: Annotated[str, _words(60), Field(min_length=1)]
    target: Annotated[str, _words(60), Field(min_length=1)]
    unit: Annotated[str, _words(30)] = ""
    direction: Direction | None = Field(default=None, description="Which way is better, where the two don’t show it")
    counted_by: Annotated[str, _words(200)] = Field(default="", description="Who counts, by role")
    counted_from: Annotated[str, _words(200)] = Field(default="", description="From what, for example the care plans")
    how_often: Annotated[str, _words(200)] = ""


class FindingIn(BaseModel):
    """Something an audit, incident, complaint or other source showed. Leave out names of people using the service."""

    model_config = ConfigDict(
        extra="forbid",
        title="Finding",
        json_schema_extra={
            "example": {
                "location_id": "01939f5e-7c1a-7e6b-9a53-6f2d8c1b4a10",
                "source": "incident",
                "summary": "Two falls in the same bathroom within a week; no grab rail beside the basin.",
                "theme": "falls",
                "found_on": "2026-11-20",
                "external_ref": "INC-20418",
            }
        },
    )
    location_id: Id = Field(description="One of GET /locations")
    source: Source
    summary: Long = Field(min_length=5, description="What was found")
    theme: Annotated[str, _words(LONGEST_THEME)] | None = Field(
        default=None, description="For example nutrition or falls"
    )
    found_on: Day | None = None
    external_ref: Annotated[str, _words(100)] | None = Field(
        default=None, description="Your own reference; GET /actions can filter by it"
    )
    risk: Risk | None = None
    pathway: Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z0-9-]+$")] = Field(
        default="general", description="One of GET /pathways"
    )
    references: list[Annotated[str, StringConstraints(max_length=200, pattern=r"^[^/\s]+/[^/\s]+/[^/\s]+$")]] = Field(
        default_factory=list,
        max_length=MOST_REFERENCES,
        description="What the regulator looks at: framework, version and statement, each as its pack names it",
        examples=[["regulations/2014/12"]],
    )

    def definition(self, calendar: Calendar) -> Definition:
        """As the domain has it. Its title is the beginning of what was found, until a person gives it a better one."""
        return Definition(
            title=shortened(self.summary),
            what_will_change="",
            summary=self.summary,
            pathway=self.pathway,
            location_id=self.location_id,
            source=self.source,
            theme=self.theme or None,
            found_on=self.found_on,
            external_ref=self.external_ref or None,
            risk=self.risk,
            references=tuple(sorted({known for one in self.references if (known := Reference.parse(one))})),
        )


class ActionIn(FindingIn):
    """An action with as much of its definition as is known. What is complete goes to its owner at once."""

    model_config = ConfigDict(
        extra="forbid",
        title="Action",
        json_schema_extra={
            "example": {
                "location_id": "01939f5e-7c1a-7e6b-9a53-6f2d8c1b4a10",
                "source": "audit",
                "summary": "7 of 12 people at risk had no weight recorded in the last 30 days.",
                "theme": "nutrition",
                "external_ref": "AUD-311",
                "title": "A weight every week for everyone at risk of malnutrition",
                "what_will_change": "Each person at risk is weighed every Monday and the weight is in the care plan.",
                "measure": {"what": "plans with a weight from the last 7 days", "baseline": "42 %", "target": "92 %"},
                "risk": "medium",
                "due_on": "2027-01-29",
                "closure_criteria": "Plans updated, staff briefed, 9 of 10 sampled records match.",
                "owner_email": "owner@example.org",
            }
        },
    )
    title: Short | None = None
    what_will_change: Long | None = None
    measure: MeasureIn | None = None
    outcome_test: Long | None = Field(default=None, description="A test in words, where there is nothing to count")
    due_on: Day | None = Field(default=None, description="The last day; it becomes the original date for ever")
    closure_criteria: Long | None = None
    strength: Strength | None = Field(
        default=None, description="As a person judged it; left out, it is what the words suggest"
    )
    owner_email: Short | None = Field(
        default=None, description="Somebody who works at the location, or holds no role anywhere; asked to accept"
    )
    draft: StrictBool = Field(default=False, description="Keep it a draft, for a person to look at")

    def definition(self, calendar: Calendar) -> Definition:
        found, measure = super().definition(calendar), self.measure
        due_at = calendar.end_of(self.due_on) if self.due_on else None
        return replace(
            found,
            title=self.title or found.title,
            what_will_change=self.what_will_change or "",
            measure=Measure(**measure.model_dump()) if measure else None,
            outcome_test=self.outcome_test or None,
            due_at=due_at,
            closure_criteria=self.closure_criteria or None,
            strength=self.strength,
        )


def shortened(words: str, most: int = 90) -> str:
    """The beginning of a text, cut at a word."""
    plain = " ".join(words.split())
    return plain if len(plain) <= most else plain[:most].rsplit(" ", 1)[0].rstrip(",;:.") + " …"
