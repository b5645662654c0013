"""Rows of the ladder: which rungs fired, who was asked, what they answered."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Escalation
from db.models.base import Json
from db.trail import canonical
from domain.covering import Asked

_ONE = text(
    "SELECT id, action_id, step_id, rung, role, must_answer, asked_id, asked_for_id, fired_at, answered_at, answered_by"
    " FROM escalation WHERE id = :id"
)
_ANSWER = text("""
UPDATE escalation SET answered_at = :now, answered_by = :by, answered_for_id = :for, answer_kind = :kind,
    risk_now = :risk_now, interim_control = :interim_control, revised_due_at = :revised_due_at, support = :support,
    reassigned_to = :reassigned_to, shown_hash = :shown
WHERE id = :id AND must_answer AND answered_at IS NULL
""")
_WAITING = text(
    "SELECT id, rung FROM escalation WHERE step_id = :step_id AND must_answer AND answered_at IS NULL FOR UPDATE"
)
_OVERTAKE = text("""
UPDATE escalation SET answered_at = :now, answer_kind = 'overtaken', overtaken_because = :because
WHERE id = ANY(:ids) AND answered_at IS NULL
""")
# All that an answer rests on; what changed since the page was opened makes another page of it.
_SHOWN = text("""
SELECT e.id, e.rung, e.answered_at, s.id AS step, s.key, s.round, s.status, s.assignee_id AS "with",
       s.due_at AS due, s.original_due_at AS original, v.key || ' ' || v.version AS pathway, a.risk,
       (SELECT max(x.rung) FROM escalation x WHERE x.step_id = s.id) AS highest
FROM escalation e JOIN step s ON s.id = e.step_id JOIN action a ON a.id = e.action_id
JOIN pathway_version v ON v.id = a.pathway_version_id WHERE e.id = :id
""")


@dataclass(frozen=True, slots=True)
class EscalationFacts:
    """One rung that fired."""

    id: UUID
    action_id: UUID
    step_id: UUID
    rung: int
    role: str
    must_answer: bool
    asked_id: UUID | None
    asked_for_id: UUID | None
    fired_at: datetime
    answered_at: datetime | None
    answered_by: UUID | None

    @property
    def asked(self) -> Asked:
        return Asked(self.asked_id, self.asked_for_id)


async def insert_escalation(connection: AsyncConnection, values: Json) -> bool:
    """Record a rung; False when it had fired before. The unique (step, rung) decides."""
    statement = insert(Escalation).values(values).on_conflict_do_nothing(index_elements=["step_id", "rung"])
    return (await connection.execute(statement)).rowcount == 1


async def load_escalation(connection: AsyncConnection, escalation_id: UUID) -> EscalationFacts | None:
    row = (await connection.execute(_ONE, {"id": escalation_id})).one_or_none()
    return None if row is None else EscalationFacts(**row._mapping)


async def answer_escalation(connection: AsyncConnection, values: Json) -> bool:
    """Store the answer of one rung; False when it has ended already."""
    return (await connection.execute(_ANSWER, values)).rowcount == 1


async def waiting_rungs(connection: AsyncConnection, step_id: UUID) -> dict[int, UUID]:
    """The rungs of a step that still wait for an answer."""
    found = await connection.execute(_WAITING, {"step_id": step_id})
    return {row.rung: row.id for row in found}


async def overtake(connection: AsyncConnection, ids: list[UUID], because: str, now: datetime) -> None:
    """End these rungs without an answer of their own, saying why."""
    await connection.execute(_OVERTAKE, {"ids": ids, "because": because, "now": now})


async def what_is_shown(connection: AsyncConnection, escalation_id: UUID) -> bytes:
    """The hash of what somebody who answers has before them: the rung, the step, its dates, who has it."""
    row = (await connection.execute(_SHOWN, {"id": escalation_id})).one()
    said = {"form": "escalation 1"} | {
        name: None if value is None else str(value) for name, value in row._mapping.items()
    }
    return sha256(canonical(said)).digest()
