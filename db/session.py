"""One command, one transaction: state, trail, messages and wakes commit together or not at all."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.driver import begun, plain
from db.models import Message, TrailPending
from db.models.base import Json
from db.opening import OPENED, Opening
from db.reading import deciding
from db.recordset import as_json, insert_from
from db.trail import PENDING, Entry, pending_row
from domain.actors import Actor
from domain.deadlines import aware

MESSAGE = (
    *("id", "dedupe_key", "kind", "person_id", "to_address", "to_name", "action_id", "step_id", "link_id"),
    *("thread_id", "context", "priority", "status", "attempts", "next_attempt_at", "created_at"),
)
_LEFT = f"""
told AS ({insert_from(Message, "messages", MESSAGE)} ON CONFLICT DO NOTHING),
noted AS ({insert_from(TrailPending, "entries", PENDING)}),
asked AS (
    INSERT INTO action_run (action_id, wake_requested_at, failures)
    SELECT unnest(CAST(:wakes AS uuid[])), clock_timestamp(), 0
    ON CONFLICT (action_id) DO UPDATE SET wake_requested_at = excluded.wake_requested_at
    RETURNING action_id
)
SELECT pg_notify('action_wake', action_id::text) AS told FROM asked
UNION ALL SELECT pg_notify('mail', '') WHERE :mail
"""
# All that a command leaves behind, in one round trip; with the steps it opens, where they come last.
_LEAVE = deciding(f"WITH {_LEFT}")
_LEAVE_OPENING = deciding(f"WITH {OPENED}, {_LEFT}")


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """Whom to tell, and where."""

    id: UUID
    name: str
    email: str | None


@dataclass(slots=True)
class Transaction:
    """What one command does. Trail entries, messages and wakes are gathered and written at its end.

    `people` are those it has met; of those `at_work` it is known that they have not left and are not away today.
    """

    connection: AsyncConnection
    actor: Actor
    now: datetime
    request_id: UUID | None = None
    entries: list[Entry] = field(default_factory=list[Entry])
    messages: list[Json] = field(default_factory=list[Json])
    wakes: set[UUID] = field(default_factory=set[UUID])
    people: dict[UUID, PersonFacts] = field(default_factory=dict[UUID, PersonFacts])
    at_work: set[UUID] = field(default_factory=set[UUID])
    opening: Opening | None = None

    def record(self, entry: Entry) -> None:
        """Put an entry on the trail, as this transaction's actor."""
        self.entries.append(entry)

    def tell(self, message: Json) -> None:
        """Queue a message (columns of `message`); see `db.outbox`."""
        self.messages.append(message)

    def wake(self, action_id: UUID) -> None:
        """Ask for the action's flow run to look again, soon after this commits."""
        self.wakes.add(action_id)

    def open_last(self, opening: Opening) -> None:
        """Open these steps at the end: for a command that looks at no step after it."""
        assert self.opening is None
        self.opening = opening

    async def finish(self) -> None:
        """Write what was gathered."""
        if not (self.messages or self.wakes or self.entries or self.opening):
            return
        entries = [pending_row(entry, self.actor, self.now, self.request_id) for entry in self.entries]
        left = {
            "messages": as_json(self.messages),
            "entries": as_json(entries),
            "wakes": sorted(self.wakes),
            "mail": bool(self.messages),
        }
        if self.opening is None:
            await _LEAVE.all(self.connection, left)
        else:
            await _LEAVE_OPENING.all(self.connection, left | self.opening.bound())


@asynccontextmanager
async def glance(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """For a single look: each statement by itself, without the two round trips of a transaction around it."""
    async with plain(engine).connect() as connection:
        yield connection


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, actor: Actor, now: datetime, request_id: UUID | None = None
) -> AsyncGenerator[Transaction]:
    """Open the one transaction of a command. Commits at the end, rolls back on any exception."""
    async with begun(engine) as connection:
        tx = Transaction(connection, actor, aware(now), request_id)
        yield tx
        await tx.finish()
