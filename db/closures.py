"""What an action relied on when it closed, and the closing itself."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Closure, ReAudit
from db.models.base import Json
from db.trail import canonical

# What a snapshot holds is fixed by the form it was made under: closures are hashed anew years later.
FORM = "approval 1"
_SNAPSHOTS = {
    FORM: text("""
SELECT jsonb_build_object(
  'evidence', (SELECT jsonb_agg(jsonb_build_object('id', v.id, 'step', s.key, 'round', s.round, 'kind', v.kind,
        'category', v.category, 'on', v.effective_on, 'file', encode(v.blob_sha256, 'hex'),
        'statement', v.statement, 'details', v.details) ORDER BY v.id)
     FROM evidence v JOIN step s ON s.id = v.step_id JOIN submission u ON u.id = v.submission_id
     WHERE v.action_id = :id AND s.cycle = :cycle AND v.withdrawn_at IS NULL AND u.kept_as = 'answer'),
  'samples', (SELECT jsonb_agg(jsonb_build_object('id', m.id, 'seed', m.seed, 'of', m.population_size,
        'size', m.size, 'passed', m.passed, 'set aside', m.replaced_because,
        'items', (SELECT jsonb_agg(jsonb_build_array(i.position, i.item, i.result)
            ORDER BY i.position) FROM sample_item i WHERE i.sample_id = m.id)) ORDER BY m.id)
     FROM sample_audit m JOIN step s ON s.id = m.step_id
     WHERE m.action_id = :id AND s.cycle = :cycle AND s.control = 'check'))
""")
}
_CLOSE = text("UPDATE cycle SET closed_at = :now WHERE action_id = :id AND number = :cycle AND closed_at IS NULL")
_PEOPLE = text(
    "SELECT DISTINCT p.id, p.name, p.email, p.password_hash IS NOT NULL AS signs_in FROM step s JOIN person p"
    " ON p.id IN (s.assignee_id, s.settled_by, s.assigned_for_id)"
    " WHERE s.action_id = :id AND s.cycle = :cycle AND s.status = 'settled' AND p.left_at IS NULL"
)
_MEASURE = text("SELECT measure FROM action WHERE id = :id")
_CLOSURES = text("""
SELECT k.action_id, a.ref, k.cycle, k.snapshot, k.snapshot_hash, k.closed_at, k.rationale,
       t.words->>'snapshot' AS trail_snapshot, t.words->>'rationale' AS trail_rationale
FROM closure k JOIN action a ON a.id = k.action_id
LEFT JOIN LATERAL (SELECT e.words FROM trail_entry e WHERE e.action_id = k.action_id AND e.what = 'closed'
                   AND e.at = k.closed_at ORDER BY e.seq LIMIT 1) t ON true
WHERE CAST(:ref AS text) IS NULL OR a.ref = :ref ORDER BY a.ref, k.cycle
""")


@dataclass(frozen=True, slots=True)
class ClosureFacts:
    """One closure as stored, and what the trail says of it (None where its words were erased by law)."""

    action_id: UUID
    ref: str
    cycle: int
    snapshot: Json
    snapshot_hash: bytes
    closed_at: datetime
    rationale: str
    trail_snapshot: str | None
    trail_rationale: str | None


async def snapshot(connection: AsyncConnection, action_id: UUID, cycle: int, form: str = FORM) -> Json:
    """The evidence and samples of a cycle, as this form of approval shows them."""
    found: Json = (await connection.execute(_SNAPSHOTS[form], {"id": action_id, "cycle": cycle})).scalar_one()
    return found


def hash_of(shown: Json) -> bytes:
    """The hash that fixes what a decision relied on."""
    return hashlib.sha256(canonical(shown)).digest()


async def no_longer_true(connection: AsyncConnection, closure: ClosureFacts) -> list[str]:
    """What has changed of what a closure relied on, in words; nothing where it all still stands as it was."""
    stored, form = closure.snapshot, str(closure.snapshot.get("form"))
    changed = list[str]()
    if hash_of(stored) != closure.snapshot_hash:
        changed.append("its own record of what it relied on was changed")
    if form not in _SNAPSHOTS:
        return [*changed, f"it was made on a form this version does not know ({form})"]
    found = await snapshot(connection, closure.action_id, closure.cycle, form)
    changed += [words for part in ("evidence", "samples") for words in _differences(part, stored, found)]
    if closure.trail_snapshot not in (None, closure.snapshot_hash.hex()):
        changed.append("the trail names another fingerprint")
    if closure.trail_rationale not in (None, closure.rationale):
        changed.append("its reason is not the one on the trail")
    return changed


def _differences(part: str, stored: Json, found: Json) -> list[str]:
    """What of the stored pieces is gone or changed, and what has been added."""
    one = {"evidence": "a piece of evidence", "samples": "a sample"}[part]
    then = {piece["id"]: piece for piece in stored.get(part) or []}
    now = {piece["id"]: piece for piece in found.get(part) or []}
    gone = [f"{one} is gone ({key})" for key in then if key not in now]
    other = [f"{one} was changed ({key})" for key in then if key in now and now[key] != then[key]]
    return [*gone, *other, *(f"{one} was added ({key})" for key in now if key not in then)]


async def load_measure(connection: AsyncConnection, action_id: UUID) -> Json | None:
    """What the action promised, as it stands."""
    return (await connection.execute(_MEASURE, {"id": action_id})).scalar_one()


async def load_closures(connection: AsyncConnection, ref: str | None = None) -> list[ClosureFacts]:
    """Every closure, or those of one action, oldest cycle first."""
    return [ClosureFacts(**row._mapping) for row in await connection.execute(_CLOSURES, {"ref": ref})]


async def insert_closure(connection: AsyncConnection, values: Json, cycle: int, now: datetime) -> bool:
    """Close the open cycle; False when it was closed already."""
    closed = await connection.execute(_CLOSE, {"id": values["action_id"], "cycle": cycle, "now": now})
    if closed.rowcount == 0:
        return False
    await connection.execute(insert(Closure), values)
    return True


async def insert_re_audits(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(insert(ReAudit), rows)


async def took_part(connection: AsyncConnection, action_id: UUID, cycle: int) -> list[Any]:
    """Everyone who did or decided something in a cycle, and whether they have a password."""
    return list((await connection.execute(_PEOPLE, {"id": action_id, "cycle": cycle})).all())
