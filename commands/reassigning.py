"""Another owner: at any time before an action closes, with a reason, and asked to accept like the first."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from commands.deciders import end_requests
from commands.escalate import check_may_decide
from commands.moving import move_on
from commands.office import Office
from commands.releasing import free
from commands.telling import Mail, about, tell
from db.actions import ActionFacts, lock_action
from db.holding import set_owner, steps_of_owner
from db.journal import load_journal
from db.people import chosen_person, load_people
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.covering import Part
from domain.duties import involved
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.journal import Journal
from domain.vocabulary import Control, Role, Status
from notifications import letters


async def change_owner(
    office: Office, actor: Actor, action_id: UUID, request_id: UUID, owner_id: UUID, reason: str, now: datetime
) -> None:
    """Give an open action to another owner. Old links end, both people are told, the new one is asked to accept.

    What the former owner had open waits for the yes of the new one, and keeps its dates and its
    ladder. The former owner stays on the record: whoever owned an action never samples or approves it.
    """
    if len(reason.strip()) < 5:
        raise Invalid({"reason": "Say why the action goes to somebody else."})
    async with transaction(office.engine, actor, now, request_id) as tx:
        action = await lock_action(tx.connection, action_id)
        if action is None:
            raise NotFound("There is no such action.")
        await check_may_decide(tx, office, action, Part(False), Role.REGISTERED_MANAGER)
        journal = await load_journal(tx.connection, action_id, office.calendar)
        _check_open(journal)
        if action.owner_id == owner_id:
            return  # they have it: a form sent twice changes nothing
        await _check_owner(tx, office, action, journal, owner_id)
        why = reason.strip()
        await set_owner(tx.connection, action_id, owner_id, now)
        former = str(action.owner_id) if action.owner_id else None
        words = {"from": former, "to": str(owner_id), "reasons": why}
        tx.record(Entry("owner changed", "action", action_id, action_id, action.location_id, words))
        await _tell_former(tx, office, action, why, request_id)
        theirs = [step.id for step in await steps_of_owner(tx.connection, action_id)]
        await end_requests(tx, action, theirs)
        await free(tx, action, theirs, "it goes to the new owner, once they accept")
        await move_on(tx, office, replace(action, owner_id=owner_id))


def _check_open(journal: Journal) -> None:
    if journal.cycle_closed_at is not None or not journal.status.is_open:
        raise AlreadySettled("This action has ended, so it needs no other owner.")
    if journal.status is Status.DRAFT:
        raise AlreadySettled("This action is still a draft. Name its owner in the definition.")


async def _check_owner(tx: Transaction, office: Office, action: ActionFacts, journal: Journal, owner_id: UUID) -> None:
    if not await chosen_person(tx, owner_id, action.location_id, office.calendar.day_of(tx.now)):
        raise Invalid({"owner": "Choose somebody from the list."})
    if owner_id in involved(journal, frozenset({Control.CHECK, Control.CLOSE})):
        raise NotAllowed("They checked this action, so they can’t own it as well. Choose somebody else.")


async def _tell_former(tx: Transaction, office: Office, action: ActionFacts, why: str, request_id: UUID) -> None:
    for person in (await load_people(tx.connection, {action.owner_id} if action.owner_id else set())).values():
        letter = letters.reassigned(about(tx, office, action), person.name, action.title, why)
        tell(tx, office, action, Mail("owner changed", person, letter, request_id))
