"""Reading an action's journal: one query, however long the action has lived."""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.reading import reading
from domain.deadlines import Calendar
from domain.journal import Escalation, Hand, Journal, PieceOfEvidence, ReAudit, Step
from domain.pathways import Pathway
from domain.small_home import SmallHome
from domain.vocabulary import Control, Form, Outcome, ReAuditStatus, Risk, Status, StepStatus

T = TypeVar("T")

# Facts travel as JSON arrays so that one round trip brings all of an action.
FACTS = {
    "id": "a.id",
    "ref": "a.ref",
    "status": "a.status",
    "risk": "a.risk",
    "cycle": "a.cycle",
    "owner_id": "a.owner_id",
    "due_at": "a.due_at",
    "original_due_at": "a.original_due_at",
    "defined_at": "a.defined_at",
    "draft_reasons": "a.draft_reasons",
    "pathway_version_id": "a.pathway_version_id",
    "cycle_closed_at": "(SELECT c.closed_at FROM cycle c WHERE c.action_id = a.id AND c.number = a.cycle)",
    "opened_because": "(SELECT c.opened_because FROM cycle c WHERE c.action_id = a.id AND c.number = a.cycle)",
    "steps": """(SELECT jsonb_agg(jsonb_build_array(s.id, s.cycle, s.key, s.round, s.control, s.form, s.status,
               s.assignee_id, s.assigned_for_id, s.opened_at, s.due_at, s.outcome, s.settled_at, s.settled_by,
               s.returned_keys) ORDER BY s.opened_at, s.id)
        FROM step s WHERE s.action_id = a.id)""",
    "escalations": """(SELECT jsonb_agg(jsonb_build_array(e.step_id, e.rung, e.must_answer, e.fired_at, e.answered_at)
               ORDER BY e.fired_at)
        FROM escalation e WHERE e.action_id = a.id)""",
    "evidence": """(SELECT jsonb_agg(DISTINCT jsonb_build_array(v.step_id, v.category)) FROM evidence v
        JOIN submission u ON u.id = v.submission_id AND u.kept_as = 'answer'
        WHERE v.action_id = a.id AND v.withdrawn_at IS NULL)""",
    "re_audits": """(SELECT jsonb_agg(jsonb_build_array(r.cycle, r.number, r.due_at, r.status,
               r.run_told_at IS NOT NULL) ORDER BY r.number)
        FROM re_audit r WHERE r.action_id = a.id)""",
    "extensions": """(SELECT jsonb_agg(x.step_id) FROM extension x
        WHERE x.action_id = a.id AND x.decided_at IS NULL)""",
    "hands": """(SELECT jsonb_agg(DISTINCT jsonb_build_array(s.cycle, s.control, w.person_id))
        FROM step s CROSS JOIN LATERAL (
            SELECT u.person_id FROM submission u WHERE u.step_id = s.id
            UNION ALL SELECT m.drawn_by FROM sample_audit m WHERE m.step_id = s.id) w
        WHERE s.action_id = a.id AND s.control IN ('evidence', 'check'))""",
    "small_home": """(SELECT jsonb_agg(jsonb_build_array(h.id, h.reason, h.decided_at, h.ends_on, h.ended_at)
               ORDER BY h.decided_at)
        FROM small_home h WHERE h.location_id = a.location_id AND h.confirmed)""",
}
"""What a journal is made of, by the names that `journal_of` knows, for a statement that has `action a`."""
JOURNAL = ", ".join(f"{fact} AS {name}" for name, fact in FACTS.items())
_JOURNAL = reading(f"SELECT {JOURNAL} FROM action a WHERE a.id = :action_id")

_PATHWAY = text("SELECT definition FROM pathway_version WHERE id = :id")
_pathways: dict[UUID, Pathway] = {}


class NoSuchAction(LookupError):
    """There is no such action."""


async def load_journal(connection: AsyncConnection, action_id: UUID, calendar: Calendar) -> Journal:
    """Everything that decides what this action needs next. Lock the action first where the answer is acted on."""
    row = await _JOURNAL.one_or_none(connection, {"action_id": action_id})
    if row is None:
        raise NoSuchAction(action_id)
    return await journal_of(connection, row, calendar)


async def journal_of(connection: AsyncConnection, row: Row[Any], calendar: Calendar) -> Journal:
    """The journal in a row that has all `FACTS`, whatever else it has."""
    return _journal(row, await load_pathway(connection, row.pathway_version_id), calendar)


async def load_pathway(connection: AsyncConnection, version_id: UUID) -> Pathway:
    """A pathway version; kept in memory once read, since a published version never changes."""
    known = _pathways.get(version_id)
    if known is None:
        definition = (await connection.execute(_PATHWAY, {"id": version_id})).scalar_one()
        known = _pathways[version_id] = Pathway.model_validate(definition)
    return known


def _journal(row: Row[Any], pathway: Pathway, calendar: Calendar) -> Journal:
    status = Status(row.status)
    return Journal(
        action_id=row.id,
        ref=row.ref,
        status=status,
        risk=Risk(row.risk or Risk.MEDIUM),
        cycle=row.cycle,
        owner_id=row.owner_id,
        due_at=row.due_at,
        original_due_at=row.original_due_at,
        is_defined=row.defined_at is not None,
        is_ended=status in (Status.CANCELLED, Status.SUPERSEDED),
        cycle_closed_at=row.cycle_closed_at,
        pathway=pathway,
        calendar=calendar,
        undefined=tuple(str(reason) for reason in row.draft_reasons),
        steps=_each(row.steps, _step),
        escalations=_each(row.escalations, _escalation),
        evidence=_each(row.evidence, lambda f: PieceOfEvidence(_uuid(f[0]), f[1])),
        re_audits=_each(row.re_audits, lambda f: ReAudit(f[0], f[1], _at(f[2]), ReAuditStatus(f[3]), f[4])),
        opened_because=row.opened_because,
        extensions_pending=frozenset(_uuid(step) for step in row.extensions or []),
        hands=_each(row.hands, lambda f: Hand(f[0], Control(f[1]), _uuid(f[2]))),
        small_home=_each(row.small_home, _small_home),
    )


def _each(facts: list[Any] | None, read: Callable[[list[Any]], T]) -> tuple[T, ...]:
    return tuple(read(fact) for fact in facts or [])


def _step(f: list[Any]) -> Step:
    return Step(
        id=_uuid(f[0]),
        cycle=f[1],
        key=f[2],
        round=f[3],
        control=Control(f[4]),
        form=Form(f[5]),
        status=StepStatus(f[6]),
        assignee_id=_uuid_or_none(f[7]),
        assigned_for_id=_uuid_or_none(f[8]),
        opened_at=_at(f[9]),
        due_at=_at(f[10]),
        outcome=None if f[11] is None else Outcome(f[11]),
        settled_at=None if f[12] is None else _at(f[12]),
        settled_by=_uuid_or_none(f[13]),
        returned_keys=tuple(f[14]),
    )


def _escalation(f: list[Any]) -> Escalation:
    return Escalation(_uuid(f[0]), f[1], f[2], _at(f[3]), None if f[4] is None else _at(f[4]))


def _small_home(f: list[Any]) -> SmallHome:
    return SmallHome(_uuid(f[0]), f[1], _at(f[2]), date.fromisoformat(f[3]), None if f[4] is None else _at(f[4]))


@lru_cache(maxsize=4096)
def _uuid(stated: str) -> UUID:
    return UUID(stated)


def _uuid_or_none(stated: str | None) -> UUID | None:
    return None if stated is None else _uuid(stated)


def _at(stated: str) -> datetime:
    return datetime.fromisoformat(stated)
