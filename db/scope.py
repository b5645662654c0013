"""What a person may see. Every query of pages and lists goes through here."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.vocabulary import Role

SEES_LOCATION = frozenset(
    {
        Role.NOMINATED_INDIVIDUAL,
        Role.REGISTERED_MANAGER,
        Role.DEPUTY_MANAGER,
        Role.QUALITY_LEAD,
        Role.SAFEGUARDING_LEAD,
        Role.ENGAGEMENT_LEAD,
        Role.COMMISSIONER,
        Role.INSPECTOR,
        Role.ADMINISTRATOR,
    }
)

# Bound with `Viewer.scope`: an action is seen through a role at its location, by having part in it, or by whoever
# may take up a check or a decision that waits there: nobody can judge evidence that they may not read.
MAY_SEE = """(
    :sees_all OR a.location_id = ANY(:locations) OR a.owner_id = :viewer
    OR EXISTS (SELECT 1 FROM step sc WHERE sc.action_id = a.id
               AND :viewer IN (sc.assignee_id, sc.assigned_for_id, sc.settled_by))
    OR EXISTS (SELECT 1 FROM step sj WHERE sj.action_id = a.id AND sj.status = 'open'
               AND sj.form IN ('sample', 'approval') AND sj.role = ANY(:judges))
    OR (a.location_id = ANY(:judge_places)
        AND EXISTS (SELECT 1 FROM step sk WHERE sk.action_id = a.id AND sk.status = 'open'
                    AND sk.form IN ('sample', 'approval') AND sk.role || ' ' || a.location_id = ANY(:judges_at)))
)"""

# The same for lists: not asked of each action in turn, but gathered by the indexes that know, however many there are.
_PLACES = "SELECT i.id FROM action i WHERE i.location_id = ANY(:locations)"
_PART = (
    "SELECT i.id FROM action i WHERE i.owner_id = :viewer",
    "SELECT i.action_id FROM step i WHERE i.assignee_id = :viewer",
    "SELECT i.action_id FROM step i WHERE i.assigned_for_id = :viewer",
    "SELECT i.action_id FROM step i WHERE i.settled_by = :viewer",
)
_WAITS = "SELECT i.action_id FROM step i{join} WHERE i.status = 'open' AND i.form IN ('sample', 'approval') AND {which}"
_JUDGES = _WAITS.format(join="", which="i.role = ANY(:judges)")
_JUDGES_AT = _WAITS.format(
    join=" JOIN action j ON j.id = i.action_id",
    which="i.role = ANY(:judge_roles) AND i.role || ' ' || j.location_id = ANY(:judges_at)",
)


def reach_of(viewer: "Viewer") -> str:
    """Which actions a list may show this viewer, as a condition on `a`; bound with `Viewer.scope`.

    Says what MAY_SEE says, and leaves out what this viewer has no use for.
    """
    scope = viewer.scope
    if scope["sees_all"]:
        return EVERY
    optional = {_PLACES: "locations", _JUDGES: "judges", _JUDGES_AT: "judges_at"}
    parts = [*_PART, *(part for part, needs in optional.items() if scope[needs])]
    return f"a.id IN ({' UNION '.join(parts)})"


EVERY = "true"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person with the roles they hold today, each with its location or None for all."""

    person_id: UUID
    roles: tuple[tuple[str, UUID | None], ...]

    @property
    def sees_all(self) -> bool:
        return any(role in SEES_LOCATION and location is None for role, location in self.roles)

    @property
    def locations(self) -> list[UUID]:
        """Locations whose every action they may see."""
        return [location for role, location in self.roles if role in SEES_LOCATION and location is not None]

    @property
    def scope(self) -> dict[str, Any]:
        """What MAY_SEE is bound with."""
        others = [(role, location) for role, location in self.roles if role not in SEES_LOCATION]
        return {
            "sees_all": self.sees_all,
            "locations": self.locations,
            "viewer": self.person_id,
            "judges": [str(role) for role, location in others if location is None],
            "judge_roles": [str(role) for role, location in others if location is not None],
            "judge_places": [location for _, location in others if location is not None],
            "judges_at": [f"{role} {location}" for role, location in others if location is not None],
        }

    def is_one_of(self, *roles: Role, location_id: UUID | None = None) -> bool:
        """Whether they hold one of these roles, at that location where one is given."""
        return any(
            role in roles and (location_id is None or location in (None, location_id)) for role, location in self.roles
        )

    @property
    def main_role(self) -> str:
        """What they are called on pages: the role nearest to deciding."""
        held = {role for role, _ in self.roles}
        return next((str(role) for role in Role if role in held), "no role yet")
