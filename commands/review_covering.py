"""Weekly reviews of somebody who is away: whoever covers for them answers for a late one, and does an open one."""

from datetime import date, datetime
from uuid import UUID

from commands.deciders import asked_words
from commands.office import Office
from commands.one_by_one import one_by_one
from commands.review_ladder import ask_about_late, who_answers_for
from commands.review_telling import tell_of_review
from commands.standing_in import part_at, whose_today
from db.ids import new_id
from db.people import people_of
from db.review_covering import (
    WaitingRung,
    give_rung,
    load_waiting_rung,
    open_reviews_of,
    rungs_astray,
    rungs_waiting_for,
)
from db.reviews import ReviewFacts, give_review, lock_review
from db.session import Transaction
from db.trail import Entry
from domain.assigning import Choice
from domain.covering import Asked, Part, asked_instead
from notifications import letters_review as letters


async def pass_on_review_rungs(office: Office, now: datetime) -> int:
    """Ask others to answer for late reviews where somebody is away, has left, or nobody was found; how many."""
    day = office.calendar.day_of(now)
    async with office.engine.connect() as connection:
        astray = await rungs_astray(connection, day)

    async def work(tx: Transaction, found: WaitingRung) -> int:
        return await _pass_on(tx, office, found, day)

    return await one_by_one(office, now, astray, work, "Some late reviews could not be passed on.")


async def pass_on_reviews_from(tx: Transaction, office: Office, person_id: UUID, day: date) -> int:
    """Give the open reviews and the waiting rungs of one person, as they are on that day, to their cover."""
    rungs = [await _pass_on(tx, office, found, day) for found in await rungs_waiting_for(tx.connection, person_id)]
    reviews = [await _hand(tx, office, key, day) for key in await open_reviews_of(tx.connection, person_id)]
    return sum(rungs) + sum(reviews)


async def part_in_rung(tx: Transaction, office: Office, review: ReviewFacts, asked: Asked) -> Part:
    """What the actor has to do with a rung today."""
    return await part_at(tx, office, review.location_id, asked, _never(review))


async def _pass_on(tx: Transaction, office: Office, found: WaitingRung, day: date) -> bool:
    review = await lock_review(tx.connection, found.review_id)
    rung = await load_waiting_rung(tx.connection, found.id)
    if review is None or rung is None:
        return False
    whose = await whose_today(tx, rung.asked, review.location_id, day)
    if whose is None:
        choice = await who_answers_for(tx, office, review, rung.role)
    else:
        choice = asked_instead(rung.asked, whose, _never(review))
    if choice is None or not await give_rung(tx.connection, rung, choice.assignee_id, choice.assigned_for_id):
        return False
    words = {"rung": rung.rung, "week": review.week.isoformat(), **asked_words(choice)}
    tx.record(Entry("review escalation asked of somebody else", "review", review.id, None, review.location_id, words))
    await ask_about_late(tx, office, review, rung.rung, choice)
    return True


async def _hand(tx: Transaction, office: Office, review_id: UUID, day: date) -> bool:
    review = await lock_review(tx.connection, review_id)
    assert review is not None
    asked = Asked(review.assignee_id, review.assigned_for_id)
    whose = await whose_today(tx, asked, review.location_id, day)
    choice = asked_instead(asked, whose, frozenset()) if whose else None
    if choice is None or choice.assigned_for_id is None or review.due_at is None:
        return False
    await give_review(tx.connection, review.id, choice.assignee_id, choice.assigned_for_id)
    words = {"week": review.week.isoformat(), **asked_words(choice)}
    tx.record(Entry("review handed to cover", "review", review.id, None, review.location_id, words))
    await _tell_cover(tx, office, review, choice)
    return True


async def _tell_cover(tx: Transaction, office: Office, review: ReviewFacts, choice: Choice) -> None:
    assert review.due_at is not None
    assert choice.assigned_for_id is not None
    people = await people_of(tx, {choice.assignee_id, choice.assigned_for_id})
    cover, covered = people[choice.assignee_id], people[choice.assigned_for_id].name
    place = (review.location, review.due_at, f"/reviews/{review.id}", office.calendar)
    letter = letters.review_given(cover.name, *place, covered)
    await tell_of_review(tx, office, review, cover, "review given", letter, str(new_id()))


def _never(review: ReviewFacts) -> frozenset[UUID]:
    """Whoever has the late review does not answer for it."""
    return frozenset(person for person in (review.assignee_id, review.assigned_for_id) if person)
