"""Leases and wake requests: the tracker's side of every action's flow run.

A wake is asked for by writing a time. A run notes the request it saw when it took its lease, and
after it has parked clears that one alone: a request that committed later, whenever it was stamped,
is another, and the run looks again. A request outlives a killed worker, since only a run that came
to its end clears it. So no order of events loses one.

The database's own clock times leases, because workers may run on several machines.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# One guarded update: nobody, somebody whose lease ran out, or the very same attempt may be replaced.
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
_KEEP = text("""
UPDATE action_run SET lease_until = clock_timestamp() + :for
WHERE action_id = :id AND lease_holder = :holder RETURNING action_id
""")
_RELEASE = text("""
UPDATE action_run
SET lease_holder = NULL, lease_until = NULL, waiting_for = :waiting_for, waiting_until = :until, failures = 0,
    retry_at = NULL, view_shown_at = clock_timestamp(),
    wake_requested_at = CASE WHEN wake_requested_at IS DISTINCT FROM wake_seen_at THEN wake_requested_at END
WHERE action_id = :id AND lease_holder = :holder
RETURNING wake_requested_at
""")
_FAILED = text("""
UPDATE action_run SET lease_holder = NULL, lease_until = NULL, failures = failures + 1,
    wake_requested_at = coalesce(wake_requested_at, clock_timestamp()),
    retry_at = clock_timestamp() + least(interval '1 second' * power(2, least(failures, 10)), interval '15 minutes')
WHERE action_id = :id AND lease_holder = :holder
""")
# A claimed request is pushed by one waker; if nothing comes of the push it is claimed again later.
# A lease that ran out belongs to a worker that died: its run is pushed as if somebody had asked.
_CLAIM = text("""
WITH due AS (
  SELECT action_id FROM action_run
  WHERE (wake_requested_at IS NOT NULL AND (lease_holder IS NULL OR lease_until < clock_timestamp())
         OR lease_holder IS NOT NULL AND lease_until < clock_timestamp())
    AND (retry_at IS NULL OR retry_at < clock_timestamp())
  ORDER BY waiting_until NULLS FIRST, wake_requested_at LIMIT :most FOR UPDATE SKIP LOCKED),
claimed AS (
  UPDATE action_run r SET retry_at = clock_timestamp() + :again,
         wake_requested_at = coalesce(r.wake_requested_at, clock_timestamp())
  FROM due WHERE r.action_id = due.action_id RETURNING r.action_id, r.flow_run_id)
SELECT a.id, a.ref, a.risk, l.name AS location, v.key AS pathway, c.flow_run_id,
       (SELECT u.flow_run_id FROM re_audit u WHERE u.action_id = a.id AND u.status = 'open') AS re_audit_run_id
FROM claimed c JOIN action a ON a.id = c.action_id LEFT JOIN location l ON l.id = a.location_id
JOIN pathway_version v ON v.id = a.pathway_version_id
""")
_UNCLAIM = text("UPDATE action_run SET retry_at = NULL WHERE action_id = ANY(:ids) AND lease_holder IS NULL")
_SET_RUN = text("UPDATE action_run SET flow_run_id = :run WHERE action_id = :id")
_LEASED = text("""
SELECT action_id FROM action_run
WHERE action_id = ANY(:ids) AND lease_holder IS NOT NULL AND lease_until > clock_timestamp()
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An action whose run should look again. No run yet means that one has to be made.

    While a re-audit is open, its own run keeps time for the closed action.
    """

    id: UUID
    ref: str
    risk: str | None
    location: str | None
    pathway: str
    flow_run_id: UUID | None
    re_audit_run_id: UUID | None = None

    @property
    def tags(self) -> list[str]:
        """What the Prefect UI can filter by. No person's words or names."""
        return [tag for tag in (self.location, self.pathway, f"{self.risk} risk" if self.risk else None) if tag]


async def take_lease(connection: AsyncConnection, action_id: UUID, holder: str, lasts: timedelta) -> bool:
    """Take the right to run this action; False while another live holder has it."""
    taken = await connection.execute(_TAKE, {"id": action_id, "holder": holder, "for": lasts})
    return taken.first() is not None


async def keep_lease(connection: AsyncConnection, action_id: UUID, holder: str, lasts: timedelta) -> bool:
    """Hold on for longer; False when the lease was lost to somebody else."""
    kept = await connection.execute(_KEEP, {"id": action_id, "holder": holder, "for": lasts})
    return kept.first() is not None


async def release_lease(
    connection: AsyncConnection, action_id: UUID, holder: str, waiting_for: str, until: datetime | None
) -> bool:
    """Give the lease back after parking; True when a wake was asked for since it was taken."""
    values = {"id": action_id, "holder": holder, "waiting_for": waiting_for, "until": until}
    row = (await connection.execute(_RELEASE, values)).one_or_none()
    return row is not None and row.wake_requested_at is not None


async def note_failure(connection: AsyncConnection, action_id: UUID, holder: str) -> None:
    """Give the lease back after a failure and ask for another try; each waits longer, up to fifteen minutes."""
    await connection.execute(_FAILED, {"id": action_id, "holder": holder})


async def claim_wakes(connection: AsyncConnection, most: int, again: timedelta) -> list[Wanted]:
    """Actions that somebody should wake now, those whose deadline came nearest first; claimed for `again`."""
    return [Wanted(**row._mapping) for row in await connection.execute(_CLAIM, {"most": most, "again": again})]


async def unclaim_wakes(connection: AsyncConnection, ids: list[UUID]) -> None:
    """Give claimed requests back that could not be acted on."""
    await connection.execute(_UNCLAIM, {"ids": ids})


async def set_run(connection: AsyncConnection, action_id: UUID, flow_run_id: UUID) -> None:
    await connection.execute(_SET_RUN, {"id": action_id, "run": flow_run_id})


async def leased(connection: AsyncConnection, ids: list[UUID]) -> set[UUID]:
    """Those of these actions that a live worker is running at this moment."""
    return set((await connection.execute(_LEASED, {"ids": ids})).scalars())
