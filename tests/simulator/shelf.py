"""The shelf: what lies in the file store, beside what the rows say of it."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from evidence.keeping import files_in
from evidence.store import EvidenceStore
from tests.machine.tracker import Broken

_BLOBS = text("SELECT sha256 FROM blob")


@dataclass
class Shelf:
    """Remembers what nobody owned when it looked last: what is still there then was left behind.

    `removed` is the evidence that people took away before they sent it.
    """

    store: EvidenceStore
    unowned: set[str] = field(default_factory=set[str])
    removed: set[UUID] = field(default_factory=set[UUID])

    async def check(self, connection: AsyncConnection, *, at_rest: bool) -> None:
        owned = {bytes(row.sha256) for row in await connection.execute(_BLOBS)}
        health = self.store.verify(owned)
        if not health.is_good:
            raise Broken("every file on the record is there, byte for byte", health)
        unowned = {digest.hex() for digest in files_in(self.store.folder) if digest not in owned}
        unowned |= {path.name for path in self.store.folder.glob("incoming/*")}
        left = unowned if at_rest else unowned & self.unowned
        if left:
            raise Broken("nothing lies on disk that nobody owns", sorted(left)[:9])
        self.unowned = unowned
