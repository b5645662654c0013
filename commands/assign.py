"""Assign: choose an owner, give a step to somebody else, send a new link."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from commands.answering import Asked, Receipt, ask_again, keep_answer, kept_before, receipt_after
from commands.escalate import check_may_decide
from commands.moving import LINK_OUTLIVES_DUE, forbidden, link_row, move_on
from commands.office import Office
from commands.telling import about, step_path, tell
from db.actions import lock_action_of_step
from db.ids import new_id
from db.journal import load_journal
from db.outbox import URGENT
from db.people import PersonFacts, load_people
from db.session import Transaction, transaction
from db.steps import insert_links, load_link, load_step, revoke_links, void_steps
from db.trail import Entry
from domain.actors import SYSTEM, Actor
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.vocabulary import Control, Form, Outcome, Role
from notifications import letters

_OWNER = text("UPDATE action SET owner_id = :owner, updated_at = :now WHERE id = :id")
_GIVE = text("UPDATE step SET assignee_id = :person, assigned_for_id = NULL WHERE id = :id AND status = 'open'")


async def choose_owner(
    office: Office, actor: Actor, step_id: UUID, request_id: UUID, owner_id: UUID, now: datetime
) -> Receipt:
    """Name the one owner; they are asked to accept."""
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.OWNER)
        if receipt := kept_before(tx, asked):
            return receipt
        await _person(tx, owner_id)
        kept = await keep_answer(tx, office, asked, Outcome.ASSIGNED, {"owner": str(owner_id)})
        if kept[1]:
            await tx.connection.execute(_OWNER, {"id": asked.action.id, "owner": owner_id, "now": now})
            asked = replace(asked, action=replace(asked.action, owner_id=owner_id))
        return await receipt_after(tx, office, asked, *kept)


async def give_step(office: Office, actor: Actor, step_id: UUID, person_id: UUID, reason: str, now: datetime) -> None:
    """Give an open step to somebody else. Its old links end, both people are told, the reason is recorded."""
    if len(reason.strip()) < 5:
        raise Invalid({"reason": "Say why it goes to somebody else."})
    async with transaction(office.engine, actor, now) as tx:
        action = await lock_action_of_step(tx.connection, step_id)
        step = await load_step(tx.connection, step_id)
        if action is None or step is None:
            raise NotFound("There is no such step.")
        await check_may_decide(tx, office, action, (), Role.REGISTERED_MANAGER)
        if not step.is_open:
            raise AlreadySettled("This step has been answered, so it can't be given to anybody else.")
        journal = await load_journal(tx.connection, action.id, office.calendar)
        if person_id in forbidden(journal, Control(step.control)):
            raise NotAllowed("They did or checked part of this action, so they can't be given this step.")
        person = await _person(tx, person_id)
        await revoke_links(tx.connection, [step_id], now)
        words = {"step": step.key, "from": str(step.assignee_id), "to": str(person_id), "reason": reason.strip()}
        tx.record(Entry("step given to somebody else", "step", step.id, action.id, action.location_id, words))
        await _tell_former(tx, office, Asked(action, step, new_id()), reason.strip())
        if step.form == Form.ACCEPTANCE:
            await void_steps(tx.connection, [step_id], now)
            await tx.connection.execute(_OWNER, {"id": action.id, "owner": person_id, "now": now})
            await move_on(tx, office, replace(action, owner_id=person_id))
            return
        await tx.connection.execute(_GIVE, {"id": step_id, "person": person_id})
        await _send_link(tx, office, Asked(action, step, new_id()), person, "given")
        tx.wake(action.id)


async def renew_link(office: Office, link_id: UUID, now: datetime) -> bool:
    """Mail a fresh link to the address already on the step; False when the step asks nobody any more.

    Anybody holding an old link may ask: nothing is shown, and only the person on the step gets the mail.
    """
    async with transaction(office.engine, SYSTEM, now) as tx:
        link = await load_link(tx.connection, link_id)
        action = await lock_action_of_step(tx.connection, link.step_id) if link else None
        step = await load_step(tx.connection, link.step_id) if link else None
        if action is None or step is None or not step.is_open or step.assignee_id is None or step.needs_account:
            return False
        people = await load_people(tx.connection, {step.assignee_id})
        await revoke_links(tx.connection, [step.id], now)
        tx.record(Entry("new link sent", "step", step.id, action.id, action.location_id))
        await _send_link(tx, office, Asked(action, step, new_id()), people[step.assignee_id], "renewed")
        return True


async def _send_link(tx: Transaction, office: Office, asked: Asked, person: PersonFacts, kind: str) -> None:
    action, step = asked.action, asked.step
    subject, until = about(tx, office, action), max(step.due_at, tx.now) + LINK_OUTLIVES_DUE
    if step.needs_account:
        path = step_path(Form(step.form), step.id)
        letter = letters.account_step(subject, person.name, step.title, step.due_at, path, None)
        tell(tx, office, action, person, "account step", letter, asked.request_id, step_id=step.id, priority=URGENT)
        return
    link_id = new_id()
    await insert_links(tx.connection, [link_row(tx, office, link_id, person.id, step.id, until)])
    letter = (
        letters.link_renewed(subject, person.name, step.title, step.due_at, until)
        if kind == "renewed"
        else letters.evidence_asked(subject, person.name, step.title, step.due_at, until, [], None)
    )
    tell(
        tx,
        office,
        action,
        person,
        f"link {kind}",
        letter,
        asked.request_id,
        step_id=step.id,
        link_id=link_id,
        priority=URGENT,
        at_once=kind == "renewed",
    )


async def _tell_former(tx: Transaction, office: Office, asked: Asked, reason: str) -> None:
    former = asked.step.assignee_id
    for person in (await load_people(tx.connection, {former} if former else set())).values():
        letter = letters.reassigned(about(tx, office, asked.action), person.name, asked.step.title, reason)
        tell(tx, office, asked.action, person, "reassigned", letter, asked.request_id, step_id=asked.step.id)


async def _person(tx: Transaction, person_id: UUID) -> PersonFacts:
    people = await load_people(tx.connection, {person_id})
    if person_id not in people:
        raise Invalid({"person": "Choose somebody from the list."})
    return people[person_id]
