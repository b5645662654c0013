"""Assign: choose an owner, give a step to somebody else, send a new link."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from commands.answering import Answer, Asked, Receipt, ask_again, keep_answer, kept_before, receipt_after
from commands.escalate import check_may_decide
from commands.holding import hand_over, renew
from commands.office import Office
from commands.password_links import ONE_MAIL_IN
from db.actions import lock_action_of_step, set_owner
from db.ids import new_id
from db.outbox import link_just_renewed
from db.people import chosen_person, load_people
from db.session import transaction
from db.steps import load_link, load_step, revoke_links
from db.trail import Entry
from domain.actors import SYSTEM, Actor
from domain.covering import Part
from domain.errors import Invalid, NotFound
from domain.vocabulary import Form, Outcome, Role


async def choose_owner(
    office: Office, actor: Actor, step_id: UUID, request_id: UUID, owner_id: UUID, now: datetime
) -> Receipt:
    """Name the one owner; they are asked to accept."""
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.OWNER)
        if receipt := kept_before(tx, asked):
            return receipt
        day = office.calendar.day_of(now)
        if not await chosen_person(tx, owner_id, asked.action.location_id, day):
            raise Invalid({"owner": "Choose somebody from the list."})
        kept = await keep_answer(tx, asked, Answer(Outcome.ASSIGNED, {"owner": str(owner_id)}))
        if kept.counted:
            await set_owner(tx.connection, asked.action.id, owner_id, now)
            asked = replace(asked, action=replace(asked.action, owner_id=owner_id))
        return await receipt_after(tx, office, asked, kept)


async def give_step(office: Office, actor: Actor, step_id: UUID, person_id: UUID, reason: str, now: datetime) -> None:
    """Give an open step to somebody else. Its old links end, both people are told, the reason is recorded."""
    if len(reason.strip()) < 5:
        raise Invalid({"reason": "Say why it goes to somebody else."})
    async with transaction(office.engine, actor, now) as tx:
        action = await lock_action_of_step(tx.connection, step_id)
        step = await load_step(tx.connection, step_id)
        if action is None or step is None:
            raise NotFound("There is no such step.")
        await check_may_decide(tx, office, action, Part(False), Role.REGISTERED_MANAGER)
        await hand_over(tx, office, action, step, person_id, reason.strip())


async def renew_link(office: Office, link_id: UUID, now: datetime) -> bool:
    """Mail a fresh link to the address already on the step; False when the step asks nobody any more.

    Anybody holding an old link may ask: nothing is shown, and only the person on the step gets the mail. Whoever asks
    again and again causes one mail in ten minutes, and does not end the link that was mailed for the first.
    """
    async with transaction(office.engine, SYSTEM, now) as tx:
        link = await load_link(tx.connection, link_id)
        action = await lock_action_of_step(tx.connection, link.step_id) if link else None
        step = await load_step(tx.connection, link.step_id) if link else None
        if action is None or step is None or not step.is_open or step.assignee_id is None or step.needs_account:
            return False
        since = now - ONE_MAIL_IN
        if await link_just_renewed(tx.connection, action.id, step.id, step.assignee_id, since):
            return False
        people = await load_people(tx.connection, {step.assignee_id})
        await revoke_links(tx.connection, [step.id], now)
        tx.record(Entry("new link sent", "step", step.id, action.id, action.location_id))
        await renew(tx, office, Asked(action, step, new_id()), people[step.assignee_id])
        return True
