"""Accounts: signing in and out, and choosing a password. Tokens are known here by their hash only."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pwdlib import PasswordHash
from sqlalchemy import delete, insert, select, text, update

from commands.office import Office
from db.models import Link, Person, Session, SignInTry
from db.session import transaction
from db.trail import Entry
from domain.actors import SYSTEM, Actor
from domain.errors import Invalid, LinkDead, Refused
from domain.vocabulary import Identified
from notifications.links import token_hash

SESSION_FOR = timedelta(hours=12)
TRIES = 10
TRIES_WITHIN = timedelta(minutes=15)
SHORTEST = 12

_hasher = PasswordHash.recommended()
# Checked when nobody has the address, so that the time taken does not tell.
_NOBODY = _hasher.hash(secrets.token_hex(16))
_TRIES = text("SELECT count(*) FROM sign_in_try WHERE key = :key AND at > :since")


class TooManyTries(Refused):
    """Too many tries. Wait fifteen minutes, then try again, or ask your administrator for a new sign-in link."""

    code = "too-many-tries"


class WrongPassword(Refused):
    """The e-mail address or the password is not right."""

    code = "wrong-password"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session. The token goes into the cookie, and nowhere else."""

    token: str
    person_id: UUID
    expires_at: datetime


async def sign_in(office: Office, email: str, password: str, place: str, now: datetime) -> SignedIn:
    """Sign in with a password. Guessing is slowed by address and place, so nobody locks others out."""
    key = hashlib.sha256(f"{email.strip().lower()}|{place}".encode()).digest()
    async with office.engine.connect() as connection:
        tries: int = (await connection.execute(_TRIES, {"key": key, "since": now - TRIES_WITHIN})).scalar_one()
        who = select(Person.id, Person.password_hash).where(
            Person.email == email.strip().lower(), Person.left_at.is_(None)
        )
        person = (await connection.execute(who)).one_or_none()
    if tries >= TRIES:
        raise TooManyTries
    stored = person.password_hash if person and person.password_hash else _NOBODY
    right = await asyncio.to_thread(_hasher.verify, password, stored)
    if not right or person is None or person.password_hash is None:
        async with office.engine.begin() as connection:
            await connection.execute(insert(SignInTry).values(key=key, at=now))
            await connection.execute(delete(SignInTry).where(SignInTry.at < now - timedelta(days=1)))
        raise WrongPassword
    return await _start(office, person.id, now)


async def choose_password(office: Office, token: str, password: str, now: datetime) -> SignedIn:
    """Use a sign-in link: set the password and sign in. The link works once; older sessions end."""
    if len(password) < SHORTEST:
        raise Invalid(
            {"password": f"Use at least {SHORTEST} characters. Three or four words that you can remember do well."}
        )
    hashed = await asyncio.to_thread(_hasher.hash, password)
    async with transaction(office.engine, SYSTEM, now) as tx:
        use = (
            update(Link)
            .where(
                Link.token_hash == token_hash(token),
                Link.purpose == "password",
                Link.used_at.is_(None),
                Link.revoked_at.is_(None),
                Link.expires_at > now,
            )
            .values(used_at=now)
            .returning(Link.person_id)
        )
        person_id = (await tx.connection.execute(use)).scalar_one_or_none()
        if person_id is None:
            raise LinkDead
        await tx.connection.execute(update(Person).where(Person.id == person_id).values(password_hash=hashed))
        await tx.connection.execute(delete(Session).where(Session.person_id == person_id))
        tx.record(Entry("password chosen", "person", person_id))
    return await _start(office, person_id, now)


async def _start(office: Office, person_id: UUID, now: datetime) -> SignedIn:
    token = secrets.token_urlsafe(32)
    values = {
        "token_hash": token_hash(token),
        "person_id": person_id,
        "identified_by": Identified.LOGIN.value,
        "created_at": now,
        "expires_at": now + SESSION_FOR,
    }
    actor = Actor(person_id, Identified.LOGIN)
    async with transaction(office.engine, actor, now) as tx:
        await tx.connection.execute(insert(Session).values(**values))
        tx.record(Entry("signed in", "person", person_id))
    return SignedIn(token, person_id, now + SESSION_FOR)


async def sign_out(office: Office, token: str) -> None:
    """End a session at once."""
    async with office.engine.begin() as connection:
        await connection.execute(delete(Session).where(Session.token_hash == token_hash(token)))


async def who_is(office: Office, token: str, now: datetime) -> Actor | None:
    """Whose session this is; None for an unknown, ended or expired one, and for a leaver."""
    whose = (
        select(Session.person_id, Session.identified_by)
        .join(Person, Person.id == Session.person_id)
        .where(Session.token_hash == token_hash(token), Session.expires_at > now, Person.left_at.is_(None))
    )
    async with office.engine.connect() as connection:
        row = (await connection.execute(whose)).one_or_none()
    return None if row is None else Actor(row.person_id, Identified(row.identified_by))
