"""Everything about one action, for its page."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.frameworks import load_references
from db.people import load_people
from db.scope import MAY_SEE, Viewer
from domain.frameworks import Reference

Rows = list[Row[Any]]
_HEAD = text(f"""
SELECT a.*, l.name AS location, o.name AS owner, d.name AS definer, f.summary, f.source, f.theme, f.found_on,
       f.external_ref, v.key AS pathway_key, v.definition->>'title' AS pathway_title,
       v.version AS pathway_version, v.definition, c.opened_because, c.closed_at,
       (SELECT max(n.version) FROM pathway_version n WHERE n.key = v.key) AS newest_version
FROM action a JOIN finding f ON f.id = a.finding_id JOIN pathway_version v ON v.id = a.pathway_version_id
LEFT JOIN cycle c ON c.action_id = a.id AND c.number = a.cycle
LEFT JOIN location l ON l.id = a.location_id LEFT JOIN person o ON o.id = a.owner_id
LEFT JOIN person d ON d.id = a.defined_by
WHERE (a.ref = :ref OR CAST(a.id AS text) = :ref) AND {MAY_SEE}
""")
_STEPS = text("""
SELECT s.*, coalesce(s.given_at, s.opened_at) AS with_since, p.name AS person, c.name AS covering,
       b.name AS settled_by_name, u.answer, u.received_at, u.after_due,
       (SELECT ab.ends_on FROM absence ab WHERE ab.person_id = s.assigned_for_id AND ab.cancelled_at IS NULL
          AND ab.ends_on >= s.opened_at::date ORDER BY ab.starts_on LIMIT 1) AS away_until
FROM step s LEFT JOIN person p ON p.id = s.assignee_id LEFT JOIN person c ON c.id = s.assigned_for_id
LEFT JOIN person b ON b.id = s.settled_by LEFT JOIN submission u ON u.step_id = s.id AND u.kept_as = 'answer'
WHERE s.action_id = :id ORDER BY s.opened_at, s.id
""")
_EVIDENCE = text("""
SELECT v.id, v.step_id, v.kind, v.category, v.effective_on, v.statement, v.details, v.filename, v.added_at,
       v.submission_id, v.blob_sha256, b.size, b.scan, p.name AS person, u.kept_as, u.withdrawn_because
FROM evidence v JOIN submission u ON u.id = v.submission_id LEFT JOIN blob b ON b.sha256 = v.blob_sha256
JOIN person p ON p.id = v.person_id WHERE v.action_id = :id AND v.withdrawn_at IS NULL ORDER BY v.added_at, v.id
""")
_ESCALATIONS = text("""
SELECT e.*, s.title AS step_title, p.name AS asked, b.name AS answered_by_name, g.name AS given_to,
       c.name AS asked_for, f.name AS answered_for,
       array(SELECT t.name FROM person t WHERE t.id::text IN (SELECT jsonb_array_elements_text(e.told))) AS told_names
FROM escalation e JOIN step s ON s.id = e.step_id LEFT JOIN person p ON p.id = e.asked_id
LEFT JOIN person b ON b.id = e.answered_by LEFT JOIN person g ON g.id = e.reassigned_to
LEFT JOIN person c ON c.id = e.asked_for_id LEFT JOIN person f ON f.id = e.answered_for_id
WHERE e.action_id = :id ORDER BY e.fired_at, e.rung
""")
_REQUESTS = text("""
SELECT x.asked_at AS at, p.name AS person, 'asked for more time: ' || x.reason AS words,
       coalesce(d.name, p.name) AS decider, f.name AS decided_for, x.decided_at, x.granted,
       coalesce(x.decision_reason, 'the step was given to somebody else') AS answer, x.revised_due_at
FROM extension x JOIN person p ON p.id = x.asked_by LEFT JOIN person d ON d.id = x.decided_by
LEFT JOIN person f ON f.id = x.decided_for_id WHERE x.action_id = :id
UNION ALL
SELECT b.told_at, p.name, 'said what is in the way: ' || b.barrier, d.name, f.name, b.answered_at, NULL,
       coalesce(b.answer, 'the step was given to somebody else'), NULL
FROM barrier b JOIN step s ON s.id = b.step_id JOIN person p ON p.id = b.told_by
LEFT JOIN person d ON d.id = b.answered_by LEFT JOIN person f ON f.id = b.answered_for_id
WHERE s.action_id = :id ORDER BY at
""")
_SAMPLES = text("""
SELECT m.*, s.round, s.cycle, p.name AS sampler,
       (SELECT count(*) FROM sample_item i WHERE i.sample_id = m.id AND i.result = 'pass') AS passes,
       (SELECT count(*) FROM sample_item i WHERE i.sample_id = m.id AND i.result = 'fail') AS fails,
       (SELECT count(*) FROM sample_item i WHERE i.sample_id = m.id AND i.result = 'not applicable') AS not_applicable,
       array(SELECT i.label || ': ' || i.note FROM sample_item i WHERE i.sample_id = m.id AND i.result = 'fail'
             AND i.note IS NOT NULL ORDER BY i.position) AS wrong
FROM sample_audit m JOIN step s ON s.id = m.step_id JOIN person p ON p.id = m.drawn_by
WHERE m.action_id = :id ORDER BY m.drawn_at
""")
_CLOSURES = text("""
SELECT k.*, p.name AS approver FROM closure k JOIN person p ON p.id = k.approver_id
WHERE k.action_id = :id ORDER BY k.cycle
""")
_RE_AUDITS = text("""
SELECT r.*, p.name AS person FROM re_audit r LEFT JOIN step s ON s.id = r.step_id
LEFT JOIN person p ON p.id = s.assignee_id
WHERE r.action_id = :id ORDER BY r.cycle, r.number
""")
_CYCLES = text("SELECT * FROM cycle WHERE action_id = :id ORDER BY number")
_TRAIL = text("""
SELECT t.seq, t.at, t.what, t.words, t.identified_by, t.object_type, t.object_id,
       coalesce(p.name, 'API key “' || k.name || '”') AS person
FROM trail_entry t LEFT JOIN person p ON p.id = t.actor_id LEFT JOIN api_key k ON k.id = t.actor_id
WHERE t.action_id = :id ORDER BY t.seq DESC LIMIT :most
""")
_KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TRAIL_COUNT = text("SELECT count(*) FROM trail_entry WHERE action_id = :id")
_IMPORTED = text("""
SELECT r.sheet, r.row_number, r.cells, r.batch_id, b.filename
FROM import_row r JOIN import_batch b ON b.id = r.batch_id WHERE r.action_id = :id ORDER BY r.id
""")


@dataclass(frozen=True, slots=True)
class Dossier:
    """One action with all that belongs to it."""

    head: Row[Any]
    steps: Rows
    evidence: Rows
    escalations: Rows
    requests: Rows
    samples: Rows
    closures: Rows
    re_audits: Rows
    cycles: Rows
    trail: Rows
    trail_count: int
    imported: Rows
    references: tuple[Reference, ...]
    names: dict[str, str]
    """People that the trail speaks of, by key."""

    @property
    def open_steps(self) -> Rows:
        return [step for step in self.steps if step.status == "open"]


async def load_head(connection: AsyncConnection, viewer: Viewer, ref: str) -> Row[Any] | None:
    """The facts of an action by its reference; None where there is none, or it is not the viewer's to see."""
    return (await connection.execute(_HEAD, {**viewer.scope, "ref": ref})).one_or_none()


async def _names(connection: AsyncConnection, trail: Rows) -> dict[str, str]:
    said = {value for entry in trail for value in (entry.words or {}).values() if isinstance(value, str)}
    keys = {UUID(value) for value in said if len(value) == 36 and _KEY.fullmatch(value)}
    return {str(key): person.name for key, person in (await load_people(connection, keys)).items()}


async def load_dossier(connection: AsyncConnection, viewer: Viewer, ref: str, most: int = 20) -> Dossier | None:
    """An action by its reference; None where there is none, or it is not the viewer's to see."""
    head = (await connection.execute(_HEAD, {**viewer.scope, "ref": ref})).one_or_none()
    if head is None:
        return None
    action_id: UUID = head.id

    async def rows(statement: Any, **more: Any) -> Rows:
        return list((await connection.execute(statement, {"id": action_id, **more})).all())

    trail = await rows(_TRAIL, most=most)
    return Dossier(
        head=head,
        steps=await rows(_STEPS),
        evidence=await rows(_EVIDENCE),
        escalations=await rows(_ESCALATIONS),
        requests=await rows(_REQUESTS),
        samples=await rows(_SAMPLES),
        closures=await rows(_CLOSURES),
        re_audits=await rows(_RE_AUDITS),
        cycles=await rows(_CYCLES),
        trail=trail,
        trail_count=(await connection.execute(_TRAIL_COUNT, {"id": action_id})).scalar_one(),
        imported=await rows(_IMPORTED),
        references=await load_references(connection, action_id),
        names=await _names(connection, trail),
    )
