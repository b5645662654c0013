"""The local mail catcher as a process of its own; it loads little, since it does little."""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from notifications.catcher import serve
from settings import Settings

Port = Annotated[int | None, Parameter(help="Where it takes mail; FOLLOWTHROUGH_CATCHER_PORT where none is named.")]
Folder = Annotated[
    Path | None, Parameter(help="Where it keeps what it caught; in the data folder where none is named.")
]


def catcher(port: Port = None, folder: Folder = None) -> None:
    """Catch mail locally instead of sending it."""
    settings = Settings()
    asyncio.run(serve(folder or settings.mail_folder, "127.0.0.1", port or settings.catcher_port))
