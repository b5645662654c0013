"""One running Followthrough for all acceptance tests, with its people."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.office import Office, utc_now
from commands.people import first_sign_in_link
from domain.actors import OPERATOR
from notifications.links import password_url
from tests.acceptance.stack import Person, Stack, start, stop
from tests.cast import Cast, engage


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start(Path(tmp_path_factory.mktemp("stack")))
    yield running
    stop(running)


@pytest.fixture(scope="package")
def cast(stack: Stack) -> Cast:
    async def work(office: Office) -> Cast:
        return await engage(office.engine, utc_now())

    return stack.in_office(work)


@pytest.fixture(scope="package")
def signed_in(stack: Stack, cast: Cast) -> dict[str, Person]:
    """Deputy, manager and quality lead, each in a browser of their own."""

    async def link(office: Office, address: str) -> str:
        minted = await first_sign_in_link(office, OPERATOR, address, utc_now(), mail=False)
        return password_url(stack.settings.address, minted.token)

    people: dict[str, Person] = {}
    for name in ("dara", "mina", "quill"):
        people[name] = Person(stack)
        people[name].sign_in(stack.in_office(lambda office, n=name: link(office, f"{n}@example.org")))
    return people
