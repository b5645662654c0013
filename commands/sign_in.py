"""Accounts: signing in and out, and choosing a password. Tokens are known here by their hash only."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pwdlib import PasswordHash

from commands.office import Office
from commands.releasing import ask_for_what_waits
from db.accounts import (
    end_session,
    give_back_try,
    insert_session,
    load_password,
    load_session,
    set_password,
    take_try,
    use_password_link,
)
from db.people import roles_of
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import SYSTEM, Actor
from domain.errors import Invalid, LinkDead, Refused
from domain.standing import BY_LINK
from domain.vocabulary import Identified
from notifications.links import token_hash

SESSION_FOR = timedelta(hours=12)
TRIES = 10
TRIES_WITHIN = timedelta(minutes=15)
SHORTEST = 12

_hasher = PasswordHash.recommended()
# Checked when nobody has the address, so that the time taken does not tell.
_NOBODY = _hasher.hash(secrets.token_hex(16))


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
    async with office.engine.begin() as connection:
        taken = await take_try(connection, key, now, TRIES, TRIES_WITHIN)
        person = await load_password(connection, email.strip().lower())
    if taken is None:
        raise TooManyTries
    stored = person.password_hash if person and person.password_hash else _NOBODY
    right = await asyncio.to_thread(_hasher.verify, password, stored)
    if not right or person is None or person.password_hash is None:
        raise WrongPassword
    async with office.engine.begin() as connection:
        await give_back_try(connection, taken)
    return await _start(office, person.id, now)


async def choose_password(office: Office, token: str, password: str, now: datetime) -> SignedIn:
    """Use a sign-in link: set the password and sign in. The link works once; older sessions end."""
    if len(password) < SHORTEST:
        raise Invalid(
            {"password": f"Use at least {SHORTEST} characters. Three or four words that you can remember do well."}
        )
    hashed = await asyncio.to_thread(_hasher.hash, password)
    async with transaction(office.engine, SYSTEM, now) as tx:
        person_id = await use_password_link(tx.connection, token_hash(token), now)
        if person_id is None:
            raise LinkDead
        is_first = await set_password(tx.connection, person_id, hashed)
        tx.record(Entry("password chosen", "person", person_id))
        if is_first:
            await _ask_what_needed_an_account(tx, office, person_id)
    return await _start(office, person_id, now)


async def _ask_what_needed_an_account(tx: Transaction, office: Office, person_id: UUID) -> None:
    """Steps may wait for whoever holds a role whose holders need no account for anything else."""
    for role, location_id in await roles_of(tx.connection, person_id, office.calendar.day_of(tx.now)):
        if role in BY_LINK:
            await ask_for_what_waits(tx, office, location_id)


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
        await insert_session(tx.connection, values)
        tx.record(Entry("signed in", "person", person_id))
    return SignedIn(token, person_id, now + SESSION_FOR)


async def sign_out(office: Office, token: str) -> None:
    """End a session at once."""
    async with office.engine.begin() as connection:
        await end_session(connection, token_hash(token))


async def who_is(office: Office, token: str, now: datetime) -> Actor | None:
    """Whose session this is; None for an unknown, ended or expired one, and for a leaver."""
    async with office.engine.connect() as connection:
        row = await load_session(connection, token_hash(token), now)
    return None if row is None else Actor(row.person_id, Identified(row.identified_by))
