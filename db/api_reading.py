"""What other systems read: within their key's location, by roles and dates, names and words kept apart."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.overdue import CURRENT_DATE, overdue_by
from domain.vocabulary import FINISHED

Rows = list[Row[Any]]
_IN_SCOPE = "(CAST(:place AS uuid) IS NULL OR a.location_id = CAST(:place AS uuid))"
_LAST_CHANGE = "(SELECT t.at FROM trail_entry t WHERE t.action_id = a.id ORDER BY t.seq DESC LIMIT 1)"
_BRIEF = f"""
SELECT a.id, a.ref, a.status, a.location_id, f.source, f.theme, a.risk, a.cycle, a.due_at, a.original_due_at,
       f.external_ref, a.created_at, coalesce({_LAST_CHANGE}, a.updated_at) AS changed_at, f.found_on,
       a.draft_reasons, a.title, f.summary, a.what_will_change, a.measure, a.outcome_test, a.closure_criteria,
       o.name AS owner, v.key AS pathway, v.version AS pathway_version
FROM action a JOIN finding f ON f.id = a.finding_id JOIN pathway_version v ON v.id = a.pathway_version_id
LEFT JOIN person o ON o.id = a.owner_id
"""
# A filter is in the query only where it is asked for, so that each finds the index that serves it.
_FILTERS = {
    "place": "a.location_id = :place",
    "location": "a.location_id = :location",
    "status": "a.status = :status",
    "external_ref": "f.external_ref = :external_ref",
    "overdue": overdue_by(CURRENT_DATE),
    "not overdue": f"({overdue_by(CURRENT_DATE)}) IS NOT TRUE",
    # Whatever changes goes on the trail, so the trail says what changed since.
    "since": "a.id IN (SELECT c.action_id FROM trail_entry c WHERE c.at >= :since)",
}
_ONE = text(f"{_BRIEF} WHERE {_IN_SCOPE} AND a.ref = :ref")
_STEPS = text("""
SELECT s.cycle, s.key, s.round, s.control, s.form, s.title, s.role, s.status, s.outcome, s.opened_at, s.due_at,
       s.original_due_at, s.settled_at, p.name AS asked
FROM step s LEFT JOIN person p ON p.id = s.assignee_id WHERE s.action_id = :id ORDER BY s.opened_at, s.id
""")
_ESCALATIONS = text("""
SELECT s.key AS step, s.cycle, e.rung, e.role, e.must_answer, e.fired_at, e.answered_at, e.answer_kind AS answer,
       e.revised_due_at, e.risk_now, e.interim_control
FROM escalation e JOIN step s ON s.id = e.step_id WHERE e.action_id = :id ORDER BY e.fired_at, e.rung
""")
_CLOSURES = text("SELECT * FROM closure WHERE action_id = :id ORDER BY cycle")
_RE_AUDITS = text("SELECT cycle, number, due_at, status FROM re_audit WHERE action_id = :id ORDER BY cycle, number")
_TRAIL = text("""
SELECT t.seq, t.at, t.what, t.identified_by, t.object_type, t.hash, t.words,
       coalesce(p.name, k.name) AS actor
FROM trail_entry t LEFT JOIN person p ON p.id = t.actor_id LEFT JOIN api_key k ON k.id = t.actor_id
WHERE t.action_id = :id AND t.seq > :after ORDER BY t.seq LIMIT :most
""")
_LOCATIONS = text(
    "SELECT id, name FROM location WHERE CAST(:place AS uuid) IS NULL OR id = CAST(:place AS uuid) ORDER BY name"
)
_PATHWAYS = text(
    "SELECT DISTINCT ON (key) key, version, definition FROM pathway_version WHERE published_at IS NOT NULL"
    " ORDER BY key, version DESC"
)
START = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which actions are asked for; None leaves a filter out."""

    location: UUID | None = None
    status: str | None = None
    external_ref: str | None = None
    overdue: bool | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One action with what is told of it."""

    head: Row[Any]
    steps: Rows
    escalations: Rows
    closures: Rows
    re_audits: Rows


@lru_cache
def _page(filters: frozenset[str]) -> TextClause:
    """By id, which is by when it was recorded: what comes in or changes meanwhile moves nothing to another page."""
    within = "".join(f" AND {_FILTERS[name]}" for name in sorted(filters))
    return text(f"{_BRIEF} WHERE a.id > :after{within} ORDER BY a.id LIMIT :most")


async def read_page(
    connection: AsyncConnection, place: UUID | None, wanted: Wanted, after: UUID, most: int, now: datetime
) -> Rows:
    """Up to `most` actions recorded after the one with this id, oldest first. `place` is the key's location."""
    asked = {
        "place": place,
        "location": wanted.location,
        "status": wanted.status,
        "external_ref": wanted.external_ref,
        "since": wanted.since,
    }
    bound: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    filters = set(bound)
    if wanted.overdue is not None:
        filters.add("overdue" if wanted.overdue else "not overdue")
        bound |= {"now": now, "finished": sorted(map(str, FINISHED))}
    found = await connection.execute(_page(frozenset(filters)), {**bound, "after": after, "most": most})
    return list(found.all())


async def read_head(connection: AsyncConnection, place: UUID | None, ref: str) -> Row[Any] | None:
    """An action by its reference; None where there is none, or it is another location's."""
    if "\x00" in ref:  # no reference has one, and the database would not take it
        return None
    return (await connection.execute(_ONE, {"place": place, "ref": ref})).one_or_none()


async def read_standing(connection: AsyncConnection, place: UUID | None, ref: str) -> Standing | None:
    """An action with its steps, escalations, closures and re-audits."""
    head = await read_head(connection, place, ref)
    if head is None:
        return None
    bound = {"id": head.id}
    found = [
        list((await connection.execute(query, bound)).all())
        for query in (_STEPS, _ESCALATIONS, _CLOSURES, _RE_AUDITS)
    ]  # fmt: skip
    return Standing(head, *found)


async def read_trail(connection: AsyncConnection, action_id: UUID, after: int, most: int) -> Rows:
    """Entries about one action, oldest first."""
    return list((await connection.execute(_TRAIL, {"id": action_id, "after": after, "most": most})).all())


async def read_locations(connection: AsyncConnection, place: UUID | None) -> Rows:
    return list((await connection.execute(_LOCATIONS, {"place": place})).all())


async def read_pathways(connection: AsyncConnection) -> Rows:
    """The newest published version of each."""
    return list((await connection.execute(_PATHWAYS)).all())
