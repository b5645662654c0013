"""Questions that wait for one person's answer: where each kind stands, whom it waits for, and giving it to another."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.people import AWAY
from domain.assigning import Choice
from domain.covering import Asked, Question

MOST_AT_ONCE = 2000
"""How many of a kind are passed on in one go; the next round takes the rest."""
_STEP_IS_OPEN = "EXISTS (SELECT 1 FROM step s WHERE s.id = q.step_id AND s.status = 'open')"


@dataclass(frozen=True, slots=True)
class Place:
    """Where questions of one kind stand: rows `q` of a table, and which of them wait.

    `belongs_to` is a row of the table `locked`: whoever answers, or passes it on, takes that one first. `asker` asks it
    for a step: neither they answer, nor whoever has the step, nor who covers for one of them.
    """

    table: str
    locked: str
    belongs_to: str
    since: str
    waits: str
    asked: str = "asked_id"
    covered: str = "asked_for_id"
    asker: str | None = None


PLACES = {
    Question.ESCALATION: Place(
        "escalation", "action", "q.action_id", "q.fired_at", "q.must_answer AND q.answered_at IS NULL"
    ),
    Question.EXTENSION: Place(
        "extension",
        "action",
        "q.action_id",
        "q.asked_at",
        f"q.decided_at IS NULL AND {_STEP_IS_OPEN}",
        asked="decider_id",
        covered="decider_for_id",
        asker="q.asked_by",
    ),
    Question.BARRIER: Place(
        "barrier",
        "action",
        "(SELECT s.action_id FROM step s WHERE s.id = q.step_id)",
        "q.told_at",
        f"q.answered_at IS NULL AND {_STEP_IS_OPEN}",
        asker="q.told_by",
    ),
    Question.LATE_REVIEW: Place(
        "review_rung", "review", "q.review_id", "q.fired_at", "q.must_answer AND q.answered_at IS NULL"
    ),
    Question.REPEAT: Place("repeat_finding", "action", "q.found_action_id", "q.noticed_at", "q.decided_at IS NULL"),
    Question.UNDELIVERED: Place("undelivered", "undelivered", "q.id", "q.opened_at", "q.settled_at IS NULL"),
    Question.SMALL_HOME: Place("small_home", "small_home", "q.id", "q.recorded_at", "q.decided_at IS NULL"),
}


def _waiting(kind: Question, place: Place) -> str:
    return (
        f"SELECT '{kind}' AS kind, q.id, {place.belongs_to} AS belongs_to, q.{place.asked} AS asked_id,"
        f" q.{place.covered} AS for_id, {place.since} AS since FROM {place.table} q WHERE {place.waits}"
    )


def _astray(place: Place) -> str:
    """Nobody could be asked at the time; they left; are away with a cover, or while they cover for somebody; or may
    not answer any more, because the step has come to them, or they to cover for whoever asks.
    """
    who = f"q.{place.asked}"
    return (
        f"({who} IS NULL OR EXISTS (SELECT 1 FROM person p WHERE p.id = {who} AND p.left_at IS NOT NULL)"
        f" OR EXISTS (SELECT 1 FROM absence ab WHERE {AWAY.format(who=who)}"
        f" AND (ab.cover_id IS NOT NULL OR q.{place.covered} IS NOT NULL)){_is_their_own(place, who)})"
    )


def _is_their_own(place: Place, who: str) -> str:
    if place.asker is None:
        return ""
    whose = f"{place.asker}, s.assignee_id, s.assigned_for_id"
    covers = f"SELECT 1 FROM absence ab WHERE {AWAY.format(who=f'ANY(ARRAY[{whose}])')} AND ab.cover_id = {who}"
    return f" OR EXISTS (SELECT 1 FROM step s WHERE s.id = q.step_id AND ({who} IN ({whose}) OR EXISTS ({covers})))"


_EACH = [(place, _waiting(kind, place)) for kind, place in PLACES.items()]
# In the order in which they are taken, so that two who hand over at once do not wait for each other.
_OF_PERSON = text(
    " UNION ALL ".join(f"{waiting} AND q.{place.asked} = :person" for place, waiting in _EACH)
    + " ORDER BY belongs_to, id"
)
_ASTRAY = text(
    " UNION ALL ".join(
        f"({waiting} AND {_astray(place)} ORDER BY since, q.id LIMIT {MOST_AT_ONCE})" for place, waiting in _EACH
    )
    + " ORDER BY since, id"
)
_ONE = {kind: text(f"{_waiting(kind, place)} AND q.id = :id") for kind, place in PLACES.items()}
_LOCK = {kind: text(f"SELECT 1 FROM {place.locked} WHERE id = :id FOR UPDATE") for kind, place in PLACES.items()}
_GIVE = {
    kind: text(
        f"UPDATE {place.table} q SET {place.asked} = :to, {place.covered} = :for"
        f" WHERE q.id = :id AND {place.waits} AND q.{place.asked} IS NOT DISTINCT FROM :was"
    )
    for kind, place in PLACES.items()
}


@dataclass(frozen=True, slots=True)
class WaitingQuestion:
    """One question that nobody has answered, and the row that it belongs to."""

    kind: Question
    id: UUID
    belongs_to: UUID
    asked: Asked


async def questions_waiting_for(connection: AsyncConnection, person_id: UUID) -> list[WaitingQuestion]:
    """What waits for this person's answer."""
    return [_found(row) for row in await connection.execute(_OF_PERSON, {"person": person_id})]


async def questions_astray(connection: AsyncConnection, day: date) -> list[WaitingQuestion]:
    """What waits for somebody who is away that day, who has left or may not answer it, or for nobody; oldest first."""
    return [_found(row) for row in await connection.execute(_ASTRAY, {"day": day})]


async def lock_question(connection: AsyncConnection, question: WaitingQuestion) -> WaitingQuestion | None:
    """The question as it stands once nobody else can answer it or pass it on; None where it waits no more."""
    await connection.execute(_LOCK[question.kind], {"id": question.belongs_to})
    row = (await connection.execute(_ONE[question.kind], {"id": question.id})).one_or_none()
    return None if row is None else _found(row)


async def give_question(connection: AsyncConnection, question: WaitingQuestion, to: Choice) -> bool:
    """Let somebody else answer; False where it was answered, or given to another, meanwhile."""
    values = {"id": question.id, "to": to.assignee_id, "for": to.assigned_for_id, "was": question.asked.person_id}
    return (await connection.execute(_GIVE[question.kind], values)).rowcount == 1


def _found(row: Row[Any]) -> WaitingQuestion:
    return WaitingQuestion(Question(row.kind), row.id, row.belongs_to, Asked(row.asked_id, row.for_id))
