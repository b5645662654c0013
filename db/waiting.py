"""How much waits for somebody: everything that “My work” lists, counted for the menu of every page."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_WAITING = text(
    "SELECT p.name, (SELECT count(*) FROM step s WHERE s.status = 'open' AND s.assignee_id = p.id)"
    " + (SELECT count(*) FROM escalation e WHERE e.asked_id = p.id AND e.must_answer AND e.answered_at IS NULL)"
    " + (SELECT count(*) FROM small_home h WHERE h.asked_id = p.id AND h.decided_at IS NULL)"
    " + (SELECT count(*) FROM extension x JOIN step s ON s.id = x.step_id"
    " WHERE x.decider_id = p.id AND x.decided_at IS NULL AND s.status = 'open')"
    " + (SELECT count(*) FROM review r WHERE r.assignee_id = p.id AND r.status = 'open')"
    " + (SELECT count(*) FROM review_rung g WHERE g.asked_id = p.id AND g.must_answer AND g.answered_at IS NULL)"
    " + (SELECT count(*) FROM undelivered u WHERE u.asked_id = p.id AND u.settled_at IS NULL)"
    " + (SELECT count(*) FROM repeat_finding r WHERE r.asked_id = p.id AND r.decided_at IS NULL)"
    " + (SELECT count(*) FROM barrier b JOIN step s ON s.id = b.step_id"
    " WHERE b.asked_id = p.id AND b.answered_at IS NULL AND s.status = 'open') AS waiting"
    " FROM person p WHERE p.id = :id"
)


async def waiting_for(connection: AsyncConnection, person_id: UUID) -> Row[Any]:
    """Somebody's name, and how many things wait for them."""
    return (await connection.execute(_WAITING, {"id": person_id})).one()
