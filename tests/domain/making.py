"""Builders for the rules' tests: everything has a sensible default, a test names only what it is about."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from domain.deadlines import Calendar
from domain.journal import Escalation, Journal, PieceOfEvidence, Step
from domain.outcomes import Measured, Reached
from domain.pathways import Pathway
from domain.plans import Plan
from domain.vocabulary import Control, Form, Outcome, Risk, Status, StepStatus

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
DUE = datetime(2026, 11, 16, 23, 59, 59, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
CALENDAR = Calendar(LONDON, frozenset({date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)}))


REACHED = Measured(MONDAY.date(), Reached.REACHED, "92 %", "92 %")
"""An outcome that closes."""


def known(name: str) -> UUID:
    """The same key for the same name, so that failures can be read."""
    return uuid5(UUID(int=0), name)


OWNER, TEAM_LEADER, DEPUTY, MANAGER, OTHER = map(known, ("owner", "team leader", "deputy", "manager", "other"))

FACTS: dict[str, Any] = {
    "key": "two-proofs",
    "version": 1,
    "title": "Two proofs",
    "define": {"by": "quality lead", "due": "5 working days"},
    "assign": {"by": "registered manager", "due": "2 working days", "accept_within": "2 working days"},
    "return_within": "5 working days",
    "evidence": [
        {"key": "plans", "title": "Update the plans", "category": "processes"},
        {
            "key": "briefing",
            "title": "Brief staff",
            "form": "briefing",
            "who": "team leader",
            "category": "feedback from staff and leaders",
        },
    ],
    "checks": [
        {"key": "sample", "title": "Sample records", "who": "deputy manager", "due": "5 working days", "of": "records"}
    ],
    "approvals": [{"key": "approval", "title": "Decide", "who": "registered manager", "due": "3 working days"}],
    "ladders": {
        **{
            risk: [
                {"after": "1 working day", "tell": ["owner"]},
                {"after": "3 working days", "answer": "registered manager"},
                {"after": "10 working days", "answer": "quality lead"},
            ]
            for risk in ("low", "medium", "high")
        },
        "critical": [
            {"after": "4 hours", "tell": ["owner"]},
            {"after": "24 hours", "answer": "registered manager"},
        ],
    },
    "re_audits": {"who": "quality lead", "due": "5 working days", "after": {"medium": ["60 days"]}},
}


def make_pathway(**changes: Any) -> Pathway:
    """Two evidence steps in parallel, one sample, one approval."""
    return Pathway.model_validate(FACTS | changes)


def make_step(key: str, outcome: Outcome | None = None, **changes: Any) -> Step:
    """An open step, or one settled with this outcome by the one it was given to."""
    control, form, person = {
        "define": (Control.DEFINE, Form.DEFINITION, MANAGER),
        "owner": (Control.ASSIGN, Form.OWNER, MANAGER),
        "accept": (Control.ASSIGN, Form.ACCEPTANCE, OWNER),
        "support": (Control.ASSIGN, Form.SUPPORT, MANAGER),
        "why-reopened": (Control.EVIDENCE, Form.WHY_REOPENED, OWNER),
        "briefing": (Control.EVIDENCE, Form.BRIEFING, TEAM_LEADER),
        "sample": (Control.CHECK, Form.SAMPLE, DEPUTY),
        "approval": (Control.CLOSE, Form.APPROVAL, MANAGER),
    }.get(key, (Control.EVIDENCE, Form.EVIDENCE, OWNER))
    facts: dict[str, Any] = {"cycle": 1, "round": 1, "control": control, "form": form, "assignee_id": person}
    facts |= {"opened_at": MONDAY, "due_at": DUE, "status": StepStatus.OPEN}
    if outcome is not None:
        facts |= {"status": StepStatus.SETTLED, "outcome": outcome, "settled_at": MONDAY, "settled_by": person}
    facts |= {"key": key} | changes
    facts.setdefault("id", known(f"{key} {facts['cycle']} {facts['round']}"))
    return Step(**facts)


def accepted(**changes: Any) -> Step:
    return make_step("accept", Outcome.ACCEPTED, **changes)


def needs_support(turn: int = 1, **changes: Any) -> Step:
    return make_step("accept", Outcome.NEEDS_SUPPORT, round=turn, **changes)


def supported(turn: int = 1) -> Step:
    return make_step("support", Outcome.SUPPORTED, round=turn)


def sent(key: str, turn: int = 1, **changes: Any) -> Step:
    return make_step(key, Outcome.SUBMITTED, round=turn, **changes)


def failed(turn: int, *returned: str) -> Step:
    return make_step("sample", Outcome.FAILED, round=turn, returned_keys=returned)


def passed(turn: int = 1, **changes: Any) -> Step:
    return make_step("sample", Outcome.PASSED, round=turn, **changes)


def make_journal(*steps: Step, **changes: Any) -> Journal:
    """A defined, owned action of medium risk in its first cycle."""
    facts: dict[str, Any] = {
        "action_id": known("action"),
        "ref": "A-1",
        "status": Status.IN_PROGRESS,
        "risk": Risk.MEDIUM,
        "cycle": 1,
        "owner_id": OWNER,
        "due_at": DUE,
        "original_due_at": DUE,
        "is_defined": True,
        "is_ended": False,
        "cycle_closed_at": None,
        "pathway": make_pathway(),
        "calendar": CALENDAR,
        "steps": steps,
    }
    return Journal(**(facts | changes))


def ready_to_close(**changes: Any) -> Journal:
    """Everything is in from two categories, sampled and passed; the approval waits."""
    plans, briefing = sent("plans"), sent("briefing")
    evidence = (PieceOfEvidence(plans.id, "processes"), PieceOfEvidence(briefing.id, "feedback from staff and leaders"))
    return make_journal(
        *(accepted(), plans, briefing, passed(), make_step("approval")), **({"evidence": evidence} | changes)
    )


def fired(step: Step, rung: int, **changes: Any) -> Escalation:
    facts: dict[str, Any] = {"step_id": step.id, "rung": rung, "must_answer": False, "fired_at": MONDAY}
    return Escalation(**(facts | changes))


def keys_opened(plan: Plan) -> list[tuple[str, int]]:
    """The key and the round of each step that a plan opens."""
    return [(step.key, step.round) for step in plan.opens]
