"""What people made of the crosswalk: the newest change of each row, and all that were made of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import CrosswalkChange
from db.models.base import Json
from domain.crosswalk import Correction, Place

_STANDING = text("""
SELECT DISTINCT ON (from_framework, statement, to_framework) from_framework, statement, to_framework, counterparts,
       reason
FROM crosswalk_change ORDER BY from_framework, statement, to_framework, changed_at DESC, id DESC
""")
_MADE = text("""
SELECT c.counterparts, c.reason, c.changed_at, p.name AS person FROM crosswalk_change c
JOIN person p ON p.id = c.changed_by
WHERE c.from_framework = :from AND c.statement = :statement AND c.to_framework = :to
ORDER BY c.changed_at DESC, c.id DESC LIMIT 100
""")
_SEEN = text("SELECT 1 FROM crosswalk_change WHERE request_id = :id")


@dataclass(frozen=True, slots=True)
class Made:
    """One change of a row: the counterparts from then on (None: what ships), and who made it, when and why."""

    counterparts: tuple[str, ...] | None
    reason: str
    changed_at: datetime
    person: str


async def corrections(connection: AsyncConnection) -> tuple[Correction, ...]:
    """Every row of the crosswalk that says something else than what ships."""
    found = (await connection.execute(_STANDING)).all()
    return tuple(_correction(row) for row in found if row.counterparts is not None)


async def changes_of(connection: AsyncConnection, place: Place) -> list[Made]:
    """What was made of one row, newest first."""
    bound = {"from": place.from_framework, "statement": place.statement, "to": place.to_framework}
    found: Sequence[Row[Any]] = (await connection.execute(_MADE, bound)).all()
    return [Made(_keys(row.counterparts), row.reason, row.changed_at, row.person) for row in found]


async def seen_before(connection: AsyncConnection, request_id: UUID) -> bool:
    """Whether this very form was received before."""
    return (await connection.execute(_SEEN, {"id": request_id})).first() is not None


async def one_at_a_time(connection: AsyncConnection) -> None:
    """Nobody else changes the crosswalk until this transaction ends; reading goes on."""
    await connection.exec_driver_sql("LOCK TABLE crosswalk_change IN SHARE ROW EXCLUSIVE MODE")


async def insert_change(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(CrosswalkChange), values)


def _keys(stored: list[str] | None) -> tuple[str, ...] | None:
    return None if stored is None else tuple(stored)


def _correction(row: Row[Any]) -> Correction:
    place = Place(row.from_framework, row.statement, row.to_framework)
    return Correction(place, tuple(row.counterparts), row.reason)
