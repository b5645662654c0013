"""Drawing a sample: described, drawn with a recorded seed, and drawn again where nothing could be judged."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.answering import Asked, ask_again
from commands.office import Office
from db.ids import new_id
from db.journal import load_journal, load_pathway
from db.samples import SampleFacts, insert_sample, load_items, load_sample, replace_sample, was_replaced
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.duties import may_not_sample
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.journal import Journal
from domain.populations import Population, of_number
from domain.sample_specs import spec_of
from domain.sampling import NOT_APPLICABLE, sample_size
from domain.vocabulary import Form

SHORTEST_REASON = 10
SHORTEST_DESCRIPTION = 5


@dataclass(frozen=True, slots=True)
class SampledList:
    """A list that is sampled: under which name it came, and what has to be said about it."""

    name: str
    notes: tuple[str, ...] = ()


async def draw_sample(
    office: Office,
    actor: Actor,
    step_id: UUID,
    described: str,
    drawn_from: int | Population,
    now: datetime,
    listed: SampledList | None = None,
) -> UUID:
    """Describe what is sampled and draw from it. Drawn once: a second call finds the first draw."""
    population = _checked(described, drawn_from)
    async with transaction(office.engine, actor, now) as tx:
        asked = await ask_again(tx, office, step_id, new_id(), Form.SAMPLE)
        if (found := await load_sample(tx.connection, step_id)) is not None:
            return found.id
        if not asked.step.is_open:
            raise AlreadySettled
        await check_separate(tx, office, asked)
        return await _draw(tx, asked, described.strip(), population, listed)


async def draw_again(
    office: Office,
    actor: Actor,
    step_id: UUID,
    replaces: UUID,
    reason: str,
    described: str,
    drawn_from: int | Population,
    now: datetime,
    listed: SampledList | None = None,
) -> UUID:
    """Draw another sample where every item of the first was not applicable; the first stays on the record.

    Sent twice, the second finds the draw of the first. Raises Invalid where the first can be judged: whoever
    could draw until they like what they see would show nothing.
    """
    population = _checked(described, drawn_from, reason)
    async with transaction(office.engine, actor, now) as tx:
        asked = await ask_again(tx, office, step_id, new_id(), Form.SAMPLE)
        sample = await load_sample(tx.connection, step_id)
        if sample is None:
            raise NotFound("Draw the sample first.")
        if sample.id != replaces and await was_replaced(tx.connection, step_id, replaces):
            return sample.id
        if not asked.step.is_open:
            raise AlreadySettled
        await check_separate(tx, office, asked)
        await _check_nothing_judged(tx, sample, replaces)
        await _set_aside(tx, asked, sample, reason.strip())
        return await _draw(tx, asked, described.strip(), population, listed)


async def _set_aside(tx: Transaction, asked: Asked, sample: SampleFacts, reason: str) -> None:
    await replace_sample(tx.connection, sample.id, reason, tx.now)
    words = {"seed": sample.seed, "reasons": reason}
    tx.record(Entry("sample set aside", "sample", sample.id, asked.action.id, asked.action.location_id, words))


async def _check_nothing_judged(tx: Transaction, sample: SampleFacts, replaces: UUID) -> None:
    items = await load_items(tx.connection, sample.id)
    if sample.id != replaces or any(item.result != NOT_APPLICABLE for item in items):
        raise Invalid({"drawn": "A sample is drawn again only where every item of it is saved as not applicable."})


def lacking_words(described: str, reason: str | None = None) -> dict[str, str]:
    """What a draw lacks in words; `reason` is why there is another, None for the first."""
    fields: dict[str, str] = {}
    if reason is not None and len(reason.strip()) < SHORTEST_REASON:
        fields["again"] = "Say why none of them applied, so that whoever reads it understands the second draw."
    if len(described.strip()) < SHORTEST_DESCRIPTION:
        fields["population"] = "Say what you sample from, for example: daily records from 16 to 27 June."
    return fields


def _checked(described: str, drawn_from: int | Population, reason: str | None = None) -> Population:
    if fields := lacking_words(described, reason):
        raise Invalid(fields)
    return of_number(drawn_from) if isinstance(drawn_from, int) else drawn_from


async def check_separate(tx: Transaction, office: Office, asked: Asked) -> Journal:
    journal = await load_journal(tx.connection, asked.action.id, office.calendar)
    if tx.actor.known in may_not_sample(journal, tx.now):
        raise NotAllowed(
            "You owned or evidenced this action, or covered somebody who did. Somebody else must sample it."
        )
    return journal


async def _draw(
    tx: Transaction, asked: Asked, described: str, population: Population, listed: SampledList | None
) -> UUID:
    spec = spec_of(await load_pathway(tx.connection, asked.action.pathway_version_id), asked.step.key)
    seed, sample_id = secrets.token_hex(8), new_id()
    drawn = population.draw(sample_size(population.size, spec.size), seed)
    sample = {
        "id": sample_id,
        "step_id": asked.step.id,
        "action_id": asked.action.id,
        "population": described,
        **_drawn_from(population, listed),
        "seed": seed,
        "size": len(drawn),
        "threshold": spec.threshold,
        "drawn_by": tx.actor.known,
        "drawn_at": tx.now,
    }
    items = [{"id": new_id(), "sample_id": sample_id, **asdict(item)} for item in drawn]
    # A JSON null is not the absence of a list.
    await insert_sample(tx.connection, {k: value for k, value in sample.items() if value is not None}, items)
    words: dict[str, Any] = {"population": described, "of": population.size, "seed": seed}
    words |= {"items": [item.item for item in drawn], "groups": sample["strata"]}
    if population.list_hash:
        words["list"] = population.list_hash.hex()
    tx.record(Entry("sample drawn", "sample", sample_id, asked.action.id, asked.action.location_id, words))
    return sample_id


def _drawn_from(population: Population, listed: SampledList | None) -> dict[str, Any]:
    return {
        "population_size": population.size,
        "population_items": population.stored_entries,
        "list_name": listed.name if listed else None,
        "list_sha256": population.list_hash,
        "strata": [list(group) for group in population.groups] if population.groups else None,
        "notes": list(listed.notes) if listed else [],
    }
