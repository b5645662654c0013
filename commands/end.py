"""Cancel an action, or let another take its place. It asks nobody for anything from then on, and stays on the record.

An ended action is not opened again: what has to be done after all is a new action.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from commands.moving import move_on
from commands.office import Office
from commands.standing import roles_here
from commands.telling import Mail, about, tell
from db.actions import ActionFacts, lock_action
from db.ending import end_action, find_standing, how_it_ended, lock_standings, people_in
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.ending import Standing, cannot_take_its_place, lacking, may_not_end
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.vocabulary import Status
from notifications.letters_ending import ended


@dataclass(frozen=True, slots=True)
class Ended:
    """What was ended, and how."""

    ref: str
    status: Status


async def cancel(office: Office, actor: Actor, ref: str, reason: str, now: datetime) -> Ended:
    """End an action that will not be done. Raises Invalid, NotAllowed or AlreadySettled."""
    return await _end(office, actor, ref, reason, None, now)


async def supersede(office: Office, actor: Actor, ref: str, instead_ref: str, reason: str, now: datetime) -> Ended:
    """End an action because another open one of the same home takes its place."""
    return await _end(office, actor, ref, reason, instead_ref.strip().upper(), now)


async def _end(office: Office, actor: Actor, ref: str, reason: str, instead_ref: str | None, now: datetime) -> Ended:
    reason, status = reason.strip(), Status.CANCELLED if instead_ref is None else Status.SUPERSEDED
    async with transaction(office.engine, actor, now) as tx:
        standing, instead = await _both(tx, ref, instead_ref)
        action = await lock_action(tx.connection, standing.id)
        assert action is not None
        await _check_may_end(tx, office, action, standing, instead)
        if fields := lacking(reason):
            raise Invalid(fields)
        if not standing.status.is_open:
            await _check_is_repeat(tx, standing, status, reason)
            return Ended(standing.ref, status)
        if instead_ref is not None and (wrong := cannot_take_its_place(standing, instead)):
            raise Invalid({"instead": wrong})
        await _do_end(tx, office, action, status, reason, instead)
        return Ended(standing.ref, status)


async def _both(tx: Transaction, ref: str, instead_ref: str | None) -> tuple[Standing, Standing | None]:
    found = await find_standing(tx.connection, ref)
    if found is None:
        raise NotFound(f"There is no action {ref}.")
    other = await find_standing(tx.connection, instead_ref) if instead_ref else None
    locked = await lock_standings(tx.connection, {found.id} | ({other.id} if other else set()))
    return locked[found.id], locked[other.id] if other else None


async def _check_may_end(
    tx: Transaction, office: Office, action: ActionFacts, standing: Standing, instead: Standing | None
) -> None:
    me = tx.actor.known
    here = await roles_here(tx, office, action.location_id)
    if why := may_not_end(standing, here, action.owner_id == me, instead):
        raise NotAllowed(why)


async def _check_is_repeat(tx: Transaction, standing: Standing, status: Status, reason: str) -> None:
    """The same form sent twice is done once; anything else comes too late."""
    was = await how_it_ended(tx.connection, standing.id)
    if (was.status, was.ended_reason, was.ended_by) != (status, reason, tx.actor.person_id):
        because = f": {was.ended_reason}" if was.ended_reason else "."
        raise AlreadySettled(f"{standing.ref} is {was.status} already{because}")


async def _do_end(
    tx: Transaction, office: Office, action: ActionFacts, status: Status, reason: str, instead: Standing | None
) -> None:
    people = await people_in(tx.connection, action.id, tx.actor.person_id)
    key = instead.id if instead else None
    await end_action(tx.connection, action.id, status, reason, tx.actor.person_id, key, tx.now)
    words = {"status": [action.status, str(status)], "reason": reason}
    if instead is not None:
        words["instead"] = instead.ref
    tx.record(Entry(str(status), "action", action.id, action.id, action.location_id, words))
    subject = about(tx, office, action)
    for person in people:
        place = instead.ref if instead else None
        letter = ended(subject, person.name, str(status), reason, place, signs_in=person.signs_in)
        tell(tx, office, action, Mail("ended", person, letter, action.id))
    await move_on(tx, office, replace(action, status=str(status)))
