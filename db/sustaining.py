"""Re-audits and reopening, as they are stored."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.vocabulary import ReAuditStatus, Reopened

_OPEN = text("""
UPDATE re_audit SET status = 'open', step_id = :step_id
WHERE action_id = :action_id AND cycle = :cycle AND number = :number AND status = 'planned'
""")
_DECIDE = text("""
UPDATE re_audit SET status = :status, decided_at = :now, run_told_at = NULL
WHERE step_id = :step_id AND status = 'open'
""")
# The guards make it once: one open cycle, from the closed one that was looked at.
_REOPEN = text("""
WITH moved AS (
    UPDATE action SET cycle = cycle + 1, due_at = :due, updated_at = :now
    WHERE id = :id AND cycle = :cycle AND status IN ('closed – monitoring', 'sustained')
    RETURNING id, cycle
), void AS (
    UPDATE re_audit SET status = 'void', decided_at = :now, run_told_at = NULL
    WHERE action_id IN (SELECT id FROM moved) AND cycle = :cycle AND status IN ('planned', 'open')
)
INSERT INTO cycle (id, action_id, number, opened_at, opened_because, reopened, due_at)
SELECT :cycle_id, id, cycle, :now, :words, :why, :due FROM moved
RETURNING number
""")
_OPEN_STEPS = text("SELECT id FROM step WHERE action_id = :id AND cycle = :cycle AND status = 'open'")
_TO_TELL = text("""
SELECT r.id, r.number, r.due_at, r.status, r.flow_run_id,
       (SELECT count(*) FROM re_audit o WHERE o.action_id = r.action_id AND o.cycle = r.cycle) AS of
FROM re_audit r WHERE r.action_id = :id AND r.run_told_at IS NULL ORDER BY r.cycle, r.number
""")
_TOLD = text("UPDATE re_audit SET flow_run_id = :run, run_told_at = :now WHERE id = :id AND status = :status")
_OF_RUN = text("SELECT status FROM re_audit WHERE flow_run_id = :run")
_FORGET = text("UPDATE re_audit SET flow_run_id = NULL, run_told_at = NULL WHERE flow_run_id = ANY(:runs)")
_PLANNED = text("""
SELECT r.id, r.action_id, r.flow_run_id FROM re_audit r
WHERE r.status IN ('planned', 'open') AND r.flow_run_id IS NOT NULL AND r.id > :after ORDER BY r.id LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class ToTell:
    """A re-audit that Prefect has to be told of: one of `of` in its cycle."""

    id: UUID
    number: int
    due_at: datetime
    status: str
    flow_run_id: UUID | None
    of: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A re-audit that is waited for, and its run in Prefect."""

    id: UUID
    action_id: UUID
    flow_run_id: UUID


async def open_re_audit(connection: AsyncConnection, action_id: UUID, cycle: int, number: int, step_id: UUID) -> None:
    """Its day has come: the step that asks for it is open."""
    values = {"action_id": action_id, "cycle": cycle, "number": number, "step_id": step_id}
    await connection.execute(_OPEN, values)


async def status_of_run(connection: AsyncConnection, run_id: UUID) -> ReAuditStatus | None:
    """Where the re-audit stands that this run keeps time for; None where the run belongs to none."""
    found = (await connection.execute(_OF_RUN, {"run": run_id})).scalar_one_or_none()
    return None if found is None else ReAuditStatus(found)


async def decide_re_audit(connection: AsyncConnection, step_id: UUID, status: ReAuditStatus, now: datetime) -> bool:
    """Record how it went; False when it was decided or void already."""
    done = await connection.execute(_DECIDE, {"step_id": step_id, "status": str(status), "now": now})
    return done.rowcount == 1


async def open_next_cycle(
    connection: AsyncConnection,
    action_id: UUID,
    cycle: int,
    cycle_id: UUID,
    why: Reopened,
    words: str,
    due: datetime,
    now: datetime,
) -> int | None:
    """Open the cycle after a closed one; its number, or None when the action is not closed.

    Re-audits that were still to come are void.
    """
    values = {"id": action_id, "cycle": cycle, "cycle_id": cycle_id, "why": str(why), "words": words}
    found = await connection.execute(_REOPEN, {**values, "due": due, "now": now})
    return found.scalar_one_or_none()


async def steps_left_open(connection: AsyncConnection, action_id: UUID, cycle: int) -> list[UUID]:
    """Steps of a cycle that still ask somebody."""
    return list((await connection.execute(_OPEN_STEPS, {"id": action_id, "cycle": cycle})).scalars())


async def re_audits_to_tell(connection: AsyncConnection, action_id: UUID) -> list[ToTell]:
    """Re-audits whose run in Prefect is still to be made or ended."""
    return [ToTell(**row._mapping) for row in await connection.execute(_TO_TELL, {"id": action_id})]


async def re_audit_told(connection: AsyncConnection, re_audit: ToTell, flow_run_id: UUID | None, now: datetime) -> None:
    """Prefect knows of it as it stands; nothing is noted where it changed meanwhile."""
    values = {"id": re_audit.id, "status": re_audit.status, "run": flow_run_id, "now": now}
    await connection.execute(_TOLD, values)


async def forget_re_audit_runs(connection: AsyncConnection, runs: list[UUID]) -> None:
    """These runs are gone from Prefect: they are made again."""
    await connection.execute(_FORGET, {"runs": runs})


async def planned_re_audits(connection: AsyncConnection, after: UUID, most: int) -> list[Planned]:
    """A page of the re-audits that are waited for, by key."""
    rows = await connection.execute(_PLANNED, {"after": after, "most": most})
    return [Planned(**row._mapping) for row in rows]
