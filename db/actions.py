"""Reading and locking actions, and the facts that messages and pages say of them."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.managers import MANAGERS, whom_to_ask
from db.reading import deciding, reading

_FACTS = f"""
SELECT a.id, a.ref, a.title, a.what_will_change, a.status, a.risk, a.location_id, l.name AS location,
       f.summary AS why, a.owner_id, a.due_at, a.original_due_at, a.cycle, a.pathway_version_id,
       l.opens, l.closes, f.found_on,
       {MANAGERS} AS managers
FROM action a
LEFT JOIN location l ON l.id = a.location_id
JOIN finding f ON f.id = a.finding_id
"""
_SET_STATUS = text("UPDATE action SET status = :status, updated_at = :now WHERE id = :id")
_SET_OWNER = text("UPDATE action SET owner_id = :owner, updated_at = :now WHERE id = :id")
_NEXT_REF = text(
    "INSERT INTO ref_counter (year, last) VALUES (:year, 1)"
    " ON CONFLICT (year) DO UPDATE SET last = ref_counter.last + 1 RETURNING last"
)


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What is said of an action in mails, trail entries and confirmations."""

    id: UUID
    ref: str
    title: str
    what_will_change: str
    status: str
    risk: str | None
    location_id: UUID | None
    location: str | None
    why: str
    owner_id: UUID | None
    due_at: datetime | None
    original_due_at: datetime | None
    cycle: int
    pathway_version_id: UUID
    opens: time | None
    closes: time | None
    found_on: date | None
    managers: list[Any] | None = None

    def to_ask(self, reader_id: UUID, day: date) -> str | None:
        return whom_to_ask(self.managers, reader_id, day)


_BY_STEP = f"{_FACTS} WHERE a.id = (SELECT action_id FROM step WHERE id = :id)"
_LOCK = deciding(f"{_FACTS} WHERE a.id = :id FOR UPDATE OF a")
_LOCK_BY_STEP = deciding(f"{_BY_STEP} FOR UPDATE OF a")
_READ_BY_STEP = reading(_BY_STEP)


async def lock_action(connection: AsyncConnection, action_id: UUID) -> ActionFacts | None:
    """Take the action's row until the transaction ends: one answer moves an action at a time."""
    row = await _LOCK.one_or_none(connection, {"id": action_id})
    return None if row is None else ActionFacts(*row)


async def lock_action_of_step(connection: AsyncConnection, step_id: UUID) -> ActionFacts | None:
    """Take the row of the action that a step belongs to."""
    row = await _LOCK_BY_STEP.one_or_none(connection, {"id": step_id})
    return None if row is None else ActionFacts(*row)


async def set_status(connection: AsyncConnection, action_id: UUID, status: str, now: datetime) -> None:
    await connection.execute(_SET_STATUS, {"id": action_id, "status": status, "now": now})


async def set_owner(connection: AsyncConnection, action_id: UUID, owner_id: UUID | None, now: datetime) -> None:
    """Name the one owner; None while another is looked for."""
    await connection.execute(_SET_OWNER, {"id": action_id, "owner": owner_id, "now": now})


async def next_ref(connection: AsyncConnection, year: int) -> str:
    """The next reference of a year: FT-2026-0042. Taken under a row lock, so none is given twice."""
    last: int = (await connection.execute(_NEXT_REF, {"year": year})).scalar_one()
    return f"FT-{year}-{last:04d}"


async def read_action_of_step(connection: AsyncConnection, step_id: UUID) -> ActionFacts | None:
    """The action of a step, to look at."""
    row = await _READ_BY_STEP.one_or_none(connection, {"id": step_id})
    return None if row is None else ActionFacts(*row)
