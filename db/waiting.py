"""How much waits for somebody: everything that “My work” lists, counted for the menu of every page."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.questions import PLACES

_QUESTIONS = "".join(
    f" + (SELECT count(*) FROM {place.table} q WHERE q.{place.asked} = p.id AND {place.waits})"
    for place in PLACES.values()
)
_WAITING = text(
    "SELECT p.name, (SELECT count(*) FROM step s WHERE s.status = 'open' AND s.assignee_id = p.id)"
    " + (SELECT count(*) FROM review r WHERE r.assignee_id = p.id AND r.status = 'open')"
    f"{_QUESTIONS} AS waiting FROM person p WHERE p.id = :id"
)


async def waiting_for(connection: AsyncConnection, person_id: UUID) -> Row[Any]:
    """Somebody's name, and how many things wait for them."""
    return (await connection.execute(_WAITING, {"id": person_id})).one()
