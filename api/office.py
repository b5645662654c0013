"""What every request needs: the office, the settings, the file store. Made once, when the web process starts."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from commands.office import Office
from evidence.store import EvidenceStore
from settings import Settings


@dataclass(frozen=True, slots=True)
class Front:
    """The web process's own things."""

    office: Office
    settings: Settings
    store: EvidenceStore


def front_of(request: Request) -> Front:
    """The front that this request came to."""
    return cast(Front, request.app.state.front)
