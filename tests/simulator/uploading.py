"""Files: chosen on a phone, sent as the page sends them, and refused, cut off or killed on the way."""

import hashlib
import os
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.office import Office
from commands.submit import attach, remove
from domain.actors import Actor
from domain.errors import Invalid
from evidence.inspect import IMAGES
from evidence.refusals import FileRefused
from evidence.store import StoredFile
from tests.evidence.making import picture, word_file
from tests.simulator.falling import Fall
from tests.simulator.shelf import Shelf
from tests.simulator.watching import Broken, KeptFile

LARGEST = 64 * 1024
"""What the simulated homes take as one file: small, so that too large is soon reached."""
WRONG = {
    "empty.txt": b"",
    "page.html": b"<!doctype html><script>alert(1)</script>",
    "chart.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
    "half.pdf": b"%PDF-1.7\n1 0 obj\n<< /Type",
    "film.mov": b"\0\0\0\x14ftypqt  " + b"\0" * 200,
}

_SEVERAL = text("""
SELECT step_id, person_id, blob_sha256, filename, count(*) AS times FROM evidence
WHERE blob_sha256 IS NOT NULL AND withdrawn_at IS NULL GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
""")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file as somebody has it, and the length that their browser announces."""

    name: str
    content: bytes
    announced: int


@dataclass
class Uploads:
    """Everybody's files, and what becomes of them on the way into the store.

    `forms` are those that each file came with, by step, person, content and name.
    """

    office: Office
    chance: random.Random
    fall: Fall
    shelf: Shelf
    clock: Callable[[], datetime]
    counts: Counter[str]
    before: list[Chosen] = field(default_factory=list[Chosen])
    forms: dict[Any, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    killed: int = 0
    running: int = 0

    def chosen(self) -> list[Chosen]:
        """None mostly; else up to three, some of which were sent before, here or elsewhere."""
        if self.chance.random() < 0.7:
            return []
        return [self._one() for _ in range(self.chance.randrange(1, 4))]

    def _one(self) -> Chosen:
        luck = self.chance.random()
        if luck < 0.15 and self.before:
            return self.chance.choice(self.before)
        if luck < 0.20:
            name = self.chance.choice(list(WRONG))
            return Chosen(name, WRONG[name], len(WRONG[name]))
        if luck < 0.22:
            return Chosen("long.txt", b"0123456789abcde\n" * 4097, 16 * 4097)
        if luck < 0.25:
            return Chosen("cut.txt", b"Half of it", 20)
        file = self._good()
        self.before.append(file)
        return file

    def _good(self) -> Chosen:
        mark, kind = self.chance.getrandbits(64), self.chance.choice(("txt", "csv", "pdf", "docx", "jpg", "png"))
        size = (self.chance.randrange(8, 48), self.chance.randrange(8, 48))
        content = {
            "txt": lambda: f"Handover {mark}: all seen.\n".encode() * self.chance.choice((1, 30, 1500)),
            "csv": lambda: f"day,weight\n1,{mark}\n".encode(),
            "pdf": lambda: f"%PDF-1.7\n% {mark}\ntrailer\n<<>>\n%%EOF\n".encode(),
            "docx": lambda: word_file(word__note=str(mark).encode()),
            "jpg": lambda: picture("JPEG", size),
            "png": lambda: picture("PNG", size),
        }[kind]()
        return Chosen(f"{kind} {mark % 97}.{kind}", content, len(content))

    async def send(self, actor: Actor, step: UUID, request_id: UUID, files: list[Chosen]) -> tuple[KeptFile, ...]:
        """Send files as the page does, one after the other; those that were taken.

        What is refused or removed is shown on the page, and whoever sends the form again sends it without.
        """
        kept: list[KeptFile] = []
        for file in tuple(dict.fromkeys(files)):
            if one := await self._send(actor, step, request_id, file):
                kept.append(one)
            else:
                files[:] = [other for other in files if other != file]
        return tuple(kept)

    async def _send(self, actor: Actor, step: UUID, request_id: UUID, file: Chosen) -> KeptFile | None:
        there = set(self.shelf.store.folder.glob("incoming/*"))
        self.running += 1
        try:
            taken = await self._take(actor, step, request_id, file)
        except (FileRefused, ConnectionResetError, Invalid) as refused:
            self.counts[f"file refused: {type(refused).__name__}"] += 1
            taken = None
        finally:
            self.running -= 1
        # Two may upload at once: what the other has in hand is not left behind.
        if self.running == 0 and (more := set(self.shelf.store.folder.glob("incoming/*")) - there):
            raise Broken("an upload leaves nothing behind", more)
        return taken

    async def _take(self, actor: Actor, step: UUID, request_id: UUID, file: Chosen) -> KeptFile | None:
        stored = await self.shelf.store.receive(self._arriving(file), file.name, expected=file.announced)
        self._check(file, stored)
        self.forms[step, actor.person_id, stored.sha256, file.name].add(request_id)
        evidence = await attach(self.office, actor, step, stored, self.clock(), request_id)
        self.counts["file taken" if evidence else "file sent again"] += 1
        if evidence is not None and self.chance.random() < 0.03:
            await remove(self.office, actor, step, evidence, self.clock())
            self.shelf.removed.add(evidence)
            self.counts["file removed"] += 1
            return None
        return KeptFile(stored.sha256, stored.size, evidence)

    async def _arriving(self, file: Chosen) -> AsyncIterator[bytes]:
        luck, half = self.chance.random(), len(file.content) // 2
        yield file.content[:half]
        if luck < 0.02:
            raise ConnectionResetError("the browser went away")
        if luck < 0.04:
            self._leave_it_there()
            self.fall.die_here()
        yield file.content[half:]
        if luck < 0.06:
            self.fall.dread(4)  # between the file and its row, mostly

    def _leave_it_there(self) -> None:
        """Nobody tidies up after a process that is killed: what was in hand stays, with its time."""
        now = self.clock().timestamp()
        for folder in [one for one in self.shelf.store.folder.glob("incoming/*") if not one.name.startswith("killed")]:
            self.killed += 1
            left = folder.with_name(f"killed{self.killed}")
            shutil.copytree(folder, left)
            for path in (*left.rglob("*"), left):
                os.utime(path, (now, now))

    async def check(self, connection: AsyncConnection) -> None:
        """A file is as many pieces of evidence as forms that brought it to a step, at most."""
        for row in await connection.execute(_SEVERAL):
            forms = self.forms[row.step_id, row.person_id, bytes(row.blob_sha256), row.filename]
            if row.times > len(forms):
                raise Broken("a form sent again brings its files once", f"{row}, forms {forms}")

    def _check(self, file: Chosen, stored: StoredFile) -> None:
        """Only pictures are drawn anew; anything else is kept as it was sent."""
        sent = hashlib.sha256(file.content).digest()
        if stored.original_sha256 != sent or (stored.media_type not in IMAGES and stored.sha256 != sent):
            raise Broken("a file is kept as it was sent", f"{file.name}, {stored}")
