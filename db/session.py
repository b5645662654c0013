"""One command, one transaction: state, trail, messages and wakes commit together or not at all."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db import trail
from db.models import Message
from db.models.base import Json
from db.trail import Entry
from domain.actors import Actor
from domain.deadlines import aware

_WAKE = text(
    "WITH asked AS (INSERT INTO action_run (action_id, wake_requested_at, failures)"
    " SELECT unnest(CAST(:ids AS uuid[])), clock_timestamp(), 0"
    " ON CONFLICT (action_id) DO UPDATE SET wake_requested_at = excluded.wake_requested_at"
    " RETURNING action_id) SELECT pg_notify('action_wake', action_id::text) FROM asked"
    " UNION ALL SELECT pg_notify('mail', '') WHERE :mail"
)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """Whom to tell, and where."""

    id: UUID
    name: str
    email: str | None


@dataclass(slots=True)
class Transaction:
    """What one command does. Trail entries, messages and wakes are gathered and written at its end."""

    connection: AsyncConnection
    actor: Actor
    now: datetime
    request_id: UUID | None = None
    entries: list[Entry] = field(default_factory=list[Entry])
    messages: list[Json] = field(default_factory=list[Json])
    wakes: set[UUID] = field(default_factory=set[UUID])
    people: dict[UUID, PersonFacts] = field(default_factory=dict[UUID, PersonFacts])

    def record(self, entry: Entry) -> None:
        """Put an entry on the trail, as this transaction's actor."""
        self.entries.append(entry)

    def tell(self, message: Json) -> None:
        """Queue a message (columns of `message`); see `db.outbox`."""
        self.messages.append(message)

    def wake(self, action_id: UUID) -> None:
        """Ask for the action's flow run to look again, soon after this commits."""
        self.wakes.add(action_id)

    async def finish(self) -> None:
        """Write what was gathered."""
        if self.messages:
            await self.connection.execute(insert(Message).on_conflict_do_nothing(), self.messages)
        if self.wakes or self.messages:
            await self.connection.execute(_WAKE, {"ids": sorted(self.wakes), "mail": bool(self.messages)})
        await trail.append(self.connection, self.entries, self.actor, self.now, self.request_id)


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, actor: Actor, now: datetime, request_id: UUID | None = None
) -> AsyncGenerator[Transaction]:
    """Open the one transaction of a command. Commits at the end, rolls back on any exception."""
    async with engine.begin() as connection:
        tx = Transaction(connection, actor, aware(now), request_id)
        yield tx
        await tx.finish()
