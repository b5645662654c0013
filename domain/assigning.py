"""Whom a step goes to: the holder of a role, or whoever covers for them today.

A cover stands in for somebody who is away. A cover who is away too passes it on to their own
cover. One who has left, or who works at other locations only, can't stand in: then the step goes
to somebody else with the role, or stays with the person who is away, and its ladder tells others.
What is answered signed in goes to nobody who cannot sign in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Cover:
    """Somebody named as cover, as they stand today. `works_here` means any working role at the step's location.

    `signs_in` says that they have an account, or an address that a way in is mailed to.
    """

    person_id: UUID
    has_left: bool = False
    works_here: bool = True
    is_away: bool = False
    signs_in: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody a step could go to, and who covers if they are away today: first their cover, then that one's.

    `is_away` without a cover still gets the step: it is theirs, and its ladder will tell others.
    """

    person_id: UUID
    holds_here: bool = True
    is_away: bool = False
    covers: tuple[Cover, ...] = ()
    signs_in: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is asked, and for whom, where that is somebody else."""

    assignee_id: UUID
    assigned_for_id: UUID | None = None


class Held(Protocol):
    """A choice, a step or a review: whoever has it, and for whom."""

    @property
    def assignee_id(self) -> UUID | None: ...

    @property
    def assigned_for_id(self) -> UUID | None: ...


def both_of(held: Held) -> frozenset[UUID]:
    """Whoever has it and whom they cover for, as far as there is anybody."""
    return frozenset(person for person in (held.assignee_id, held.assigned_for_id) if person is not None)


def cover_of(candidate: Candidate, forbidden: frozenset[UUID] = frozenset(), *, signed_in: bool = False) -> UUID | None:
    """Who stands in for somebody who is away; None when nobody named can."""
    if not candidate.is_away:
        return None
    for cover in candidate.covers:
        if cover.is_away and not cover.has_left:
            continue
        able = cover.works_here and not cover.has_left and (cover.signs_in or not signed_in)
        return cover.person_id if able and cover.person_id not in {*forbidden, candidate.person_id} else None
    return None


def choose(
    candidates: Iterable[Candidate], forbidden: frozenset[UUID] = frozenset(), *, signed_in: bool = False
) -> Choice | None:
    """The person to ask, or None when nobody may. `signed_in` says that it is answered with an account.

    Somebody present at the location comes first, then cover for one of the location who is away,
    then a present holder for all locations, then their cover, and last one who is away and has
    none. Nobody forbidden is asked, nor covers for or is covered by one who is.
    """
    all_of_them = [c for c in candidates if c.person_id not in forbidden]
    allowed = [c for c in all_of_them if c.signs_in or not signed_in]
    present = [c for c in allowed if not c.is_away]
    covered = [c for c in all_of_them if cover_of(c, forbidden, signed_in=signed_in) is not None]
    for group in (
        [c for c in present if c.holds_here],
        [c for c in covered if c.holds_here],
        present,
        covered,
        allowed,
    ):
        if group:
            chosen = group[0]
            cover = cover_of(chosen, forbidden, signed_in=signed_in)
            return Choice(cover, chosen.person_id) if cover is not None else Choice(chosen.person_id)
    return None
