"""Mails about weekly reviews, inside the waking hours of their location."""

from commands.office import Office
from commands.telling import Mail, tell_there
from db.outbox import URGENT
from db.reviews import ReviewFacts
from db.session import PersonFacts, Transaction
from notifications.letter import Letter
from notifications.letters_review import AboutReview


def about_review(tx: Transaction, office: Office, review: ReviewFacts) -> AboutReview:
    """An open review, as letters speak of it."""
    assert review.due_at is not None
    return AboutReview(review.location, review.due_at, f"/reviews/{review.id}", tx.now, office.calendar)


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
