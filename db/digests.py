"""What the daily digest is made of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.managers import MANAGERS

_DUE = text(f"""
SELECT p.id, p.name, p.email, p.password_hash IS NOT NULL AS signs_in, s.form, s.title, s.due_at, a.ref,
       l.name AS location, l.opens, l.closes, {MANAGERS} AS managers
FROM step s JOIN action a ON a.id = s.action_id JOIN person p ON p.id = s.assignee_id
LEFT JOIN location l ON l.id = a.location_id
WHERE s.status = 'open' AND p.left_at IS NULL AND p.email IS NOT NULL AND s.due_at <= :soon
  AND coalesce(s.given_at, s.opened_at) < :since
ORDER BY p.id, s.due_at, s.id
""")


async def load_due(connection: AsyncConnection, soon: datetime, since: datetime) -> Sequence[Row[Any]]:
    """Open steps due by `soon` with whom they are, person by person; not what came to them from `since` on."""
    return (await connection.execute(_DUE, {"soon": soon, "since": since})).all()
