"""The weekly review's own ladder: who is told and who must answer when nobody sends it."""

from uuid import UUID

from commands.office import Office
from commands.review_telling import tell_of_review
from db.ids import new_id
from db.people import holders, people_of
from db.reviews import ReviewFacts, insert_rung, overtake_rungs
from db.session import PersonFacts, Transaction
from db.trail import Entry
from domain.assigning import choose
from domain.escalating import Overtaken, above
from domain.reviewing import LADDER, rung_at
from notifications import review_letters as letters


async def fire_review_rung(tx: Transaction, office: Office, review: ReviewFacts, number: int) -> None:
    """Fire one rung: record it, and tell or ask whoever it speaks of. It fires once, however often this runs."""
    rung = LADDER[number - 1]
    asked = await _asked(tx, office, review, rung.answer) if rung.answer else None
    told = review.assignee_id if rung.tell else None
    row = {
        "id": new_id(),
        "review_id": review.id,
        "rung": number,
        "role": rung.answer or ", ".join(rung.tell),
        "must_answer": rung.answer is not None,
        "asked_id": asked,
        "told": [str(told)] if told else [],
        "expected_at": rung_at(review.timed, number, office.calendar),
        "fired_at": tx.now,
    }
    if not await insert_rung(tx.connection, row):
        return
    words = {"rung": number, "week": review.week.isoformat(), "asked": str(asked) if asked else None}
    tx.record(Entry("review escalated", "review", review.id, None, review.location_id, words))
    people = await people_of(tx, {person for person in (asked, told, review.assignee_id) if person})
    await _tell_of_rung(tx, office, review, number, people, asked, told)


async def _tell_of_rung(
    tx: Transaction,
    office: Office,
    review: ReviewFacts,
    number: int,
    people: dict[UUID, PersonFacts],
    asked: UUID | None,
    told: UUID | None,
) -> None:
    holder = people.get(review.assignee_id) if review.assignee_id else None
    assert review.due_at is not None
    name = holder.name if holder else "nobody yet"
    facts = (review.location, name, review.due_at, tx.now, f"/reviews/{review.id}", office.calendar)
    if told is not None and told in people:
        late = letters.review_late(people[told].name, *facts)
        await tell_of_review(tx, office, review, people[told], "review late", late, str(number))
    if asked is not None and asked in people:
        escalated = letters.review_escalated(people[asked].name, *facts)
        await tell_of_review(tx, office, review, people[asked], "review escalated", escalated, str(number))


async def _asked(tx: Transaction, office: Office, review: ReviewFacts, role: str) -> UUID | None:
    """Who must answer: the role's holder, or the next above; nobody answers for a review that waits for themselves."""
    never = frozenset(person for person in (review.assignee_id, review.assigned_for_id) if person)
    day = office.calendar.day_of(tx.now)
    for one in (role, *above(role)):
        choice = choose(await holders(tx, one, review.location_id, day), never)
        if choice is not None:
            return choice.assignee_id
    return None


async def overtake_review_rungs(tx: Transaction, review: ReviewFacts, why: Overtaken, below: int = 100) -> None:
    """End the rungs of a review that nobody need answer any more, and put that on the trail."""
    for rung_id in await overtake_rungs(tx.connection, review.id, why, tx.now, below):
        words = {"because": str(why)}
        tx.record(Entry("review escalation overtaken", "review", rung_id, None, review.location_id, words))
