"""Ending an action: its row, what was still asked for, and whom to tell."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ending import Standing
from domain.vocabulary import Risk, Status

_STANDING = "SELECT id, ref, status, risk, location_id FROM action"
_BY_REF = text(f"{_STANDING} WHERE ref = :ref")
# Both rows in one order, so that two that would supersede each other at once wait for one another.
_LOCK_BOTH = text(f"{_STANDING} WHERE id = ANY(:ids) ORDER BY id FOR UPDATE")
_END = text("""
UPDATE action SET status = :status, ended_reason = :reason, ended_at = :now, ended_by = :by,
    superseded_by_id = :instead, updated_at = :now
WHERE id = :id AND ended_at IS NULL
""")
_ENDED = text("SELECT status, ended_reason, ended_by, superseded_by_id FROM action WHERE id = :id")
# Nobody decides on their own request, not even by ending what it was for.
_END_EXTENSIONS = text("""
UPDATE extension SET decided_at = :now, granted = false, decision_reason = :reason,
    decided_by = CASE WHEN asked_by IS DISTINCT FROM CAST(:by AS uuid) THEN CAST(:by AS uuid) END
WHERE action_id = :id AND decided_at IS NULL
""")
_END_BARRIERS = text("""
UPDATE barrier SET answered_at = :now, answered_by = :by, answer = :reason
WHERE answered_at IS NULL AND step_id IN (SELECT id FROM step WHERE action_id = :id)
""")
_PEOPLE = text("""
SELECT DISTINCT p.id, p.name, p.email, p.password_hash IS NOT NULL AS signs_in FROM action a
LEFT JOIN step s ON s.action_id = a.id AND s.cycle = a.cycle AND s.status IN ('open', 'settled')
LEFT JOIN escalation e ON e.step_id = s.id AND e.must_answer AND e.answered_at IS NULL
JOIN person p ON p.id IN (a.owner_id, a.defined_by, s.assignee_id, s.assigned_for_id, s.settled_by, e.asked_id)
WHERE a.id = :id AND p.left_at IS NULL AND p.id IS DISTINCT FROM CAST(:by AS uuid) ORDER BY p.name, p.id
""")
_AROUND = text("""
SELECT b.ref AS by_ref, b.title AS by_title, w.name AS ended_by_name,
       array(SELECT o.ref FROM action o WHERE o.superseded_by_id = a.id ORDER BY o.ref) AS supersedes
FROM action a LEFT JOIN action b ON b.id = a.superseded_by_id LEFT JOIN person w ON w.id = a.ended_by WHERE a.id = :id
""")


@dataclass(frozen=True, slots=True)
class EndedFacts:
    """How an action was ended, where it was."""

    status: str
    ended_reason: str | None
    ended_by: UUID | None
    superseded_by_id: UUID | None


@dataclass(frozen=True, slots=True)
class Around:
    """What took an action's place, who ended it, and whose place it takes itself."""

    by_ref: str | None
    by_title: str | None
    ended_by_name: str | None
    supersedes: list[str]


async def find_standing(connection: AsyncConnection, ref: str) -> Standing | None:
    row = (await connection.execute(_BY_REF, {"ref": ref})).one_or_none()
    return None if row is None else _standing(row)


async def lock_standings(connection: AsyncConnection, ids: set[UUID]) -> dict[UUID, Standing]:
    """Take the rows of an action and of what takes its place."""
    return {row.id: _standing(row) for row in await connection.execute(_LOCK_BOTH, {"ids": sorted(ids)})}


def _standing(row: Any) -> Standing:
    return Standing(row.id, row.ref, Status(row.status), Risk(row.risk) if row.risk else None, row.location_id)


async def end_action(
    connection: AsyncConnection,
    action_id: UUID,
    status: Status,
    reason: str,
    by: UUID | None,
    instead: UUID | None,
    now: datetime,
) -> None:
    """Write down that and why it ended. What was asked for with it is answered: nobody waits any more."""
    values = {"id": action_id, "reason": reason, "by": by, "now": now}
    await connection.execute(_END, {**values, "status": str(status), "instead": instead})
    words = f"The action was {status}: {reason}"
    await connection.execute(_END_EXTENSIONS, {**values, "reason": words})
    await connection.execute(_END_BARRIERS, {**values, "reason": words})


async def how_it_ended(connection: AsyncConnection, action_id: UUID) -> EndedFacts:
    return EndedFacts(**(await connection.execute(_ENDED, {"id": action_id})).one()._mapping)


async def people_in(connection: AsyncConnection, action_id: UUID, but: UUID | None) -> list[Any]:
    """Everyone who has or had part in the present cycle but the one who ends it, and whether they have a password."""
    return list((await connection.execute(_PEOPLE, {"id": action_id, "by": but})).all())


async def around(connection: AsyncConnection, action_id: UUID) -> Around:
    """What an action's page says of its ending, and of those it took the place of."""
    return Around(**(await connection.execute(_AROUND, {"id": action_id})).one()._mapping)
