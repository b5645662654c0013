"""Messages in the outbox, and a delivery loop running on them."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.ids import new_id
from db.models import Message
from notifications.compose import Sender
from notifications.delivery import DeliveryLoop
from notifications.letter import Letter
from notifications.mailer import Mailer
from settings import Settings

SENDER = Sender("actions@example.org", "Hartwell Care", "https://followthrough.example.org", bytes(range(32)))


def a_letter(**changes: Any) -> Letter:
    facts: dict[str, Any] = {
        "subject": "FT-2026-0231: brief the team – due 3 December 2026",
        "hello": "Tam",
        "headline": "Brief the team at Cedar View",
        "because": "You get this because this step was given to you.",
    }
    return Letter(**(facts | changes))


def a_message(to: str = "tam@example.org", **changes: Any) -> dict[str, Any]:
    """Columns of one queued message."""
    now = datetime.now(UTC)
    facts: dict[str, Any] = {
        "id": new_id(),
        "dedupe_key": uuid4().hex,
        "kind": "assignment",
        "person_id": None,
        "to_address": to,
        "to_name": "Tam Inventby",
        "context": a_letter().frozen(),
        "priority": 5,
        "status": "queued",
        "attempts": 0,
        "next_attempt_at": now,
        "created_at": now,
    }
    return facts | changes


def a_row(letter: Letter, **changes: Any) -> Any:
    """A message as delivery reads it, with fixed ids so that its words are always the same."""
    facts: dict[str, Any] = {
        "id": UUID(int=1),
        "to_address": "tam@example.org",
        "to_name": "Tam Inventby",
        "step_id": UUID(int=2),
        "link_id": UUID(int=3),
        "thread_id": UUID(int=4),
        "context": letter.frozen(),
        "created_at": datetime(2026, 11, 19, 9, tzinfo=UTC),
    }
    return SimpleNamespace(**(facts | changes))


async def queue(engine: AsyncEngine, *messages: dict[str, Any]) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(Message), list(messages))
        await connection.execute(text("SELECT pg_notify('mail', '')"))


async def fate(engine: AsyncEngine, message_id: UUID) -> Any:
    async with engine.connect() as connection:
        return (await connection.execute(select(Message.__table__).where(Message.id == message_id))).one()


async def settled(engine: AsyncEngine, message_id: UUID, *statuses: str, within: float = 10.0) -> Any:
    """Wait until a message has one of these statuses."""
    async with asyncio.timeout(within):
        while True:
            row = await fate(engine, message_id)
            if row.status in statuses:
                return row
            await asyncio.sleep(0.02)


async def all_settled(engine: AsyncEngine, within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while True:
            async with engine.connect() as connection:
                open_ones = await connection.execute(
                    text("SELECT count(*) FROM message WHERE status IN ('queued', 'sending')")
                )
            if open_ones.scalar_one() == 0:
                return
            await asyncio.sleep(0.02)


def soon(attempts: int) -> timedelta:
    return timedelta(milliseconds=100)


def settings_for(port: int, home: Path) -> Settings:
    return Settings(_env_file=None, smtp_url=f"smtp://127.0.0.1:{port}", home=home, mail_from="actions@example.org")  # pyright: ignore[reportCallIssue]


@contextlib.asynccontextmanager
async def delivering(engine: AsyncEngine, port: int, home: Path, **options: Any) -> AsyncGenerator[DeliveryLoop]:
    """A delivery loop that tries again almost at once."""
    settings = settings_for(port, home)
    mailer = Mailer(settings.effective_smtp_url, timeout=options.pop("timeout", 5.0))
    loop = DeliveryLoop(engine, settings, mailer=mailer, again_after=options.pop("again_after", soon), **options)
    task = asyncio.create_task(loop.run())
    try:
        yield loop
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
