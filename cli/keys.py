"""`followthrough keys`: give other systems a way in, see who has one, end it."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from cli.flags import ForPrograms, OneLocation
from cli.running import in_office, show
from commands.api_keys import NewKey, make_key, revoke_key
from commands.office import Office, utc_now
from db.api_keys import list_keys
from db.api_requests import location_called
from db.ids import new_id
from domain.actors import OPERATOR
from domain.connecting import Purpose
from domain.errors import NotFound

app = App(name="keys")


@app.command
def add(
    name: Annotated[str, Parameter(help="The system that gets it.")],
    *,
    purpose: Annotated[list[Purpose], Parameter(help="What it may do; say it again for another purpose.")],
    location: OneLocation = None,
    days: Annotated[int, Parameter(help="How long it works.")] = 365,
    json: ForPrograms = False,
) -> None:
    """Give a system a key, for one location or all, for some purposes, for some days. It is shown this once."""
    now = utc_now()

    async def work(office: Office) -> NewKey:
        place = await named_location(office, location)
        until = now + timedelta(days=days)
        return await make_key(office, OPERATOR, new_id(), name, frozenset(purpose), place, until, now)

    made = in_office(work)
    if json:
        show({"id": made.id, "name": name, "key": made.token})
    else:
        print(f"The key for {name}. Keep it now: it is not shown again.\n{made.token}")


@app.command(name="list")
def list_(*, json: ForPrograms = False) -> None:
    """Every key, with what it may do and whether it still works."""
    now = utc_now()

    async def work(office: Office) -> list[dict[str, object]]:
        async with office.engine.connect() as connection:
            return [dict(row._mapping) for row in await list_keys(connection, None)]

    found = in_office(work)
    if json:
        show(found)
        return
    for key in found:
        ended = "revoked" if key["revoked_at"] else "expired" if key["expires_at"] < now else "works"  # pyright: ignore[reportOperatorIssue]
        may = ", ".join(key["purposes"])  # pyright: ignore[reportArgumentType, reportCallIssue]
        used = f"last used {key['last_used_at']:%Y-%m-%d %H:%M}" if key["last_used_at"] else "never used"
        print(f"{key['id']}  {key['name']}  {ended}  {key['location'] or 'all locations'}  {may}  {used}")


@app.command
def revoke(key: Annotated[UUID, Parameter(help="Its id, as “keys list” shows it.")]) -> None:
    """End a key at once, by its id."""
    in_office(lambda office: revoke_key(office, OPERATOR, key, utc_now()))
    print("The key is revoked.")


async def named_location(office: Office, name: str | None) -> UUID | None:
    """The location with this name; None for all. Raises NotFound."""
    if name is None:
        return None
    async with office.engine.connect() as connection:
        found = await location_called(connection, name)
    if found is None:
        raise NotFound(f"There is no location “{name}”.")
    return found
