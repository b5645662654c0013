"""Whom the reader of a mail can ask: every mail names somebody, as long as there is anybody else."""

from dataclasses import replace
from uuid import UUID

from commands.office import Office
from db.managers import managers_at, managers_of, whom_to_ask
from db.people import people_of
from db.session import Transaction
from notifications.letter import Letter

# The first administrator has an address there until they put their own; no mail reaches it (RFC 2606).
NOWHERE = ".invalid"


async def asking_there(
    tx: Transaction, office: Office, letter: Letter, reader_id: UUID, location_id: UUID | None
) -> Letter:
    """The letter, naming who answers for the location it is about."""
    managers = await managers_at(tx.connection, location_id)
    return replace(letter, questions=whom_to_ask(managers, reader_id, office.calendar.day_of(tx.now)))


async def asking_who_did_it(tx: Transaction, office: Office, letter: Letter, reader_id: UUID) -> Letter:
    """The letter, naming whoever caused it; where that is the reader or the service itself, the reader's manager."""
    return replace(letter, questions=await _who_did_it(tx, reader_id) or await _manager(tx, office, reader_id))


async def _who_did_it(tx: Transaction, reader_id: UUID) -> str | None:
    key = tx.actor.person_id
    if key is None or key == reader_id:
        return None
    person = (await people_of(tx, {key})).get(key)
    if person is None or not person.email or person.email.endswith(NOWHERE):
        return None
    return f"{person.name}, {person.email}."


async def _manager(tx: Transaction, office: Office, reader_id: UUID) -> str | None:
    day = office.calendar.day_of(tx.now)
    return whom_to_ask(await managers_of(tx.connection, reader_id, day), reader_id, day)
