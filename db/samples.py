"""Rows of sample audits and their items."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import SampleAudit, SampleItem
from db.models.base import Json
from domain.populations import Drawn

_SAMPLE = text(
    "SELECT id, step_id, action_id, population, population_size, seed, size, threshold, drawn_by, drawn_at, passed,"
    " population_items, list_name, list_sha256, strata, notes FROM sample_audit WHERE step_id = :step_id"
    " AND replaced_at IS NULL"
)
_ITEMS = text(
    "SELECT id, position, item, label, stratum, result, note FROM sample_item WHERE sample_id = :id ORDER BY position"
)
_OF_ACTION = text("""
SELECT a.ref, s.key AS step, s.cycle, s.round, m.population, m.population_size, m.population_items, m.list_sha256,
       m.strata, m.seed, m.size, m.passed, m.replaced_because,
       (SELECT jsonb_agg(jsonb_build_array(i.position, i.item, i.label, i.stratum) ORDER BY i.position)
        FROM sample_item i WHERE i.sample_id = m.id) AS items
FROM sample_audit m JOIN step s ON s.id = m.step_id JOIN action a ON a.id = m.action_id
WHERE :ref = '' OR a.ref = :ref ORDER BY a.ref, m.drawn_at, m.id
""")
_DRAWN = text("SELECT drawn_at FROM sample_audit WHERE action_id = :id")
_SAVE = text(
    "UPDATE sample_item SET result = :result, note = :note WHERE sample_id = :sample_id AND position = :position"
)
# A decided sample is never set aside: a constraint refuses it.
_REPLACE = text("UPDATE sample_audit SET replaced_at = :now, replaced_because = :why WHERE id = :id")
_WAS_REPLACED = text(
    "SELECT count(*) FROM sample_audit WHERE id = :id AND step_id = :step_id AND replaced_at IS NOT NULL"
)
_DECIDE = text("UPDATE sample_audit SET passed = :passed, decided_at = :now WHERE id = :id AND decided_at IS NULL")


@dataclass(frozen=True, slots=True)
class SampleFacts:
    """A sample as drawn."""

    id: UUID
    step_id: UUID
    action_id: UUID
    population: str
    population_size: int
    seed: str
    size: int
    threshold: Decimal
    drawn_by: UUID
    drawn_at: datetime
    passed: bool | None
    population_items: list[Any] | None
    list_name: str | None
    list_sha256: bytes | None
    strata: list[Any] | None
    notes: list[Any]


@dataclass(frozen=True, slots=True)
class StoredSample:
    """A sample with all that is needed to draw it again."""

    ref: str
    step: str
    cycle: int
    round: int
    population: str
    population_size: int
    population_items: list[Any] | None
    list_sha256: bytes | None
    strata: list[Any] | None
    seed: str
    size: int
    passed: bool | None
    replaced_because: str | None
    items: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item of a sample."""

    id: UUID
    position: int
    item: int
    label: str
    stratum: str | None
    result: str | None
    note: str | None


async def load_sample(connection: AsyncConnection, step_id: UUID) -> SampleFacts | None:
    """The sample of a step that stands; those that were set aside are on the record only."""
    row = (await connection.execute(_SAMPLE, {"step_id": step_id})).one_or_none()
    return None if row is None else SampleFacts(**row._mapping)


async def load_items(connection: AsyncConnection, sample_id: UUID) -> list[ItemFacts]:
    return [ItemFacts(**row._mapping) for row in await connection.execute(_ITEMS, {"id": sample_id})]


async def insert_sample(connection: AsyncConnection, sample: Json, items: list[dict[str, Any]]) -> None:
    await connection.execute(insert(SampleAudit), sample)
    await connection.execute(insert(SampleItem), items)


async def save_items(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    await connection.execute(_SAVE, rows)


async def decide_sample(connection: AsyncConnection, sample_id: UUID, passed: bool, now: datetime) -> None:
    await connection.execute(_DECIDE, {"id": sample_id, "passed": passed, "now": now})


async def replace_sample(connection: AsyncConnection, sample_id: UUID, because: str, now: datetime) -> None:
    """Set a sample aside for another; it stays on the record."""
    await connection.execute(_REPLACE, {"id": sample_id, "why": because, "now": now})


async def was_replaced(connection: AsyncConnection, step_id: UUID, sample_id: UUID) -> bool:
    """Whether this sample of this step was set aside for another."""
    return bool((await connection.execute(_WAS_REPLACED, {"id": sample_id, "step_id": step_id})).scalar_one())


async def drawn_times(connection: AsyncConnection, action_id: UUID) -> list[datetime]:
    """When samples of this action were drawn."""
    return list((await connection.execute(_DRAWN, {"id": action_id})).scalars())


async def samples_of(connection: AsyncConnection, ref: str = "") -> list[StoredSample]:
    """The samples of an action, or of all, oldest first."""
    found = await connection.execute(_OF_ACTION, {"ref": ref})
    return [StoredSample(*row[:-1], items=tuple(Drawn(*item) for item in row[-1])) for row in found]
