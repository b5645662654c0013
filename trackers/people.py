"""The people list of a workbook: names, addresses, job titles and locations."""

from dataclasses import dataclass

from domain.vocabulary import Role
from trackers.opening import Sheet, shown

HEADINGS = {
    "name": ("name", "full name", "person"),
    "email": ("email", "e-mail", "email address"),
    "title": ("job title", "role", "title", "post"),
    "location": ("location", "home", "site", "service", "base"),
}
ALIASES = {
    "registered manager": Role.REGISTERED_MANAGER,
    "home manager": Role.REGISTERED_MANAGER,
    "branch manager": Role.REGISTERED_MANAGER,
    "deputy": Role.DEPUTY_MANAGER,
    "head of quality": Role.QUALITY_LEAD,
    "senior carer": Role.TEAM_LEADER,
}
EVERYWHERE = ("group office", "head office", "all", "all locations", "group", "")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person on the list. `role` is None where the job title is none of the roles; `location` None for all."""

    name: str
    email: str | None
    title: str
    role: Role | None
    location: str | None


def read_people(sheets: tuple[Sheet, ...]) -> tuple[PersonRow, ...]:
    """Everybody on the first sheet that has a name, an address and a job title as headings."""
    for sheet in sheets:
        for number, row in enumerate(sheet.rows[:10]):
            places = _places([shown(cell).lower() for cell in row])
            if {"name", "email", "title"} <= places.keys() and len(row) <= 12:
                return tuple(
                    _person(cells, places) for cells in sheet.rows[number + 1 :] if shown(cells[places["name"]])
                )
    return ()


def _places(headings: list[str]) -> dict[str, int]:
    return {meaning: headings.index(word) for meaning, words in HEADINGS.items() for word in words if word in headings}


def _person(cells: tuple[object, ...], places: dict[str, int]) -> PersonRow:
    def cell(meaning: str) -> str:
        return shown(cells[places[meaning]]) if meaning in places and places[meaning] < len(cells) else ""

    location = cell("location")
    return PersonRow(
        name=cell("name"),
        email=cell("email").lower() or None,
        title=cell("title"),
        role=role_of(cell("title")),
        location=None if location.lower() in EVERYWHERE else location,
    )


def role_of(title: str) -> Role | None:
    """The role a job title stands for, if it is one of ours."""
    plain = title.strip().lower()
    for role in Role:
        if str(role) in plain:
            return role
    return ALIASES.get(plain)
