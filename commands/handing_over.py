"""Handing over: what somebody who goes away has open goes to their cover, when they or their manager say so."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from commands.answering import Asked
from commands.choosing import whose_barrier
from commands.holding import send_step
from commands.office import Office
from commands.passing_on import pass_on_from
from commands.review_telling import about_review, tell_of_review
from commands.standing import check_may_manage
from commands.standing_in import asked_words, whom_to_tell
from db.absences import AbsenceFacts, load_absence
from db.actions import lock_action
from db.holding import InHand, give_to, steps_of_person
from db.ids import new_id
from db.journal import load_journal
from db.people import person_as_candidate
from db.reviews import give_review, lock_review, open_reviews_with
from db.session import Transaction, transaction
from db.steps import load_step, revoke_links
from db.trail import Entry
from domain.actors import Actor
from domain.assigning import choose
from domain.duties import forbidden, may_not_approve
from domain.errors import Invalid, NotFound
from domain.journal import Journal
from domain.vocabulary import Control, Form
from notifications.letters_review import review_given


@dataclass(slots=True)
class HandedOver:
    """How many steps and requests went to the cover, and which steps stay, as “FT-2026-0042: title”."""

    given: int = 0
    kept: list[str] = field(default_factory=list[str])


async def hand_to_cover(office: Office, actor: Actor, absence_id: UUID, now: datetime) -> HandedOver:
    """Give what somebody away has open to their cover. Both names are kept; old links end; the cover is mailed.

    What only waits for their answer goes with it, such as an escalation. A step that the cover may not do (they
    evidenced or checked that action, it is in their own way, or they do not work at its location) stays where it is,
    and is named. Sent twice, the second time finds nothing left.
    """
    async with transaction(office.engine, actor, now) as tx:
        absence = await load_absence(tx.connection, absence_id, lock=True)
        if absence is None:
            raise NotFound("This absence was called off, or there is none.")
        if actor.person_id != absence.person_id:
            await check_may_manage(tx, office, absence.person_id)
        today = office.calendar.day_of(now)
        if absence.ends_on < today:
            raise Invalid({"cover": "This absence is over, so there is nothing to hand over."})
        if absence.cover_id is None:
            raise Invalid({"cover": "Name a cover first."})
        done, day = HandedOver(), max(today, absence.starts_on)
        for held in await steps_of_person(tx.connection, absence.person_id):
            await _hand(tx, office, absence, held, day, done)
        done.given += await pass_on_from(tx, office, absence.person_id, day)
        for review_id in await open_reviews_with(tx.connection, absence.person_id):
            done.given += await _hand_review(tx, office, absence, review_id, day)
        return done


async def _hand(
    tx: Transaction, office: Office, absence: AbsenceFacts, held: InHand, day: date, done: HandedOver
) -> None:
    action = await lock_action(tx.connection, held.action_id)
    step = await load_step(tx.connection, held.id)
    # What they do for somebody else is that person's to hand on.
    if action is None or step is None or step.assignee_id != absence.person_id or step.assigned_for_id is not None:
        return
    journal = await load_journal(tx.connection, action.id, office.calendar)
    candidates = await person_as_candidate(tx, absence.person_id, action.location_id, day)
    barred = _barred(journal, Control(step.control), absence.person_id)
    if step.form == Form.SUPPORT:
        barred |= whose_barrier(journal)
    choice = choose(candidates, barred, signed_in=step.needs_account)
    if choice is None or choice.assigned_for_id is None:
        done.kept.append(f"{action.ref}: {step.title}")
        return
    await revoke_links(tx.connection, [step.id], tx.now)
    await give_to(tx.connection, step.id, choice.assignee_id, choice.assigned_for_id, tx.now)
    words = {"step": step.key, **asked_words(choice)}
    tx.record(Entry("step handed to cover", "step", step.id, action.id, action.location_id, words))
    cover, reader = await whom_to_tell(tx, choice)
    await send_step(tx, office, Asked(action, step, new_id()), cover, journal, reader)
    tx.wake(action.id)
    done.given += 1


async def _hand_review(tx: Transaction, office: Office, absence: AbsenceFacts, review_id: UUID, day: date) -> bool:
    review = await lock_review(tx.connection, review_id)
    if review is None or review.due_at is None or review.assignee_id != absence.person_id or review.assigned_for_id:
        return False
    choice = choose(await person_as_candidate(tx, absence.person_id, review.location_id, day), signed_in=True)
    if choice is None or choice.assigned_for_id is None:
        return False
    await give_review(tx.connection, review.id, choice.assignee_id, choice.assigned_for_id)
    words = {"week": review.week.isoformat(), **asked_words(choice)}
    tx.record(Entry("review handed to cover", "review", review.id, None, review.location_id, words))
    cover, reader = await whom_to_tell(tx, choice)
    letter = review_given(about_review(tx, office, review), reader)
    await tell_of_review(tx, office, review, cover, "review given", letter, str(new_id()))
    return True


def _barred(journal: Journal, control: Control, person_id: UUID) -> frozenset[UUID]:
    """Who may not do it; that somebody has an approval open does not bar them from the one they have."""
    barred = forbidden(journal, control)
    return barred if person_id in may_not_approve(journal) else barred - {person_id}
