"""Files that nobody owns: what a process that was killed in the middle of an upload left behind."""

from datetime import datetime

from commands.office import Office
from db.evidence import owned_files
from db.session import glance
from evidence.receive import in_thread
from evidence.store import EvidenceStore

AT_ONCE = 500


async def sweep_files(office: Office, store: EvidenceStore, now: datetime) -> int:
    """Remove half uploads, and set files aside that no row speaks of; how many those were. Again, it finds nothing.

    A file is on disk before its row commits. Killed between the two, it would lie there for ever, with people in it,
    where nobody sees it or can take it back. What is set aside stays for a month: whoever restores an older
    database and then a newer one finds their files again.
    """
    found = await in_thread(lambda: store.sweep(now))
    kept = await in_thread(store.kept)
    for first in range(0, len(kept), AT_ONCE):
        some = list(kept[first : first + AT_ONCE])
        async with glance(office.engine) as connection:
            owned = await owned_files(connection, some)
        await in_thread(lambda owned=owned: store.bring_back(owned))
        found += await in_thread(lambda some=some, owned=owned: store.set_aside(set(some) - owned, now))
    return found
