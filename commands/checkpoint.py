"""The daily checkpoint of the trail: signed, in the database, and in a file outside it."""

import asyncio
from datetime import datetime, time, timedelta
from pathlib import Path

from commands.office import Office
from db.anchors import table_anchors, take_checkpoint, write_down
from domain.anchors import Anchor

CHECKPOINT_EVERY = timedelta(minutes=10)


async def checkpoint(office: Office, file: Path, now: datetime, *, at_once: bool = False) -> Anchor | None:
    """Take the day's checkpoint, once it is due, and write down whatever the file lacks.

    Can run as often as one likes, on several machines: a day has one, and the file gets each once.
    The file is written after the database has committed; what a crash between them leaves out is
    written the next time.
    """
    since = None if at_once else office.calendar.at(office.calendar.day_of(now), time(0))
    async with office.engine.begin() as connection:
        taken = await take_checkpoint(connection, office.secret_key, now, since)
    async with office.engine.connect() as connection:
        known = await table_anchors(connection)
    await asyncio.to_thread(write_down, file, known, office.secret_key)
    return taken
