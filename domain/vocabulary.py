"""The words of the tracker, as the care sector uses them. Stored as they are written here."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may be at one location, or at all of them, from a date to a date."""

    NOMINATED_INDIVIDUAL = "nominated individual"
    REGISTERED_MANAGER = "registered manager"
    DEPUTY_MANAGER = "deputy manager"
    QUALITY_LEAD = "quality lead"
    SAFEGUARDING_LEAD = "safeguarding lead"
    ENGAGEMENT_LEAD = "engagement lead"
    CARE_COORDINATOR = "care coordinator"
    TEAM_LEADER = "team leader"
    KEY_WORKER = "key worker"
    COMMISSIONER = "commissioner"
    INSPECTOR = "inspector"
    ADMINISTRATOR = "administrator"


class Source(StrEnum):
    """Where a finding came from."""

    AUDIT = "audit"
    INCIDENT = "incident"
    COMPLAINT = "complaint"
    FEEDBACK = "feedback"
    MEETING = "meeting"
    SAFEGUARDING = "safeguarding"
    STAFFING_RISK = "staffing risk"
    CARE_RECORD_FINDING = "care-record finding"
    SUPERVISION = "supervision"
    MOCK_INSPECTION = "mock inspection"
    CQC_MUST_DO = "CQC must-do"
    CQC_SHOULD_DO = "CQC should-do"
    COMMISSIONER_VISIT = "commissioner visit"


class Risk(StrEnum):
    """How much harm could come of leaving the finding as it is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Status(StrEnum):
    """Where an action stands. Overdue, escalated, blocked and reopened are derived, never stored."""

    DRAFT = "draft"
    AWAITING_ACCEPTANCE = "awaiting acceptance"
    IN_PROGRESS = "in progress"
    EVIDENCE_SUBMITTED = "evidence submitted"
    RETURNED = "returned"
    SAMPLE_AUDIT = "sample audit"
    AWAITING_APPROVAL = "awaiting approval"
    CLOSED_MONITORING = "closed – monitoring"
    SUSTAINED = "sustained"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"

    @property
    def is_open(self) -> bool:
        """An open action still needs somebody to do something before it can close."""
        return self not in FINISHED


FINISHED = frozenset({Status.CLOSED_MONITORING, Status.SUSTAINED, Status.CANCELLED, Status.SUPERSEDED})


class Control(StrEnum):
    """The controls in order, closing in two parts (check, close), and what follows closure.

    The fifth of them, escalation, is no part of this order: it runs beside the others.
    """

    DEFINE = "define"
    ASSIGN = "assign"
    EVIDENCE = "evidence"
    CHECK = "check"
    CLOSE = "close"
    SUSTAIN = "sustain"


class Form(StrEnum):
    """What a step asks a person for."""

    DEFINITION = "definition"
    OWNER = "owner"
    ACCEPTANCE = "acceptance"
    EVIDENCE = "evidence"
    BRIEFING = "briefing"
    VIEWS = "views"
    SAMPLE = "sample"
    APPROVAL = "approval"
    WHY_REOPENED = "why reopened"
    SUPPORT = "support"

    @property
    def needs_account(self) -> bool:
        """Checks and decisions need a signed-in person; what owners do needs only their link."""
        return self in {Form.DEFINITION, Form.OWNER, Form.SUPPORT, Form.SAMPLE, Form.APPROVAL}


class StepStatus(StrEnum):
    """An open step waits for a person; a settled one has its answer; a void one is not asked any more."""

    OPEN = "open"
    SETTLED = "settled"
    VOID = "void"


class Outcome(StrEnum):
    """How a step was settled."""

    DEFINED = "defined"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NEEDS_SUPPORT = "needs support"
    SUPPORTED = "supported"
    SUBMITTED = "submitted"
    NOT_NEEDED = "not needed"
    WITHDRAWN = "withdrawn"
    PASSED = "passed"
    FAILED = "failed"
    APPROVED = "approved"
    REJECTED = "rejected"


RETURNING = frozenset({Outcome.FAILED, Outcome.REJECTED})
SENT = frozenset({Outcome.SUBMITTED, Outcome.NOT_NEEDED})


class ReAuditStatus(StrEnum):
    """Where a re-audit stands. Missed ones count as not passed; void ones belong to a cycle that was reopened."""

    PLANNED = "planned"
    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    MISSED = "missed"
    VOID = "void"


class Reopened(StrEnum):
    """Why a closed action opened again."""

    RE_AUDIT_FAILED = "re-audit failed"
    RE_AUDIT_MISSED = "re-audit missed"
    REPEAT_FINDING = "repeat finding"


class EvidenceKind(StrEnum):
    """What a piece of evidence is."""

    CARE_PLAN_UPDATE = "care plan update"
    DAILY_RECORD = "daily record"
    HANDOVER_NOTE = "handover note"
    BRIEFING_ATTENDANCE = "briefing attendance"
    COMPETENCY_CHECK = "competency check"
    OBSERVATION = "observation"
    FEEDBACK_PERSON = "feedback from a person"
    FEEDBACK_RELATIVE = "feedback from a relative"
    FEEDBACK_STAFF = "feedback from staff"
    FEEDBACK_PARTNER = "feedback from a partner"
    POLICY_VERSION = "policy version"
    MINUTES = "minutes"
    PHOTO = "photo"
    DATA = "data"
    RECORDED_ELSEWHERE = "recorded in another system"


class Category(StrEnum):
    """CQC's six evidence categories (single assessment framework)."""

    PEOPLE = "people's experience"
    STAFF = "feedback from staff and leaders"
    PARTNERS = "feedback from partners"
    OBSERVATION = "observation"
    PROCESSES = "processes"
    OUTCOMES = "outcomes"


class Identified(StrEnum):
    """How the service knew who somebody was when they did something."""

    LINK = "link"
    LOGIN = "login"
    SECOND_FACTOR = "second factor"
    OPERATOR = "operator"
    SYSTEM = "system"
    API_KEY = "API key"
