"""Who may say who works here: give and end roles, change people, record that somebody is away.

Administrators do it everywhere. A registered manager does it for the own location, and for roles
that do not stand above the own one. Nobody raises themselves, and one administrator always stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.vocabulary import Role

RANK = {
    Role.ADMINISTRATOR: 5,
    Role.NOMINATED_INDIVIDUAL: 5,
    Role.REGISTERED_MANAGER: 4,
    Role.QUALITY_LEAD: 3,
    Role.DEPUTY_MANAGER: 3,
    Role.SAFEGUARDING_LEAD: 3,
    Role.ENGAGEMENT_LEAD: 3,
    Role.CARE_COORDINATOR: 2,
    Role.TEAM_LEADER: 2,
    Role.KEY_WORKER: 1,
    Role.COMMISSIONER: 0,
    Role.INSPECTOR: 0,
}
# Readers from outside, let in by an administrator, by hand.
READERS = frozenset({Role.COMMISSIONER, Role.INSPECTOR})
# Whoever does only what a mail's link asks for needs an address and no account.
BY_LINK = frozenset({Role.CARE_COORDINATOR, Role.TEAM_LEADER, Role.KEY_WORKER})
_LET_IN = "Mail them a link to choose a password, on their page under “People”"
NO_ACCOUNT = f"They have no account, and this is answered signed in. {_LET_IN}, or choose somebody who signs in."
NO_WAY_IN = (
    "They have neither an account nor an e-mail address, and what this person is asked is answered signed in."
    " Add their address under “People”, or choose somebody else."
)
LAST_ADMINISTRATOR = "They are the last administrator. Make somebody else administrator first."


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody holds, at one location or at all (None)."""

    role: Role
    location_id: UUID | None = None


Roles = tuple[Held, ...]


def needs_account(roles: Iterable[Role]) -> bool:
    """Whether somebody with these roles signs in to decide, check or read."""
    return any(role not in BY_LINK for role in roles)


def is_administrator(roles: Roles) -> bool:
    return Held(Role.ADMINISTRATOR) in roles


def managed_locations(roles: Roles) -> frozenset[UUID] | None:
    """The locations whose people they look after; None for all of them."""
    manages = [held for held in roles if held.role in (Role.ADMINISTRATOR, Role.REGISTERED_MANAGER)]
    if any(held.location_id is None for held in manages):
        return None
    return frozenset(held.location_id for held in manages if held.location_id is not None)


def why_not_give(giver: Roles, role: Role, location_id: UUID | None, *, to_self: bool = False) -> str | None:
    """Why they may not give, change or end this role there; None where they may."""
    rank = max((RANK[held.role] for held in giver), default=-1)
    if to_self and RANK[role] > rank:
        return "Nobody gives themselves a role above their own. Ask an administrator."
    if is_administrator(giver):
        return None
    managed = managed_locations(giver)
    if managed == frozenset():
        return "Roles are given by administrators and registered managers."
    if role in READERS:
        return "Commissioners and inspectors are let in by an administrator."
    if RANK[role] > RANK[Role.REGISTERED_MANAGER]:
        return f"The role {role} stands above yours, so an administrator gives it."
    return None if managed is None else _why_not_there(managed, location_id)


def _why_not_there(managed: frozenset[UUID], location_id: UUID | None) -> str | None:
    if location_id is None:
        return "A role for all locations is given by an administrator. Choose your location."
    if location_id not in managed:
        return "You give roles at your own location only. Ask an administrator, or the registered manager there."
    return None


def why_not_manage(manager: Roles, person: Roles) -> str | None:
    """Why they may not change this person, whose roles of today and later these are; None where they may."""
    if is_administrator(manager):
        return None
    if not person:
        return "They hold no role at your location. Ask an administrator."
    refused = (why_not_give(manager, held.role, held.location_id) for held in person)
    if any(refused):
        return "They also hold a role that you do not look after. Ask an administrator."
    return None


def check_dates(role: Role, starts_on: date, ends_on: date | None, today: date) -> dict[str, str]:
    """What is wrong with the days of a new role, by field; empty where nothing is."""
    if ends_on is not None and ends_on < starts_on:
        return {"ends": "The last day is before the first."}
    if ends_on is not None and ends_on < today:
        return {"ends": "The last day has passed, so the role would never be held."}
    if role is Role.INSPECTOR and ends_on is None:
        return {"ends": "Give the last day: an inspector reads for a limited time."}
    return {}
