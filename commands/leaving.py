"""Somebody leaves, or gets another name or address: every old way in ends, and their work goes on with others."""

from datetime import datetime
from uuid import UUID

from commands.answering import Asked
from commands.holding import renew
from commands.office import Office
from commands.people import check_person
from commands.releasing import leave_without_owner, release
from commands.standing import check_may_manage
from commands.telling import Mail, tell_personally
from db.accounts import end_every_way_in
from db.actions import lock_action
from db.holding import owned_by, steps_of_person
from db.ids import new_id
from db.outbox import URGENT
from db.people import PersonFacts
from db.roles import end_all, held_from, other_administrators, take_turn
from db.rosters import Someone, change_person_row, lock_person, person_with, set_left
from db.session import Transaction, transaction
from db.steps import load_step
from db.trail import Entry
from domain.actors import Actor
from domain.errors import Invalid, NotAllowed, NotFound
from domain.standing import LAST_ADMINISTRATOR, is_administrator
from notifications import letters_personal as letters


async def leave(office: Office, actor: Actor, person_id: UUID, now: datetime) -> None:
    """Somebody leaves: every session and link of theirs ends at once. What they did stays on the record.

    What they had open is asked of others; where they owned an action, another owner is chosen.
    """
    async with transaction(office.engine, actor, now) as tx:
        await take_turn(tx.connection)
        person = await lock_person(tx.connection, person_id)
        if person is None or person.left_at is not None:
            raise NotFound("There is no such person, or they have left already.")
        await check_may_manage(tx, office, person_id)
        today = office.calendar.day_of(now)
        is_one = is_administrator(await held_from(tx.connection, person_id, today))
        if is_one and await other_administrators(tx.connection, person_id, today) == 0:
            raise NotAllowed(LAST_ADMINISTRATOR)
        await set_left(tx.connection, person_id, now)
        await end_every_way_in(tx.connection, person_id, now)
        await end_all(tx.connection, person_id, today)
        tx.record(Entry("person left", "person", person_id))
        why = f"{person.name} has left"
        await release(tx, office, await steps_of_person(tx.connection, person_id), why)
        await leave_without_owner(tx, office, await owned_by(tx.connection, person_id), why)


async def change_person(
    office: Office, actor: Actor, person_id: UUID, name: str, email: str | None, now: datetime
) -> None:
    """Change a name or an address. With a new address every session and link sent to the old one ends."""
    check_person(name, email)
    address = email.strip().lower() if email and email.strip() else None
    async with transaction(office.engine, actor, now) as tx:
        person = await lock_person(tx.connection, person_id)
        if person is None or person.left_at is not None:
            raise NotFound("There is no such person, or they have left.")
        await check_may_manage(tx, office, person_id)
        if (person.name, person.email) == (name.strip(), address):
            return
        if address and (other := await person_with(tx.connection, address)) and other.id != person_id:
            raise Invalid({"email": f"{other.name} has this address already."})
        await change_person_row(tx.connection, person_id, name.strip(), address)
        words = {"name": [person.name, name.strip()], "email": [person.email, address]}
        tx.record(Entry("person changed", "person", person_id, words=words))
        if person.email != address:
            await _end_old_address(tx, office, person, PersonFacts(person_id, name.strip(), address))


async def _end_old_address(tx: Transaction, office: Office, before: Someone, person: PersonFacts) -> None:
    """Whoever reads the old mailbox gets in no more. Both addresses hear of it, and open links are asked for anew."""
    await end_every_way_in(tx.connection, person.id, tx.now)
    for to in (PersonFacts(person.id, before.name, before.email), person):
        letter = letters.address_changed(to.name, is_new=to.email == person.email)
        cause = f"{to.email}:{tx.now.isoformat()}"
        await tell_personally(tx, office, Mail("address changed", to, letter, cause, priority=URGENT))
    for held in await steps_of_person(tx.connection, person.id):
        action, step = await lock_action(tx.connection, held.action_id), await load_step(tx.connection, held.id)
        if action and step and step.assignee_id == person.id and not step.needs_account:
            await renew(tx, office, Asked(action, step, new_id()), person, at_once=False)
