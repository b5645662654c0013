"""Exceptions of small homes: recording, deciding, ending, and the lists that pages show."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import SmallHome
from db.models.base import Json
from domain.covering import Asked

_FACTS = """
SELECT h.id, h.location_id, l.name AS location, l.opens, l.closes, h.reason, h.recorded_by, r.name AS recorder,
       h.recorded_at, h.ends_on, h.asked_id, h.asked_for_id, q.name || coalesce(', for ' || c.name, '') AS asked,
       h.decided_by, d.name || coalesce(', for ' || g.name, '') AS decider, h.decided_at, h.confirmed,
       h.decision_reason, h.ended_by, e.name AS ender, h.ended_at, h.ended_reason
FROM small_home h JOIN location l ON l.id = h.location_id JOIN person r ON r.id = h.recorded_by
JOIN person q ON q.id = h.asked_id LEFT JOIN person d ON d.id = h.decided_by LEFT JOIN person e ON e.id = h.ended_by
LEFT JOIN person c ON c.id = h.asked_for_id LEFT JOIN person g ON g.id = h.decided_for_id
"""
_LOCK = text(f"{_FACTS} WHERE h.id = :id FOR UPDATE OF h")
_ONE = text(f"{_FACTS} WHERE h.id = :id")
_LIST = text(f"{_FACTS} WHERE :everywhere OR h.location_id = ANY(:locations) ORDER BY h.recorded_at DESC, h.id")
_SEEN = text("SELECT id, recorded_by FROM small_home WHERE request_id = :request_id")
_WAITING = text("SELECT 1 FROM small_home WHERE location_id = :location_id AND decided_at IS NULL")
_DECIDE = text("""
UPDATE small_home SET decided_by = :by, decided_for_id = :for, decided_at = :now, confirmed = :confirmed,
    decision_reason = :reason
WHERE id = :id AND decided_at IS NULL
""")
_END = text("""
UPDATE small_home SET ended_by = :by, ended_at = :now, ended_reason = :reason
WHERE id = :id AND confirmed AND ended_at IS NULL
""")
_LOCATION = text("SELECT id, name, opens, closes FROM location WHERE id = :id FOR UPDATE")
_PLACES = text("SELECT id, name FROM location WHERE :everywhere OR id = ANY(:locations) ORDER BY name")
# Checks and approvals that wait for nobody may find somebody by an exception; those that somebody has may lose them.
_WAKE = text("""
SELECT DISTINCT s.action_id FROM step s JOIN action a ON a.id = s.action_id
WHERE a.location_id = :location_id AND s.status = 'open' AND s.control IN ('check', 'close', 'sustain')
AND (s.assignee_id IS NULL) = :idle
""")


@dataclass(frozen=True, slots=True)
class SmallHomeFacts:
    """One exception with the names of everyone who had part in it; a cover's with whom they covered for."""

    id: UUID
    location_id: UUID
    location: str
    opens: time
    closes: time
    reason: str
    recorded_by: UUID
    recorder: str
    recorded_at: datetime
    ends_on: date
    asked_id: UUID
    asked_for_id: UUID | None
    asked: str
    decided_by: UUID | None
    decider: str | None
    decided_at: datetime | None
    confirmed: bool | None
    decision_reason: str | None
    ended_by: UUID | None
    ender: str | None
    ended_at: datetime | None
    ended_reason: str | None

    @property
    def question(self) -> Asked:
        return Asked(self.asked_id, self.asked_for_id)


async def load_small_home(connection: AsyncConnection, key: UUID, *, lock: bool = False) -> SmallHomeFacts | None:
    row = (await connection.execute(_LOCK if lock else _ONE, {"id": key})).one_or_none()
    return None if row is None else SmallHomeFacts(**row._mapping)


async def list_small_homes(
    connection: AsyncConnection, locations: list[UUID], *, everywhere: bool
) -> list[SmallHomeFacts]:
    """The exceptions of these locations, or of all, newest first."""
    found = await connection.execute(_LIST, {"everywhere": everywhere, "locations": locations})
    return [SmallHomeFacts(**row._mapping) for row in found]


async def places(connection: AsyncConnection, locations: list[UUID], *, everywhere: bool) -> list[tuple[str, str]]:
    """Locations to choose from."""
    found = await connection.execute(_PLACES, {"everywhere": everywhere, "locations": locations})
    return [(str(row.id), row.name) for row in found]


async def lock_location(connection: AsyncConnection, location_id: UUID) -> Any:
    """The location, taken so that two exceptions for it are recorded one after the other."""
    return (await connection.execute(_LOCATION, {"id": location_id})).one_or_none()


async def recorded_before(connection: AsyncConnection, request_id: UUID) -> Any:
    """What this very form recorded before."""
    return (await connection.execute(_SEEN, {"request_id": request_id})).one_or_none()


async def one_waits(connection: AsyncConnection, location_id: UUID) -> bool:
    return (await connection.execute(_WAITING, {"location_id": location_id})).first() is not None


async def insert_small_home(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(SmallHome), values)


async def decide_small_home(
    connection: AsyncConnection,
    key: UUID,
    by: UUID,
    for_id: UUID | None,
    confirmed: bool,
    reason: str | None,
    now: datetime,
) -> bool:
    """Confirm or refuse; False when somebody has decided already."""
    values = {"id": key, "by": by, "for": for_id, "confirmed": confirmed, "reason": reason, "now": now}
    return (await connection.execute(_DECIDE, values)).rowcount == 1


async def end_small_home(connection: AsyncConnection, key: UUID, by: UUID, reason: str, now: datetime) -> bool:
    """End one that was confirmed; False when it has ended or never began."""
    return (await connection.execute(_END, {"id": key, "by": by, "reason": reason, "now": now})).rowcount == 1


async def waiting_here(connection: AsyncConnection, location_id: UUID, *, idle: bool) -> list[UUID]:
    """Actions of a location with a check or approval that somebody has, or that nobody could be asked for (`idle`)."""
    return list((await connection.execute(_WAKE, {"location_id": location_id, "idle": idle})).scalars())
