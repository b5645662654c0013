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

    @property
    def shows_caught_mail(self) -> bool:
        """Caught mail holds working links, so it is shown on this machine alone, and only where nothing is sent."""
        return self.settings.smtp_url is None and self.settings.web_host in ("127.0.0.1", "::1", "localhost")


def front_of(request: Request) -> Front:
    """The front that this request came to."""
    return cast(Front, request.app.state.front)
