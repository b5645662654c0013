"""Whom a step goes to: the holder of a role, or whoever covers for them today."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody a step could go to, and who covers if they are away today.

    `is_away` without a cover still gets the step: it is theirs, and its ladder will tell others.
    """

    person_id: UUID
    holds_here: bool = True
    is_away: bool = False
    cover_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is asked, and for whom, where that is somebody else."""

    assignee_id: UUID
    assigned_for_id: UUID | None = None


def choose(candidates: Iterable[Candidate], forbidden: frozenset[UUID] = frozenset()) -> Choice | None:
    """The person to ask, or None when nobody may.

    Somebody present at the location comes first, then a present holder for all locations, then
    cover for one who is away. Nobody forbidden is asked, nor covers for or is covered by one who is.
    """
    allowed = [c for c in candidates if c.person_id not in forbidden]
    present = [c for c in allowed if not c.is_away]
    covered = [c for c in allowed if c.is_away and c.cover_id is not None and c.cover_id not in forbidden]
    for group in (
        [c for c in present if c.holds_here],
        [c for c in covered if c.holds_here],
        present,
        covered,
        allowed,
    ):
        if group:
            chosen = group[0]
            if chosen.is_away and chosen.cover_id is not None and chosen.cover_id not in forbidden:
                return Choice(chosen.cover_id, chosen.person_id)
            return Choice(chosen.person_id)
    return None
