"""Weekly reviews: planning them, opening them with a line for each open action, what was said, and the ladder."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Review as ReviewRow
from db.models import ReviewLine, ReviewRung, ReviewSchedule
from db.models.base import Json
from domain.reviewing import Review, ReviewStatus, Schedule
from domain.vocabulary import FINISHED

Rows = list[Row[Any]]
_FINISHED = sorted(map(str, FINISHED))
_SCHEDULES = text("""
SELECT l.id, l.name, s.weekday, s.at FROM location l LEFT JOIN review_schedule s ON s.location_id = l.id ORDER BY l.id
""")
_PLANNED = text("SELECT id, location_id, week, opens_at FROM review WHERE status = 'planned'")
_MOVE = text("UPDATE review SET opens_at = :opens_at WHERE id = :id AND status = 'planned'")
_FACTS = """
SELECT r.id, r.location_id, l.name AS location, l.opens, l.closes, r.week, r.status, r.opens_at, r.opened_at, r.due_at,
       r.role, r.assignee_id, r.assigned_for_id, r.sent_at, r.sent_by, r.request_id,
       array(SELECT g.rung FROM review_rung g WHERE g.review_id = r.id) AS fired
FROM review r JOIN location l ON l.id = r.location_id
"""
_LOCK = text(f"{_FACTS} WHERE r.id = :id FOR UPDATE OF r")
_READ = text(f"{_FACTS} WHERE r.id = :id")
_STILL_OPEN = text(f"{_FACTS} WHERE r.location_id = :location AND r.status = 'open' FOR UPDATE OF r")
_OPEN = text("""
UPDATE review SET status = 'open', opened_at = :now, due_at = :due, role = :role, assignee_id = :assignee,
    assigned_for_id = :covered
WHERE id = :id AND status = 'planned'
""")
_END = text("UPDATE review SET status = :status WHERE id = :id AND status = :was")
_SEND = text("""
UPDATE review SET status = 'sent', sent_at = :now, sent_by = :by, request_id = :request
WHERE id = :id AND status = 'open'
""")
_TO_REVIEW = text(
    "SELECT id, ref, title FROM action WHERE location_id = :location AND status <> ALL(:finished) ORDER BY ref"
)
_SAVE = text("""
UPDATE review_line SET said = :said, note = :note, saved_by = :by, saved_at = :now
WHERE id = :id AND (said, note) IS DISTINCT FROM (CAST(:said AS text), CAST(:note AS text))
""")
_ASKS_FOR_HELP = text("UPDATE review_line SET barrier_id = :barrier WHERE id = :id")
# What a reader needs of each action: with whom it waits, both dates, and what was said of it last.
_LINES = text("""
SELECT n.id, n.action_id, n.said, n.note, n.barrier_id, a.ref, a.title, a.risk, a.status, a.due_at, a.original_due_at,
       p.name AS owner, a.status <> ALL(:finished) AS is_open,
       (SELECT string_agg(DISTINCT s.title || ', with ' || coalesce(w.name, 'nobody yet'), '; ') FROM step s
        LEFT JOIN person w ON w.id = s.assignee_id WHERE s.action_id = a.id AND s.status = 'open') AS waits_for,
       (SELECT s.id FROM step s WHERE s.action_id = a.id ORDER BY s.status <> 'open', s.due_at, s.id LIMIT 1)
         AS step_id,
       last.note AS last_note, last.said AS last_said, last.at AS last_at
FROM review_line n JOIN action a ON a.id = n.action_id LEFT JOIN person p ON p.id = a.owner_id
LEFT JOIN LATERAL (
    SELECT o.note, o.said, v.sent_at AS at FROM review_line o JOIN review v ON v.id = o.review_id
    WHERE o.action_id = a.id AND v.status = 'sent' AND v.id <> n.review_id ORDER BY v.week DESC LIMIT 1
) last ON true
WHERE n.review_id = :id ORDER BY a.due_at NULLS FIRST, a.ref
""")
_RUNGS = text("""
SELECT g.*, p.name AS asked, b.name AS answered_by_name, c.name AS asked_for, f.name AS answered_for
FROM review_rung g LEFT JOIN person p ON p.id = g.asked_id LEFT JOIN person b ON b.id = g.answered_by
LEFT JOIN person c ON c.id = g.asked_for_id LEFT JOIN person f ON f.id = g.answered_for_id
WHERE g.review_id = :id ORDER BY g.rung
""")
_ANSWER_RUNG = text("""
UPDATE review_rung SET answered_at = :now, answered_by = :by, answered_for_id = :for, answer = :answer
WHERE id = :id AND must_answer AND answered_at IS NULL
""")
_OVERTAKE = text("""
UPDATE review_rung SET answered_at = :now, overtaken_because = :because
WHERE review_id = :review AND must_answer AND answered_at IS NULL AND rung < :below RETURNING id
""")
_OPEN_WITH = text(
    "SELECT id FROM review WHERE status = 'open' AND assignee_id = :person AND assigned_for_id IS NULL ORDER BY id"
)
_GIVE = text("UPDATE review SET assignee_id = :person, assigned_for_id = :covered WHERE id = :id AND status = 'open'")


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """One review with its location, as stored."""

    id: UUID
    location_id: UUID
    location: str
    opens: time
    closes: time
    week: date
    status: str
    opens_at: datetime
    opened_at: datetime | None
    due_at: datetime | None
    role: str | None
    assignee_id: UUID | None
    assigned_for_id: UUID | None
    sent_at: datetime | None
    sent_by: UUID | None
    request_id: UUID | None
    fired: list[int]

    @property
    def timed(self) -> Review:
        """As the rules of time see it."""
        facts = (ReviewStatus(self.status), self.opens_at, self.opened_at, self.due_at)
        return Review(*facts, frozenset(self.fired))


async def schedules(connection: AsyncConnection) -> dict[UUID, Schedule]:
    """When each location's review opens; Monday at nine where nobody chose."""
    found = await connection.execute(_SCHEDULES)
    return {row.id: Schedule() if row.at is None else Schedule(row.weekday, row.at) for row in found}


async def set_schedule(connection: AsyncConnection, location_id: UUID, when: Schedule, by: UUID, now: datetime) -> None:
    values = {"location_id": location_id, "weekday": when.weekday, "at": when.at, "set_by": by, "set_at": now}
    statement = upsert(ReviewSchedule).values(values)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["location_id"], set_={name: values[name] for name in ("weekday", "at", "set_by", "set_at")}
        )
    )


async def plan_review(connection: AsyncConnection, row: Json) -> bool:
    """Plan one review; False when that location has one for that week. The unique pair decides."""
    statement = upsert(ReviewRow).values(row).on_conflict_do_nothing(index_elements=["location_id", "week"])
    return (await connection.execute(statement)).rowcount == 1


async def planned_reviews(connection: AsyncConnection) -> Rows:
    """Every review that has not opened yet."""
    return list((await connection.execute(_PLANNED)).all())


async def move_planned(connection: AsyncConnection, review_id: UUID, opens_at: datetime) -> None:
    await connection.execute(_MOVE, {"id": review_id, "opens_at": opens_at})


async def lock_review(connection: AsyncConnection, review_id: UUID) -> ReviewFacts | None:
    """Take a review's row until the transaction ends."""
    row = (await connection.execute(_LOCK, {"id": review_id})).one_or_none()
    return None if row is None else ReviewFacts(**row._mapping)


async def load_review(connection: AsyncConnection, review_id: UUID) -> ReviewFacts | None:
    row = (await connection.execute(_READ, {"id": review_id})).one_or_none()
    return None if row is None else ReviewFacts(**row._mapping)


async def lock_open_review(connection: AsyncConnection, location_id: UUID) -> ReviewFacts | None:
    """The review that is still open at a location."""
    row = (await connection.execute(_STILL_OPEN, {"location": location_id})).one_or_none()
    return None if row is None else ReviewFacts(**row._mapping)


async def open_review(connection: AsyncConnection, values: Json) -> bool:
    return (await connection.execute(_OPEN, values)).rowcount == 1


async def end_review(connection: AsyncConnection, review_id: UUID, was: str, status: str) -> bool:
    """End a review that was not sent: it was not needed, or missed."""
    values = {"id": review_id, "was": was, "status": status}
    return (await connection.execute(_END, values)).rowcount == 1


async def send_review(connection: AsyncConnection, review_id: UUID, by: UUID, request_id: UUID, now: datetime) -> bool:
    """Settle an open review; False when somebody was there first."""
    values = {"id": review_id, "by": by, "request": request_id, "now": now}
    return (await connection.execute(_SEND, values)).rowcount == 1


async def give_review(connection: AsyncConnection, review_id: UUID, person: UUID, covered: UUID | None) -> None:
    await connection.execute(_GIVE, {"id": review_id, "person": person, "covered": covered})


async def open_reviews_with(connection: AsyncConnection, person_id: UUID) -> list[UUID]:
    """The open reviews that somebody does themselves."""
    return list((await connection.execute(_OPEN_WITH, {"person": person_id})).scalars())


async def actions_to_review(connection: AsyncConnection, location_id: UUID) -> Rows:
    """Every open action of a location."""
    return list((await connection.execute(_TO_REVIEW, {"location": location_id, "finished": _FINISHED})).all())


async def insert_lines(connection: AsyncConnection, rows: list[Json]) -> None:
    await connection.execute(insert(ReviewLine), rows)


async def lines_of(connection: AsyncConnection, review_id: UUID) -> Rows:
    """A review's actions as they stand, with what was said of each."""
    return list((await connection.execute(_LINES, {"id": review_id, "finished": _FINISHED})).all())


async def save_lines(connection: AsyncConnection, rows: list[Json]) -> None:
    """Keep what was typed so far; a line that says the same as before is left alone."""
    if rows:
        await connection.execute(_SAVE, rows)


async def line_asks_for_help(connection: AsyncConnection, line_id: UUID, barrier_id: UUID) -> None:
    await connection.execute(_ASKS_FOR_HELP, {"id": line_id, "barrier": barrier_id})


async def insert_rung(connection: AsyncConnection, row: Json) -> bool:
    """Record a rung; False when it had fired before. The unique (review, rung) decides."""
    statement = upsert(ReviewRung).values(row).on_conflict_do_nothing(index_elements=["review_id", "rung"])
    return (await connection.execute(statement)).rowcount == 1


async def rungs_of(connection: AsyncConnection, review_id: UUID) -> Rows:
    return list((await connection.execute(_RUNGS, {"id": review_id})).all())


async def answer_rung(
    connection: AsyncConnection, rung_id: UUID, by: UUID, covered_id: UUID | None, answer: str, now: datetime
) -> bool:
    values = {"id": rung_id, "by": by, "for": covered_id, "answer": answer, "now": now}
    return (await connection.execute(_ANSWER_RUNG, values)).rowcount == 1


async def overtake_rungs(
    connection: AsyncConnection, review_id: UUID, because: str, now: datetime, below: int = 100
) -> list[UUID]:
    """End the rungs below this one that still wait, without an answer of their own."""
    values = {"review": review_id, "because": because, "now": now, "below": below}
    return list((await connection.execute(_OVERTAKE, values)).scalars())
