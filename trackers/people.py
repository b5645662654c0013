"""The people list of a workbook: names, addresses, job titles and where they work."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from domain.vocabulary import Role
from trackers.dates import read_date
from trackers.guessing import complete
from trackers.layout import Holds, Layout, SheetLayout
from trackers.meanings import Meaning
from trackers.opening import Row, Sheet, Workbook
from trackers.text import bare, is_placeholder, plain_key, shown

ALIASES: dict[str, Role] = {
    "home manager": Role.REGISTERED_MANAGER,
    "branch manager": Role.REGISTERED_MANAGER,
    "deputy": Role.DEPUTY_MANAGER,
    "deputy home manager": Role.DEPUTY_MANAGER,
    "assistant manager": Role.DEPUTY_MANAGER,
    "quality manager": Role.QUALITY_LEAD,
    "head of quality": Role.QUALITY_LEAD,
    "quality and compliance manager": Role.QUALITY_LEAD,
    "safeguarding manager": Role.SAFEGUARDING_LEAD,
    "head of safeguarding": Role.SAFEGUARDING_LEAD,
    "co ordinator": Role.CARE_COORDINATOR,
    "care co ordinator": Role.CARE_COORDINATOR,
    "team lead": Role.TEAM_LEADER,
    "keyworker": Role.KEY_WORKER,
    "responsible individual": Role.NOMINATED_INDIVIDUAL,
    "admin": Role.ADMINISTRATOR,
    "home administrator": Role.ADMINISTRATOR,
}
TITLES = {plain_key(role): role for role in Role} | ALIASES
USUAL_SHORT: dict[str, Role] = {
    "RM": Role.REGISTERED_MANAGER,
    "DM": Role.DEPUTY_MANAGER,
    "QL": Role.QUALITY_LEAD,
    "SGL": Role.SAFEGUARDING_LEAD,
    "NI": Role.NOMINATED_INDIVIDUAL,
    "TL": Role.TEAM_LEADER,
    "KW": Role.KEY_WORKER,
}
EVERYWHERE = frozenset(
    {"group office", "head office", "all", "all locations", "group", "all homes", "all services", "everywhere"}
)
BETWEEN_ROLES = re.compile(r"\s*(?:,|;|/|&|\+|\n|\band\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person on the list. `role` is the first of `roles`, None where the job title is none that counts here.

    `location` is None for somebody at all locations, or where none is said; `locations` has all that are named.
    """

    name: str
    email: str | None
    title: str
    role: Role | None
    location: str | None
    roles: tuple[Role, ...] = ()
    locations: tuple[str, ...] = ()
    starts: date | None = None
    leaves: date | None = None
    row: int = 0


def read_people(workbook: Workbook, layout: Layout | None = None) -> tuple[PersonRow, ...]:
    """Everybody on the sheets that list people, once each."""
    return people_on(workbook, complete(layout, workbook))


def people_on(workbook: Workbook, chosen: Layout) -> tuple[PersonRow, ...]:
    """The same with a layout that names every sheet."""
    found: dict[str, PersonRow] = {}
    for sheet in workbook.sheets:
        how = chosen.of(sheet.name)
        for person in _people(sheet, how) if how and how.holds is Holds.PEOPLE else ():
            found.setdefault(person.email or plain_key(person.name), person)
    return tuple(found.values())


def _people(sheet: Sheet, how: SheetLayout) -> Iterator[PersonRow]:
    for number, row in enumerate(sheet.rows[how.header_row :], start=how.header_row + 1):
        person = _person(row, how.places, number)
        if person:
            yield person


def _person(row: Row, places: dict[Meaning, int], number: int) -> PersonRow | None:
    def said(meaning: Meaning) -> str:
        text = shown(row[places[meaning]]) if meaning in places else ""
        return "" if is_placeholder(text) else bare(text)

    def day(meaning: Meaning) -> date | None:
        return read_date(row[places[meaning]]).day if meaning in places else None

    name = said(Meaning.NAME) or " ".join(filter(None, (said(Meaning.FIRST_NAME), said(Meaning.SURNAME))))
    if not name:
        return None
    roles = roles_of(said(Meaning.JOB_TITLE))
    locations = tuple(filter(None, map(str.strip, re.split(r"[;\n]|,(?=\s)", said(Meaning.LOCATION)))))
    at_all = len(locations) != 1 or plain_key(locations[0]) in EVERYWHERE
    return PersonRow(
        name=name,
        email=said(Meaning.EMAIL).lower() or None,
        title=said(Meaning.JOB_TITLE),
        role=roles[0] if roles else None,
        location=None if at_all else locations[0],
        roles=roles,
        locations=tuple(place for place in locations if plain_key(place) not in EVERYWHERE),
        starts=day(Meaning.STARTS),
        leaves=day(Meaning.LEAVES),
        row=number,
    )


def roles_of(title: str) -> tuple[Role, ...]:
    """The roles a job title stands for, in its order; a title may name several, or none that counts here."""
    whole = role_of(title)
    if whole:
        return (whole,)
    parts = (role_of(part) for part in BETWEEN_ROLES.split(title))
    return tuple(dict.fromkeys(role for role in parts if role))


def role_of(title: str) -> Role | None:
    """The one role that a title or a usual abbreviation stands for."""
    plain = plain_key(re.sub(r"\([^()]*\)", "", title))
    return TITLES.get(plain) or USUAL_SHORT.get(title.strip())


@dataclass(frozen=True, slots=True)
class PeopleList:
    """People found again by how a tracker names them."""

    people: tuple[PersonRow, ...]
    by_name: dict[str, PersonRow] = field(default_factory=dict[str, PersonRow])
    by_part: dict[str, list[PersonRow]] = field(default_factory=dict[str, list[PersonRow]])

    @classmethod
    def of(cls, people: tuple[PersonRow, ...]) -> "PeopleList":
        """Ready to be searched."""
        made = cls(people)
        for person in people:
            words = plain_key(person.name).split()
            made.by_name[" ".join(words)] = person
            for short in {words[0], f"{words[0][0]} {words[-1]}"} if words else ():
                made.by_part.setdefault(short, []).append(person)
        return made

    def find(self, name: str) -> PersonRow | None:
        """The one person meant: by the full name either way round, or by a first name that only one of them has."""
        plain = plain_key(re.sub(r"\([^()]*\)", "", name))
        surname, comma, first = name.partition(",")
        turned = plain_key(f"{first} {surname}") if comma else plain
        found = self.by_name.get(plain) or self.by_name.get(turned)
        alone = self.by_part.get(plain, ())
        return found or (alone[0] if len(alone) == 1 else None)
