"""Rows of the ladder: which rungs fired, who was asked, what they answered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Escalation
from db.models.base import Json

_ONE = text(
    "SELECT id, action_id, step_id, rung, role, must_answer, asked_id, fired_at, answered_at, answered_by"
    " FROM escalation WHERE id = :id"
)
# Answering a rung answers the lower ones of the same step that still waited.
_ANSWER = text(
    "UPDATE escalation SET answered_at = :now, answered_by = :by, answer_kind = :kind, risk_now = :risk_now,"
    " interim_control = :interim_control, revised_due_at = :revised_due_at, shown_hash = :shown"
    " WHERE step_id = :step_id AND rung <= :rung AND must_answer AND answered_at IS NULL"
)


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
    fired_at: datetime
    answered_at: datetime | None
    answered_by: UUID | None


async def insert_escalation(connection: AsyncConnection, values: Json) -> bool:
    """Record a rung; False when it had fired before. The unique (step, rung) decides."""
    statement = insert(Escalation).values(values).on_conflict_do_nothing(index_elements=["step_id", "rung"])
    return (await connection.execute(statement)).rowcount == 1


async def load_escalation(connection: AsyncConnection, escalation_id: UUID) -> EscalationFacts | None:
    row = (await connection.execute(_ONE, {"id": escalation_id})).one_or_none()
    return None if row is None else EscalationFacts(**row._mapping)


async def answer_escalation(connection: AsyncConnection, values: Json) -> bool:
    return (await connection.execute(_ANSWER, values)).rowcount > 0
