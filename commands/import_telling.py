"""After an import: whoever has drafts to complete or owners to choose hears of all of them in one mail.

An import tells when it ends. One that was cut off, the process killed, tells nothing: the worker does so for it once
it has been silent for a while. A row is marked as told in the transaction that queues the mail, so that no row is
told of twice, whether the file is imported again or the silent import was only slow.
"""

from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from commands.office import Office
from commands.telling import Mail, tell_personally
from db.imports import finish_batch, silent_imports, to_tell_of
from db.outbox import URGENT
from db.session import PersonFacts, Transaction, transaction
from db.trail import Entry
from domain.actors import SYSTEM
from domain.saying import say_due
from domain.waking_hours import within_hours
from notifications.letters_imported import waits_from_tracker

ONE_BY_ONE = "account step"
SILENT_FOR = timedelta(minutes=5)
CUT_OFF = "cut off"


def keep_for_later(tx: Transaction) -> None:
    """Leave out this row's own mail for a step that needs an account: the mail after the import tells of it."""
    tx.messages = [message for message in tx.messages if message["kind"] != ONE_BY_ONE]


async def tell_what_waits(tx: Transaction, office: Office, batch_id: UUID, filename: str) -> None:
    """Tell each person what waits for them from an import and was not told of before."""
    found = await to_tell_of(tx.connection, batch_id, tx.now)
    for person_id, rows in groupby(found, lambda row: row.person_id):
        mine = list(rows)
        person = PersonFacts(person_id, mine[0].name, mine[0].email)
        waiting = [(row.ref, row.step, row.title) for row in mine]
        due = say_due(mine[0].due_at, office.calendar)
        letter = waits_from_tracker(person.name, filename, waiting, due, "/work")
        at = within_hours(tx.now, mine[0].opens, mine[0].closes, office.calendar)
        cause = f"{batch_id}:{mine[0].ref}"
        await tell_personally(tx, office, Mail("imported", person, letter, cause, priority=URGENT), at)


async def tell_of_cut_off_imports(office: Office, now: datetime, silent_for: timedelta = SILENT_FOR) -> int:
    """End imports of which nothing has been heard for so long, and tell of what came in; how many those were.

    Can run at any time and as often as one likes. One that goes on nevertheless tells of the rest when it ends.
    """
    async with transaction(office.engine, SYSTEM, now) as tx:
        silent = await silent_imports(tx.connection, silent_for)
        for batch in silent:
            await tell_what_waits(tx, office, batch.id, batch.filename)
            await finish_batch(tx.connection, batch.id, CUT_OFF)
            tx.record(Entry("import cut off", "import", batch.id, words={"file": batch.filename}))
        return len(silent)
