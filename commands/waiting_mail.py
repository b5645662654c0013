"""Mail that waits for the waking hours of its location, on a machine where nobody is woken."""

from datetime import datetime

from commands.office import Office
from db.outbox import wait_no_longer
from db.session import transaction
from db.trail import Entry
from domain.actors import OPERATOR


async def send_waiting(office: Office, now: datetime) -> int:
    """Let all mail go now, whatever the hour; how many mails waited. For the local catcher only."""
    async with transaction(office.engine, OPERATOR, now) as tx:
        count = await wait_no_longer(tx.connection, now)
        if count:
            tx.record(Entry("waiting mail sent at once", "outbox", words={"mails": count}))
        return count
