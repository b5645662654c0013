"""Caught mail, and help."""

import re

from fastapi import APIRouter, Request, Response

from api.office import Front, front_of
from api.pages.showing import done, me_if_any, show
from commands.office import utc_now
from commands.waiting_mail import send_waiting
from db.outbox import mail_that_waits
from domain.errors import NotFound
from notifications.catcher import list_caught, read_caught

router = APIRouter()
LINK = re.compile(r"https?://\S+")


@router.get("/caught-mail")
async def caught_mail(request: Request) -> Response:
    """What the local catcher has caught; nothing of the kind where a mail server is set up."""
    front, now = _catching(request), utc_now()
    async with front.office.engine.connect() as connection:
        waiting = await mail_that_waits(connection, now)
    mails = list_caught(front.settings.mail_folder)
    me = await me_if_any(request)
    return show(request, "mail.jinja", me=me, mail=None, mails=mails, links=[], waiting=waiting)


@router.post("/caught-mail/now")
async def send_now(request: Request) -> Response:
    """Catch at once what would otherwise wait for the morning, so that it can be tried out at any hour."""
    await send_waiting(_catching(request).office, utc_now())
    return done("/caught-mail", "mail-now")


@router.get("/caught-mail/{key}")
async def one_mail(request: Request, key: str) -> Response:
    """One caught mail, with its link to press."""
    settings = _catching(request).settings
    mail = read_caught(settings.mail_folder, key)
    if mail is None:
        raise NotFound
    ours = [found.rstrip(".,") for found in LINK.findall(mail.text) if found.startswith(settings.address)]
    links, me = list(dict.fromkeys(ours)), await me_if_any(request)
    return show(request, "mail.jinja", me=me, mail=mail, mails=[], links=links, waiting=None)


def _catching(request: Request) -> Front:
    front = front_of(request)
    if not front.shows_caught_mail:
        raise NotFound
    return front


@router.get("/help")
async def help_page(request: Request) -> Response:
    """How steps, accounts and privacy work."""
    return show(request, "help.jinja", me=await me_if_any(request))
