"""Locations: add one, change its name or the hours in which mail goes out."""

from datetime import datetime, time
from uuid import UUID

from commands.office import Office
from commands.people import add_location_in
from commands.standing import actor_roles
from db.rosters import change_location_row, load_location, named_alike
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.errors import Invalid, NotAllowed, NotFound
from domain.standing import is_administrator, managed_locations


async def open_location(
    office: Office, actor: Actor, name: str, opens: time | None, closes: time | None, now: datetime
) -> UUID:
    """Add a location; for administrators. The same name again is the same location."""
    _check(name, opens, closes)
    assert opens is not None
    assert closes is not None
    async with transaction(office.engine, actor, now) as tx:
        roles = await actor_roles(tx, office)
        if roles is not None and not is_administrator(roles):
            raise NotAllowed("Locations are added by an administrator.")
        return await add_location_in(tx, name, opens, closes)


async def change_location(
    office: Office, actor: Actor, location_id: UUID, name: str, opens: time | None, closes: time | None, now: datetime
) -> None:
    """Rename a location, or change its hours; for administrators and its registered manager."""
    _check(name, opens, closes)
    assert opens is not None
    assert closes is not None
    async with transaction(office.engine, actor, now) as tx:
        before = await load_location(tx.connection, location_id)
        if before is None:
            raise NotFound("There is no such location.")
        await _check_may(tx, office, location_id)
        if (before.name, before.opens, before.closes) == (name.strip(), opens, closes):
            return
        if await named_alike(tx.connection, name.strip(), location_id):
            raise Invalid({"name": "Another location has this name."})
        await change_location_row(tx.connection, location_id, name.strip(), opens, closes)
        words = {
            "name": [before.name, name.strip()],
            "opens": [f"{before.opens:%H:%M}", f"{opens:%H:%M}"],
            "closes": [f"{before.closes:%H:%M}", f"{closes:%H:%M}"],
        }
        tx.record(Entry("location changed", "location", location_id, None, location_id, words))


async def _check_may(tx: Transaction, office: Office, location_id: UUID) -> None:
    roles = await actor_roles(tx, office)
    managed = None if roles is None else managed_locations(roles)
    if managed is not None and location_id not in managed:
        raise NotAllowed("This location is looked after by somebody else.")


def _check(name: str, opens: time | None, closes: time | None) -> None:
    fields: dict[str, str] = {}
    if not name.strip():
        fields["name"] = "Give the location’s name."
    if len(name.strip()) > 120:
        fields["name"] = "Give a name of up to 120 letters."
    if opens is None:
        fields["opens"] = "Give the time as hours and minutes, for example 07:00."
    if closes is None:
        fields["closes"] = "Give the time as hours and minutes, for example 21:00."
    if fields:
        raise Invalid(fields)
