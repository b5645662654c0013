"""What waits for somebody: all that “My work” would show them, in one look."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_OPEN = "s.status = 'open' AND a.status NOT IN ('cancelled', 'superseded')"
_WAITING = text(f"""
SELECT * FROM (
    SELECT s.form AS kind, s.id, s.action_id, s.id AS step_id, s.due_at AS due, s.key
    FROM step s JOIN action a ON a.id = s.action_id WHERE {_OPEN} AND s.assignee_id = :me
    UNION ALL SELECT 'escalation', e.id, e.action_id, e.step_id, s.due_at, s.key
    FROM escalation e JOIN step s ON s.id = e.step_id WHERE e.asked_id = :me AND e.must_answer AND e.answered_at IS NULL
    UNION ALL SELECT 'more time', x.id, x.action_id, x.step_id, x.wanted_due_at, s.key
    FROM extension x JOIN step s ON s.id = x.step_id
    WHERE x.decider_id = :me AND x.decided_at IS NULL AND s.status = 'open'
    UNION ALL SELECT 'barrier', b.id, s.action_id, b.step_id, s.due_at, s.key
    FROM barrier b JOIN step s ON s.id = b.step_id
    WHERE b.asked_id = :me AND b.answered_at IS NULL AND s.status = 'open'
    UNION ALL SELECT 'repeat', r.id, r.closed_action_id, NULL, r.noticed_at, ''
    FROM repeat_finding r WHERE r.asked_id = :me AND r.decided_at IS NULL
    UNION ALL SELECT 'undelivered', u.id, NULL, NULL, u.opened_at, u.to_address
    FROM undelivered u WHERE u.asked_id = :me AND u.settled_at IS NULL
    UNION ALL SELECT 'review', v.id, NULL, NULL, v.due_at, '' FROM review v
    WHERE v.status = 'open' AND v.assignee_id = :me
    UNION ALL SELECT 'late review', g.review_id, NULL, NULL, g.fired_at, '' FROM review_rung g
    WHERE g.asked_id = :me AND g.must_answer AND g.answered_at IS NULL
    UNION ALL SELECT 'small home', h.id, NULL, NULL, h.recorded_at, '' FROM small_home h
    WHERE h.asked_id = :me AND h.decided_at IS NULL
) w ORDER BY w.due, w.id
""")
_LINES = text("SELECT id FROM review_line WHERE review_id = :id ORDER BY id")
_OPEN_STEP = text("SELECT id FROM step WHERE action_id = :id AND status = 'open' ORDER BY id LIMIT 1")
_ROLE = text("SELECT id FROM role_assignment WHERE person_id = :id AND ends_on IS NULL ORDER BY id LIMIT 1")
_TEST = text("SELECT outcome_test FROM action WHERE id = :id")
_WHERE = text(
    "SELECT a.location_id, a.ref, a.due_at, a.status, a.risk, v.key AS pathway FROM action a"
    " JOIN pathway_version v ON v.id = a.pathway_version_id WHERE a.id = :id"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits. `kind` is a step's form, or what else it is."""

    kind: str
    id: UUID
    action_id: UUID | None
    step_id: UUID | None
    due: datetime
    key: str

    @property
    def step(self) -> UUID:
        assert self.step_id is not None
        return self.step_id

    @property
    def action(self) -> UUID:
        assert self.action_id is not None
        return self.action_id


async def waiting_for(connection: AsyncConnection, person: UUID) -> list[Item]:
    return [Item(*row) for row in await connection.execute(_WAITING, {"me": person})]


async def lines_of(connection: AsyncConnection, review: UUID) -> list[UUID]:
    return list((await connection.execute(_LINES, {"id": review})).scalars())


async def where(connection: AsyncConnection, action_id: UUID) -> Any:
    """Where an action is and how it stands."""
    return (await connection.execute(_WHERE, {"id": action_id})).one()


async def an_open_step(connection: AsyncConnection, action_id: UUID) -> UUID | None:
    """Some step that somebody is asked for."""
    return (await connection.execute(_OPEN_STEP, {"id": action_id})).scalar_one_or_none()


async def a_role_of(connection: AsyncConnection, person: UUID) -> UUID | None:
    """A role that somebody holds for good."""
    return (await connection.execute(_ROLE, {"id": person})).scalar_one_or_none()


async def outcome_test_of(connection: AsyncConnection, action_id: UUID) -> str | None:
    """What shows that it worked, where that is said in words."""
    return (await connection.execute(_TEST, {"id": action_id})).scalar_one_or_none()
