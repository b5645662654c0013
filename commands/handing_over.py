"""Handing over: what somebody who goes away has open goes to their cover, when they or their manager say so."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from commands.answering import Asked
from commands.covering import pass_on_from
from commands.covering_questions import pass_on_questions_from
from commands.holding import send_step
from commands.office import Office
from commands.review_covering import pass_on_reviews_from
from commands.standing import check_may_manage
from commands.telling import counts_of
from db.absences import AbsenceFacts, load_absence
from db.actions import lock_action
from db.holding import InHand, give_to_cover, steps_of_person
from db.ids import new_id
from db.journal import load_journal
from db.people import people_of, person_as_candidate
from db.session import Transaction, transaction
from db.steps import load_step, revoke_links
from db.trail import Entry
from domain.actors import Actor
from domain.assigning import choose
from domain.duties import forbidden, may_not_approve
from domain.errors import Invalid, NotFound
from domain.journal import Journal
from domain.vocabulary import Control


@dataclass(slots=True)
class HandedOver:
    """How many steps and requests went to the cover, and which steps stay, as “FT-2026-0042: title”."""

    given: int = 0
    kept: list[str] = field(default_factory=list[str])


async def hand_to_cover(office: Office, actor: Actor, absence_id: UUID, now: datetime) -> HandedOver:
    """Give what somebody away has open to their cover. Both names are kept; old links end; the cover is mailed.

    What only waits for their answer goes with it, such as an escalation. A step that the cover may not do (they
    evidenced or checked that action, or do not work at its location) stays where it is, and is named. Sent twice,
    the second time finds nothing left.
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
        done = HandedOver()
        for held in await steps_of_person(tx.connection, absence.person_id):
            await _hand(tx, office, absence, held, max(today, absence.starts_on), done)
        day = max(today, absence.starts_on)
        done.given += await pass_on_from(tx, office, absence.person_id, day)
        done.given += await pass_on_reviews_from(tx, office, absence.person_id, day)
        done.given += await pass_on_questions_from(tx, office, absence.person_id, day)
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
    choice = choose(candidates, _barred(journal, Control(step.control), absence.person_id))
    if choice is None or choice.assigned_for_id is None:
        done.kept.append(f"{action.ref}: {step.title}")
        return
    await revoke_links(tx.connection, [step.id], tx.now)
    await give_to_cover(tx.connection, step.id, choice.assignee_id, choice.assigned_for_id)
    words = {"step": step.key, "asked": str(choice.assignee_id), "for": str(choice.assigned_for_id)}
    tx.record(Entry("step handed to cover", "step", step.id, action.id, action.location_id, words))
    people = await people_of(tx, {choice.assignee_id, choice.assigned_for_id})
    cover, covered = people[choice.assignee_id], people[choice.assigned_for_id].name
    await send_step(tx, office, Asked(action, step, new_id()), cover, counts_of(journal.pathway, step.key), covered)
    tx.wake(action.id)
    done.given += 1


def _barred(journal: Journal, control: Control, person_id: UUID) -> frozenset[UUID]:
    """Who may not do it; that somebody has an approval open does not bar them from the one they have."""
    barred = forbidden(journal, control)
    return barred if person_id in may_not_approve(journal) else barred - {person_id}
