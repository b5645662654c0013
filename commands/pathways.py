"""Pathways: publishing versions, and the ones that ship with the product."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import yaml
from sqlalchemy import insert, select

from commands.office import Office
from db.ids import new_id
from db.models import PathwayVersion
from db.session import transaction
from db.trail import Entry
from domain.actors import SYSTEM, Actor
from domain.errors import Refused
from domain.pathways import Pathway

SHIPPED = Path(__file__).parent.parent / "pathways"


class VersionTaken(Refused):
    """This version of the pathway was published before, with other content. Give the new one the next number."""

    code = "version-taken"


def read_pathway(text: str) -> Pathway:
    """A pathway from YAML; raises pydantic's ValidationError naming what is wrong."""
    return Pathway.model_validate(yaml.safe_load(text))


async def publish(office: Office, actor: Actor, pathway: Pathway, now: datetime) -> UUID:
    """Publish a version. The same content twice is one version; open actions keep theirs."""
    definition = pathway.model_dump(mode="json")
    async with transaction(office.engine, actor, now) as tx:
        await tx.connection.exec_driver_sql("LOCK TABLE pathway_version IN SHARE ROW EXCLUSIVE MODE")
        there = select(PathwayVersion.id, PathwayVersion.definition).where(
            PathwayVersion.key == pathway.key, PathwayVersion.version == pathway.version
        )
        found = (await tx.connection.execute(there)).one_or_none()
        if found is not None:
            if Pathway.model_validate(found.definition) != pathway:
                raise VersionTaken
            return found.id
        version_id = new_id()
        values = {"id": version_id, "key": pathway.key, "version": pathway.version, "definition": definition}
        await tx.connection.execute(insert(PathwayVersion).values(**values, published_at=now, created_at=now))
        words = {"pathway": pathway.key, "version": pathway.version}
        tx.record(Entry("pathway published", "pathway", version_id, words=words))
        return version_id


async def publish_shipped(office: Office, now: datetime) -> None:
    """Publish the pathways that ship with the product, where they are not there yet."""
    for path in sorted(SHIPPED.glob("*.yaml")):
        await publish(office, SYSTEM, read_pathway(path.read_text()), now)


async def latest_version(office: Office, key: str) -> UUID:
    """The newest published version of a pathway."""
    newest = (
        select(PathwayVersion.id)
        .where(PathwayVersion.key == key, PathwayVersion.published_at.is_not(None))
        .order_by(PathwayVersion.version.desc())
        .limit(1)
    )
    async with office.engine.connect() as connection:
        found = (await connection.execute(newest)).scalar_one_or_none()
    if found is None:
        raise Refused(f"There is no pathway “{key}”.")
    return found
