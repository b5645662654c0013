"""What other systems raise: a finding, or an action with as much of its definition as they know.

Each request carries an idempotency key: it, its effect and its answer commit together, so that a
system that is not sure whether it was heard can simply send again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from commands.api_keys import Caller
from commands.define import define_in, refuse_wrong
from commands.office import Office
from commands.pathways import latest_version
from db.api_requests import OtherBody, finding_of, is_location, keep_answer, owner_there, take
from db.ids import new_id
from db.session import Transaction, transaction
from domain.defining import Definition
from domain.errors import Invalid, Refused

FARTHEST_DUE = timedelta(days=3653)


class KeyReused(Refused):
    """This idempotency key came with another body before. Take a new one for each new finding or action."""

    code = "idempotency-key-reused"


class NotThisLocation(Refused):
    """This key is for another location."""

    code = "location-out-of-scope"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: where to, under which idempotency key, and its body in a form that compares."""

    path: str
    idempotency_key: str
    body: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(f"{self.path}\n{self.body}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Raised:
    """What came of a request, for its answer."""

    finding_id: UUID
    ref: str
    status: str
    lacks: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to send, byte for byte as it was the first time."""

    body: str
    is_replay: bool


async def raise_action(
    office: Office,
    caller: Caller,
    sent: Sent,
    definition: Definition,
    owner_email: str | None,
    draft_reasons: tuple[str, ...],
    say: Callable[[Raised], str],
    now: datetime,
) -> Answered:
    """Record a finding with its action, once. Raises Invalid, KeyReused and NotThisLocation; those have no effect.

    Without reasons to stay a draft, a complete definition goes to its owner at once.
    """
    if caller.location_id not in (None, definition.location_id):
        raise NotThisLocation
    version_id = await _pathway(office, definition.pathway)
    request_id = new_id()
    async with transaction(office.engine, caller.actor, now, request_id) as tx:
        try:
            kept = await take(tx.connection, caller.key_id, sent.idempotency_key, request_id, sent.digest, now)
        except OtherBody:
            raise KeyReused from None
        if kept is not None:
            return Answered(kept, True)
        if version_id is None:
            raise Invalid({"pathway": "There is no such pathway. Ask GET /pathways for those there are."})
        _check(office, definition, now)
        known = await _known(tx, office, definition, owner_email)
        made = await define_in(tx, office, known, version_id, draft_reasons)
        finding_id = await finding_of(tx.connection, made.action_id)
        body = say(Raised(finding_id, made.ref, str(made.moved.plan.status), made.lacks))
        await keep_answer(tx.connection, caller.key_id, sent.idempotency_key, body)
    return Answered(body, False)


async def _known(tx: Transaction, office: Office, definition: Definition, owner_email: str | None) -> Definition:
    """The definition with its owner; refuses a location and an owner that there are not."""
    assert definition.location_id is not None
    if not await is_location(tx.connection, definition.location_id):
        raise Invalid({"location_id": "There is no such location. Ask GET /locations for those there are."})
    if owner_email is None:
        return definition
    day = office.calendar.day_of(tx.now)
    owner_id = await owner_there(tx.connection, owner_email.strip(), definition.location_id, day)
    if owner_id is None:
        raise Invalid(
            {"owner_email": "Nobody with this address works at the location. Ask an administrator to add them."}
        )
    return replace(definition, owner_id=owner_id)


async def _pathway(office: Office, key: str) -> UUID | None:
    """The newest version; None for an unknown one, which is said only where the request is a new one."""
    try:
        return await latest_version(office, key)
    except Refused:
        return None


def _check(office: Office, definition: Definition, now: datetime) -> None:
    refuse_wrong(office, definition, now)
    if definition.due_at is not None and definition.due_at > now + FARTHEST_DUE:
        raise Invalid({"due_at": "The due date must be within ten years."})
