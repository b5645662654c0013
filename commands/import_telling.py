"""After an import: whoever has drafts to complete or owners to choose hears of all of them in one mail."""

from itertools import groupby
from uuid import UUID

from commands.office import Office
from commands.whom_to_ask import asking_who_did_it
from db.imports import waits_of_batch
from db.outbox import URGENT, queue_message
from db.session import PersonFacts, Transaction
from domain.saying import say_due
from domain.waking_hours import not_before
from notifications.letters_imported import waits_from_tracker

ONE_BY_ONE = "account step"


def keep_for_later(tx: Transaction) -> None:
    """Leave out this row's own mail for a step that needs an account: the mail after the import tells of it."""
    tx.messages = [message for message in tx.messages if message["kind"] != ONE_BY_ONE]


async def tell_what_waits(tx: Transaction, office: Office, batch_id: UUID, filename: str) -> None:
    """Tell each person once what waits for them from an import."""
    found = await waits_of_batch(tx.connection, batch_id)
    for person_id, rows in groupby(found, lambda row: row.person_id):
        mine = list(rows)
        person = PersonFacts(person_id, mine[0].name, mine[0].email)
        waiting = [(row.ref, row.step, row.title) for row in mine]
        due = say_due(mine[0].due_at, office.calendar)
        letter = waits_from_tracker(person.name, filename, waiting, due, "/work")
        letter = await asking_who_did_it(tx, office, letter, person_id)
        at = not_before(tx.now, mine[0].opens, mine[0].closes, office.calendar, critical=False)
        key = f"imported:{batch_id}:{person_id}"
        queue_message(tx, "imported", person, letter.frozen(), key, priority=URGENT, not_before=at)
