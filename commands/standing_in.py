"""Who is asked at a location, who stands in for them today, and what the person who acts has to do with it."""

from datetime import date
from uuid import UUID

from commands.office import Office
from db.people import PersonFacts, holders, people_of, person_as_candidate
from db.session import Transaction
from domain.assigning import Candidate, Choice, both_of, choose
from domain.covering import Answerers, Asked, Part, asked_instead, part_of
from notifications.letter import Reader


async def who_answers_today(tx: Transaction, office: Office, may: Answerers) -> Choice | None:
    """The nearest who may answer; nobody where there is none."""
    return await _nearest(tx, may, office.calendar.day_of(tx.now))


async def _nearest(tx: Transaction, may: Answerers, day: date) -> Choice | None:
    for near in may.nearest:
        found = await (
            holders(tx, near, may.location_id, day)
            if isinstance(near, str)
            else person_as_candidate(tx, near, may.location_id, day)
        )
        if choice := choose(found, may.never, signed_in=True):
            return choice
    return None


async def who_answers_instead(tx: Transaction, asked: Asked, may: Answerers, day: date) -> Choice | None:
    """The cover, or the nearest who may where whoever was asked has left, or may not any more; None where it stays."""
    whose = await _whose(tx, asked, may, day)
    if whose is None or asked.person_id in may.never:
        return await _nearest(tx, may, day)
    return asked_instead(asked, whose, may.never)


async def _whose(tx: Transaction, asked: Asked, may: Answerers, day: date) -> Candidate | None:
    """The person whose answer it is, as they are that day; None where they have left, or nobody was asked."""
    if asked.stands_for is None:
        return None
    found = await person_as_candidate(tx, asked.stands_for, may.location_id, day)
    return found[0] if found else None


async def part_at(tx: Transaction, office: Office, asked: Asked, may: Answerers) -> Part:
    """What the actor has to do with it today; nobody who never may answer covers for anybody here."""
    whose = await _whose(tx, asked, may, office.calendar.day_of(tx.now))
    return part_of(tx.actor.known, asked, whose, may.never)


def asked_columns(choice: Choice | None, asked: str, covered: str) -> dict[str, UUID | None]:
    """Who is asked and whom they cover, as two columns of a row."""
    return {asked: choice.assignee_id if choice else None, covered: choice.assigned_for_id if choice else None}


def asked_words(choice: Choice | None) -> dict[str, str | None]:
    """Who is asked, and for whom where they cover, as the trail says it."""
    words: dict[str, str | None] = {"asked": str(choice.assignee_id) if choice else None}
    if choice and choice.assigned_for_id:
        words["for"] = str(choice.assigned_for_id)
    return words


async def whom_to_tell(tx: Transaction, asked: Choice) -> tuple[PersonFacts, Reader]:
    """Whoever is asked, and how a letter speaks to them."""
    people = await people_of(tx, set(both_of(asked)))
    person, covered = people[asked.assignee_id], asked.assigned_for_id
    return person, Reader(person.name, people[covered].name if covered else None)


def for_words(part: Part) -> dict[str, str]:
    """Whom an answer stood in for, as the trail says it; nothing where it was somebody's own."""
    return {"for": str(part.for_id)} if part.for_id else {}
