"""Definitions that are still being written: one person's own, and drafts that others work on too."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.frameworks import load_references
from db.models import DefinitionDraft
from db.models.base import Json
from db.people import MAY_OWN, MAY_OWN_AT
from db.scope import Viewer
from domain.defining import Definition
from domain.measuring import Direction, Measure
from domain.strength import Strength
from domain.vocabulary import Risk, Source

Typed = dict[str, str]
_OWN = "SELECT id, typed, created_at, updated_at, action_id FROM definition_draft WHERE person_id = :person"
_ONE = text(f"{_OWN} AND id = :id")
_LOCKED = text(f"{_OWN} AND id = :id FOR UPDATE")
_UNFINISHED = text(f"{_OWN} AND action_id IS NULL ORDER BY updated_at DESC LIMIT 20")
_KEEP = text(
    "UPDATE definition_draft SET typed = :typed, updated_at = :now"
    " WHERE id = :id AND person_id = :person AND action_id IS NULL"
).bindparams(bindparam("typed", type_=JSONB))
_BECAME = text("UPDATE definition_draft SET typed = '{}', updated_at = :now, action_id = :action WHERE id = :id")
_DISCARD = text("DELETE FROM definition_draft WHERE id = :id AND person_id = :person AND action_id IS NULL")
_DEFINITION = text("""
SELECT a.title, a.what_will_change, f.summary, v.key AS pathway, a.location_id, f.source, f.theme, f.found_on,
       f.external_ref, a.measure, a.outcome_test, a.risk, a.due_at, a.closure_criteria, a.owner_id,
       CASE WHEN a.strength_is_chosen THEN a.strength END AS strength
FROM action a JOIN finding f ON f.id = a.finding_id JOIN pathway_version v ON v.id = a.pathway_version_id
WHERE a.id = :id
""")
_WITHIN_REACH = "(:all OR r.location_id = ANY(:ids) OR r.location_id IS NULL)"
_PLACES = text("SELECT id, name FROM location WHERE :all OR id = ANY(:ids) OR id = :kept ORDER BY name")
# Whoever may own there, where that is within reach; of a draft without a location, at any place that is.
_PEOPLE = text(f"""
SELECT p.id, p.name FROM person p WHERE p.id = :kept
   OR (p.left_at IS NULL AND (:all OR CAST(:location AS uuid) = ANY(:ids)) AND CAST(:location AS uuid) IS NOT NULL
       AND {MAY_OWN})
   OR (p.left_at IS NULL AND CAST(:location AS uuid) IS NULL AND {MAY_OWN_AT.format(where=_WITHIN_REACH)})
ORDER BY 2, 1
""")
_PATHWAYS = text(
    "SELECT DISTINCT ON (key) key, definition->>'title' AS title FROM pathway_version"
    " WHERE published_at IS NOT NULL ORDER BY key, version DESC"
)


@dataclass(frozen=True, slots=True)
class OwnDraft:
    """What one person has typed so far; `action_id` once it has become an action."""

    id: UUID
    typed: Typed
    created_at: datetime
    updated_at: datetime
    action_id: UUID | None


async def start_own(connection: AsyncConnection, draft_id: UUID, person_id: UUID, typed: Typed, now: datetime) -> None:
    """Keep what was typed first; the same form sent twice is one draft."""
    values: Json = {"id": draft_id, "person_id": person_id, "typed": typed, "created_at": now, "updated_at": now}
    await connection.execute(upsert(DefinitionDraft).values(values).on_conflict_do_nothing(index_elements=["id"]))


async def load_own(
    connection: AsyncConnection, person_id: UUID, draft_id: UUID, *, lock: bool = False
) -> OwnDraft | None:
    """A person's own draft; None for anybody else's."""
    found = await connection.execute(_LOCKED if lock else _ONE, {"id": draft_id, "person": person_id})
    row = found.one_or_none()
    return None if row is None else OwnDraft(**row._mapping)


async def unfinished(connection: AsyncConnection, person_id: UUID) -> list[OwnDraft]:
    """What a person began and has not finished, last touched first."""
    return [OwnDraft(**row._mapping) for row in await connection.execute(_UNFINISHED, {"person": person_id})]


async def keep_own(connection: AsyncConnection, person_id: UUID, draft_id: UUID, typed: Typed, now: datetime) -> None:
    values = {"id": draft_id, "person": person_id, "typed": typed, "now": now}
    await connection.execute(_KEEP, values)


async def own_became(connection: AsyncConnection, draft_id: UUID, action_id: UUID, now: datetime) -> None:
    """The words live on in the action; here they are let go."""
    await connection.execute(_BECAME, {"id": draft_id, "action": action_id, "now": now})


async def discard_own(connection: AsyncConnection, person_id: UUID, draft_id: UUID) -> None:
    await connection.execute(_DISCARD, {"id": draft_id, "person": person_id})


async def load_definition(connection: AsyncConnection, action_id: UUID) -> Definition | None:
    """What is said of an action at present."""
    row = (await connection.execute(_DEFINITION, {"id": action_id})).one_or_none()
    if row is None:
        return None
    facts = dict(row._mapping)
    facts["source"] = Source(row.source) if row.source else None
    facts["risk"] = Risk(row.risk) if row.risk else None
    facts["strength"] = Strength(row.strength) if row.strength else None
    facts["measure"] = measure_from(row.measure)
    return Definition(**facts, references=await load_references(connection, action_id))


def measure_from(stored: Json | None) -> Measure | None:
    """A measure as it was stored, by this version or an older one."""
    if not stored:
        return None
    said: dict[str, Any] = {**stored, "direction": Direction(stored["direction"]) if stored.get("direction") else None}
    return Measure(**said)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the lists of the form offer."""

    places: list[Row[tuple[UUID, str]]]
    people: list[Row[tuple[UUID, str]]]
    pathways: list[Row[tuple[str, str]]]


async def load_choices(
    connection: AsyncConnection, viewer: Viewer, day: date, place: UUID | None = None, owner: UUID | None = None
) -> Choices:
    """Locations within reach, people who may own an action at the place, those chosen already, and the pathways."""
    sees = {"all": viewer.sees_all, "ids": viewer.locations}
    return Choices(
        places=list((await connection.execute(_PLACES, {**sees, "kept": place})).all()),
        people=list((await connection.execute(_PEOPLE, {**sees, "kept": owner, "location": place, "day": day})).all()),
        pathways=list((await connection.execute(_PATHWAYS)).all()),
    )
