"""Mails about weekly reviews, inside the waking hours of their location."""

from commands.office import Office
from commands.telling import Mail, tell_there
from db.outbox import URGENT
from db.reviews import ReviewFacts
from db.session import PersonFacts, Transaction
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
    mail = Mail(kind, person, letter, f"{review.id}:{cause}", priority=URGENT)
    await tell_there(tx, office, review, mail)
