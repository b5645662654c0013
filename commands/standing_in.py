"""Who stands in for somebody today at a location, and what the person who acts has to do with what waits there."""

from datetime import date
from uuid import UUID

from commands.office import Office
from db.people import person_as_candidate
from db.session import Transaction
from domain.assigning import Candidate
from domain.covering import Asked, Part, part_of

NOBODY = frozenset[UUID]()


async def whose_today(tx: Transaction, asked: Asked, location_id: UUID | None, day: date) -> Candidate | None:
    """The person whose answer it is, as they are that day; None where they have left, or nobody was asked."""
    if asked.stands_for is None:
        return None
    found = await person_as_candidate(tx, asked.stands_for, location_id, day)
    return found[0] if found else None


async def part_at(
    tx: Transaction, office: Office, location_id: UUID | None, asked: Asked, never: frozenset[UUID] = NOBODY
) -> Part:
    """What the actor has to do with it today; nobody `never` covers for anybody here."""
    whose = await whose_today(tx, asked, location_id, office.calendar.day_of(tx.now))
    return part_of(tx.actor.known, asked, whose, never)


def for_words(part: Part) -> dict[str, str]:
    """Whom an answer stood in for, as the trail says it; nothing where it was somebody's own."""
    return {"for": str(part.for_id)} if part.for_id else {}
