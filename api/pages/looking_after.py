"""Who looks after whose records on the pages of people, locations and absence."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fastapi import Request

from api.identity import Visitor, visitor
from api.office import front_of
from api.pages.reading import uuid_in
from commands.office import utc_now
from db.rosters import Reach, list_locations
from domain.errors import Invalid, NotAllowed
from domain.saying import say_date
from domain.standing import Held, Roles, managed_locations
from domain.vocabulary import Role

ALL_LOCATIONS = "all"


@dataclass(frozen=True, slots=True)
class Keeper:
    """A signed-in person, whose people they see, and what they hold themselves."""

    who: Visitor
    reach: Reach
    roles: Roles
    today: date

    @property
    def is_everywhere(self) -> bool:
        return self.reach.places is None


async def keeper(request: Request) -> Keeper:
    """Administrators, registered managers and the nominated individual; raises NotAllowed for anybody else."""
    who = await visitor(request)
    found = keeper_of(request, who)
    if not found.is_everywhere and not found.reach.places:
        raise NotAllowed("People and roles are looked after by administrators and registered managers.")
    return found


def keeper_of(request: Request, who: Visitor) -> Keeper:
    """The same for anybody signed in: nobody’s people but their own, where they look after none."""
    roles = tuple(Held(Role(role), place) for role, place in who.viewer.roles)
    seen = managed_locations(tuple(_as_seen(held) for held in roles))
    return Keeper(who, Reach(seen), roles, front_of(request).office.calendar.day_of(utc_now()))


def _as_seen(held: Held) -> Held:
    """The nominated individual sees whom a registered manager of the same places sees."""
    return Held(Role.REGISTERED_MANAGER, held.location_id) if held.role is Role.NOMINATED_INDIVIDUAL else held


async def places_for(request: Request, found: Keeper) -> list[tuple[str, str]]:
    """Locations to choose from; all of them together for who looks after all."""
    async with front_of(request).office.engine.connect() as connection:
        rows = await list_locations(connection, found.reach, found.today)
    everywhere = [(ALL_LOCATIONS, "All locations")] if found.is_everywhere else []
    return [*everywhere, *((str(row.id), row.name) for row in rows)]


def place_in(typed: dict[str, str]) -> UUID | None:
    """The location that was chosen; None for all of them. Raises Invalid where none was."""
    stated = typed.get("location", "")
    chosen = uuid_in(stated)
    if chosen is None and stated != ALL_LOCATIONS:
        raise Invalid({"location": "Choose a location."})
    return chosen


def role_in(typed: dict[str, str]) -> Role:
    """The role that was chosen. Raises Invalid where none was."""
    if typed.get("role") not in set(Role):
        raise Invalid({"role": "Choose a role."})
    return Role(typed["role"])


def day_in(stated: str | None, field: str) -> date | None:
    """A day from its three fields. Raises Invalid for what is no day."""
    if stated is None:
        return None
    try:
        return date.fromisoformat(stated)
    except ValueError:
        raise Invalid({field: "This is no day. Give day, month and year, for example 3 12 2026."}) from None


def span_words(starts: date, ends: date | None, today: date) -> str:
    """Since 3 May 2024; until 3 December 2026; from 1 January 2027."""
    begun = f"since {say_date(starts)}" if starts <= today else f"from {say_date(starts)}"
    return begun if ends is None else f"{begun}, until {say_date(ends)}"


ROLES = [(str(role), str(role).capitalize()) for role in Role]
