"""Leases and wake requests: the tracker's side of every action's flow run.

A wake is asked for by writing a time. A run notes the request it saw when it took its lease, and
after it has parked clears that one alone: a request that committed later, whenever it was stamped,
is another, and the run looks again. So no order of events loses one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

# One guarded update: the holder itself, nobody, or somebody whose lease ran out may be replaced.
_TAKE = text("""
INSERT INTO action_run (action_id, lease_holder, lease_until, failures)
VALUES (:id, :holder, clock_timestamp() + :for, 0)
ON CONFLICT (action_id) DO UPDATE
SET lease_holder = excluded.lease_holder, lease_until = excluded.lease_until,
    wake_seen_at = action_run.wake_requested_at
WHERE action_run.lease_holder IS NULL OR action_run.lease_until < clock_timestamp()
   OR action_run.lease_holder = excluded.lease_holder
RETURNING action_id
""")
_RELEASE = text("""
UPDATE action_run
SET lease_holder = NULL, lease_until = NULL, waiting_for = :waiting_for, waiting_until = :until, failures = 0,
    retry_at = NULL, view_shown_at = clock_timestamp(),
    wake_requested_at = CASE WHEN wake_requested_at IS DISTINCT FROM wake_seen_at THEN wake_requested_at END
WHERE action_id = :id AND lease_holder = :holder
RETURNING wake_requested_at
""")
_AGAIN = text("SELECT pg_notify('action_wake', :id)")
_FAILED = text("""
UPDATE action_run SET lease_holder = NULL, lease_until = NULL, failures = failures + 1,
    retry_at = clock_timestamp() + least(interval '1 second' * power(2, least(failures, 10)), interval '15 minutes')
WHERE action_id = :id AND lease_holder = :holder
""")
_WANTED = text("""
SELECT a.id, a.ref, a.risk, l.name AS location, v.key AS pathway, r.flow_run_id, r.wake_requested_at
FROM action_run r JOIN action a ON a.id = r.action_id
LEFT JOIN location l ON l.id = a.location_id
JOIN pathway_version v ON v.id = a.pathway_version_id
WHERE r.wake_requested_at IS NOT NULL
  AND (r.lease_holder IS NULL OR r.lease_until < clock_timestamp())
  AND (r.retry_at IS NULL OR r.retry_at < clock_timestamp())
ORDER BY r.wake_requested_at LIMIT :most
""")
_SET_RUN = text("UPDATE action_run SET flow_run_id = :run WHERE action_id = :id")
# Every open action that has no run, or that the run's own notes say should have woken by now;
# and every finished one whose run does not know it yet.
_ASTRAY = text("""
INSERT INTO action_run (action_id, wake_requested_at, failures)
SELECT a.id, clock_timestamp(), 0 FROM action a LEFT JOIN action_run r ON r.action_id = a.id
WHERE (r.lease_holder IS NULL OR r.lease_until < clock_timestamp())
  AND ((a.status <> ALL(:finished) AND (r.flow_run_id IS NULL OR r.lease_until < clock_timestamp()
          OR r.waiting_until < clock_timestamp() - interval '30 seconds'))
    OR (a.status = ANY(:finished) AND r.flow_run_id IS NOT NULL AND r.waiting_for IS DISTINCT FROM 'Finished'))
ON CONFLICT (action_id) DO UPDATE
SET wake_requested_at = coalesce(action_run.wake_requested_at, excluded.wake_requested_at),
    lease_holder = NULL, lease_until = NULL
RETURNING action_id
""")
_OPEN_RUNS = text("""
SELECT r.action_id, r.flow_run_id, r.waiting_until,
       r.lease_holder IS NOT NULL AND r.lease_until > clock_timestamp() AS is_leased
FROM action_run r JOIN action a ON a.id = r.action_id
WHERE a.status <> ALL(:finished) AND r.flow_run_id IS NOT NULL AND r.action_id > :after
ORDER BY r.action_id LIMIT :most
""")
_ASK = text("UPDATE action_run SET wake_requested_at = clock_timestamp() WHERE action_id = ANY(:ids)")
_FORGET = text(
    "UPDATE action_run SET flow_run_id = NULL, wake_requested_at = clock_timestamp() WHERE action_id = ANY(:ids)"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An action whose run should look again. No run yet means that one has to be made."""

    id: UUID
    ref: str
    risk: str | None
    location: str | None
    pathway: str
    flow_run_id: UUID | None
    wake_requested_at: datetime

    @property
    def tags(self) -> list[str]:
        """What the Prefect UI can filter by. No person's words or names."""
        return [tag for tag in (self.location, self.pathway, f"{self.risk} risk" if self.risk else None) if tag]


@dataclass(frozen=True, slots=True)
class OpenRun:
    """What our side knows of an open action's run."""

    action_id: UUID
    flow_run_id: UUID
    waiting_until: datetime | None
    is_leased: bool


async def take_lease(engine: AsyncEngine, action_id: UUID, holder: str, lasts: timedelta) -> bool:
    """Take the right to run this action; False while another live holder has it."""
    async with engine.begin() as connection:
        taken = await connection.execute(_TAKE, {"id": action_id, "holder": holder, "for": lasts})
        return taken.first() is not None


async def release_lease(
    engine: AsyncEngine, action_id: UUID, holder: str, waiting_for: str, until: datetime | None
) -> bool:
    """Give the lease back after parking; True when a wake was asked for meanwhile, and the waker was told."""
    async with engine.begin() as connection:
        values = {"id": action_id, "holder": holder, "waiting_for": waiting_for, "until": until}
        row = (await connection.execute(_RELEASE, values)).one_or_none()
        if row is None or row.wake_requested_at is None:
            return False
        await connection.execute(_AGAIN, {"id": str(action_id)})
        return True


async def note_failure(engine: AsyncEngine, action_id: UUID, holder: str) -> None:
    """Give the lease back after a failure; the next try waits longer each time, up to fifteen minutes."""
    async with engine.begin() as connection:
        await connection.execute(_FAILED, {"id": action_id, "holder": holder})


async def wanted(engine: AsyncEngine, most: int) -> list[Wanted]:
    """Actions whose wake was asked for and that nobody is running, longest waiting first."""
    async with engine.connect() as connection:
        return [Wanted(**row._mapping) for row in await connection.execute(_WANTED, {"most": most})]


async def set_run(engine: AsyncEngine, action_id: UUID, flow_run_id: UUID) -> None:
    async with engine.begin() as connection:
        await connection.execute(_SET_RUN, {"id": action_id, "run": flow_run_id})


async def ask_for_astray(engine: AsyncEngine, finished: list[str]) -> int:
    """Ask for a wake wherever our own notes say one is overdue; how many that were."""
    async with engine.begin() as connection:
        return len((await connection.execute(_ASTRAY, {"finished": finished})).all())


async def open_runs(engine: AsyncEngine, finished: list[str], after: UUID, most: int) -> list[OpenRun]:
    """A page of the open actions' runs, by action."""
    async with engine.connect() as connection:
        values = {"finished": finished, "after": after, "most": most}
        return [OpenRun(**row._mapping) for row in await connection.execute(_OPEN_RUNS, values)]


async def ask_wakes(engine: AsyncEngine, ids: list[UUID], *, forget: bool = False) -> None:
    """Ask for these actions' runs to look again; `forget` says that their runs are gone."""
    if ids:
        async with engine.begin() as connection:
            await connection.execute(_FORGET if forget else _ASK, {"ids": ids})
