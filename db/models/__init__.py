"""The tables. What must not happen is a constraint here, not an `if` elsewhere."""

from db.models.action import Action, ActionRun, Cycle, Finding, RefCounter
from db.models.base import Base, Json, metadata
from db.models.closing import Closure, ReAudit, RepeatFinding
from db.models.connecting import ApiKey, ApiRequest, Webhook, WebhookDelivery
from db.models.defining import CrosswalkChange, DefinitionDraft, FrameworkReference
from db.models.escalation import Escalation
from db.models.evidence import Blob, Evidence
from db.models.message import ImportBatch, ImportRow, Message
from db.models.pathway import PathwayDraft, PathwayDraftSave, PathwayVersion
from db.models.people import Absence, Location, Person, RoleAssignment, Session, SignInTry
from db.models.request import Barrier, Extension
from db.models.review import Review, ReviewLine, ReviewRung, ReviewSchedule
from db.models.sample import SampleAudit, SampleItem
from db.models.small_home import SmallHome
from db.models.step import Link, LinkSession, Step, Submission
from db.models.trail import TrailCheckpoint, TrailEntry, TrailPending
from db.models.triggers import STATEMENTS as TRIGGER_STATEMENTS
from db.models.undelivered import Undelivered
from db.models.webhook_triggers import STATEMENTS as WEBHOOK_STATEMENTS
from db.models.words import ActionWords

__all__ = [
    "TRIGGER_STATEMENTS",
    "WEBHOOK_STATEMENTS",
    "Absence",
    "Action",
    "ActionRun",
    "ActionWords",
    "ApiKey",
    "ApiRequest",
    "Barrier",
    "Base",
    "Blob",
    "Closure",
    "CrosswalkChange",
    "Cycle",
    "DefinitionDraft",
    "Escalation",
    "Evidence",
    "Extension",
    "Finding",
    "FrameworkReference",
    "ImportBatch",
    "ImportRow",
    "Json",
    "Link",
    "LinkSession",
    "Location",
    "Message",
    "PathwayDraft",
    "PathwayDraftSave",
    "PathwayVersion",
    "Person",
    "ReAudit",
    "RefCounter",
    "RepeatFinding",
    "Review",
    "ReviewLine",
    "ReviewRung",
    "ReviewSchedule",
    "RoleAssignment",
    "SampleAudit",
    "SampleItem",
    "Session",
    "SignInTry",
    "SmallHome",
    "Step",
    "Submission",
    "TrailCheckpoint",
    "TrailEntry",
    "TrailPending",
    "Undelivered",
    "Webhook",
    "WebhookDelivery",
    "metadata",
]  # fmt: skip
