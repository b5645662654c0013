"""The people list of a workbook, and the places its rows name: made once, found again by address and name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.imported_rows import Around, is_a_place
from commands.office import Office
from commands.people import Holds, add_location_in, add_person_in
from db.ids import new_id
from db.imports import load_holders, load_people, load_places
from db.people import roles_of
from db.people_list import one_list_at_a_time
from db.session import Transaction
from domain.actors import Actor
from domain.defining import MAY_DEFINE
from domain.errors import NotAllowed
from domain.standing import READERS
from domain.vocabulary import Role
from trackers import PersonRow, Tracker
from trackers.judging import EMAIL
from trackers.text import plain_key

# A job title in a spreadsheet opens no door: these are given by an administrator, by hand.
BY_HAND = frozenset({Role.ADMINISTRATOR, Role.INSPECTOR, Role.COMMISSIONER})
# Everybody else holds a role where they work, and a blank cell is not everywhere.
OF_THE_GROUP = frozenset({Role.NOMINATED_INDIVIDUAL, Role.QUALITY_LEAD, Role.SAFEGUARDING_LEAD, Role.ENGAGEMENT_LEAD})


async def may_add_people(connection: AsyncConnection, actor: Actor, day: date) -> bool:
    """Whether people can be made by this actor: the operator, or an administrator."""
    if actor.person_id is None:
        return True
    return any(role == Role.ADMINISTRATOR for role, _ in await roles_of(connection, actor.person_id, day))


async def load_around(connection: AsyncConnection, actor: Actor, day: date) -> Around:
    """The places and people there are, and where this actor may define actions."""
    names: dict[str, set[UUID]] = defaultdict(set)
    addresses: dict[str, UUID] = {}
    works_at: dict[UUID, frozenset[UUID | None]] = {}
    for person in await load_people(connection):
        names[plain_key(person.name)].add(person.id)
        if person.email:
            addresses[person.email] = person.id
        if person.has_role:
            works_at[person.id] = frozenset()
    holders: dict[tuple[str, UUID | None], set[UUID]] = defaultdict(set)
    for person_id, role, location_id in await load_holders(connection, day):
        holders[role, location_id].add(person_id)
        if role not in READERS:
            works_at[person_id] = works_at.get(person_id, frozenset()) | {location_id}
    held = [] if actor.person_id is None else await roles_of(connection, actor.person_id, day)
    own = {location for role, location in held if role in MAY_DEFINE}
    return Around(
        places={plain_key(name): place_id for place_id, name in await load_places(connection)},
        addresses=addresses,
        names={name: frozenset(ids) for name, ids in names.items()},
        holders={key: frozenset(ids) for key, ids in holders.items()},
        works_at=works_at,
        everywhere=actor.person_id is None or None in own,
        own_places=frozenset(place for place in own if place is not None),
    )


def expected(around: Around, tracker: Tracker, day: date, *, with_people: bool) -> Around:
    """The same, as it will be once the new places, and people where asked for, have been made."""
    places = dict(around.places)
    for name in new_places(around, tracker, with_people=with_people):
        places[plain_key(name)] = new_id()
    if not with_people:
        return replace(around, places=places)
    addresses, names, holders = dict(around.addresses), dict(around.names), dict(around.holders)
    works_at = dict(around.works_at)
    for person in _present(tracker.people, day):
        address = _address(person)
        person_id = addresses.get(address or "") or new_id()
        if address:
            addresses[address] = person_id
        key = plain_key(person.name)
        names[key] = names.get(key, frozenset()) | {person_id}
        for holds in _holds(person, places):
            held = (holds.role.value, holds.location_id)
            holders[held] = holders.get(held, frozenset()) | {person_id}
            works_at[person_id] = works_at.get(person_id, frozenset()) | {holds.location_id}
    return replace(around, places=places, addresses=addresses, names=names, holders=holders, works_at=works_at)


def new_places(around: Around, tracker: Tracker, *, with_people: bool) -> tuple[str, ...]:
    """Locations that are named and not here yet; none for somebody who decides for single locations only."""
    if not around.everywhere:
        return ()
    named = [row.facts.get("location", "") for row in tracker.rows if row.ignored is None]
    if with_people:
        named += [place for person in tracker.people for place in person.locations]
    found = {plain_key(name): " ".join(name.split()) for name in reversed(named) if is_a_place(name.strip())}
    return tuple(sorted(name for key, name in found.items() if key not in around.places))


async def make_people(tx: Transaction, office: Office, tracker: Tracker, *, with_people: bool) -> Around:
    """Make the new places, and the people of the list with their roles where asked for. Raises NotAllowed."""
    day = office.calendar.day_of(tx.now)
    if with_people and not await may_add_people(tx.connection, tx.actor, day):
        raise NotAllowed("Only an administrator can take in a people list. Import without it, or ask them to.")
    await one_list_at_a_time(tx.connection)
    around = await load_around(tx.connection, tx.actor, day)
    for name in new_places(around, tracker, with_people=with_people):
        await add_location_in(tx, name)
    if with_people:
        around = await load_around(tx.connection, tx.actor, day)
        for person in _present(tracker.people, day):
            await add_person_in(tx, office, person.name, _address(person), _holds(person, around.places))
    return await load_around(tx.connection, tx.actor, day)


def people_notes(tracker: Tracker) -> tuple[str, ...]:
    """What to say of the people list before it is taken in."""
    by_hand = [person.name for person in tracker.people if BY_HAND & set(person.roles)]
    nowhere = [person.name for person in tracker.people if person.roles and not _could_hold(person)]
    unreachable = [person.name for person in tracker.people if not _address(person)]
    said = (
        (by_hand, "Administrators, inspectors and commissioners get their role by hand"),
        (nowhere, "No location is given for these people, so they get no role"),
        (unreachable, "These people have no usable e-mail address, so no mail reaches them"),
    )
    return tuple(f"{words}: {', '.join(names)}." for names, words in said if names)


def _could_hold(person: PersonRow) -> bool:
    return bool(person.locations) or any(role in OF_THE_GROUP | BY_HAND for role in person.roles)


def _present(people: Iterable[PersonRow], day: date) -> list[PersonRow]:
    """Without those who have left."""
    return [person for person in people if person.leaves is None or person.leaves >= day]


def _address(person: PersonRow) -> str | None:
    address = (person.email or "").strip().lower()
    return address if EMAIL.fullmatch(address) and len(address) <= 254 else None


def _holds(person: PersonRow, places: Mapping[str, UUID]) -> tuple[Holds, ...]:
    at = [places[plain_key(name)] for name in person.locations if plain_key(name) in places]
    roles = [role for role in person.roles if role not in BY_HAND]
    placed = tuple(Holds(role, place) for role in roles for place in at)
    return placed or tuple(Holds(role) for role in roles if role in OF_THE_GROUP and not person.locations)
