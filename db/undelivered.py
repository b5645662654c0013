"""Mails that will not be sent: which need somebody, what they were about, and how each was settled."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Undelivered
from db.models.base import Json
from db.scope import MAY_SEE, Viewer

Rows = list[Row[Any]]
_COLUMNS = """
SELECT m.id AS message_id, m.person_id, m.to_address, m.to_name, m.action_id, m.step_id, m.kind, m.last_error,
       a.location_id, a.ref, l.name AS location, l.opens, l.closes, s.title AS step
FROM message m LEFT JOIN action a ON a.id = m.action_id LEFT JOIN location l ON l.id = a.location_id
LEFT JOIN step s ON s.id = m.step_id
"""
# A mail about a step that is answered, or to somebody who has it no longer, is missed by nobody.
_MOOT = """(m.step_id IS NOT NULL AND (s.status <> 'open' OR s.assignee_id IS DISTINCT FROM m.person_id)
            AND m.kind IN ('assignment', 'asked again', 'evidence asked', 'returned', 'account step', 'support asked',
                           'link given', 'link renewed'))"""
_OF_TASK = text(f"{_COLUMNS} JOIN undelivered u ON u.message_id = m.id WHERE u.id = :id")
_UNASKED = text(f"""
{_COLUMNS} WHERE m.status = 'dead' AND m.kind <> 'undelivered' AND NOT {_MOOT}
AND NOT EXISTS (SELECT 1 FROM undelivered u WHERE u.message_id = m.id
                AND (u.settled_at IS NULL OR u.how <> 'sent again'))
ORDER BY m.created_at, m.id FOR UPDATE OF m SKIP LOCKED
""")
_NOT_NEEDED = text(f"""
UPDATE undelivered u SET settled_at = :now, how = 'not needed any more'
FROM message m LEFT JOIN step s ON s.id = m.step_id
WHERE u.message_id = m.id AND u.settled_at IS NULL AND {_MOOT} RETURNING u.id, u.location_id, m.action_id
""")
_ONE = text("""
SELECT u.id, u.message_id, u.location_id, u.asked_id, u.asked_for_id, u.to_address, u.settled_at, m.person_id,
       m.step_id, m.action_id
FROM undelivered u JOIN message m ON m.id = u.message_id WHERE u.id = :id FOR UPDATE OF u
""")
_SHOWN = text(f"""
SELECT u.*, m.to_name, m.kind, q.name AS person, q.email, m.context->>'subject' AS subject,
       m.step_id, m.person_id, a.ref, a.title AS action_title,
       l.name AS location, s.title AS step, s.status = 'open' AND s.assignee_id = m.person_id AS step_waits,
       p.name || coalesce(', for ' || c.name, '') AS asked, b.name || coalesce(', for ' || e.name, '') AS settler
FROM undelivered u JOIN message m ON m.id = u.message_id LEFT JOIN action a ON a.id = m.action_id
LEFT JOIN location l ON l.id = u.location_id LEFT JOIN step s ON s.id = m.step_id
LEFT JOIN person p ON p.id = u.asked_id LEFT JOIN person q ON q.id = m.person_id
LEFT JOIN person b ON b.id = u.settled_by LEFT JOIN person c ON c.id = u.asked_for_id
LEFT JOIN person e ON e.id = u.settled_for_id
WHERE u.id = :id AND (:viewer IN (u.asked_id, u.asked_for_id) OR :sees_all OR u.location_id = ANY(:locations)
                      OR (a.id IS NOT NULL AND {MAY_SEE}))
""")
_SETTLE = text("""
UPDATE undelivered SET settled_at = :now, settled_by = :by, settled_for_id = :for, how = :how, note = :note
WHERE id = :id AND settled_at IS NULL
""")
_SAME = text("""
SELECT u.id, u.message_id, m.action_id, u.location_id, u.asked_id, u.asked_for_id
FROM undelivered u JOIN message m ON m.id = u.message_id
WHERE u.settled_at IS NULL AND m.person_id = :person ORDER BY u.id FOR UPDATE OF u
""")
# A mail whose link has ended is not sent again: with a new address, a fresh link went out instead.
_AGAIN = text("""
UPDATE message m SET status = 'queued', to_address = p.email, attempts = 0, next_attempt_at = :now, last_error = NULL,
    claimed_until = NULL
FROM person p
WHERE m.id = ANY(:ids) AND m.status = 'dead' AND p.id = m.person_id AND p.email IS NOT NULL
  AND (m.link_id IS NULL OR EXISTS (SELECT 1 FROM link k WHERE k.id = m.link_id AND k.revoked_at IS NULL))
RETURNING m.id
""")
_NOTIFY = text("SELECT pg_notify('mail', '')")


@dataclass(frozen=True, slots=True)
class UndeliveredFacts:
    """One mail that somebody has to see to."""

    id: UUID
    message_id: UUID
    location_id: UUID | None
    asked_id: UUID | None
    asked_for_id: UUID | None
    to_address: str
    settled_at: datetime | None
    person_id: UUID | None
    step_id: UUID | None
    action_id: UUID | None


@dataclass(frozen=True, slots=True)
class DeadMail:
    """A mail that will not be sent and that nobody has been asked to see to."""

    message_id: UUID
    person_id: UUID | None
    to_address: str
    to_name: str
    action_id: UUID | None
    step_id: UUID | None
    kind: str
    last_error: str | None
    location_id: UUID | None
    ref: str | None
    location: str | None
    opens: time | None
    closes: time | None
    step: str | None


async def dead_and_unasked(connection: AsyncConnection) -> list[DeadMail]:
    """Mails that died since anybody looked. Locked, so that two workers do not both ask."""
    return [DeadMail(**row._mapping) for row in await connection.execute(_UNASKED)]


async def mail_of(connection: AsyncConnection, key: UUID) -> DeadMail:
    """The mail that a task is about."""
    return DeadMail(**(await connection.execute(_OF_TASK, {"id": key})).one()._mapping)


async def insert_undelivered(connection: AsyncConnection, row: Json) -> None:
    await connection.execute(insert(Undelivered), row)


async def settle_what_is_moot(connection: AsyncConnection, now: datetime) -> Rows:
    """Settle tasks about steps that are answered or with somebody else by now; which those were."""
    return list((await connection.execute(_NOT_NEEDED, {"now": now})).all())


async def lock_undelivered(connection: AsyncConnection, key: UUID) -> UndeliveredFacts | None:
    row = (await connection.execute(_ONE, {"id": key})).one_or_none()
    return None if row is None else UndeliveredFacts(**row._mapping)


async def load_undelivered(connection: AsyncConnection, viewer: Viewer, key: UUID) -> Row[Any] | None:
    """One undelivered mail, for whoever was asked and those of its location."""
    return (await connection.execute(_SHOWN, {"id": key, **viewer.scope})).one_or_none()


async def settle_undelivered(
    connection: AsyncConnection, key: UUID, by: UUID, for_id: UUID | None, how: str, note: str | None, now: datetime
) -> bool:
    """Say how it was settled, by whom and for whom; False when somebody did before."""
    values = {"id": key, "by": by, "for": for_id, "how": how, "note": note, "now": now}
    return (await connection.execute(_SETTLE, values)).rowcount == 1


async def undelivered_to(connection: AsyncConnection, person_id: UUID) -> Rows:
    """Every mail to one person that waits for somebody to see to it."""
    return list((await connection.execute(_SAME, {"person": person_id})).all())


async def send_again(connection: AsyncConnection, message_ids: list[UUID], now: datetime) -> set[UUID]:
    """Queue dead mails once more, to the address their person has now; which those were."""
    queued = set((await connection.execute(_AGAIN, {"ids": message_ids, "now": now})).scalars())
    await connection.execute(_NOTIFY)
    return queued
