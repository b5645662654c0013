"""Roles: give one from a day to a day, end one."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from commands.office import Office
from commands.releasing import ask_for_what_waits, release
from commands.standing import check_may_give
from db.holding import steps_by_role
from db.people import load_people
from db.roles import (
    RoleFacts,
    ended_with_steps,
    held_then,
    insert_role,
    lock_role,
    other_administrators,
    set_last_day,
    take_turn,
)
from db.rosters import is_here, load_location
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import SYSTEM, Actor
from domain.errors import Invalid, NotAllowed, NotFound
from domain.saying import say_date
from domain.standing import LAST_ADMINISTRATOR, check_dates
from domain.vocabulary import Role


async def give_role(
    office: Office,
    actor: Actor,
    person_id: UUID,
    role: Role,
    location_id: UUID | None,
    starts_on: date,
    ends_on: date | None,
    now: datetime,
) -> bool:
    """Give a role at a location, or at all of them; False where they hold it in just those days already.

    What waited there for somebody with this role is asked of them at once.
    """
    async with transaction(office.engine, actor, now) as tx:
        return await give_role_in(tx, office, person_id, role, location_id, starts_on, ends_on)


async def give_role_in(
    tx: Transaction,
    office: Office,
    person_id: UUID,
    role: Role,
    location_id: UUID | None,
    starts_on: date,
    ends_on: date | None,
) -> bool:
    """The same inside a transaction that does more."""
    today = office.calendar.day_of(tx.now)
    await check_may_give(tx, office, person_id, role, location_id)
    if wrong := check_dates(role, starts_on, ends_on, today):
        raise Invalid(wrong)
    await _check_there(tx, person_id, location_id)
    values: dict[str, Any] = {"person_id": person_id, "role": role.value, "location_id": location_id}
    values |= {"starts_on": starts_on, "ends_on": ends_on}
    role_id = await insert_role(tx.connection, values)
    if role_id is None:
        return await _held_already(tx, values)
    words = {"role": role.value, "person": str(person_id), "from": starts_on.isoformat()}
    words["to"] = ends_on.isoformat() if ends_on else "open"
    tx.record(Entry("role given", "person", person_id, None, location_id, words))
    if starts_on <= today:
        await ask_for_what_waits(tx, office, location_id)
    return True


async def _check_there(tx: Transaction, person_id: UUID, location_id: UUID | None) -> None:
    if not await is_here(tx.connection, person_id):
        raise NotFound("There is no such person, or they have left.")
    if location_id is not None and await load_location(tx.connection, location_id) is None:
        raise Invalid({"location": "Choose a location from the list."})


async def _held_already(tx: Transaction, values: dict[str, Any]) -> bool:
    """False for the same days; other days that meet those are refused in words."""
    there = await held_then(tx.connection, values)
    if there is None or there == (values["starts_on"], values["ends_on"]):
        return False
    until = f"until {say_date(there[1])}" if there[1] else "with no last day"
    raise Invalid({"role": f"They hold this role already from {say_date(there[0])} {until}. End that one first."})


async def end_role(office: Office, actor: Actor, role_id: UUID, last_day: date | None, now: datetime) -> None:
    """End a role with a day, or at once (None). What is open by it then goes to somebody else who holds it."""
    async with transaction(office.engine, actor, now) as tx:
        await take_turn(tx.connection)
        held = await lock_role(tx.connection, role_id)
        if held is None:
            return  # called off before: asking twice changes nothing
        today = office.calendar.day_of(now)
        await check_may_give(tx, office, None, Role(held.role), held.location_id)
        last = last_day or today - timedelta(days=1)
        _check_last_day(held, last_day, today)
        await _check_an_administrator_stays(tx, held, today)
        if held.ends_on is not None and held.ends_on <= last:
            return
        await set_last_day(tx.connection, held, last)
        words = {"role": held.role, "from": str(held.ends_on or "open"), "to": last.isoformat()}
        tx.record(Entry("role ended", "person", held.person_id, None, held.location_id, words))
        if last < today:
            await release_by_role(tx, office, held, today)


def _check_last_day(held: RoleFacts, last_day: date | None, today: date) -> None:
    if last_day is not None and last_day < today:
        raise Invalid({"last": "This day has passed. Choose today or later, or end the role at once."})
    if last_day is not None and held.ends_on is not None and last_day > held.ends_on:
        raise Invalid({"last": f"The role ends on {say_date(held.ends_on)} already. Give it anew to make it longer."})


async def _check_an_administrator_stays(tx: Transaction, held: RoleFacts, today: date) -> None:
    if held.role != Role.ADMINISTRATOR or held.location_id is not None:
        return
    if await other_administrators(tx.connection, held.person_id, today) == 0:
        raise NotAllowed(LAST_ADMINISTRATOR)


async def release_by_role(tx: Transaction, office: Office, held: RoleFacts, today: date) -> int:
    """Ask somebody else for what was open by a role that has ended."""
    steps = await steps_by_role(tx.connection, held.person_id, held.role, held.location_id, today)
    names = await load_people(tx.connection, {held.person_id})
    who = names[held.person_id].name if names else "Somebody"
    return await release(tx, office, steps, f"{who} is not {held.role} at {held.where} any more")


async def follow_ended_roles(office: Office, now: datetime) -> int:
    """Ask others for what was open by roles whose last day has passed; how many steps that were.

    Time does this, in the worker. Run again, it finds nothing.
    """
    today = office.calendar.day_of(now)
    async with transaction(office.engine, SYSTEM, now) as tx:
        ended = await ended_with_steps(tx.connection, today)
        return sum([await release_by_role(tx, office, held, today) for held in ended])
