"""Keys of other systems: given, ended, and recognised. A key is shown once; only its hash is kept."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.connecting import check_may_connect
from commands.office import Office
from db.api_keys import KeyFacts, find_key, insert_key, lock_key, note_use, revoke
from db.ids import new_id
from db.session import transaction
from db.trail import Entry
from domain.actors import Actor
from domain.connecting import LONGEST_LIFE, LONGEST_NAME, Purpose
from domain.errors import Invalid, NotFound, Refused
from domain.vocabulary import Identified

PREFIX = "ftk_"
NOBODY = bytes(32)


class KeyUnknown(Refused):
    """Send a key that works, as “Authorization: Bearer ftk_…”. An administrator gives keys under “Connections”."""

    code = "key-unknown"


class KeyExpired(KeyUnknown):
    """This key has expired. Ask your administrator for a new one."""

    code = "key-expired"


class KeyRevoked(KeyUnknown):
    """This key has been revoked. Ask your administrator for a new one."""

    code = "key-revoked"


@dataclass(frozen=True, slots=True)
class Caller:
    """Another system, by its key."""

    key_id: UUID
    name: str
    location_id: UUID | None
    purposes: frozenset[Purpose]

    @property
    def actor(self) -> Actor:
        return Actor(None, Identified.API_KEY, role=self.name, key_id=self.key_id)

    def may(self, purpose: Purpose) -> bool:
        return purpose in self.purposes


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was given. `token` is None where the same form came again: it was shown then, and is kept nowhere."""

    id: UUID
    token: str | None


def hash_of(token: str) -> bytes:
    """What the database knows a key by."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def make_key(
    office: Office,
    actor: Actor,
    request_id: UUID,
    name: str,
    purposes: frozenset[Purpose],
    location_id: UUID | None,
    expires_at: datetime | None,
    now: datetime,
) -> NewKey:
    """Give a key. The same form twice is one key. Raises Invalid and NotAllowed."""
    until = check_key(name, purposes, expires_at, now)
    key_id, token = new_id(), PREFIX + secrets.token_urlsafe(32)
    values = {
        "id": key_id,
        "request_id": request_id,
        "name": name.strip(),
        "token_hash": hash_of(token),
        "location_id": location_id,
        "purposes": sorted(purposes),
        "created_by": actor.person_id,
        "created_at": now,
        "expires_at": until,
    }
    async with transaction(office.engine, actor, now, request_id) as tx:
        await check_may_connect(tx, office, location_id)
        if not await insert_key(tx.connection, values):
            return NewKey(key_id, None)
        words = {"name": name.strip(), "purposes": sorted(purposes), "until": until.isoformat()}
        tx.record(Entry("API key given", "API key", key_id, None, location_id, words))
    return NewKey(key_id, token)


async def revoke_key(office: Office, actor: Actor, key_id: UUID, now: datetime) -> None:
    """End a key at once. Ending it twice changes nothing more."""
    async with transaction(office.engine, actor, now) as tx:
        key = await lock_key(tx.connection, key_id)
        if key is None:
            raise NotFound("There is no such key.")
        await check_may_connect(tx, office, key.location_id)
        if await revoke(tx.connection, key_id, now):
            tx.record(Entry("API key revoked", "API key", key_id, None, key.location_id, {"name": key.name}))


async def who_calls(office: Office, token: str, now: datetime) -> Caller:
    """Whose key this is. Raises KeyUnknown, or what became of it to whoever holds the whole of it."""
    hashed = hash_of(token)
    async with office.engine.connect() as connection:
        key = await find_key(connection, hashed)
        # Compared whether or not it was found, so that the time taken tells nothing.
        if not hmac.compare_digest(hashed, key.token_hash if key else NOBODY) or key is None:
            raise KeyUnknown
        _check_alive(key, now)
        if key.last_used_at is None or (now - key.last_used_at).total_seconds() > 60:
            await note_use(connection, key.id, now)
            await connection.commit()
    return Caller(key.id, key.name, key.location_id, frozenset(Purpose(word) for word in key.purposes))


def _check_alive(key: KeyFacts, now: datetime) -> None:
    if key.revoked_at is not None:
        raise KeyRevoked
    if key.expires_at <= now:
        raise KeyExpired


def check_key(name: str, purposes: frozenset[Purpose], expires_at: datetime | None, now: datetime) -> datetime:
    """When it ends. Raises Invalid naming what is wrong with each field."""
    fields: dict[str, str] = {}
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        fields["name"] = f"Say which system this is for, in up to {LONGEST_NAME} characters."
    if not purposes:
        fields["purposes"] = "Choose at least one thing that the system may do."
    if expires_at is None or not now < expires_at <= now + LONGEST_LIFE:
        fields["expires"] = "Give a day within the next two years on which the key ends."
    if fields or expires_at is None:
        raise Invalid(fields)
    return expires_at
