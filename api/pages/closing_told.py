"""Closing in words: what still stands before it, why it closed and whether that still holds, how it ended."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.agreement import approvers
from db.closures import ClosureFacts, load_closures, no_longer_true
from db.dossier import Dossier
from db.ending import around
from db.journal import load_journal
from db.people import load_people
from db.scope import Viewer
from domain.closing import still_to_come
from domain.deadlines import Calendar
from domain.duties import exception_at
from domain.ending import MAY_END
from domain.saying import say_date
from domain.vocabulary import Status


@dataclass(frozen=True, slots=True)
class Closing:
    """What an action's page says of its closing."""

    still: list[str]
    closed: dict[str, Any] | None
    ended: str | None
    exception: str | None
    may_end: bool


async def closing_of(
    connection: AsyncConnection, dossier: Dossier, viewer: Viewer, calendar: Calendar, now: datetime
) -> Closing:
    """Read what the page needs of it."""
    head = dossier.head
    journal = await load_journal(connection, head.id, calendar)
    found = exception_at(journal, now)
    until = f"This home has an exception until {say_date(found.ends_on)}" if found else None
    rest = "where nobody else is left, one person may evidence and sample, or sample and approve."
    return Closing(
        still=[item.words for item in still_to_come(journal, now)],
        closed=await _closed(connection, dossier),
        ended=await _ended(connection, dossier, calendar),
        exception=f"{until}: {rest}" if until else None,
        may_end=Status(head.status).is_open and viewer.is_one_of(*MAY_END, location_id=head.location_id),
    )


async def _closed(connection: AsyncConnection, dossier: Dossier) -> dict[str, Any] | None:
    head = dossier.head
    row = next((c for c in dossier.closures if c.cycle == head.cycle), None)
    if row is None:
        return None
    facts = next(c for c in await load_closures(connection, head.ref) if c.cycle == head.cycle)
    return {
        **row._mapping,
        "approvers": approvers(dossier),
        "measured_on": date.fromisoformat(row.outcome["on"]) if row.outcome.get("on") else None,
        "fingerprint": facts.snapshot_hash.hex(),
        "changed": await no_longer_true(connection, facts),
        "evidence": _evidence(dossier, facts),
        "samples": facts.snapshot.get("samples") or [],
        "uses": await _uses(connection, row),
        "pathway": facts.snapshot.get("pathway"),
    }


def _evidence(dossier: Dossier, facts: ClosureFacts) -> list[dict[str, Any]]:
    titles = {(step.key, step.cycle): step.title for step in dossier.steps}
    names = {str(piece.id): piece.filename for piece in dossier.evidence}
    return [
        {
            "title": titles.get((piece["step"], facts.cycle), piece["step"]),
            "category": piece["category"],
            "words": piece["statement"],
            "file": {"id": piece["id"], "name": names.get(piece["id"]) or "a file"} if piece["file"] else None,
        }
        for piece in facts.snapshot.get("evidence") or []
    ]


async def _uses(connection: AsyncConnection, row: Row[Any]) -> list[str]:
    used = row.small_home_uses or []
    people = await load_people(connection, {UUID(use["person"]) for use in used})
    return [f"{people[UUID(use['person'])].name} {use['rule']}" for use in used]


async def _ended(connection: AsyncConnection, dossier: Dossier, calendar: Calendar) -> str | None:
    found = await around(connection, dossier.head.id)
    lines: list[str] = []
    if dossier.head.ended_at is not None:
        on = say_date(calendar.day_of(dossier.head.ended_at))
        lines.append(f"{dossier.head.status.capitalize()} by {found.ended_by_name or 'the operator'} on {on}.")
    if found.by_ref:
        lines.append(f"{found.by_ref} ({found.by_title}) takes its place.")
    if found.supersedes:
        lines.append(f"It takes the place of {', '.join(found.supersedes)}.")
    return " ".join(lines) or None
