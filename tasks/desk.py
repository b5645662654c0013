"""The office that flows and tasks work in: one for each process, in ours and in a stock Prefect worker alike."""

import os
import socket
from functools import cache

from commands.office import Office, england_and_wales
from db.engine import make_engine
from settings import Settings

_offices: list[Office] = []


def set_office(office: Office) -> None:
    """Use this office; our worker and tests call it at start."""
    _offices[:] = [office]


def the_office() -> Office:
    """The office of this process, made from the settings where nobody set one."""
    if not _offices:
        settings = Settings()
        url = settings.database_url or (settings.home / "database.url").read_text().strip()
        _offices.append(Office(make_engine(url), settings.secret_key, england_and_wales(settings.timezone)))
    return _offices[0]


@cache
def holder() -> str:
    """Who holds a lease: this process on this machine."""
    return f"{socket.gethostname()}:{os.getpid()}"
