"""The local mail catcher as a process of its own; it loads little, since it does little."""

import asyncio
from pathlib import Path

from notifications.catcher import serve
from settings import Settings


def catcher(port: int | None = None, folder: Path | None = None) -> None:
    """Catch mail locally instead of sending it."""
    settings = Settings()
    asyncio.run(serve(folder or settings.mail_folder, "127.0.0.1", port or settings.catcher_port))
