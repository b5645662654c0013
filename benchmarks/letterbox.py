"""Mails as they are accepted: the SMTP sink in its own process, and who waits for which mail."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from benchmarks.stack import HERE, free_port


@dataclass(slots=True)
class Post:
    """The mails of one action, as the SMTP sink said them: (nanoseconds, token)."""

    mails: asyncio.Queue[tuple[int, str]] = field(default_factory=asyncio.Queue)


class Letterbox:
    """The sink in its own process, and who waits for which mail."""

    def __init__(self) -> None:
        self.port = free_port()
        self.posts: dict[str, Post] = {}

    def of(self, ref: str) -> Post:
        return self.posts.setdefault(ref, Post())

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.sink", str(self.port), stdout=subprocess.PIPE, cwd=HERE
        )
        task = asyncio.create_task(self._read(process))
        try:
            yield
        finally:
            process.terminate()
            await process.wait()
            task.cancel()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            at, ref, token = line.decode().split()
            self.of(ref).mails.put_nowait((int(at), token))
