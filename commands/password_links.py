"""A link to choose a password, asked for at the sign-in page by whoever has none yet, or forgot it."""

from datetime import datetime, timedelta

from commands.office import Office
from commands.people import first_sign_in_link_in
from db.accounts import lock_whoever_asks
from db.roles import held_from
from db.session import transaction
from domain.actors import SYSTEM
from domain.standing import needs_account

# Whoever presses twice, or is a nuisance to somebody else, causes one mail.
ONE_MAIL_IN = timedelta(minutes=10)


async def ask_for_password_link(office: Office, email: str, now: datetime) -> None:
    """Mail a link to whoever signs in with this address; nothing for anybody else, and nothing is said of it."""
    address = email.strip().lower().replace("\x00", "")
    async with transaction(office.engine, SYSTEM, now) as tx:
        today = office.calendar.day_of(now)
        person = await lock_whoever_asks(tx.connection, address, now - ONE_MAIL_IN, today)
        if person is None or person.just_mailed:
            return
        roles = await held_from(tx.connection, person.id, today)
        if person.signs_in or person.covers or needs_account(held.role for held in roles):
            await first_sign_in_link_in(tx, office, person.id)
