"""Requests from owners: barriers and more time, and who decides them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Barrier, Extension
from db.models.base import Json
from domain.covering import Asked

_EXTENSION = text(
    "SELECT id, action_id, step_id, asked_by, asked_at, reason, wanted_due_at, decider_id, decider_for_id, decided_at,"
    " granted FROM extension WHERE id = :id"
)
_DECIDE = text(
    "UPDATE extension SET decided_by = :by, decided_for_id = :for, decided_at = :now, granted = :granted,"
    " decision_reason = :reason,"
    " risk_now = :risk_now, interim_control = :interim_control, revised_due_at = :revised_due_at"
    " WHERE id = :id AND decided_at IS NULL"
)
_PENDING = text("SELECT id FROM extension WHERE step_id = :step_id AND decided_at IS NULL")
_BARRIER = text("SELECT id, step_id, told_by, barrier, asked_id, asked_for_id, answered_at FROM barrier WHERE id = :id")
_ANSWER = text(
    "UPDATE barrier SET answered_by = :by, answered_for_id = :for, answered_at = :now, answer = :answer"
    " WHERE id = :id AND answered_at IS NULL"
)
# With `left`, only what whoever has lost the step had asked. What was told of it in a weekly review was the reviewer's,
# and is in the way of whoever has the step next as well.
_LEFT = """(NOT :left OR ({by} IS DISTINCT FROM s.assignee_id AND {by} IS DISTINCT FROM s.assigned_for_id))"""
_GIVEN_AWAY = text(f"""
UPDATE barrier b SET answered_by = :by, answered_at = :now FROM step s
WHERE b.step_id = ANY(:steps) AND b.answered_at IS NULL AND s.id = b.step_id AND {_LEFT.format(by="b.told_by")}
AND (NOT :left OR NOT EXISTS (SELECT 1 FROM review_line l WHERE l.barrier_id = b.id)) RETURNING b.id, s.key
""")
# Nobody decides on their own request, not even by giving away what it was for.
_TIME_GIVEN_AWAY = text(f"""
UPDATE extension x SET decided_by = nullif(CAST(:by AS uuid), x.asked_by), decided_at = :now, granted = false
FROM step s WHERE x.step_id = ANY(:steps) AND x.decided_at IS NULL AND s.id = x.step_id
AND {_LEFT.format(by="x.asked_by")} RETURNING x.id, s.key
""")
_SEEN = "SELECT 1 FROM {} WHERE request_id = :request_id"
_MOVE_DUE = text("UPDATE step SET due_at = :due WHERE id = :id AND status = 'open'")
_MOVE_ACTION = text(
    "UPDATE action SET due_at = :due, updated_at = :now WHERE id = :id AND (due_at IS NULL OR due_at < :due)"
)


@dataclass(frozen=True, slots=True)
class ExtensionFacts:
    """More time that was asked for."""

    id: UUID
    action_id: UUID
    step_id: UUID
    asked_by: UUID
    asked_at: datetime
    reason: str
    wanted_due_at: datetime
    decider_id: UUID | None
    decider_for_id: UUID | None
    decided_at: datetime | None
    granted: bool | None

    @property
    def asked(self) -> Asked:
        return Asked(self.decider_id, self.decider_for_id)


@dataclass(frozen=True, slots=True)
class BarrierFacts:
    """What is in somebody's way."""

    id: UUID
    step_id: UUID
    told_by: UUID
    barrier: str
    asked_id: UUID | None
    asked_for_id: UUID | None
    answered_at: datetime | None

    @property
    def asked(self) -> Asked:
        return Asked(self.asked_id, self.asked_for_id)


async def load_extension(connection: AsyncConnection, extension_id: UUID) -> ExtensionFacts | None:
    row = (await connection.execute(_EXTENSION, {"id": extension_id})).one_or_none()
    return None if row is None else ExtensionFacts(**row._mapping)


async def pending_extension(connection: AsyncConnection, step_id: UUID) -> UUID | None:
    return (await connection.execute(_PENDING, {"step_id": step_id})).scalar_one_or_none()


async def insert_extension(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(Extension), values)


async def decide_extension(connection: AsyncConnection, values: Json) -> bool:
    return (await connection.execute(_DECIDE, values)).rowcount == 1


async def load_barrier(connection: AsyncConnection, barrier_id: UUID) -> BarrierFacts | None:
    row = (await connection.execute(_BARRIER, {"id": barrier_id})).one_or_none()
    return None if row is None else BarrierFacts(**row._mapping)


async def insert_barrier(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(Barrier), values)


async def answer_barrier(
    connection: AsyncConnection, barrier_id: UUID, by: UUID, covered_id: UUID | None, answer: str, now: datetime
) -> bool:
    values = {"id": barrier_id, "by": by, "for": covered_id, "answer": answer, "now": now}
    return (await connection.execute(_ANSWER, values)).rowcount == 1


async def answer_by_giving_away(
    connection: AsyncConnection, step_ids: list[UUID], by: UUID | None, now: datetime, *, left: bool
) -> list[Row[Any]]:
    """Settle, without words of its own, what is in the way of steps that somebody else does now; (id, key of step).

    `left` leaves alone what is asked by whoever has the step now, or whom they cover, and what a weekly review said.
    """
    bound = {"steps": step_ids, "by": by, "now": now, "left": left}
    return list((await connection.execute(_GIVEN_AWAY, bound)).all())


async def end_time_by_giving_away(
    connection: AsyncConnection, step_ids: list[UUID], by: UUID | None, now: datetime, *, left: bool
) -> list[Row[Any]]:
    """The same for more time that was asked for: whoever does the step now asks anew; (id, key of step)."""
    bound = {"steps": step_ids, "by": by, "now": now, "left": left}
    return list((await connection.execute(_TIME_GIVEN_AWAY, bound)).all())


async def seen_before(connection: AsyncConnection, table: str, request_id: UUID) -> bool:
    """Whether this very form was received before, for `barrier` or `extension`."""
    assert table in ("barrier", "extension")
    found = await connection.execute(text(_SEEN.format(table)), {"request_id": request_id})
    return found.first() is not None


async def revise_due(
    connection: AsyncConnection,
    step_id: UUID,
    action_id: UUID,
    due: datetime,
    moves_action: bool,
    now: datetime,
) -> None:
    """Move an open step's due date, and the action's with it where it would be later. Originals stay."""
    await connection.execute(_MOVE_DUE, {"id": step_id, "due": due})
    if moves_action:
        await connection.execute(_MOVE_ACTION, {"id": action_id, "due": due, "now": now})
