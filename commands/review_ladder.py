"""The weekly review's own ladder: who is told and who must answer when nobody sends it."""

from commands.office import Office
from commands.review_telling import about_review, tell_of_review
from commands.standing_in import asked_columns, asked_words, who_answers_today, whom_to_tell
from db.ids import new_id
from db.people import people_of
from db.reviews import ReviewFacts, insert_rung, overtake_rungs
from db.session import Transaction
from db.trail import Entry
from domain.assigning import Choice, both_of
from domain.covering import Answerers
from domain.escalating import Overtaken, above
from domain.reviewing import LADDER, rung_at
from notifications import letters_review as letters


async def fire_review_rung(tx: Transaction, office: Office, review: ReviewFacts, number: int) -> None:
    """Fire one rung: record it, and tell or ask whoever it speaks of. It fires once, however often this runs."""
    rung = LADDER[number - 1]
    choice = await who_answers_today(tx, office, who_answers_for(review, rung.answer)) if rung.answer else None
    told = review.assignee_id if rung.tell else None
    row = {
        "id": new_id(),
        "review_id": review.id,
        "rung": number,
        "role": rung.answer or ", ".join(rung.tell),
        "must_answer": rung.answer is not None,
        **asked_columns(choice, "asked_id", "asked_for_id"),
        "told": [str(told)] if told else [],
        "expected_at": rung_at(review.timed, number, office.calendar),
        "fired_at": tx.now,
    }
    if not await insert_rung(tx.connection, row):
        return
    words = {"rung": number, "week": review.week.isoformat(), **asked_words(choice)}
    tx.record(Entry("review escalated", "review", review.id, None, review.location_id, words))
    for person in (await people_of(tx, {told} if told else set())).values():
        late = letters.review_late(about_review(tx, office, review), person.name)
        await tell_of_review(tx, office, review, person, "review late", late, str(number))
    if choice is not None:
        await ask_about_late(tx, office, review, number, choice)


async def ask_about_late(tx: Transaction, office: Office, review: ReviewFacts, number: int, choice: Choice) -> None:
    """Mail whoever must answer for a late review, saying for whom where they cover."""
    asked, reader = await whom_to_tell(tx, choice)
    holder = (await people_of(tx, {review.assignee_id} if review.assignee_id else set())).values()
    with_whom = next((person.name for person in holder), "nobody yet")
    escalated = letters.review_escalated(about_review(tx, office, review), reader, with_whom)
    await tell_of_review(tx, office, review, asked, "review escalated", escalated, str(number))


def who_answers_for(review: ReviewFacts, role: str) -> Answerers:
    """The role's holder, or the next above; nobody answers for a review that waits for themselves."""
    return Answerers((role, *above(role)), review.location_id, both_of(review))


async def overtake_review_rungs(tx: Transaction, review: ReviewFacts, why: Overtaken, below: int = 100) -> None:
    """End the rungs of a review that nobody need answer any more, and put that on the trail."""
    for rung_id in await overtake_rungs(tx.connection, review.id, why, tx.now, below):
        words = {"because": str(why)}
        tx.record(Entry("review escalation overtaken", "review", rung_id, None, review.location_id, words))
