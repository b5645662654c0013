"""Ways in: passwords, sessions, the links to choose a password with, and how often somebody has tried."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.ids import new_id
from db.models import Link, Session, SignInTry
from db.models.base import Json

TRIES_KEPT_FOR = timedelta(days=1)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(encode(:key, 'hex'), 0))")
_TAKE_TRY = text(
    "INSERT INTO sign_in_try (id, key, at) SELECT :id, :key, :now"
    " WHERE (SELECT count(*) FROM sign_in_try WHERE key = :key AND at > :since) < :most RETURNING id"
)
_ANYBODY = text("SELECT EXISTS (SELECT 1 FROM person WHERE password_hash IS NOT NULL)")
_PASSWORD = text("SELECT id, password_hash FROM person WHERE email = :email AND left_at IS NULL")
_USE_LINK = text(
    "UPDATE link SET used_at = :now WHERE token_hash = :hash AND purpose = 'password' AND used_at IS NULL"
    " AND revoked_at IS NULL AND expires_at > :now RETURNING person_id"
)
_SET_PASSWORD = text("""
WITH was AS (SELECT password_hash IS NULL AS without FROM person WHERE id = :id)
UPDATE person SET password_hash = :hashed WHERE id = :id RETURNING (SELECT without FROM was) AS is_first
""")
_WHOSE = text(
    "SELECT s.person_id, s.identified_by FROM session s JOIN person p ON p.id = s.person_id"
    " WHERE s.token_hash = :hash AND s.expires_at > :now AND p.left_at IS NULL"
)
_END_SESSIONS = text("DELETE FROM session WHERE person_id = :id")
# Used ones too: they lead to receipts, and take back what was sent. Whoever reads that mailbox now gets neither.
_END_LINKS = text(
    "UPDATE link SET revoked_at = coalesce(revoked_at, :now), expires_at = least(expires_at, :now)"
    " WHERE person_id = :id AND (revoked_at IS NULL OR expires_at > :now)"
)
_WAY_IN = text(
    "SELECT p.id, p.name, p.email, p.password_hash IS NOT NULL OR EXISTS (SELECT 1 FROM link k"
    " WHERE k.person_id = p.id AND k.purpose = 'password' AND k.revoked_at IS NULL AND k.expires_at > :now) AS has_one,"
    " p.password_hash IS NOT NULL OR p.email IS NOT NULL AS may_have_one FROM person p WHERE p.id = :id"
)
_END_PASSWORD_LINKS = text(
    "UPDATE link SET revoked_at = :now WHERE person_id = :id AND purpose = 'password' AND revoked_at IS NULL"
)
_ASKING = text(
    "SELECT p.id, p.password_hash IS NOT NULL AS signs_in, EXISTS (SELECT 1 FROM link k WHERE k.person_id = p.id"
    " AND k.purpose = 'password' AND k.created_at > :since) AS just_mailed,"
    " EXISTS (SELECT 1 FROM absence ab WHERE ab.cover_id = p.id AND ab.cancelled_at IS NULL"
    " AND ab.ends_on >= :day) AS covers"
    " FROM person p WHERE p.email = :email AND p.left_at IS NULL FOR UPDATE"
)


async def take_try(connection: AsyncConnection, key: bytes, now: datetime, most: int, within: timedelta) -> UUID | None:
    """Take one of the tries that are left there, and forget those of long ago; None where none is left.

    It is taken before the password is looked at, and one at a time, so that guesses sent all at once count too.
    """
    await connection.execute(_ONE_AT_A_TIME, {"key": key})
    await connection.execute(delete(SignInTry).where(SignInTry.at < now - TRIES_KEPT_FOR))
    wanted = {"id": new_id(), "key": key, "now": now, "since": now - within, "most": most}
    return (await connection.execute(_TAKE_TRY, wanted)).scalar_one_or_none()


async def give_back_try(connection: AsyncConnection, taken: UUID) -> None:
    """A right password costs no try."""
    await connection.execute(delete(SignInTry).where(SignInTry.id == taken))


async def anybody_signs_in(connection: AsyncConnection) -> bool:
    """Whether anybody has chosen a password yet."""
    return (await connection.execute(_ANYBODY)).scalar_one()


async def load_password(connection: AsyncConnection, email: str) -> Row[Any] | None:
    """Who signs in with this address, and the hash of their password; nobody who has left."""
    return (await connection.execute(_PASSWORD, {"email": email})).one_or_none()


async def use_password_link(connection: AsyncConnection, token_hash: bytes, now: datetime) -> UUID | None:
    """Use a link, which works once; whose it is, or None where it works no more."""
    return (await connection.execute(_USE_LINK, {"hash": token_hash, "now": now})).scalar_one_or_none()


async def set_password(connection: AsyncConnection, person_id: UUID, hashed: str) -> bool:
    """Keep a new password; sessions that began with the old one end. Whether it is their first."""
    is_first: bool = (await connection.execute(_SET_PASSWORD, {"id": person_id, "hashed": hashed})).scalar_one()
    await end_sessions(connection, person_id)
    return is_first


async def insert_session(connection: AsyncConnection, values: Json) -> None:
    await connection.execute(insert(Session).values(**values))


async def load_session(connection: AsyncConnection, token_hash: bytes, now: datetime) -> Row[Any] | None:
    """Whose session this is and how they were identified; None for one that ended, and for a leaver."""
    return (await connection.execute(_WHOSE, {"hash": token_hash, "now": now})).one_or_none()


async def end_session(connection: AsyncConnection, token_hash: bytes) -> None:
    await connection.execute(delete(Session).where(Session.token_hash == token_hash))


async def end_sessions(connection: AsyncConnection, person_id: UUID) -> None:
    await connection.execute(_END_SESSIONS, {"id": person_id})


async def end_every_way_in(connection: AsyncConnection, person_id: UUID, now: datetime) -> None:
    """End all sessions of somebody, and all their links, used ones included."""
    await end_sessions(connection, person_id)
    await connection.execute(_END_LINKS, {"id": person_id, "now": now})


async def way_in(connection: AsyncConnection, person_id: UUID, now: datetime) -> Row[Any]:
    """A person, and whether they have a password already, or a link to choose one; or may have, by an address."""
    return (await connection.execute(_WAY_IN, {"id": person_id, "now": now})).one()


async def replace_password_link(
    connection: AsyncConnection, person_id: UUID, link_id: UUID, token_hash: bytes, now: datetime, until: datetime
) -> None:
    """Keep a new link to choose a password with; older ones end."""
    await connection.execute(_END_PASSWORD_LINKS, {"id": person_id, "now": now})
    values: Json = {"id": link_id, "token_hash": token_hash, "person_id": person_id, "purpose": "password"}
    await connection.execute(insert(Link).values(**values, created_at=now, expires_at=until))


async def lock_whoever_asks(connection: AsyncConnection, email: str, since: datetime, day: date) -> Row[Any] | None:
    """Take the row of whoever has this address.

    Whether they sign in already, were mailed a link since then, and cover for somebody that day or later.
    """
    return (await connection.execute(_ASKING, {"email": email, "since": since, "day": day})).one_or_none()
