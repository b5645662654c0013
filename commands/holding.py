"""Whoever has a step: giving it to somebody else, and telling them what was decided, with a fresh link."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from commands.answering import Asked
from commands.choosing import whose_barrier
from commands.deciders import end_requests
from commands.moving import move_on
from commands.office import Office
from commands.opened import LINK_OUTLIVES_DUE, help_given, link_row, why_not
from commands.standing_down import stand_down
from commands.standing_in import whom_to_tell
from commands.telling import Mail, about, counts_of, step_path, tell
from db.actions import ActionFacts, set_owner
from db.holding import give_to
from db.ids import new_id
from db.journal import load_journal
from db.opening import insert_links
from db.outbox import URGENT
from db.people import PersonFacts, chosen_person, load_people, roles_of, with_password
from db.session import Transaction
from db.steps import StepFacts, last_words, revoke_links
from db.trail import Entry
from domain.assigning import Choice, choose
from domain.defining import may_define
from domain.duties import forbidden
from domain.errors import AlreadySettled, Invalid, NotAllowed
from domain.journal import Journal
from domain.standing import NO_ACCOUNT
from domain.vocabulary import Control, Form
from notifications import letters
from notifications.letter import Letter, Reader, Way
from notifications.letters_requests import request_answered, support_asked


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Who has a step now, and for whom, where they cover."""

    assignee_id: UUID
    assigned_for_id: UUID | None


async def hand_over(
    tx: Transaction, office: Office, action: ActionFacts, step: StepFacts, person_id: UUID, reason: str
) -> HandedOver:
    """Give an open step to somebody else: its old links end, both people are told, the reason is recorded.

    Whoever covers for them today gets it, and both names are kept. The action is locked by the caller.
    """
    if not step.is_open:
        raise AlreadySettled("This step has been answered, so it can't be given to anybody else.")
    if person_id in (step.assignee_id, step.assigned_for_id):
        raise Invalid({"person": "They have this step already. Choose somebody else."})
    journal = await load_journal(tx.connection, action.id, office.calendar)
    choice = await _chosen(tx, office, action, journal, step, person_id)
    words = {"step": step.key, "from": str(step.assignee_id), "to": str(choice.assignee_id), "reason": reason}
    if choice.assigned_for_id:
        words["for"] = str(choice.assigned_for_id)
    tx.record(Entry("step given to somebody else", "step", step.id, action.id, action.location_id, words))
    await _tell_former(tx, office, Asked(action, step, new_id()), reason)
    if step.form == Form.ACCEPTANCE:
        await _ask_another_owner(tx, office, action, journal, step, person_id)
        return HandedOver(choice.assignee_id, choice.assigned_for_id)
    await revoke_links(tx.connection, [step.id], tx.now)
    await end_requests(tx, action, [step.id])
    await give_to(tx.connection, step.id, choice.assignee_id, choice.assigned_for_id, tx.now)
    person, reader = await whom_to_tell(tx, choice)
    given = replace(step, assignee_id=choice.assignee_id, assigned_for_id=choice.assigned_for_id)
    await send_step(tx, office, Asked(action, given, new_id()), person, journal, reader)
    tx.wake(action.id)
    return HandedOver(choice.assignee_id, choice.assigned_for_id)


async def _chosen(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, step: StepFacts, person_id: UUID
) -> Choice:
    day = office.calendar.day_of(tx.now)
    candidates = await chosen_person(tx, person_id, action.location_id, day)
    if not candidates:
        raise Invalid({"person": "Choose somebody from the list."})
    if step.form == Form.DEFINITION and not may_define(
        await roles_of(tx.connection, person_id, day), action.location_id
    ):
        raise Invalid({"person": "They may not define actions here. Choose a manager or a quality lead."})
    barred = forbidden(journal, Control(step.control), tx.now)
    if person_id in barred:
        raise NotAllowed("They did or checked part of this action, so they can't be given this step.")
    if step.form == Form.SUPPORT:
        barred |= whose_barrier(journal)
        if person_id in barred:
            raise NotAllowed("It is in their own way, so somebody else must help with it. Choose another manager.")
    choice = choose(candidates, barred, signed_in=step.needs_account)
    if choice is None:
        raise Invalid({"person": NO_ACCOUNT})
    return choice


async def _ask_another_owner(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, step: StepFacts, person_id: UUID
) -> None:
    await stand_down(tx, office, action, journal, (step.id,), "Somebody else is asked to own the action.")
    await set_owner(tx.connection, action.id, person_id, tx.now)
    await move_on(tx, office, replace(action, owner_id=person_id))


async def send_step(
    tx: Transaction, office: Office, asked: Asked, person: PersonFacts, journal: Journal, reader: Reader
) -> None:
    """Mail a step to the person who has it now: with a link, or where to sign in for a check or decision."""
    step, action = asked.step, asked.action
    if step.needs_account:
        kind, letter = await _to_sign_in_for(tx, office, asked, journal, reader)
        tell(tx, office, action, _urgent(asked, kind, person, letter))
        return
    link_id, until = await fresh_link(tx, office, step, person.id)
    subject = about(tx, office, action)
    if step.form == Form.ACCEPTANCE:
        helped, by = await help_given(tx, action, journal, step.round - 1), (action.due_at, step.due_at, until)
        if helped is None:
            letter = letters.assignment(subject, reader, *by)
        else:
            letter = letters.asked_again(subject, reader, *by, helped)
    else:
        counts = counts_of(journal.pathway, step.key)
        letter = letters.evidence_asked(subject, reader, step, until, counts)
    tell(tx, office, action, _urgent(asked, "link given", person, letter, link_id))


async def _to_sign_in_for(
    tx: Transaction, office: Office, asked: Asked, journal: Journal, reader: Reader
) -> tuple[str, Letter]:
    """The kind of the letter, and the letter, with what was said before that the step answers to."""
    step, action, subject = asked.step, asked.action, about(tx, office, asked.action)
    path = step_path(Form(step.form), step.id)
    if step.form == Form.SUPPORT:
        barrier = await last_words(tx.connection, action.id, action.cycle, "accept") or ""
        return "support asked", support_asked(subject, reader, barrier, step.due_at, path)
    said = await why_not(tx, action, journal.latest("accept")) if step.form == Form.OWNER else None
    return "account step", letters.account_step(subject, reader, step, path, said)


async def renew(tx: Transaction, office: Office, asked: Asked, person: PersonFacts, *, at_once: bool = True) -> None:
    """Mail a fresh link; at any hour where somebody asked for it, since they wait for it."""
    step = asked.step
    link_id, until = await fresh_link(tx, office, step, person.id)
    letter = letters.link_renewed(about(tx, office, asked.action), person.name, step, until)
    tell(tx, office, asked.action, _urgent(asked, "link renewed", person, letter, link_id), at_once=at_once)


async def tell_holder(
    tx: Transaction, office: Office, asked: Asked, person_id: UUID | None, headline: str, words: str
) -> None:
    """Tell somebody what was decided about their step, with a fresh link where they can still answer it."""
    step = asked.step
    person = (await load_people(tx.connection, {person_id} if person_id else set())).get(person_id or step.id)
    if person is None:
        return
    mine = step.is_open and step.assignee_id == person.id
    link_id = None
    if mine and not step.needs_account:
        link_id, until = await fresh_link(tx, office, step, person.id)
        way = Way(until=until)
    else:
        path = step_path(Form(step.form), step.id) if mine else f"/actions/{asked.action.ref}"
        way = Way(path, signs_in=bool(await with_password(tx.connection, {person.id})))
    subject = about(tx, office, asked.action)
    letter = request_answered(subject, person.name, step, headline, words, way, waits=step.is_open)
    tell(tx, office, asked.action, _urgent(asked, "request answered", person, letter, link_id))


async def fresh_link(tx: Transaction, office: Office, step: StepFacts, person_id: UUID) -> tuple[UUID, datetime]:
    """Make a link to an open step; (its key, until when it works)."""
    link_id, until = new_id(), max(step.due_at, tx.now) + LINK_OUTLIVES_DUE
    await insert_links(tx.connection, [link_row(tx, office, link_id, person_id, step.id, until)])
    return link_id, until


def _urgent(asked: Asked, kind: str, person: PersonFacts, letter: Letter, link_id: UUID | None = None) -> Mail:
    return Mail(kind, person, letter, asked.request_id, asked.step.id, link_id, URGENT)


async def _tell_former(tx: Transaction, office: Office, asked: Asked, reason: str) -> None:
    former = asked.step.assignee_id
    for person in (await load_people(tx.connection, {former} if former else set())).values():
        letter = letters.reassigned(about(tx, office, asked.action), person.name, asked.step.title, reason)
        tell(tx, office, asked.action, Mail("reassigned", person, letter, asked.request_id, asked.step.id))
