"""Kinds of evidence that carry facts of their own, and what each asks for.

What is wrong is said at the field it is about: each rule that joins two fields stands at the later one.
"""

import re
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from domain.vocabulary import EvidenceKind, Form

LONG = 5000
_MARK = re.compile(r"^\s*(?:[-–•*]|\d{1,3}[.)])\s+")


class Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Elsewhere(Facts):
    """Done, and recorded in another system: where, who witnessed it, and when."""

    where: str = Field(min_length=3, max_length=LONG)
    witness: str = Field(min_length=2, max_length=200)
    on: date


class Briefing(Facts):
    """A staff briefing: who attended of how many, what they asked, and who needs more.

    `who` has one name on each line. It counts itself; a number that is given too has to agree with it.
    """

    who: str = Field(min_length=2, max_length=LONG)
    attended: int | None = Field(default=None, ge=1, le=1000, validate_default=True)
    expected: int | None = Field(default=None, ge=1, le=1000)
    questions: str = Field(min_length=2, max_length=LONG)
    further_guidance: str = Field(min_length=2, max_length=LONG)

    @field_validator("who")
    @classmethod
    def _each_once(cls, value: str) -> str:
        names = [name.casefold() for name in attendance(value)]
        if twice := [name for name in attendance(value) if names.count(name.casefold()) > 1]:
            raise ValueError(f"{twice[0]} is on the list twice.")
        return value

    @field_validator("attended")
    @classmethod
    def _agrees(cls, value: int | None, info: ValidationInfo) -> int | None:
        if "who" not in info.data:
            return value
        listed = len(attendance(info.data["who"]))
        if value is not None and value != listed:
            raise ValueError(f"You say {value} attended, and the list names {listed}. Put one name on each line.")
        return listed

    @field_validator("expected")
    @classmethod
    def _enough(cls, value: int | None, info: ValidationInfo) -> int | None:
        attended = info.data.get("attended")
        if value is not None and attended is not None and value < attended:
            raise ValueError(f"{attended} attended, so at least {attended} were expected.")
        return value


class GroupViews(Facts):
    """What one group noticed. Who was asked and said nothing of it is in `asked` alone."""

    asked: int = Field(ge=0, le=1000)
    improved: int = Field(ge=0, le=1000)
    no_change: int = Field(ge=0, le=1000)
    worse: int = Field(ge=0, le=1000)

    @field_validator("worse")
    @classmethod
    def _fits(cls, value: int, info: ValidationInfo) -> int:
        told = value + info.data.get("improved", 0) + info.data.get("no_change", 0)
        if "asked" in info.data and told > info.data["asked"]:
            raise ValueError(f"That makes {told} views, and {info.data['asked']} were asked.")
        return value


NOBODY = GroupViews(asked=0, improved=0, no_change=0, worse=0)


class Views(Facts):
    """Follow-up views, people who use the service and their relatives apart."""

    people: GroupViews = NOBODY
    relatives: GroupViews = NOBODY
    said: str = Field(min_length=2, max_length=LONG)

    @property
    def asked(self) -> int:
        return self.people.asked + self.relatives.asked


class Observation(Facts):
    """What was seen: where, on which day, and by whom."""

    where: str = Field(min_length=2, max_length=200)
    on: date
    seen: str = Field(min_length=5, max_length=LONG)
    by: str = Field(min_length=2, max_length=200)


class Data(Facts):
    """A figure: of what, over which days, and where it comes from."""

    what: str = Field(min_length=3, max_length=200)
    starts_on: date
    ends_on: date
    value: str = Field(min_length=1, max_length=50)
    unit: str = Field(min_length=1, max_length=50)
    source: str = Field(min_length=3, max_length=200)

    @field_validator("ends_on")
    @classmethod
    def _in_order(cls, value: date, info: ValidationInfo) -> date:
        if "starts_on" in info.data and value < info.data["starts_on"]:
            raise ValueError("The last day is before the first.")
        return value


class Policy(Facts):
    """A policy as it now stands."""

    title: str = Field(min_length=3, max_length=200)
    version: str = Field(min_length=1, max_length=50)
    in_force_from: date


class Competence(StrEnum):
    """What a competency check found."""

    COMPETENT = "competent"
    WITH_SUPPORT = "competent with support"
    NOT_YET = "not yet competent"


class Competency(Facts):
    """Who was checked, and what was found."""

    who: str = Field(min_length=2, max_length=LONG)
    result: Competence


GROUPS: dict[str, type[Facts]] = {
    "briefing": Briefing,
    "views": Views,
    "observation": Observation,
    "data": Data,
    "policy": Policy,
    "competency": Competency,
    "elsewhere": Elsewhere,
}
BY_FORM = {Form.BRIEFING: "briefing", Form.VIEWS: "views"}
BY_KIND = {
    EvidenceKind.BRIEFING_ATTENDANCE: "briefing",
    EvidenceKind.OBSERVATION: "observation",
    EvidenceKind.DATA: "data",
    EvidenceKind.POLICY_VERSION: "policy",
    EvidenceKind.COMPETENCY_CHECK: "competency",
    EvidenceKind.RECORDED_ELSEWHERE: "elsewhere",
}


def groups_for(form: Form, kind: EvidenceKind | None) -> tuple[str, ...]:
    """Which facts are asked for: what the step's form asks for, then what this kind of evidence does."""
    asked = (BY_FORM.get(form), BY_KIND.get(kind) if kind else None)
    return tuple(dict.fromkeys(group for group in asked if group is not None))


def attendance(listed: str) -> list[str]:
    """The names of an attendance list, one from each line, without bullets or numbers before them."""
    return [name for line in listed.splitlines() if (name := _MARK.sub("", line).strip())]
