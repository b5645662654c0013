"""What a system is told. Roles, dates and statuses; names and people's words only where a key was given for them."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.connecting import EventKind
from domain.strength import Kind, Strength
from domain.vocabulary import Control, Form, Outcome, Risk, Role, Source, Status, StepStatus


class Links(BaseModel):
    """Where to go on: `self` for programs, `page` for people who are signed in."""

    model_config = ConfigDict(populate_by_name=True)
    self_: str = Field(alias="self")
    page: str


class Lack(BaseModel):
    """What keeps an action a draft."""

    pointer: str = Field(description="Which field, as a JSON pointer into what was sent", examples=["#/risk"])
    detail: str = Field(examples=["Rate the risk."])


class WordingAdvice(BaseModel):
    """What could be said better. Advice, never a refusal."""

    lack: str
    reason: str
    question: str


class StrengthOut(BaseModel):
    """How likely the action is to hold without anybody remembering it."""

    strength: Strength | None
    kind: Kind | None = Field(default=None, description="What its words say it does")
    chosen: bool = Field(default=False, description="Whether it was sent so, or the words suggest it")


class RaisedOut(BaseModel):
    """What became of what was sent."""

    ref: str = Field(examples=["FT-2026-0042"])
    finding_id: UUID
    status: Status = Field(description="`draft` until a person has completed it")
    lacks: list[Lack] = Field(description="What a person is asked to add; empty when it went to its owner")
    links: Links


class ActionRaisedOut(RaisedOut):
    """What became of an action that was sent, with advice on its wording."""

    advice: list[WordingAdvice]
    strength: StrengthOut


class ActionBrief(BaseModel):
    """How an action stands, in one line."""

    ref: str
    status: Status
    control: Control | None = Field(description="Which of the five controls it waits at, or `sustain` after closure")
    location_id: UUID | None
    source: Source | None
    theme: str | None
    risk: Risk | None
    cycle: int = Field(description="1, and one more each time it was reopened")
    due_at: datetime | None = Field(description="The current date: the last second of the day, in UTC")
    original_due_at: datetime | None = Field(description="The first date; “on time” is measured against it for ever")
    is_overdue: bool
    external_ref: str | None
    created_at: datetime
    changed_at: datetime = Field(description="When anything about it last went on the trail")
    links: Links


class StepOut(BaseModel):
    """One task that somebody was asked to do."""

    cycle: int
    key: str
    round: int
    control: Control
    form: Form
    title: str
    role: str = Field(description="“owner”, or the role that was asked")
    status: StepStatus
    outcome: Outcome | None
    opened_at: datetime
    due_at: datetime
    original_due_at: datetime
    settled_at: datetime | None
    asked: str | None = Field(default=None, description="Only with the purpose “read names and words”")


class EscalationOut(BaseModel):
    """A rung of the ladder that fired."""

    step: str
    cycle: int
    rung: int
    role: str
    must_answer: bool
    fired_at: datetime
    answered_at: datetime | None
    answer: str | None
    revised_due_at: datetime | None
    risk_now: str | None = Field(default=None, description="Only with the purpose “read names and words”")
    interim_control: str | None = Field(default=None, description="Only with the purpose “read names and words”")


class ClosureOut(BaseModel):
    """Improvement was evidenced, and somebody independent decided so."""

    cycle: int
    closed_at: datetime
    fingerprint: str = Field(description="SHA-256 over what the decision relied on, in hexadecimal")
    rationale: str | None = Field(default=None, description="Only with the purpose “read names and words”")
    measured: str | None = Field(default=None, description="Only with the purpose “read names and words”")


class ReAuditOut(BaseModel):
    """A check planned after closure."""

    cycle: int
    number: int
    due_at: datetime
    status: str


class WordsOut(BaseModel):
    """What people wrote, for keys with the purpose “read names and words”."""

    title: str
    summary: str
    what_will_change: str
    measure: dict[str, Any] | None
    outcome_test: str | None
    closure_criteria: str | None
    owner: str | None
    draft_reasons: list[str] = Field(description="Why it is still a draft")


class ActionOut(ActionBrief):
    """How an action stands."""

    pathway: str
    pathway_version: int
    found_on: date | None
    steps: list[StepOut]
    escalations: list[EscalationOut]
    closures: list[ClosureOut]
    re_audits: list[ReAuditOut]
    words: WordsOut | None = Field(default=None, description="Only with the purpose “read names and words”")


class ActionsOut(BaseModel):
    """One page of actions, oldest first."""

    items: list[ActionBrief]
    next: str | None = Field(description="The cursor of the next page; null on the last one")
    as_of: datetime = Field(description="Give this as `updated_since` next time to miss nothing")


class TrailEntryOut(BaseModel):
    """One entry of the audit trail."""

    seq: int
    at: datetime
    what: str
    identified_by: str = Field(description="How the service knew who it was")
    object_type: str
    hash: str = Field(description="SHA-256 of the entry and the one before it, in hexadecimal")
    actor: str | None = Field(default=None, description="Only with the purpose “read names and words”")
    words: dict[str, Any] | None = Field(default=None, description="Only with the purpose “read names and words”")


class TrailOut(BaseModel):
    """One page of the trail, oldest first."""

    items: list[TrailEntryOut]
    next: str | None


class LocationOut(BaseModel):
    """A home or service that the key may raise findings at."""

    id: UUID
    name: str


class LocationsOut(BaseModel):
    """Every location of this key, by name."""

    items: list[LocationOut]


class PathwayStepOut(BaseModel):
    """One step that a pathway asks for."""

    key: str
    title: str
    who: str
    control: Control


class PathwayOut(BaseModel):
    """The newest published version of a pathway."""

    key: str
    version: int
    title: str
    defined_by: Role | str
    steps: list[PathwayStepOut]


class PathwaysOut(BaseModel):
    """Every pathway, by key."""

    items: list[PathwayOut]


class HealthOut(BaseModel):
    """The API answers, and so does its database."""

    status: Literal["ok"]
    version: str


class EventData(BaseModel):
    """Which action, and how it stands now. Ids and statuses only."""

    ref: str
    action_id: UUID
    location_id: UUID | None = None
    status: Status
    cycle: int
    due_at: datetime | None = None
    original_due_at: datetime | None = None
    was: dict[str, Any] | None = Field(default=None, description="Status and due date before the change")
    escalation: dict[str, Any] | None = Field(default=None, description="Rung, role and whether it must be answered")
    sequence: int = Field(description="Grows with each event; a lower one that comes later is older news")


class Event(BaseModel):
    """What a webhook is told."""

    type: EventKind
    timestamp: datetime
    data: EventData
