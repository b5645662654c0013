"""People: who they are, what they may do where, and when they are away."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from commands.office import Office
from commands.releasing import ask_for_what_waits
from commands.standing import actor_roles, check_may_give, check_may_manage
from commands.telling import Mail, tell_personally
from db.accounts import replace_password_link, way_in
from db.ids import new_id
from db.outbox import URGENT
from db.people import PersonFacts, person_with_address
from db.roles import insert_role
from db.rosters import (
    comes_back,
    insert_location,
    insert_person,
    location_called,
    person_with,
    person_without_address,
)
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.errors import Invalid, NotFound
from domain.standing import is_administrator
from domain.vocabulary import Role
from notifications import letters_personal as letters
from notifications.links import Minted, mint

PASSWORD_LINK_FOR = timedelta(days=7)
INSPECTOR_READS_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Holds:
    """A role at a location, or at all of them; from today and with no last day, unless said."""

    role: Role
    location_id: UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None


async def add_location(
    office: Office, actor: Actor, name: str, now: datetime, *, opens: time = time(7), closes: time = time(21)
) -> UUID:
    """Add a location; the same name again is the same location. Mail goes out between `opens` and `closes`."""
    if not name.strip():
        raise Invalid({"name": "Give the location’s name."})
    async with transaction(office.engine, actor, now) as tx:
        return await add_location_in(tx, name, opens, closes)


async def add_location_in(tx: Transaction, name: str, opens: time = time(7), closes: time = time(21)) -> UUID:
    """The same inside a transaction that does more."""
    if (found := await location_called(tx.connection, name.strip())) is not None:
        return found
    location_id = new_id()
    values = {"id": location_id, "name": name.strip(), "opens": opens, "closes": closes, "created_at": tx.now}
    await insert_location(tx.connection, values)
    tx.record(Entry("location added", "location", location_id, None, location_id, {"name": name.strip()}))
    return location_id


async def add_person(
    office: Office, actor: Actor, name: str, email: str | None, roles: tuple[Holds, ...], now: datetime
) -> UUID:
    """Add somebody with their roles; the same e-mail address again is the same person, given what is new."""
    check_person(name, email)
    async with transaction(office.engine, actor, now) as tx:
        for holds in roles:
            await check_may_give(tx, office, None, holds.role, holds.location_id)
        giver = await actor_roles(tx, office)
        # A manager looks after those who hold a role in their home: somebody without one would be out of their reach.
        if not roles and giver is not None and not is_administrator(giver):
            raise Invalid({"role": "Choose a role."})
        return await add_person_in(tx, office, name, email, roles)


async def add_person_in(
    tx: Transaction,
    office: Office,
    name: str,
    email: str | None,
    roles: tuple[Holds, ...],
    *,
    known: UUID | None = None,
) -> UUID:
    """The same inside a transaction that does more; `known` is the person, where the caller has found them."""
    address = email.strip().lower() if email else None
    person_id = known or await _find(tx, name, address)
    if person_id is None:
        person_id = new_id()
        values = {"id": person_id, "name": name.strip(), "email": address, "created_at": tx.now}
        await insert_person(tx.connection, values)
        tx.record(Entry("person added", "person", person_id, words={"name": name.strip(), "email": address}))
    elif await comes_back(tx.connection, person_id):
        tx.record(Entry("person back", "person", person_id, words={"name": name.strip(), "email": address}))
    today = office.calendar.day_of(tx.now)
    for holds in roles:
        await _give_role(tx, office, person_id, holds, today)
    return person_id


async def first_sign_in_link(office: Office, actor: Actor, email: str, now: datetime, *, mail: bool = True) -> Minted:
    """A link to choose a password with, mailed to the person; older ones end. Returned for the operator’s terminal."""
    async with transaction(office.engine, actor, now) as tx:
        person_id = await person_with_address(tx.connection, email)
        if person_id is None:
            raise NotFound(f"Nobody here has the address {email}.")
        if person_id != actor.person_id:
            await check_may_manage(tx, office, person_id)
        minted = await first_sign_in_link_in(tx, office, person_id, mail=mail)
        assert minted is not None
        return minted


async def first_sign_in_link_in(
    tx: Transaction, office: Office, person_id: UUID, *, mail: bool = True, only_new: bool = False
) -> Minted | None:
    """The same inside a transaction that does more; `only_new` leaves out who was sent one, or signs in, already."""
    row = await way_in(tx.connection, person_id, tx.now)
    if only_new and row.has_one:
        return None
    link_id, until = new_id(), tx.now + PASSWORD_LINK_FOR
    minted = mint(office.secret_key, link_id)
    await replace_password_link(tx.connection, person_id, link_id, minted.token_hash, tx.now, until)
    tx.record(Entry("sign-in link made", "person", person_id))
    if mail:
        person = PersonFacts(row.id, row.name, row.email)
        letter = letters.set_password(row.name, until, office.calendar)
        password = Mail("set password", person, letter, link_id, link_id=link_id, priority=URGENT)
        await tell_personally(tx, office, password)
    return minted


def check_person(name: str, email: str | None) -> None:
    fields: dict[str, str] = {}
    if not name.strip():
        fields["name"] = "Give the person’s name."
    if email is not None and (email.count("@") != 1 or " " in email.strip() or not all(email.strip().split("@"))):
        fields["email"] = "Give one e-mail address, for example name@example.org."
    if fields:
        raise Invalid(fields)


async def _find(tx: Transaction, name: str, address: str | None) -> UUID | None:
    if address is None:
        return await person_without_address(tx.connection, name.strip())
    known = await person_with(tx.connection, address)
    return known.id if known else None


async def _give_role(tx: Transaction, office: Office, person_id: UUID, holds: Holds, today: date) -> None:
    starts, ends = holds.starts_on or today, holds.ends_on
    if holds.role is Role.INSPECTOR and ends is None:
        ends = starts + INSPECTOR_READS_FOR
    values = {"person_id": person_id, "role": holds.role.value, "location_id": holds.location_id}
    if await insert_role(tx.connection, {**values, "starts_on": starts, "ends_on": ends}) is None:
        return
    words = {"role": holds.role.value, "person": str(person_id), "from": starts.isoformat()}
    words["to"] = ends.isoformat() if ends else "open"
    tx.record(Entry("role given", "person", person_id, None, holds.location_id, words))
    if starts <= today:
        await ask_for_what_waits(tx, office, holds.location_id)
