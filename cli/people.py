"""`followthrough people`: add somebody, see who there is."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cli.flags import ForPrograms, OneLocation, PreviewOnly
from cli.running import in_office, show
from commands.office import Office, utc_now
from commands.people import Holds, add_location, add_person, first_sign_in_link
from commands.people_list import ListPlan, import_people, preview_people
from db.people_list import people_with_roles
from db.plain_lists import list_everybody
from db.rosters import Reach
from domain.actors import OPERATOR
from domain.roster import Outcome
from domain.vocabulary import Role
from notifications.links import password_url
from reports.people_csv import people_csv
from settings import Settings
from trackers.refusals import NotASpreadsheet
from trackers.roster import RosterRow, read_roster
from trackers.text import BIDI_OVERRIDES, CONTROLS

app = App(name="people")


@app.command
def add(
    name: Annotated[str, Parameter(help="Their name, as colleagues know it.")],
    email: Annotated[str, Parameter(help="Where their mail goes, and what they sign in with.")],
    *,
    role: Annotated[list[Role], Parameter(help="What they are; say it again for another role.")],
    location: OneLocation = None,
    json: ForPrograms = False,
) -> None:
    """Add a person with roles at a location, or at all of them, and print a link to choose a password with."""
    settings = Settings()

    async def work(office: Office) -> str:
        now = utc_now()
        at = await add_location(office, OPERATOR, location, now) if location else None
        await add_person(office, OPERATOR, name, email, tuple(Holds(one, at) for one in role), now)
        minted = await first_sign_in_link(office, OPERATOR, email, now)
        return password_url(settings.address, minted.token)

    link = in_office(work, settings)
    if json:
        show({"name": name, "email": email, "sign_in_link": link})
    else:
        print(f"{name} was added. A link to choose a password was mailed to {email}:\n{link}")


@app.command(name="list")
def list_(*, json: ForPrograms = False) -> None:
    """Everybody, with their roles."""

    async def work(office: Office) -> list[dict[str, object]]:
        async with office.engine.connect() as connection:
            return await list_everybody(connection)

    found = in_office(work)
    if json:
        show(found)
        return
    for person in found:
        roles = [role for role in (person["roles"] or []) if role]  # pyright: ignore[reportGeneralTypeIssues]
        print(f"{person['name']}  {person['email'] or 'no address'}  {', '.join(roles)}")


@app.command(name="import")
def import_(
    file: Annotated[Path, Parameter(help="The list, as .csv.")],
    *,
    preview_only: PreviewOnly = False,
    json: ForPrograms = False,
) -> None:
    """Read a list of people as CSV and add what is new: name, e-mail, role, location, from, to.

    Rows that need a look are left out and said with the reason. The same list again adds nothing.
    """
    rows = _rows_of(file)

    async def work(office: Office) -> ListPlan:
        take = preview_people if preview_only else import_people
        return await take(office, OPERATOR, rows, utc_now())

    plan = in_office(work)
    if json:
        show({"rows": [row.to_json() for row in plan.rows], "summary": plan.summary})
    else:
        _print_plan(plan, "would be added" if preview_only else "added")


def _rows_of(file: Path) -> tuple[RosterRow, ...]:
    try:
        return read_roster(file.read_bytes())
    except OSError as fault:
        sys.exit(f"followthrough: {file}: {fault.strerror}.")
    except NotASpreadsheet as refusal:
        sys.exit(f"followthrough: {file.name}: {refusal}")


def _print_plan(plan: ListPlan, added: str) -> None:
    for row in plan.rows:
        if row.outcome is Outcome.ATTENTION:
            print(f"row {row.number}: {shown_plainly(row.name) or 'no name'}: {shown_plainly(row.reason)}")
    counts = plan.summary
    print(f"{counts['new']} {added}, {counts['exists']} here already, {counts['attention']} need a look.")


@app.command
def export() -> None:
    """Print everybody with their roles as CSV."""

    async def work(office: Office) -> list[tuple[str, ...]]:
        everybody = Reach(None).scope
        async with office.engine.connect() as connection:
            return await people_with_roles(connection, everybody, office.calendar.day_of(utc_now()))

    sys.stdout.write(people_csv(in_office(work)))


def shown_plainly(words: str) -> str:
    """What a file says must not steer a terminal."""
    return BIDI_OVERRIDES.sub("□", CONTROLS.sub("□", words))
