"""Reviews and their flow runs: which are live, and which still have to be told that their review has ended."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.reviewing import Review, ReviewStatus

# Planned and open ones need a run; an ended one is looked at until its run has ended too.
_LIVE = text("""
SELECT r.id, r.week, l.name AS location, r.status, r.opens_at, r.opened_at, r.due_at, r.flow_run_id,
       array(SELECT g.rung FROM review_rung g WHERE g.review_id = r.id) AS fired
FROM review r JOIN location l ON l.id = r.location_id WHERE r.ended_in_prefect_at IS NULL ORDER BY r.id
""")
_SET = text("UPDATE review SET flow_run_id = :run WHERE id = :id")
_ENDED = text("UPDATE review SET ended_in_prefect_at = :now WHERE id = :id AND status NOT IN ('planned', 'open')")


@dataclass(frozen=True, slots=True)
class ReviewRun:
    """What our side knows of a review's run."""

    id: UUID
    week: date
    location: str
    status: str
    opens_at: datetime
    opened_at: datetime | None
    due_at: datetime | None
    flow_run_id: UUID | None
    fired: list[int]

    @property
    def timed(self) -> Review:
        """As the rules of time see it."""
        facts = (ReviewStatus(self.status), self.opens_at, self.opened_at, self.due_at)
        return Review(*facts, frozenset(self.fired))


async def live_review_runs(connection: AsyncConnection) -> list[ReviewRun]:
    """Every review whose run is needed, or has not ended yet."""
    return [ReviewRun(**row._mapping) for row in await connection.execute(_LIVE)]


async def set_review_run(connection: AsyncConnection, review_id: UUID, run_id: UUID) -> None:
    await connection.execute(_SET, {"id": review_id, "run": run_id})


async def ended_in_prefect(connection: AsyncConnection, review_id: UUID, now: datetime) -> None:
    await connection.execute(_ENDED, {"id": review_id, "now": now})
