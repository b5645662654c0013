"""“My work”: everything that waits for one person, soonest first; and what waits with others for somebody away.

Steps and weekly reviews have a date. Questions come from `db.questions`, which knows where each kind waits; here is how
the list says it.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.questions import PLACES, Place
from db.scope import Viewer
from domain.covering import Question

_FOR = "coalesce(', for ' || c.name, '')"
_FOR_THEM = "coalesce(', for ' || c.name || ',', '')"
_OF_STEP = "JOIN step s ON s.id = q.step_id JOIN action a ON a.id = s.action_id"


@dataclass(frozen=True, slots=True)
class Line:
    """How the list says one kind of question `q`: what is to be done, on which page, and about which action `a`.

    `waits` is for an “answer”, or for one to what is “late”. `c` is whom the person asked covers for.
    """

    page: str
    says: str
    joins: str = ""
    key: str = "q.id"
    ref: str = "a.ref"
    title: str = "a.title"
    location: str = "a.location_id"
    waits: str = "answer"


_EVERY_ACTION = {"ref": "''", "title": "'Every open action of the location'", "location": "r.location_id"}
LINES = {
    Question.ESCALATION: Line(
        "escalation", f"'Answer the escalation' || {_FOR} || ': ' || s.title", _OF_STEP, waits="late"
    ),
    Question.EXTENSION: Line("extension", f"'Decide on more time' || {_FOR} || ': ' || s.title", _OF_STEP),
    Question.BARRIER: Line("barrier", f"'Help with a barrier' || {_FOR} || ': ' || s.title", _OF_STEP),
    Question.LATE_REVIEW: Line(
        "review",
        f"'Answer for the late weekly review' || {_FOR}",
        "JOIN review r ON r.id = q.review_id",
        key="r.id",
        **_EVERY_ACTION,
        waits="late",
    ),
    Question.REPEAT: Line(
        "repeat",
        f"'Decide' || {_FOR_THEM} || ' whether ' || closed.ref || ' held'",
        "JOIN action a ON a.id = q.found_action_id JOIN action closed ON closed.id = q.closed_action_id",
    ),
    Question.UNDELIVERED: Line(
        "undelivered-mail",
        "coalesce('For ' || c.name || ': a', 'A') || ' mail to ' || m.to_name || ' was refused'",
        "JOIN message m ON m.id = q.message_id LEFT JOIN action a ON a.id = m.action_id",
        ref="coalesce(a.ref, '')",
        title="coalesce(a.title, 'A mail about no action')",
        location="q.location_id",
    ),
    Question.SMALL_HOME: Line(
        "small-home",
        f"'Decide' || {_FOR_THEM} || ' on the exception for ' || l.name",
        ref="''",
        title="'Too small to keep duties apart'",
        location="q.location_id",
    ),
}


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose work is listed: by the columns of who is `asked` and whom they cover for. `c` is named in each line.

    `holder` is named beside it where that is somebody else.
    """

    mine: str
    named: str
    holder: str


MINE = Whose("{asked} = :me", "{covered}", "''")
HELD = Whose(
    "{covered} = :me AND {asked} IS NOT NULL AND (:sees_all OR l.id = ANY(:locations))",
    "NULL::uuid",
    "(SELECT h.name FROM person h WHERE h.id = {asked})",
)
_STEPS = f"""
SELECT 'step' AS page, s.id, a.ref, a.title, s.title || {_FOR} AS what, l.name AS location, s.due_at AS since, s.form,
       'due' AS waits, {{holder}} AS holder
FROM step s JOIN action a ON a.id = s.action_id LEFT JOIN location l ON l.id = a.location_id
LEFT JOIN person c ON c.id = {{named}} WHERE s.status = 'open' AND {{mine}}"""
_REVIEWS = f"""
SELECT 'review', r.id, '', 'Every open action of the location', 'Weekly review' || {_FOR}, l.name, r.due_at, '', 'due',
       {{holder}}
FROM review r JOIN location l ON l.id = r.location_id
LEFT JOIN person c ON c.id = {{named}} WHERE r.status = 'open' AND {{mine}}"""


def _questions(place: Place, line: Line) -> str:
    return f"""
SELECT '{line.page}', {line.key}, {line.ref}, {line.title}, {line.says}, l.name, {place.since}, '', '{line.waits}',
       {{holder}}
FROM {place.table} q {line.joins} LEFT JOIN location l ON l.id = {line.location}
LEFT JOIN person c ON c.id = {{named}} WHERE {{mine}} AND {place.waits}"""


_ALL = (
    (_STEPS, "s.assignee_id", "s.assigned_for_id"),
    (_REVIEWS, "r.assignee_id", "r.assigned_for_id"),
    *((_questions(place, LINES[kind]), f"q.{place.asked}", f"q.{place.covered}") for kind, place in PLACES.items()),
)


def _listed(whose: Whose) -> str:
    def filled(part: str, asked: str, covered: str) -> str:
        said = {name: getattr(whose, name).format(asked=asked, covered=covered) for name in Whose.__slots__}
        return part.format(**said)

    return " UNION ALL ".join(filled(*part) for part in _ALL) + " ORDER BY since, id"


_MY_WORK, _HELD_FOR = text(_listed(MINE)), text(_listed(HELD))


async def my_work(connection: AsyncConnection, person_id: UUID) -> list[Row[Any]]:
    """Everything that waits for one person. `since` is when it is due, or when an answer was asked for."""
    return list((await connection.execute(_MY_WORK, {"me": person_id})).all())


async def held_for(connection: AsyncConnection, person_id: UUID, viewer: Viewer) -> list[Row[Any]]:
    """The same of what others hold for one person, whom they cover for, with who has it; for a viewer of its location.

    That person sees all of it.
    """
    sees_all = viewer.sees_all or viewer.person_id == person_id
    bound = {"me": person_id, "sees_all": sees_all, "locations": viewer.locations}
    return list((await connection.execute(_HELD_FOR, bound)).all())
