"""Whether somebody may say who works here; raised as a refusal that says why not."""

from collections.abc import Iterable
from uuid import UUID

from commands.office import Office
from db.people import roles_of
from db.roles import held_from, held_today
from db.session import Transaction
from domain.errors import NotAllowed
from domain.standing import Roles, why_not_give, why_not_manage
from domain.vocabulary import Role


async def actor_roles(tx: Transaction, office: Office) -> Roles | None:
    """What the actor holds today; None for the operator and the service itself."""
    if tx.actor.person_id is None:
        return None
    return await held_today(tx.connection, tx.actor.person_id, office.calendar.day_of(tx.now))


async def roles_here(tx: Transaction, office: Office, location_id: UUID | None) -> set[str]:
    """What the person who acts is today at a location: by a role there, or at all of them; None is all of them."""
    held = await roles_of(tx.connection, tx.actor.known, office.calendar.day_of(tx.now))
    return {role for role, location in held if location in (None, location_id)}


async def is_one_of(tx: Transaction, office: Office, roles: Iterable[Role], location_id: UUID | None) -> bool:
    """Whether the person who acts holds one of these roles there, or at all locations."""
    return not (await roles_here(tx, office, location_id)).isdisjoint(roles)


async def check_may_give(
    tx: Transaction, office: Office, person_id: UUID | None, role: Role, location_id: UUID | None
) -> None:
    """Raises NotAllowed where the actor may not give or end this role there."""
    roles = await actor_roles(tx, office)
    if roles is None:
        return
    if why := why_not_give(roles, role, location_id, to_self=person_id == tx.actor.person_id):
        raise NotAllowed(why)


async def check_may_manage(tx: Transaction, office: Office, person_id: UUID) -> None:
    """Raises NotAllowed where the actor may not change this person."""
    roles = await actor_roles(tx, office)
    if roles is None:
        return
    theirs = await held_from(tx.connection, person_id, office.calendar.day_of(tx.now))
    if why := why_not_manage(roles, theirs):
        raise NotAllowed(why)
