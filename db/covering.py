"""Requests that wait for an answer of one person: escalations, more time asked for, and barriers."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.covering import Asked

_WAITING = """
SELECT * FROM (
    SELECT 'escalation' AS kind, e.id, e.action_id, e.step_id, e.asked_id, e.asked_for_id AS for_id, e.role, e.rung,
           CAST(NULL AS uuid) AS asker_id, '' AS words, e.fired_at AS since,
           CAST(NULL AS timestamptz) AS wanted
    FROM escalation e WHERE e.must_answer AND e.answered_at IS NULL
    UNION ALL
    SELECT 'extension', x.id, x.action_id, x.step_id, x.decider_id, x.decider_for_id, '', 0, x.asked_by, x.reason,
           x.asked_at, x.wanted_due_at
    FROM extension x JOIN step s ON s.id = x.step_id WHERE x.decided_at IS NULL AND s.status = 'open'
    UNION ALL
    SELECT 'barrier', b.id, s.action_id, b.step_id, b.asked_id, b.asked_for_id, '', 0, b.told_by, b.barrier, b.told_at,
           NULL
    FROM barrier b JOIN step s ON s.id = b.step_id WHERE b.answered_at IS NULL AND s.status = 'open'
) w
"""
_OF_PERSON = text(f"{_WAITING} WHERE w.asked_id = :person ORDER BY w.action_id, w.id")
_ONE = text(f"{_WAITING} WHERE w.id = :id")
# Away with a cover, or away while they cover for somebody; left; or nobody could be asked at the time.
_ASTRAY = text(f"""
{_WAITING} WHERE w.asked_id IS NULL OR EXISTS (SELECT 1 FROM person p WHERE p.id = w.asked_id AND p.left_at IS NOT NULL)
OR EXISTS (SELECT 1 FROM absence ab WHERE ab.person_id = w.asked_id AND ab.cancelled_at IS NULL
           AND :day BETWEEN ab.starts_on AND ab.ends_on AND (ab.cover_id IS NOT NULL OR w.for_id IS NOT NULL))
ORDER BY w.since, w.id LIMIT 2000
""")
_GIVE = {
    "escalation": text(
        "UPDATE escalation SET asked_id = :to, asked_for_id = :for"
        " WHERE id = :id AND answered_at IS NULL AND asked_id IS NOT DISTINCT FROM :was"
    ),
    "extension": text(
        "UPDATE extension SET decider_id = :to, decider_for_id = :for"
        " WHERE id = :id AND decided_at IS NULL AND decider_id IS NOT DISTINCT FROM :was"
    ),
    "barrier": text(
        "UPDATE barrier SET asked_id = :to, asked_for_id = :for"
        " WHERE id = :id AND answered_at IS NULL AND asked_id IS NOT DISTINCT FROM :was"
    ),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request. `role` and `rung` are those of an escalation; `asker_id` and `words` of somebody who asked.

    `wanted` is the day that more time is asked until.
    """

    kind: str
    id: UUID
    action_id: UUID
    step_id: UUID
    asked: Asked
    role: str
    rung: int
    asker_id: UUID | None
    words: str
    wanted: datetime | None


async def requests_waiting_for(connection: AsyncConnection, person_id: UUID) -> list[Waiting]:
    """What waits for this person's answer."""
    return [_waiting(row) for row in await connection.execute(_OF_PERSON, {"person": person_id})]


async def requests_astray(connection: AsyncConnection, day: date) -> list[Waiting]:
    """What waits for somebody who is away that day, who has left, or for nobody; oldest first."""
    return [_waiting(row) for row in await connection.execute(_ASTRAY, {"day": day})]


async def load_waiting(connection: AsyncConnection, request_id: UUID) -> Waiting | None:
    """One request, as long as it waits."""
    row = (await connection.execute(_ONE, {"id": request_id})).one_or_none()
    return None if row is None else _waiting(row)


async def give_request(connection: AsyncConnection, waiting: Waiting, person_id: UUID, covered_id: UUID | None) -> bool:
    """Let somebody else answer; False where it was answered, or given to another, meanwhile."""
    values = {"id": waiting.id, "to": person_id, "for": covered_id, "was": waiting.asked.person_id}
    return (await connection.execute(_GIVE[waiting.kind], values)).rowcount == 1


def _waiting(row: Row[Any]) -> Waiting:
    asked = Asked(row.asked_id, row.for_id)
    return Waiting(
        row.kind, row.id, row.action_id, row.step_id, asked, row.role, row.rung, row.asker_id, row.words, row.wanted
    )
