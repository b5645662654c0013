"""People: who they are, what they may do where, and when they are away."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from commands.office import Office
from db.ids import new_id
from db.models import Absence, Link, Location, Person, RoleAssignment
from db.outbox import URGENT, queue_message
from db.people import PersonFacts
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.errors import Invalid, NotFound
from domain.vocabulary import Role
from notifications import letters
from notifications.links import Minted, mint

PASSWORD_LINK_FOR = timedelta(days=7)
_END_SESSIONS = text("DELETE FROM session WHERE person_id = :id")
_END_LINKS = text("UPDATE link SET revoked_at = :now WHERE person_id = :id AND revoked_at IS NULL")


@dataclass(frozen=True, slots=True)
class Holds:
    """A role at a location, or at all of them."""

    role: Role
    location_id: UUID | None = None


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
    there = select(Location.id).where(Location.name == name.strip())
    if (found := (await tx.connection.execute(there)).scalar_one_or_none()) is not None:
        return found
    location_id = new_id()
    values = {"id": location_id, "name": name.strip(), "opens": opens, "closes": closes, "created_at": tx.now}
    await tx.connection.execute(insert(Location).values(**values))
    tx.record(Entry("location added", "location", location_id, None, location_id, {"name": name.strip()}))
    return location_id


async def add_person(
    office: Office, actor: Actor, name: str, email: str | None, roles: tuple[Holds, ...], now: datetime
) -> UUID:
    """Add somebody with their roles; the same e-mail address again is the same person, given what is new."""
    _check_person(name, email)
    async with transaction(office.engine, actor, now) as tx:
        return await add_person_in(tx, office, name, email, roles)


async def add_person_in(
    tx: Transaction, office: Office, name: str, email: str | None, roles: tuple[Holds, ...]
) -> UUID:
    """The same inside a transaction that does more."""
    address = email.strip().lower() if email else None
    person_id = await _find(tx, name, address)
    if person_id is None:
        person_id = new_id()
        values = {"id": person_id, "name": name.strip(), "email": address, "created_at": tx.now}
        await tx.connection.execute(insert(Person).values(**values))
        tx.record(Entry("person added", "person", person_id, words={"name": name.strip(), "email": address}))
    today = office.calendar.day_of(tx.now)
    for holds in roles:
        await _give_role(tx, person_id, holds, today)
    return person_id


async def record_absence(
    office: Office, actor: Actor, person_id: UUID, starts_on: date, ends_on: date, cover_id: UUID | None, now: datetime
) -> UUID:
    """Record when somebody is away and who covers. Steps opened in that time go to the cover."""
    if ends_on < starts_on:
        raise Invalid({"ends_on": "The last day is before the first."})
    if cover_id == person_id:
        raise Invalid({"cover": "Choose somebody else to cover."})
    async with transaction(office.engine, actor, now) as tx:
        absence_id = new_id()
        values = {"id": absence_id, "person_id": person_id, "cover_id": cover_id, "created_at": now}
        await tx.connection.execute(insert(Absence).values(**values, starts_on=starts_on, ends_on=ends_on))
        words = {"from": starts_on.isoformat(), "to": ends_on.isoformat(), "cover": str(cover_id) if cover_id else None}
        tx.record(Entry("absence recorded", "person", person_id, words=words))
        return absence_id


async def leave(office: Office, actor: Actor, person_id: UUID, now: datetime) -> None:
    """Somebody leaves: every session and link of theirs ends at once. What they did stays on the record."""
    async with transaction(office.engine, actor, now) as tx:
        left = update(Person).where(Person.id == person_id, Person.left_at.is_(None)).values(left_at=now)
        if (await tx.connection.execute(left)).rowcount == 0:
            raise NotFound("There is no such person, or they have left already.")
        await tx.connection.execute(_END_SESSIONS, {"id": person_id})
        await tx.connection.execute(_END_LINKS, {"id": person_id, "now": now})
        tx.record(Entry("person left", "person", person_id))


async def first_sign_in_link(office: Office, actor: Actor, email: str, now: datetime, *, mail: bool = True) -> Minted:
    """A link to choose a password with, mailed to the person; older ones end. Returned for the operator’s terminal."""
    async with transaction(office.engine, actor, now) as tx:
        who = select(Person.id, Person.name, Person.email).where(
            Person.email == email.strip().lower(), Person.left_at.is_(None)
        )
        row = (await tx.connection.execute(who)).one_or_none()
        if row is None:
            raise NotFound(f"Nobody here has the address {email}.")
        end = update(Link).where(Link.person_id == row.id, Link.purpose == "password", Link.revoked_at.is_(None))
        await tx.connection.execute(end.values(revoked_at=now))
        link_id, until = new_id(), now + PASSWORD_LINK_FOR
        minted = mint(office.secret_key, link_id)
        values = {"id": link_id, "token_hash": minted.token_hash, "person_id": row.id, "purpose": "password"}
        await tx.connection.execute(insert(Link).values(**values, created_at=now, expires_at=until))
        tx.record(Entry("sign-in link made", "person", row.id))
        if mail:
            person = PersonFacts(row.id, row.name, row.email)
            letter = letters.set_password(row.name, until, office.calendar)
            queue_message(
                tx, "set password", person, letter.frozen(), f"password:{link_id}", link_id=link_id, priority=URGENT
            )
        return minted


def _check_person(name: str, email: str | None) -> None:
    fields: dict[str, str] = {}
    if not name.strip():
        fields["name"] = "Give the person’s name."
    if email is not None and (email.count("@") != 1 or " " in email.strip() or not all(email.strip().split("@"))):
        fields["email"] = "Give one e-mail address, for example name@example.org."
    if fields:
        raise Invalid(fields)


async def _find(tx: Transaction, name: str, address: str | None) -> UUID | None:
    if address is not None:
        who = select(Person.id).where(Person.email == address)
    else:
        who = select(Person.id).where(Person.name == name.strip(), Person.email.is_(None))
    return (await tx.connection.execute(who.limit(1))).scalar_one_or_none()


async def _give_role(tx: Transaction, person_id: UUID, holds: Holds, today: date) -> None:
    values = {
        "id": new_id(),
        "person_id": person_id,
        "role": holds.role.value,
        "location_id": holds.location_id,
        "starts_on": today,
    }
    given = await tx.connection.execute(upsert(RoleAssignment).values(values).on_conflict_do_nothing())
    if given.rowcount:
        words = {"role": holds.role.value, "person": str(person_id)}
        tx.record(Entry("role given", "person", person_id, None, holds.location_id, words))
