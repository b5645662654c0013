"""`followthrough actions cancel` and `supersede`: for whoever decided it, with their reason."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from cyclopts import Parameter

from cli.flags import AnAction
from cli.running import in_office
from commands.end import Ended, cancel, supersede
from commands.office import Office, utc_now
from db.people import person_with_address
from domain.actors import Actor
from domain.errors import NotFound
from domain.vocabulary import Identified

InItsPlace = Annotated[str, Parameter(help="Reference of the open action at the same location that takes its place.")]
Reason = Annotated[str, Parameter(help="Why; it stays on the record.")]
Manager = Annotated[
    str, Parameter(help="E-mail address of the manager who decided it. Their roles are checked as on the page.")
]


def cancel_(ref: AnAction, *, reason: Reason, by: Manager) -> None:
    """End an action that will not be done."""
    _do(by, lambda office, actor: cancel(office, actor, ref, reason, utc_now()))


def supersede_(ref: AnAction, instead: InItsPlace, *, reason: Reason, by: Manager) -> None:
    """End an action because another takes its place."""
    _do(by, lambda office, actor: supersede(office, actor, ref, instead, reason, utc_now()))


def _do(by: str, work: Callable[[Office, Actor], Awaitable[Ended]]) -> None:
    async def end(office: Office) -> Ended:
        async with office.engine.connect() as connection:
            person = await person_with_address(connection, by)
        if person is None:
            raise NotFound(f"Nobody here has the address {by}.")
        return await work(office, Actor(person, Identified.OPERATOR))

    done = in_office(end)
    print(f"{done.ref} is {done.status}. Everybody who had part in it is told.")
