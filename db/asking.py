"""What a person needs to read before they answer a step."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ASK = text("""
SELECT s.id, s.action_id, s.key, s.round, s.cycle, s.control, s.form, s.title, s.role, s.status, s.outcome,
       s.assignee_id, s.opened_at, s.due_at, s.original_due_at, s.settled_at,
       a.ref, a.due_at AS action_due_at, a.title AS action_title,
       a.what_will_change, a.pathway_version_id, a.risk, a.measure, a.outcome_test,
       a.closure_criteria, a.location_id,
       coalesce(l.name, 'no location yet') AS location, f.summary AS why, p.name AS person, c.name AS covering,
       (SELECT coalesce(b.return_reasons ->> s.key, b.reasons) FROM step b
        WHERE b.action_id = s.action_id AND b.cycle = s.cycle AND b.returned_keys ? s.key
          AND b.outcome IN ('failed', 'rejected') AND b.settled_at <= s.opened_at
        ORDER BY b.settled_at DESC LIMIT 1) AS returned_because,
       (SELECT y.opened_because FROM cycle y WHERE y.action_id = s.action_id AND y.number = s.cycle)
          AS reopened_because,
       (SELECT e.role FROM escalation e WHERE e.step_id = s.id AND e.must_answer AND e.answered_at IS NULL
        ORDER BY e.rung DESC LIMIT 1) AS escalated_to,
       (SELECT jsonb_build_object('support', e.support, 'control', e.interim_control) FROM escalation e
        WHERE e.step_id = s.id AND e.answer_kind <> 'overtaken' ORDER BY e.answered_at DESC LIMIT 1) AS decided,
       (SELECT b.reasons FROM step b WHERE b.action_id = s.action_id AND b.cycle = s.cycle AND b.key = 'support'
          AND b.outcome = 'supported' AND b.round = s.round - 1 AND s.key = 'accept') AS helped,
       (SELECT jsonb_build_object('granted', x.granted, 'reason', x.decision_reason) FROM extension x
        WHERE x.step_id = s.id AND x.decision_reason IS NOT NULL ORDER BY x.decided_at DESC LIMIT 1) AS time_decided,
       (SELECT b.answer FROM barrier b WHERE b.step_id = s.id AND b.answer IS NOT NULL
        ORDER BY b.answered_at DESC LIMIT 1) AS barrier_answer,
       (SELECT count(*) FROM extension x WHERE x.step_id = s.id AND x.decided_at IS NULL) AS extensions,
       (SELECT count(*) FROM barrier b WHERE b.step_id = s.id AND b.answered_at IS NULL) AS barriers
FROM step s JOIN action a ON a.id = s.action_id JOIN finding f ON f.id = a.finding_id
LEFT JOIN location l ON l.id = a.location_id
LEFT JOIN person p ON p.id = s.assignee_id LEFT JOIN person c ON c.id = s.assigned_for_id
WHERE s.id = :id
""")
_ANSWERED = text("""
SELECT u.id, u.received_at, u.after_due, u.kept_as, u.answer FROM submission u
WHERE u.step_id = :step_id AND u.person_id = :person_id ORDER BY u.received_at DESC LIMIT 1
""")
_TAKEN_BACK = text("""
SELECT u.answer FROM submission u JOIN step b ON b.id = u.step_id JOIN step s ON s.id = :step_id
WHERE b.action_id = s.action_id AND b.cycle = s.cycle AND b.key = s.key AND b.round = s.round - 1
  AND b.outcome = 'withdrawn' AND u.kept_as = 'withdrawn' AND u.person_id = :person_id
""")
_OTHER_OPEN = text("""
SELECT s.id, s.title, s.form, s.due_at, s.assignee_id, p.name AS person, s.role,
       (SELECT k.id FROM link k WHERE k.step_id = s.id AND k.person_id = s.assignee_id AND k.revoked_at IS NULL
        ORDER BY k.created_at DESC LIMIT 1) AS link_id
FROM step s LEFT JOIN person p ON p.id = s.assignee_id
WHERE s.action_id = :action_id AND s.status = 'open' ORDER BY s.due_at, s.id
""")


@dataclass(frozen=True, slots=True)
class AskFacts:
    """One step, as its page shows it."""

    id: UUID
    action_id: UUID
    key: str
    round: int
    cycle: int
    control: str
    form: str
    title: str
    role: str
    status: str
    outcome: str | None
    assignee_id: UUID | None
    opened_at: datetime
    due_at: datetime
    original_due_at: datetime
    settled_at: datetime | None
    ref: str
    action_due_at: datetime | None
    action_title: str
    what_will_change: str
    pathway_version_id: UUID
    risk: str | None
    measure: dict[str, Any] | None
    outcome_test: str | None
    closure_criteria: str | None
    location_id: UUID | None
    location: str
    why: str
    person: str | None
    covering: str | None
    returned_because: str | None
    reopened_because: str | None
    escalated_to: str | None
    decided: dict[str, Any] | None
    helped: str | None
    time_decided: dict[str, Any] | None
    barrier_answer: str | None
    extensions: int
    barriers: int

    @property
    def path(self) -> str:
        return f"/steps/{self.id}"

    @property
    def is_open(self) -> bool:
        return self.status == "open"


async def load_ask(connection: AsyncConnection, step_id: UUID) -> AskFacts | None:
    row = (await connection.execute(_ASK, {"id": step_id})).one_or_none()
    return None if row is None else AskFacts(**row._mapping)


async def last_answer(connection: AsyncConnection, step_id: UUID, person_id: UUID) -> Any:
    """The newest submission of a person to a step, counted or late; None where there is none."""
    return (await connection.execute(_ANSWERED, {"step_id": step_id, "person_id": person_id})).one_or_none()


async def taken_back_answer(connection: AsyncConnection, step_id: UUID, person_id: UUID) -> dict[str, Any] | None:
    """What this person took back in the round before, to be corrected; None where they took nothing back."""
    bound = {"step_id": step_id, "person_id": person_id}
    return (await connection.execute(_TAKEN_BACK, bound)).scalar_one_or_none()


async def open_steps_of(connection: AsyncConnection, action_id: UUID) -> list[Any]:
    """What an action waits for now, soonest first."""
    return list((await connection.execute(_OTHER_OPEN, {"action_id": action_id})).all())
