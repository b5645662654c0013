"""Small homes: record that nobody is left to check, have it confirmed by the nominated individual, end it early."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from commands.office import Office
from commands.standing import is_one_of
from commands.standing_in import asked_columns, asked_words, for_words, part_at, who_answers_today, whom_to_tell
from commands.telling import Mail, tell_personally
from db.ids import new_id
from db.outbox import URGENT
from db.people import covers_of, people_of
from db.session import Transaction, transaction
from db.small_homes import (
    SmallHomeFacts,
    decide_small_home,
    end_small_home,
    insert_small_home,
    load_small_home,
    lock_location,
    one_waits,
    recorded_before,
    waiting_here,
)
from db.trail import Entry
from domain.actors import Actor
from domain.assigning import Choice
from domain.covering import Answerers
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.small_home import lacking
from domain.vocabulary import Role
from domain.waking_hours import within_hours
from notifications import letters_small_home as letters
from notifications.letter import Letter

Writer = Callable[[str, str, date, str], Letter]
MAY_RECORD = frozenset({Role.REGISTERED_MANAGER, Role.QUALITY_LEAD})
MAY_END = MAY_RECORD | {Role.NOMINATED_INDIVIDUAL}


async def record_small_home(
    office: Office,
    actor: Actor,
    location_id: UUID,
    request_id: UUID,
    reason: str,
    ends_on: date | None,
    now: datetime,
) -> UUID:
    """Say that a home is too small to keep duties apart, until when. Nothing changes before it is confirmed."""
    async with transaction(office.engine, actor, now, request_id) as tx:
        place = await lock_location(tx.connection, location_id)
        if place is None or not await is_one_of(tx, office, MAY_RECORD, location_id):
            raise NotAllowed("This is for the registered manager or the quality lead of the location.")
        if (before := await recorded_before(tx.connection, request_id)) is not None:
            return _own(before, actor)
        today = office.calendar.day_of(now)
        if (fields := lacking(reason, ends_on, today)) or ends_on is None:
            raise Invalid(fields)
        if await one_waits(tx.connection, location_id):
            raise AlreadySettled("One is recorded for this location already, and waits to be confirmed.")
        asked, key = await _nominated_now(tx, office, location_id), new_id()
        values = {"id": key, "location_id": location_id, "request_id": request_id, "reason": reason.strip()}
        times = {"recorded_by": actor.known, "recorded_at": now, "recorded_on": today, "ends_on": ends_on}
        await insert_small_home(tx.connection, values | times | asked_columns(asked, "asked_id", "asked_for_id"))
        words = {"reason": reason.strip(), "ends_on": ends_on.isoformat(), **asked_words(asked)}
        tx.record(Entry("small home recorded", "small home", key, None, location_id, words))
        await ask_to_confirm(tx, office, await _found(tx, key), asked)
        return key


async def decide(office: Office, actor: Actor, key: UUID, confirmed: bool, reason: str, now: datetime) -> None:
    """Confirm an exception, or refuse it with a reason. For the nominated individual, and never for who recorded it."""
    async with transaction(office.engine, actor, now) as tx:
        found = await _found(tx, key)
        may = await who_confirms(tx, office, found.location_id, found.recorded_by)
        part = await part_at(tx, office, found.question, may)
        if not part.is_asked and not await is_one_of(tx, office, {Role.NOMINATED_INDIVIDUAL}, found.location_id):
            raise NotAllowed("Only the nominated individual may confirm this, or who covers for them.")
        if found.recorded_by == actor.known:
            raise NotAllowed("You recorded this, so somebody else must confirm it.")
        if not confirmed and len(reason.strip()) < 10:
            raise Invalid({"reason": "Say why not, so that they know what to do instead."})
        if confirmed and found.ends_on < office.calendar.day_of(now):
            raise AlreadySettled("The day it was to end has passed. Ask for a new one with a later day.")
        said = (actor.known, part.for_id, confirmed, reason.strip() or None, now)
        if not await decide_small_home(tx.connection, key, *said):
            raise AlreadySettled("This has been decided already.")
        what = "small home confirmed" if confirmed else "small home refused"
        words = {"reason": reason.strip(), **for_words(part)}
        tx.record(Entry(what, "small home", key, None, found.location_id, words))
        if confirmed:
            await _look_again(tx, found.location_id, idle=True)
        write = partial(letters.decided, confirmed=confirmed, reason=reason.strip())
        await _tell_recorder(tx, office, found, "small home decided", write)


async def end_early(office: Office, actor: Actor, key: UUID, reason: str, now: datetime) -> None:
    """End an exception before its day: from then on nobody may make use of it. What it allowed before stands."""
    async with transaction(office.engine, actor, now) as tx:
        found = await _found(tx, key)
        if not await is_one_of(tx, office, MAY_END, found.location_id):
            raise NotAllowed("This is for the managers of the location.")
        if len(reason.strip()) < 10:
            raise Invalid({"reason": "Say why it ends now, in a few words."})
        if not await end_small_home(tx.connection, key, actor.known, reason.strip(), now):
            raise AlreadySettled("This has ended already, or was never confirmed.")
        tx.record(Entry("small home ended", "small home", key, None, found.location_id, {"reason": reason.strip()}))
        await _look_again(tx, found.location_id, idle=False)
        write = partial(letters.ended_early, reason=reason.strip())
        await _tell_recorder(tx, office, found, "small home ended", write)


async def _look_again(tx: Transaction, location_id: UUID, *, idle: bool) -> None:
    """Somebody may be asked now for what waited for nobody; or whoever was asked by an exception may be no longer."""
    for action_id in await waiting_here(tx.connection, location_id, idle=idle):
        tx.wake(action_id)


async def _found(tx: Transaction, key: UUID) -> SmallHomeFacts:
    found = await load_small_home(tx.connection, key, lock=True)
    if found is None:
        raise NotFound("There is no such exception.")
    return found


def _own(before: Any, actor: Actor) -> UUID:
    if before.recorded_by != actor.known:
        raise NotAllowed
    return before.id


async def _nominated_now(tx: Transaction, office: Office, location_id: UUID) -> Choice:
    choice = await who_answers_today(tx, office, await who_confirms(tx, office, location_id, tx.actor.known))
    if choice is None:
        raise Invalid({"location_id": "Nobody else is named as nominated individual. Give somebody that role first."})
    return choice


async def who_confirms(tx: Transaction, office: Office, location_id: UUID, recorder: UUID) -> Answerers:
    """The nominated individual, or their cover, and never who records, nor whoever covers for them today."""
    covers = await covers_of(tx.connection, {recorder}, office.calendar.day_of(tx.now))
    return Answerers((Role.NOMINATED_INDIVIDUAL,), location_id, frozenset({recorder} | covers))


async def ask_to_confirm(tx: Transaction, office: Office, found: SmallHomeFacts, asked: Choice) -> None:
    """Mail whoever confirms, saying for whom where they cover."""
    person, reader = await whom_to_tell(tx, asked)
    letter = letters.asked(reader, found.location, found.reason, found.ends_on, f"/small-homes/{found.id}")
    await _tell(tx, office, found, Mail("small home asked", person, letter, found.id, priority=URGENT))


async def _tell_recorder(tx: Transaction, office: Office, found: SmallHomeFacts, kind: str, write: Writer) -> None:
    if found.recorded_by == tx.actor.person_id:
        return
    for person in (await people_of(tx, {found.recorded_by})).values():
        letter = write(person.name, found.location, found.ends_on, f"/small-homes/{found.id}")
        await _tell(tx, office, found, Mail(kind, person, letter, found.id, priority=URGENT))


async def _tell(tx: Transaction, office: Office, found: SmallHomeFacts, mail: Mail) -> None:
    await tell_personally(tx, office, mail, within_hours(tx.now, found.opens, found.closes, office.calendar))
