"""People, caught mail, and help."""

import re

from fastapi import APIRouter, Request, Response
from sqlalchemy import text

from api.identity import visitor
from api.office import front_of
from api.pages.reading import read_form, typed_in
from api.pages.showing import done, me_for, show
from commands.office import utc_now
from commands.people import Holds, add_location, add_person, first_sign_in_link
from domain.errors import Invalid, NotAllowed, NotFound
from domain.vocabulary import Role
from notifications.catcher import list_caught, read_caught
from settings import Settings

router = APIRouter()
_PEOPLE = text(
    "SELECT p.name, p.email, p.left_at, string_agg(r.role || coalesce(' at ' || l.name, ' everywhere'), ', ') AS roles"
    " FROM person p LEFT JOIN role_assignment r ON r.person_id = p.id AND r.ends_on IS NULL"
    " LEFT JOIN location l ON l.id = r.location_id GROUP BY p.id ORDER BY p.name"
)
LINK = re.compile(r"https?://\S+")


@router.get("/people")
async def people_page(request: Request) -> Response:
    """Everybody, with their roles; for administrators."""
    return await _people(request)


async def _people(
    request: Request, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> Response:
    who = await visitor(request)
    if not who.viewer.is_one_of(Role.ADMINISTRATOR):
        raise NotAllowed
    async with front_of(request).office.engine.connect() as connection:
        rows = list((await connection.execute(_PEOPLE)).all())
    return show(
        request,
        "people.jinja",
        status=422 if errors else 200,
        me=await me_for(request, who),
        rows=rows,
        roles=[(str(role), str(role).capitalize()) for role in Role],
        errors=errors,
        typed=typed or {},
    )


@router.post("/people")
async def people_post(request: Request) -> Response:
    """Add somebody, and mail them a link to choose a password."""
    who, office, now = await visitor(request), front_of(request).office, utc_now()
    if not who.viewer.is_one_of(Role.ADMINISTRATOR):
        raise NotAllowed
    typed = typed_in(await read_form(request))
    try:
        if typed.get("role") not in set(Role):
            raise Invalid({"role": "Choose a role."})
        if not typed.get("email"):
            raise Invalid({"email": "Give their e-mail address."})
        place = await add_location(office, who.actor, typed["location"], now) if typed.get("location") else None
        roles = (Holds(Role(typed["role"]), place),)
        await add_person(office, who.actor, typed.get("name", ""), typed["email"], roles, now)
        await first_sign_in_link(office, who.actor, typed["email"], now)
    except Invalid as wrong:
        return await _people(request, wrong.fields, typed)
    return done("/people", "person")


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
