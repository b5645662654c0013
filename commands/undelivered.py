"""A mail that was refused for good becomes a task: correct the address and send again, or see to it otherwise."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from commands.leaving import change_person
from commands.office import Office
from commands.standing import is_one_of
from commands.standing_in import asked_columns, asked_words, for_words, part_at, who_answers_today, whom_to_tell
from commands.telling import Mail, tell_there
from db.ids import new_id
from db.outbox import URGENT
from db.people import load_people
from db.roles import held_from
from db.session import Transaction, transaction
from db.trail import Entry
from db.undelivered import (
    DeadMail,
    UndeliveredFacts,
    dead_and_unasked,
    insert_undelivered,
    lock_undelivered,
    send_again,
    settle_undelivered,
    settle_what_is_moot,
    undelivered_to,
)
from domain.actors import SYSTEM, Actor
from domain.assigning import Choice
from domain.covering import Answerers, Asked, Part
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.standing import Held, why_not_manage
from domain.vocabulary import Role
from notifications.letters_undelivered import undelivered

SEES_TO_IT = (Role.REGISTERED_MANAGER, Role.ADMINISTRATOR, Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL)
"""Who sees to it: the registered manager of the location, else an administrator, else whoever stands above."""


async def ask_about_dead_mail(office: Office, now: datetime) -> int:
    """Ask somebody to see to each mail that died, and end what is moot; how many were asked about.

    Can run at any time and as often as one likes: each refusal is asked about once.
    """
    async with transaction(office.engine, SYSTEM, now) as tx:
        for row in await settle_what_is_moot(tx.connection, now):
            words = {"how": "not needed any more"}
            tx.record(Entry("undelivered mail settled", "undelivered", row.id, row.action_id, row.location_id, words))
        dead = await dead_and_unasked(tx.connection)
        for mail in dead:
            await _ask(tx, office, mail)
        return len(dead)


async def _ask(tx: Transaction, office: Office, mail: DeadMail) -> None:
    choice, key = await who_answers_today(tx, office, await who_is_asked(tx, office, mail)), new_id()
    row = {
        "id": key,
        "message_id": mail.message_id,
        "location_id": mail.location_id,
        **asked_columns(choice, "asked_id", "asked_for_id"),
        "to_address": mail.to_address,
        "error": mail.last_error or "no reason given",
        "opened_at": tx.now,
    }
    await insert_undelivered(tx.connection, row)
    words = {"kind": mail.kind, **asked_words(choice), "reasons": row["error"]}
    tx.record(Entry("mail refused for good", "undelivered", key, mail.action_id, mail.location_id, words))
    if choice is not None:
        await tell_undelivered(tx, office, mail, key, choice)


async def tell_undelivered(tx: Transaction, office: Office, mail: DeadMail, key: UUID, asked: Choice) -> None:
    """Mail whoever sees to it, saying for whom where they cover."""
    person, reader = await whom_to_tell(tx, asked)
    letter = undelivered(reader, mail.to_name, mail.ref, mail.step, f"/undelivered-mails/{key}")
    await tell_there(tx, office, mail, Mail("undelivered", person, letter, key, priority=URGENT), mail.action_id)


def who_sees_to_it(location_id: UUID | None, person_id: UUID | None) -> Answerers:
    """Who sees to it; never the person whose mail was refused, who would not hear of it either."""
    return Answerers(SEES_TO_IT, location_id, frozenset({person_id} if person_id else set[UUID]()))


async def who_is_asked(tx: Transaction, office: Office, mail: DeadMail) -> Answerers:
    """The same in the order in which they are asked: an administrator first, where the manager may not correct it."""
    may = who_sees_to_it(mail.location_id, mail.person_id)
    if mail.person_id is None:
        return may
    theirs = await held_from(tx.connection, mail.person_id, office.calendar.day_of(tx.now))
    if why_not_manage((Held(Role.REGISTERED_MANAGER, mail.location_id),), theirs) is None:
        return may
    return replace(may, nearest=tuple(sorted(may.nearest, key=lambda role: role != Role.ADMINISTRATOR)))


async def correct_and_send(office: Office, actor: Actor, key: UUID, email: str, now: datetime) -> None:
    """Correct somebody's address, and send again whatever was refused. Whoever may change people may do so."""
    if not email.strip():
        raise Invalid({"email": "Give the right e-mail address, or the same one if it works again."})
    async with transaction(office.engine, actor, now) as tx:
        task, _ = await _mine(tx, office, key)
        people = await load_people(tx.connection, {task.person_id} if task.person_id else set())
    if task.settled_at is not None:
        return
    if task.person_id is None or task.person_id not in people:
        raise Invalid({"email": "This mail went to nobody on our list. Say how they were told instead."})
    await change_person(office, actor, task.person_id, people[task.person_id].name, email, now)
    async with transaction(office.engine, actor, now) as tx:
        same = await undelivered_to(tx.connection, task.person_id)
        queued = await send_again(tx.connection, [row.message_id for row in same], now)
        for row in same:
            how = "sent again" if row.message_id in queued else "not needed any more"
            may = who_sees_to_it(row.location_id, task.person_id)
            part = await part_at(tx, office, Asked(row.asked_id, row.asked_for_id), may)
            await _settle(tx, row.id, row.action_id, row.location_id, part, how, None)


async def told_otherwise(office: Office, actor: Actor, key: UUID, note: str, now: datetime) -> None:
    """Say how the person was told instead."""
    if len(note.strip()) < 5:
        raise Invalid({"note": "Say how they were told, and when."})
    async with transaction(office.engine, actor, now) as tx:
        task, part = await _mine(tx, office, key)
        if task.settled_at is not None:
            raise AlreadySettled("Somebody has seen to this already.")
        await _settle(tx, key, task.action_id, task.location_id, part, "told in another way", note.strip())


async def _settle(
    tx: Transaction, key: UUID, action_id: UUID | None, location_id: UUID | None, part: Part, how: str, note: str | None
) -> None:
    if await settle_undelivered(tx.connection, key, tx.actor.known, part.for_id, how, note, tx.now):
        words = {"how": how, "reasons": note, **for_words(part)}
        tx.record(Entry("undelivered mail settled", "undelivered", key, action_id, location_id, words))


async def _mine(tx: Transaction, office: Office, key: UUID) -> tuple[UndeliveredFacts, Part]:
    """The task and the actor's part in it: theirs or their cover's, or by a role that sees to such things there."""
    task = await lock_undelivered(tx.connection, key)
    if task is None:
        raise NotFound("There is no such mail.")
    may = who_sees_to_it(task.location_id, task.person_id)
    part = await part_at(tx, office, Asked(task.asked_id, task.asked_for_id), may)
    if not part.is_asked and not await is_one_of(tx, office, SEES_TO_IT, task.location_id):
        raise NotAllowed("This is for the registered manager or an administrator to see to.")
    return task, part
