"""Judging one row of a people list: what it would add, or why somebody has to look at it first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from uuid import UUID

from domain.standing import READERS, Roles, check_dates, needs_account, why_not_give
from domain.vocabulary import Role


class Outcome(StrEnum):
    """What a row would do."""

    NEW = "new"
    EXISTS = "exists"
    ATTENTION = "attention"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row that could be read: a person, and a role from a day to a day."""

    name: str
    email: str | None
    role: Role
    location_id: UUID | None
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Period:
    """Days in which the same role is held."""

    starts_on: date
    ends_on: date | None

    def meets(self, starts_on: date, ends_on: date | None) -> bool:
        begins_in_time = ends_on is None or self.starts_on <= ends_on
        return begins_in_time and (self.ends_on is None or self.ends_on >= starts_on)


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record already: whose address this is, who has this name, and when they hold the role."""

    address_of: str | None = None
    namesakes: int = 0
    held: tuple[Period, ...] = ()


def judge(wanted: Wanted, known: Known, giver: Roles | None, today: date) -> tuple[Outcome, str]:
    """What becomes of a row, and why. `giver` is None for the operator, who may give every role."""
    if why := _not_so(wanted, known, giver, today):
        return Outcome.ATTENTION, why
    starts = wanted.starts_on or today
    meeting = [period for period in known.held if period.meets(starts, wanted.ends_on)]
    if not meeting:
        return Outcome.NEW, ""
    if any(_says_the_same(wanted, period) for period in meeting):
        return Outcome.EXISTS, ""
    return Outcome.ATTENTION, "They hold this role already in other days. End that one first, or correct the days."


def _says_the_same(wanted: Wanted, period: Period) -> bool:
    """A row without days asks for nothing that somebody who holds the role lacks."""
    starts_alike = wanted.starts_on in (None, period.starts_on)
    return starts_alike and wanted.ends_on in (None, period.ends_on)


def _not_so(wanted: Wanted, known: Known, giver: Roles | None, today: date) -> str | None:
    if known.address_of is not None and known.address_of.casefold() != wanted.name.casefold():
        return f"This address is {known.address_of}’s. Correct the name or the address."
    if wanted.email is None and known.namesakes > 1:
        return "Several people have this name. Give the e-mail address."
    if wanted.email is None and needs_account([wanted.role]):
        return f"Give the e-mail address: a {wanted.role} signs in."
    if wrong := check_dates(wanted.role, wanted.starts_on or today, wanted.ends_on, today):
        return " ".join(wrong.values())
    if giver is None:
        return None
    return why_not_give(giver, wanted.role, wanted.location_id)


def suggestion(stated: str, known: Iterable[str]) -> str:
    """“Did you mean team leader?”, where one is near; empty otherwise."""
    lower = {name.casefold(): name for name in known}
    near = get_close_matches(stated.casefold(), lower, n=1, cutoff=0.6)
    return f" Did you mean “{lower[near[0]]}”?" if near else ""


def may_be_everywhere(role: Role) -> bool:
    """Whether the role is held for all locations; others need theirs."""
    return role in READERS | EVERYWHERE


EVERYWHERE = frozenset(
    {
        Role.ADMINISTRATOR,
        Role.NOMINATED_INDIVIDUAL,
        Role.REGISTERED_MANAGER,
        Role.QUALITY_LEAD,
        Role.SAFEGUARDING_LEAD,
        Role.ENGAGEMENT_LEAD,
    }
)
