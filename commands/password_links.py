"""A link to choose a password, asked for at the sign-in page by whoever has none yet, or forgot it."""

from datetime import datetime, timedelta

from sqlalchemy import text

from commands.office import Office
from commands.people import first_sign_in_link_in
from db.roles import held_from
from db.session import transaction
from domain.actors import SYSTEM
from domain.standing import needs_account

# Whoever presses twice, or is a nuisance to somebody else, causes one mail.
ONE_MAIL_IN = timedelta(minutes=10)

_WHO = text(
    "SELECT p.id, p.password_hash IS NOT NULL AS signs_in, EXISTS (SELECT 1 FROM link k WHERE k.person_id = p.id"
    " AND k.purpose = 'password' AND k.created_at > :since) AS just_mailed"
    " FROM person p WHERE p.email = :email AND p.left_at IS NULL FOR UPDATE"
)


async def ask_for_password_link(office: Office, email: str, now: datetime) -> None:
    """Mail a link to whoever signs in with this address; nothing for anybody else, and nothing is said of it."""
    address = email.strip().lower().replace("\x00", "")
    async with transaction(office.engine, SYSTEM, now) as tx:
        found = await tx.connection.execute(_WHO, {"email": address, "since": now - ONE_MAIL_IN})
        person = found.one_or_none()
        if person is None or person.just_mailed:
            return
        roles = await held_from(tx.connection, person.id, office.calendar.day_of(now))
        if person.signs_in or needs_account(held.role for held in roles):
            await first_sign_in_link_in(tx, office, person.id)
