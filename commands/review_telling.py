"""Mails about weekly reviews, inside the waking hours of their location."""

from commands.office import Office
from commands.whom_to_ask import asking_there
from db.outbox import URGENT, queue_message
from db.reviews import ReviewFacts
from db.session import PersonFacts, Transaction
from domain.waking_hours import within_hours
from notifications.letter import Letter


async def tell_of_review(
    tx: Transaction,
    office: Office,
    review: ReviewFacts,
    person: PersonFacts,
    kind: str,
    letter: Letter,
    cause: str = "",
) -> None:
    """Queue one letter about a review; the same cause never mails twice."""
    letter = await asking_there(tx, office, letter, person.id, review.location_id)
    at = within_hours(tx.now, review.opens, review.closes, office.calendar)
    key = f"{kind}:{review.id}:{cause}:{person.id}"
    queue_message(tx, kind, person, letter.frozen(), key, priority=URGENT, when=at)
