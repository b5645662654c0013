"""Whom a step was asked of that is not asked any more: whoever had it, and whoever was to answer for its lateness."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ASKED = text("""
SELECT s.id, s.title, w.person_id FROM step s
CROSS JOIN LATERAL (
    SELECT s.assignee_id AS person_id
    UNION SELECT e.asked_id FROM escalation e WHERE e.step_id = s.id AND e.id = ANY(:overtaken)
) w JOIN person p ON p.id = w.person_id
WHERE s.id = ANY(:ids) AND p.left_at IS NULL ORDER BY s.id, p.id
""")


@dataclass(frozen=True, slots=True)
class WasAsked:
    """A person who need not answer a step any more."""

    step_id: UUID
    title: str
    person_id: UUID


async def who_was_asked(connection: AsyncConnection, ids: list[UUID], overtaken: tuple[UUID, ...]) -> list[WasAsked]:
    """Everyone these steps were with, and whoever was asked about one of these escalations; nobody who has left."""
    found = await connection.execute(_ASKED, {"ids": ids, "overtaken": list(overtaken)})
    return [WasAsked(*row) for row in found]
