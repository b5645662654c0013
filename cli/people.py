"""`followthrough people`: add somebody, see who there is."""

from typing import Annotated

from cyclopts import App, Parameter
from sqlalchemy import text

from cli.running import in_office, show
from commands.office import Office, utc_now
from commands.people import Holds, add_location, add_person, first_sign_in_link
from domain.actors import OPERATOR
from domain.vocabulary import Role
from notifications.links import password_url
from settings import Settings

app = App(name="people", help="Who works here, and as what.")
_LIST = text(
    "SELECT p.name, p.email, p.left_at, array_agg(r.role || coalesce(' at ' || l.name, '')) AS roles"
    " FROM person p LEFT JOIN role_assignment r ON r.person_id = p.id AND r.ends_on IS NULL"
    " LEFT JOIN location l ON l.id = r.location_id GROUP BY p.id ORDER BY p.name"
)


@app.command
def add(
    name: str,
    email: str,
    *,
    role: Annotated[list[Role], Parameter(negative=())],
    location: str | None = None,
    json: bool = False,
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
def list_(*, json: bool = False) -> None:
    """Everybody, with their roles."""

    async def work(office: Office) -> list[dict[str, object]]:
        async with office.engine.connect() as connection:
            return [dict(row._mapping) for row in await connection.execute(_LIST)]

    found = in_office(work)
    if json:
        show(found)
        return
    for person in found:
        roles = [role for role in (person["roles"] or []) if role]  # pyright: ignore[reportGeneralTypeIssues]
        print(f"{person['name']}  {person['email'] or 'no address'}  {', '.join(roles)}")
