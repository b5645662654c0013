"""Steps: reading the one that is answered, settling it, and ending what is not asked any more."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.evidence import SUBMIT, Shown
from db.models.base import Json
from db.reading import deciding, reading
from db.session import PersonFacts
from domain.vocabulary import Form

_LINK = text(
    "SELECT id, person_id, step_id, expires_at, revoked_at, used_at FROM link WHERE id = :id AND purpose = 'step'"
)
# The guard `status = 'open'` decides between two answers, or an answer and a deadline: one row, one winner.
_SETTLED = """
settled AS (
    UPDATE step SET status = 'settled', outcome = :outcome, settled_at = :now, settled_by = :by,
        returned_keys = CAST(:returned AS jsonb), reasons = :reasons,
        return_reasons = CAST(:return_reasons AS jsonb), shown_hash = :shown
    WHERE id = :id AND status = 'open' RETURNING id
), ended AS (
    UPDATE link SET revoked_at = :now WHERE step_id IN (SELECT id FROM settled) AND revoked_at IS NULL
), overtaken AS (
    UPDATE escalation SET answered_at = :now, answer_kind = 'overtaken', overtaken_because = 'step answered'
    WHERE step_id IN (SELECT id FROM settled) AND must_answer AND answered_at IS NULL RETURNING id
)
"""
_WHO_WON = "SELECT (SELECT count(*) FROM settled) AS settled, array(SELECT id FROM overtaken) AS overtaken"
_SETTLE = deciding(f"WITH {_SETTLED} {_WHO_WON}")
_NOTHING_SAID = {"returned": "[]", "return_reasons": "{}", "reasons": None, "shown": None}
_KEPT = """
kept AS (
    INSERT INTO submission (id, step_id, person_id, identified_by, request_id, kept_as, answer, form_version,
        after_due, received_at)
    SELECT :submission, :id, :by, :identified_by, :request_id,
        CASE WHEN EXISTS (SELECT 1 FROM settled) THEN 'answer' ELSE 'late' END,
        CAST(:answer AS jsonb), :form_version, :after_due, :now
)
"""
# Settled and kept in one round trip, evidence included: people wait for this one.
_ANSWER = deciding(f"WITH {_SETTLED}, {_KEPT} {_WHO_WON}")
_ANSWER_SHOWING = deciding(f"WITH {_SETTLED}, {_KEPT}, {SUBMIT} {_WHO_WON}")
_TAKE_BACK = text("""
WITH taken AS (
    UPDATE submission SET kept_as = 'withdrawn', withdrawn_at = :now, withdrawn_because = :why
    WHERE step_id = :id AND kept_as = 'answer' RETURNING step_id
)
UPDATE step SET outcome = 'withdrawn' WHERE id IN (SELECT step_id FROM taken)
""")
_VOID = text("""
WITH void AS (
    UPDATE step SET status = 'void', settled_at = :now WHERE id = ANY(:ids) AND status = 'open' RETURNING id
)
UPDATE escalation SET answered_at = :now, answer_kind = 'overtaken', overtaken_because = 'step not asked any more'
WHERE step_id IN (SELECT id FROM void) AND must_answer AND answered_at IS NULL RETURNING id
""")
_REVOKE = text("UPDATE link SET revoked_at = :now WHERE step_id = ANY(:ids) AND revoked_at IS NULL")
_REASONS = text(
    "SELECT back.key, coalesce(return_reasons ->> back.key, reasons) AS why"
    " FROM step, jsonb_array_elements_text(returned_keys) AS back(key)"
    " WHERE action_id = :action_id AND cycle = :cycle AND outcome IN ('failed', 'rejected')"
    " ORDER BY settled_at"
)


_WORDS = text(
    "SELECT reasons FROM step WHERE action_id = :action_id AND cycle = :cycle AND key = :key AND status = 'settled'"
    " ORDER BY settled_at DESC LIMIT 1"
)
_ASSIGN = text(
    "UPDATE step SET assignee_id = :person, assigned_for_id = :for, given_at = :now"
    " WHERE id = :id AND status = 'open' AND assignee_id IS NULL"
)


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One step as stored."""

    id: UUID
    action_id: UUID
    cycle: int
    key: str
    round: int
    control: str
    form: str
    title: str
    role: str
    assignee_id: UUID | None
    assigned_for_id: UUID | None
    status: str
    outcome: str | None
    opened_at: datetime
    due_at: datetime
    original_due_at: datetime
    settled_at: datetime | None
    settled_by: UUID | None

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    @property
    def needs_account(self) -> bool:
        return Form(self.form).needs_account


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """A link as stored; its token is nowhere here. `person` is read where somebody answers by it."""

    id: UUID
    person_id: UUID
    step_id: UUID
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None
    person: PersonFacts | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """Whether this call settled a step, and the escalations that nobody need answer since it did."""

    won: bool
    overtaken: tuple[UUID, ...] = ()

    def __bool__(self) -> bool:
        return self.won


STEP_COLUMNS = tuple(field.name for field in fields(StepFacts))
_STEP = reading(f"SELECT {', '.join(STEP_COLUMNS)} FROM step WHERE id = :id")


async def load_step(connection: AsyncConnection, step_id: UUID) -> StepFacts | None:
    row = await _STEP.one_or_none(connection, {"id": step_id})
    return None if row is None else StepFacts(*row)


async def load_link(connection: AsyncConnection, link_id: UUID) -> LinkFacts | None:
    row = (await connection.execute(_LINK, {"id": link_id})).one_or_none()
    return None if row is None else LinkFacts(**row._mapping)


async def settle_with_answer(connection: AsyncConnection, values: Json, shown: Shown | None) -> Settled:
    """Settle a step and keep what settles it; kept as late where somebody, or the clock, was there first."""
    if shown is None:
        row = await _ANSWER.one(connection, values)
    else:
        row = await _ANSWER_SHOWING.one(connection, values | shown.bound(values["submission"]))
    return Settled(row.settled == 1, tuple(row.overtaken))


async def settle_step(
    connection: AsyncConnection, step_id: UUID, outcome: str, by: UUID | None, now: datetime
) -> Settled:
    """Settle an open step that keeps no answer, and end its links; false when somebody was there first."""
    row = await _SETTLE.one(connection, {"id": step_id, "outcome": outcome, "by": by, "now": now, **_NOTHING_SAID})
    return Settled(row.settled == 1, tuple(row.overtaken))


async def take_back(connection: AsyncConnection, step_id: UUID, why: str, now: datetime) -> None:
    """Keep the answer to a step as withdrawn; who settled it, and when, stays."""
    await connection.execute(_TAKE_BACK, {"id": step_id, "why": why, "now": now})


async def void_steps(connection: AsyncConnection, ids: list[UUID], now: datetime) -> tuple[UUID, ...]:
    """Stop asking: the steps are void and their links end. Returns the escalations that nobody need answer now."""
    overtaken = tuple((await connection.execute(_VOID, {"ids": ids, "now": now})).scalars())
    await revoke_links(connection, ids, now)
    return overtaken


async def revoke_links(connection: AsyncConnection, step_ids: list[UUID], now: datetime) -> None:
    await connection.execute(_REVOKE, {"ids": step_ids, "now": now})


async def last_reasons(connection: AsyncConnection, action_id: UUID, cycle: int) -> dict[str, str]:
    """Why each piece of evidence was last sent back in this cycle, by the key of its step."""
    found = await connection.execute(_REASONS, {"action_id": action_id, "cycle": cycle})
    return {row.key: row.why for row in found}


async def last_words(connection: AsyncConnection, action_id: UUID, cycle: int, key: str) -> str | None:
    """What was said when this step was last answered in this cycle."""
    bound = {"action_id": action_id, "cycle": cycle, "key": key}
    return (await connection.execute(_WORDS, bound)).scalar_one_or_none()


async def assign_step(
    connection: AsyncConnection, step_id: UUID, person_id: UUID, for_id: UUID | None, now: datetime
) -> bool:
    """Give an open step that nobody has to somebody; False where somebody has it by now."""
    given = await connection.execute(_ASSIGN, {"id": step_id, "person": person_id, "for": for_id, "now": now})
    return given.rowcount == 1
