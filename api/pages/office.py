"""Caught mail, and help."""

import re

from fastapi import APIRouter, Request, Response

from api.office import front_of
from api.pages.showing import show
from domain.errors import NotFound
from notifications.catcher import list_caught, read_caught
from settings import Settings

router = APIRouter()
LINK = re.compile(r"https?://\S+")


def is_shown(settings: Settings) -> bool:
    """Caught mail holds working links, so it is shown on this machine alone, and only where nothing is sent."""
    return settings.smtp_url is None and settings.web_host in ("127.0.0.1", "::1", "localhost")


@router.get("/caught-mail")
async def caught_mail(request: Request) -> Response:
    """What the local catcher has caught; nothing of the kind where a mail server is set up."""
    settings = front_of(request).settings
    if not is_shown(settings):
        raise NotFound
    return show(request, "mail.jinja", mail=None, mails=list_caught(settings.mail_folder), links=[])


@router.get("/caught-mail/{key}")
async def one_mail(request: Request, key: str) -> Response:
    """One caught mail, with its link to press."""
    settings = front_of(request).settings
    mail = read_caught(settings.mail_folder, key) if is_shown(settings) else None
    if mail is None:
        raise NotFound
    ours = [found.rstrip(".,") for found in LINK.findall(mail.text) if found.startswith(settings.address)]
    return show(request, "mail.jinja", mail=mail, mails=[], links=list(dict.fromkeys(ours)))


@router.get("/help")
async def help_page(request: Request) -> Response:
    """How steps, accounts and privacy work."""
    return show(request, "help.jinja")
