"""What the tracker believes of each action's flow run, for comparing with Prefect."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.vocabulary import FINISHED

_FINISHED = sorted(str(status) for status in FINISHED)
# Every open action without a run or long past the moment its run should have woken, every finished one whose
# run has not been told, and every re-audit that Prefect was not told of or that is overdue with nobody keeping time.
_ASTRAY = text("""
INSERT INTO action_run (action_id, wake_requested_at, failures)
SELECT a.id, clock_timestamp(), 0 FROM action a LEFT JOIN action_run r ON r.action_id = a.id
WHERE (r.lease_holder IS NULL OR r.lease_until < clock_timestamp()) AND r.wake_requested_at IS NULL
  AND ((a.status <> ALL(:finished) AND (r.flow_run_id IS NULL
          OR r.waiting_until < clock_timestamp() - interval '2 minutes'))
    OR (a.status = ANY(:finished) AND r.flow_run_id IS NOT NULL AND r.waiting_for IS DISTINCT FROM 'Finished'
        AND NOT EXISTS (SELECT 1 FROM re_audit o WHERE o.action_id = a.id AND o.status = 'open'))
    OR EXISTS (SELECT 1 FROM re_audit t WHERE t.action_id = a.id AND t.run_told_at IS NULL)
    OR (EXISTS (SELECT 1 FROM re_audit d WHERE d.action_id = a.id AND d.status IN ('planned', 'open')
                AND d.due_at < clock_timestamp() - interval '2 minutes')
        AND coalesce(r.waiting_until, '-infinity') < clock_timestamp() - interval '2 minutes'))
ON CONFLICT (action_id) DO UPDATE
SET wake_requested_at = coalesce(action_run.wake_requested_at, excluded.wake_requested_at)
RETURNING action_id
""")
_COLUMNS = """
SELECT r.action_id, r.flow_run_id, r.waiting_until, a.status <> ALL(:finished) AS is_open,
       r.lease_holder IS NOT NULL AND r.lease_until > clock_timestamp() AS is_leased,
       r.wake_requested_at IS NOT NULL AS is_asked
FROM action_run r JOIN action a ON a.id = r.action_id
"""
_PAGE = text(
    f"{_COLUMNS} WHERE a.status <> ALL(:finished) AND r.flow_run_id IS NOT NULL AND r.action_id > :after"
    " ORDER BY r.action_id LIMIT :most"
)
_SOME = text(f"{_COLUMNS} WHERE r.action_id = ANY(:ids)")
_ASK = text("UPDATE action_run SET wake_requested_at = clock_timestamp() WHERE action_id = ANY(:ids)")
_FORGET = text(
    "UPDATE action_run SET flow_run_id = NULL, wake_requested_at = clock_timestamp(), retry_at = NULL"
    " WHERE action_id = ANY(:ids)"
)
_ONE_AT_A_TIME = text("SELECT pg_try_advisory_lock(7011966)")
_NEXT_PLEASE = text("SELECT pg_advisory_unlock(7011966)")


@dataclass(frozen=True, slots=True)
class KnownRun:
    """What our side knows of an action's run."""

    action_id: UUID
    flow_run_id: UUID | None
    waiting_until: datetime | None
    is_open: bool
    is_leased: bool
    is_asked: bool


async def ask_for_astray(connection: AsyncConnection) -> int:
    """Ask for a wake wherever our own notes say one is overdue; how many that were."""
    return len((await connection.execute(_ASTRAY, {"finished": _FINISHED})).all())


async def open_runs(connection: AsyncConnection, after: UUID, most: int) -> list[KnownRun]:
    """A page of the open actions' runs, by action."""
    values = {"finished": _FINISHED, "after": after, "most": most}
    return [KnownRun(**row._mapping) for row in await connection.execute(_PAGE, values)]


async def known_runs(connection: AsyncConnection, ids: list[UUID]) -> dict[UUID, KnownRun]:
    """What we know of these actions' runs; an action that we do not have is missing."""
    rows = await connection.execute(_SOME, {"finished": _FINISHED, "ids": ids})
    return {row.action_id: KnownRun(**row._mapping) for row in rows}


async def ask_wakes(connection: AsyncConnection, ids: list[UUID], *, forget: bool = False) -> None:
    """Ask for these actions' runs to look again; `forget` says that their runs are gone."""
    if ids:
        await connection.execute(_FORGET if forget else _ASK, {"ids": ids})


async def take_turn(connection: AsyncConnection) -> bool:
    """Whether this worker may compare now; another one may be at it. Ends with the connection, or `end_turn`."""
    return bool((await connection.execute(_ONE_AT_A_TIME)).scalar_one())


async def end_turn(connection: AsyncConnection) -> None:
    await connection.execute(_NEXT_PLEASE)
