"""Questions to managers that wait for one person: themes found again, refused mails, exceptions of small homes."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.covering import Asked


class Question(StrEnum):
    """What a manager is asked, apart from steps and what belongs to them."""

    REPEAT = "repeat finding"
    UNDELIVERED = "undelivered"
    SMALL_HOME = "small home"


_WAITING = f"""
SELECT * FROM (
    SELECT '{Question.REPEAT}' AS kind, r.id, a.id AS action_id, a.location_id, r.asked_id, r.asked_for_id,
           r.noticed_at AS since
    FROM repeat_finding r JOIN action a ON a.id = r.found_action_id WHERE r.decided_at IS NULL
    UNION ALL
    SELECT '{Question.UNDELIVERED}', u.id, m.action_id, u.location_id, u.asked_id, u.asked_for_id, u.opened_at
    FROM undelivered u JOIN message m ON m.id = u.message_id WHERE u.settled_at IS NULL
    UNION ALL
    SELECT '{Question.SMALL_HOME}', h.id, CAST(NULL AS uuid), h.location_id, h.asked_id, h.asked_for_id, h.recorded_at
    FROM small_home h WHERE h.decided_at IS NULL
) w
"""
_OF_PERSON = text(f"{_WAITING} WHERE w.asked_id = :person ORDER BY w.since, w.id")
# Away with a cover, or away while they cover for somebody; left; or nobody could be asked at the time.
_ASTRAY = text(f"""
{_WAITING} WHERE w.asked_id IS NULL OR EXISTS (SELECT 1 FROM person p WHERE p.id = w.asked_id AND p.left_at IS NOT NULL)
OR EXISTS (SELECT 1 FROM absence ab WHERE ab.person_id = w.asked_id AND ab.cancelled_at IS NULL
           AND :day BETWEEN ab.starts_on AND ab.ends_on AND (ab.cover_id IS NOT NULL OR w.asked_for_id IS NOT NULL))
ORDER BY w.since, w.id LIMIT 2000
""")
_GIVE = {
    kind: text(
        f"UPDATE {table} SET asked_id = :to, asked_for_id = :for"
        f" WHERE id = :id AND {settled} IS NULL AND asked_id IS NOT DISTINCT FROM :was"
    )
    for kind, table, settled in (
        (Question.REPEAT, "repeat_finding", "decided_at"),
        (Question.UNDELIVERED, "undelivered", "settled_at"),
        (Question.SMALL_HOME, "small_home", "decided_at"),
    )
}


@dataclass(frozen=True, slots=True)
class WaitingQuestion:
    """One question that nobody has answered; about no action, or at no location, where it names none."""

    kind: Question
    id: UUID
    action_id: UUID | None
    location_id: UUID | None
    asked: Asked


async def questions_waiting_for(connection: AsyncConnection, person_id: UUID) -> list[WaitingQuestion]:
    """What waits for this person's answer, oldest first."""
    return [_waiting(row) for row in await connection.execute(_OF_PERSON, {"person": person_id})]


async def questions_astray(connection: AsyncConnection, day: date) -> list[WaitingQuestion]:
    """What waits for somebody who is away that day, who has left, or for nobody; oldest first."""
    return [_waiting(row) for row in await connection.execute(_ASTRAY, {"day": day})]


async def give_question(
    connection: AsyncConnection, question: WaitingQuestion, person_id: UUID, covered_id: UUID | None
) -> bool:
    """Let somebody else answer; False where it was answered, or given to another, meanwhile."""
    values = {"id": question.id, "to": person_id, "for": covered_id, "was": question.asked.person_id}
    return (await connection.execute(_GIVE[question.kind], values)).rowcount == 1


def _waiting(row: Row[Any]) -> WaitingQuestion:
    asked = Asked(row.asked_id, row.asked_for_id)
    return WaitingQuestion(Question(row.kind), row.id, row.action_id, row.location_id, asked)
