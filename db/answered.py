"""Reading all that matters of a step that somebody answers, its action's journal included, in one round trip."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from db.evidence import ATTACHED, Attachment, attached
from db.journal import JOURNAL, journal_of
from db.people import AWAY
from db.reading import reading
from db.session import PersonFacts
from db.steps import STEP_COLUMNS, LinkFacts, StepFacts
from domain.deadlines import Calendar
from domain.journal import Journal

_ANSWERED = reading(
    f"""
SELECT {", ".join(f"o.{name} AS step_{name}" for name in STEP_COLUMNS)},
       k.id AS link_id, k.person_id AS link_person_id, k.step_id AS link_step_id, k.expires_at, k.revoked_at, k.used_at,
       p.name AS link_name, p.email AS link_email,
       u.id AS kept_id, u.kept_as, u.received_at, u.after_due, u.person_id AS kept_person_id,
       {ATTACHED} AS attached,
       w.name AS owner_name, w.email AS owner_email,
       {JOURNAL}
FROM step o JOIN action a ON a.id = o.action_id
LEFT JOIN link k ON k.id = :link_id AND k.purpose = 'step'
LEFT JOIN person p ON p.id = k.person_id
LEFT JOIN submission u ON u.step_id = o.id AND u.request_id = :request_id
LEFT JOIN person w ON w.id = a.owner_id AND w.left_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM absence ab WHERE {AWAY.format(who="w.id")})
WHERE o.id = :step_id
"""
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A submission that is on the record."""

    id: UUID
    kept_as: str
    received_at: datetime
    after_due: bool
    person_id: UUID

    @property
    def counted(self) -> bool:
        """Whether it settled its step, and was not taken back."""
        return self.kept_as == "answer"


@dataclass(frozen=True, slots=True)
class Answered:
    """A step with the link it is answered by, what this very request stored before, and the files that wait with it.

    `owner_at_work` is the action's owner, unless they have left or are away that day.
    """

    step: StepFacts
    link: LinkFacts | None
    kept: Kept | None
    files: list[Attachment]
    owner_at_work: PersonFacts | None
    journal: Journal


@dataclass(frozen=True, slots=True)
class By:
    """By whom, with which link, and with which form a step is answered."""

    person_id: UUID | None
    link_id: UUID | None
    request_id: UUID


async def load_answered(
    connection: AsyncConnection, step_id: UUID, by: By, day: date, calendar: Calendar
) -> Answered | None:
    """All that is known of a step that somebody answers on that day. Lock its action first where that is acted on."""
    values = {
        "step_id": step_id,
        "person_id": by.person_id,
        "link_id": by.link_id,
        "request_id": by.request_id,
        "day": day,
    }
    row = await _ANSWERED.one_or_none(connection, values)
    if row is None:
        return None
    return Answered(
        step=StepFacts(*row[: len(STEP_COLUMNS)]),
        link=_link(row),
        kept=_kept(row),
        files=attached(row.attached),
        owner_at_work=PersonFacts(row.owner_id, row.owner_name, row.owner_email) if row.owner_name else None,
        journal=await journal_of(connection, row, calendar),
    )


def _link(row: Row[Any]) -> LinkFacts | None:
    if row.link_id is None:
        return None
    person = PersonFacts(row.link_person_id, row.link_name, row.link_email)
    return LinkFacts(
        row.link_id, row.link_person_id, row.link_step_id, row.expires_at, row.revoked_at, row.used_at, person
    )


def _kept(row: Row[Any]) -> Kept | None:
    if row.kept_id is None:
        return None
    return Kept(row.kept_id, row.kept_as, row.received_at, row.after_due, row.kept_person_id)
