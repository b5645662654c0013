"""The first administrator: made once, and given a link until somebody has chosen a password."""

import asyncio

from cli.processes import prepare_databases
from cli.running import database_url
from commands.office import Office, england_and_wales, utc_now
from commands.people import Holds, add_person, first_sign_in_link
from db.accounts import anybody_signs_in
from db.engine import make_engine
from domain.actors import OPERATOR
from domain.vocabulary import Role
from notifications.links import password_url
from settings import FIRST_ADDRESS, Settings


def first_link() -> None:
    """Print a sign-in link for the first administrator; nothing once somebody can sign in."""
    settings = Settings()
    print(asyncio.run(_first(settings, database_url(settings))) or "")


def prepare() -> None:
    """What `up` needs done before anything else: `migrate`, and then the first administrator's link, printed."""
    settings = Settings()
    asyncio.run(prepare_databases(settings, database_url(settings)))
    first_link()


async def _first(settings: Settings, url: str) -> str | None:
    engine = make_engine(url, pool_size=2)
    try:
        async with engine.connect() as connection:
            if await anybody_signs_in(connection):
                return None
        office, now = Office(engine, settings.secret_key, england_and_wales(settings.timezone)), utc_now()
        roles = (Holds(Role.ADMINISTRATOR),)
        await add_person(office, OPERATOR, "First administrator", FIRST_ADDRESS, roles, now)
        minted = await first_sign_in_link(office, OPERATOR, FIRST_ADDRESS, now, mail=False)
        return password_url(settings.address, minted.token)
    finally:
        await engine.dispose()
