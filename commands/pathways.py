"""Pathways: publishing versions, and the ones that ship with the product."""

from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from commands.office import Office
from commands.pathway_yaml import read_pathway
from commands.standing import is_one_of
from db.ids import new_id
from db.pathways import (
    insert_version,
    newest_version,
    next_number,
    one_publication_at_a_time,
    version_numbered,
)
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import SYSTEM, Actor
from domain.errors import NotAllowed, Refused
from domain.pathways import Pathway
from domain.vocabulary import Role

SHIPPED = Path(__file__).parent.parent / "pathways"
MAY_DRAFT = (Role.QUALITY_LEAD, Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL, Role.ADMINISTRATOR)
MAY_PUBLISH = (Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL, Role.ADMINISTRATOR)


class VersionTaken(Refused):
    """This version of the pathway was published before, with other content. Give the new one the next number."""

    code = "version-taken"


class NotTheNext(Refused):
    """Versions are published one after the other."""

    code = "not-the-next-version"


async def publish(
    office: Office, actor: Actor, pathway: Pathway, now: datetime, source: str | None = None, *, next_only: bool = False
) -> UUID:
    """Publish a version. The same content twice is one version; open actions keep theirs.

    `next_only` refuses to leave numbers out; what ships may, where it comes to a newer product first.
    """
    async with transaction(office.engine, actor, now) as tx:
        await check_may_publish(tx, office)
        return await publish_in(tx, pathway, source, next_only=next_only)


async def publish_in(tx: Transaction, pathway: Pathway, source: str | None, *, next_only: bool = True) -> UUID:
    """The same inside a transaction that does more, such as ending the draft that it comes from."""
    await one_publication_at_a_time(tx.connection)
    found = await version_numbered(tx.connection, pathway.key, pathway.version)
    if found is not None:
        version_id, there = found
        if there != pathway:
            raise VersionTaken
        return version_id
    due = await next_number(tx.connection, pathway.key)
    if next_only and pathway.version != due:
        raise NotTheNext(f"The next version of “{pathway.key}” is {due}, not {pathway.version}. Change the number.")
    version_id = new_id()
    await insert_version(tx.connection, version_id, pathway, source, tx.actor.person_id, tx.now)
    words = {"pathway": pathway.key, "version": pathway.version}
    tx.record(Entry("pathway published", "pathway", version_id, words=words))
    return version_id


async def check_may_publish(tx: Transaction, office: Office) -> None:
    """A version is for every location, so it is published by somebody who answers for all of them."""
    if tx.actor.person_id is not None and not await is_one_of(tx, office, MAY_PUBLISH, None):
        raise NotAllowed(
            "Only a quality lead, nominated individual or administrator for all locations publishes a pathway."
        )


async def publish_shipped(office: Office, now: datetime) -> None:
    """Publish the pathways that ship with the product, where they are not there yet.

    A number that the provider has used for a version of their own stays theirs.
    """
    for text, pathway in shipped():
        with suppress(VersionTaken):
            await publish(office, SYSTEM, pathway, now, text)


@cache
def shipped() -> tuple[tuple[str, Pathway], ...]:
    """The pathways that ship with the product, as text and as read; they do not change while it runs."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.yaml"))]
    return tuple((text, read_pathway(text)) for text in texts)


async def latest_version(office: Office, key: str) -> UUID:
    """The newest published version of a pathway."""
    async with office.engine.connect() as connection:
        found = await newest_version(connection, key)
    if found is None:
        raise Refused(f"There is no pathway “{key}”.")
    return found
