"""Check: draw a sample that anybody can draw again, record each item, and let the threshold decide."""

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.answering import Asked, Receipt, ask_again, keep_answer, kept_before, receipt_after
from commands.office import Office
from commands.re_audit import settle_re_audit
from db.ids import new_id
from db.journal import load_journal, load_pathway
from db.samples import decide_sample, insert_sample, load_items, load_sample, save_items
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.duties import may_not_sample
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.evidencing import returnable
from domain.journal import Journal
from domain.pathways import SampleStep
from domain.populations import Population, of_number
from domain.returning import Chosen, Returned, read_returned
from domain.sample_specs import spec_of
from domain.sampling import Result, sample_size
from domain.saving import RESULTS, merge
from domain.saving import ItemResult as ItemResult
from domain.vocabulary import Control, Form, Outcome

LACKING = "The sample did not pass. Say what has to be put right, so that they know what to do."


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
    if len(described.strip()) < 5:
        raise Invalid({"population": "Say what you sample from, for example: daily records from 16 to 27 June."})
    population = of_number(drawn_from) if isinstance(drawn_from, int) else drawn_from
    async with transaction(office.engine, actor, now) as tx:
        asked = await ask_again(tx, office, step_id, new_id(), Form.SAMPLE)
        if (found := await load_sample(tx.connection, step_id)) is not None:
            return found.id
        if not asked.step.is_open:
            raise AlreadySettled
        await _check_separate(tx, office, asked)
        spec = spec_of(await load_pathway(tx.connection, asked.action.pathway_version_id), asked.step.key)
        return await _draw(tx, asked, spec, described.strip(), population, listed)


async def save_results(
    office: Office, actor: Actor, step_id: UUID, results: list[ItemResult], now: datetime
) -> dict[str, str]:
    """Keep what has been found so far; nothing is decided yet. Says what another window saved meanwhile, by field."""
    async with transaction(office.engine, actor, now) as tx:
        asked = await ask_again(tx, office, step_id, new_id(), Form.SAMPLE)
        if not asked.step.is_open:
            raise AlreadySettled
        await _check_separate(tx, office, asked)
        return await _save(tx, asked, results)


async def decide(
    office: Office,
    actor: Actor,
    step_id: UUID,
    request_id: UUID,
    results: list[ItemResult],
    chosen: Chosen,
    reasons: str,
    now: datetime,
) -> Receipt:
    """Finish the sample. The threshold decides; a failed check sends evidence back, `chosen` or all, with reasons."""
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.SAMPLE)
        if receipt := kept_before(tx, asked):
            return receipt
        journal = await _check_separate(tx, office, asked)
        if asked.step.is_open and (conflicts := await _save(tx, asked, results)):
            raise Invalid(conflicts)
        result, facts = await _judged(tx, asked)
        passed = bool(result.passed)
        returned = None if passed else _returned(asked, journal, chosen, reasons)
        outcome = Outcome.PASSED if passed else Outcome.FAILED
        answer = {**facts, "passes": result.passes, "fails": result.fails, "can_show": result.words}
        if returned is not None:
            answer |= {"returned": {key: returned.by_key.get(key) for key in returned.keys}}
        kept = await keep_answer(tx, office, asked, outcome, answer, returned=returned)
        if kept[1]:
            await decide_sample(tx.connection, UUID(facts["sample"]), passed, now)
        if kept[1] and asked.step.control == Control.SUSTAIN:
            asked = await settle_re_audit(tx, office, asked, passed, reasons)
        return await receipt_after(tx, office, asked, *kept)


async def _check_separate(tx: Transaction, office: Office, asked: Asked) -> Journal:
    journal = await load_journal(tx.connection, asked.action.id, office.calendar)
    if tx.actor.known in may_not_sample(journal, tx.now):
        raise NotAllowed(
            "You owned or evidenced this action, or covered somebody who did. Somebody else must sample it."
        )
    return journal


async def _draw(
    tx: Transaction, asked: Asked, spec: SampleStep, described: str, population: Population, listed: SampledList | None
) -> UUID:
    seed, sample_id = secrets.token_hex(8), new_id()
    drawn = population.draw(sample_size(population.size, spec.size), seed)
    sample = {
        "id": sample_id,
        "step_id": asked.step.id,
        "action_id": asked.action.id,
        "population": described,
        "population_size": population.size,
        "population_items": population.stored_entries,
        "list_name": listed.name if listed else None,
        "list_sha256": population.list_hash,
        "strata": [list(group) for group in population.groups] if population.groups else None,
        "notes": list(listed.notes) if listed else [],
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


async def _save(tx: Transaction, asked: Asked, results: list[ItemResult]) -> dict[str, str]:
    """Keep what this window found; says of each item that another one changed meanwhile, and leaves that as it is."""
    sample = await load_sample(tx.connection, asked.step.id)
    if sample is None:
        raise NotFound("Draw the sample first.")
    items = await load_items(tx.connection, sample.id)
    stored = {item.position: ItemResult(item.position, item.result, item.note or "") for item in items}
    merged = merge(stored, results)
    if merged.writes:
        rows = [
            {"sample_id": sample.id, "position": r.position, "result": r.result, "note": r.note or None}
            for r in merged.writes
        ]
        await save_items(tx.connection, rows)
        words = {"found": {str(r.position): [r.result, r.note] for r in merged.writes}}
        tx.record(Entry("sample items saved", "sample", sample.id, asked.action.id, asked.action.location_id, words))
    return merged.conflicts


async def _judged(tx: Transaction, asked: Asked) -> tuple[Result, dict[str, Any]]:
    sample = await load_sample(tx.connection, asked.step.id)
    if sample is None:
        raise NotFound("Draw the sample first.")
    items = await load_items(tx.connection, sample.id)
    undone = {f"result-{item.position}": "Say pass, fail or not applicable." for item in items if item.result is None}
    undone |= {
        f"note-{item.position}": "Say what was wrong with it."
        for item in items
        if item.result == "fail" and not item.note
    }
    if undone:
        raise Invalid(undone)
    count = {word: sum(item.result == word for item in items) for word in RESULTS}
    result = Result(
        count["pass"], count["fail"], count["not applicable"], sample.threshold, population=sample.population_size
    )
    facts = {"sample": str(sample.id), "seed": sample.seed, "population": sample.population}
    return result, {**facts, "of": sample.population_size, "size": sample.size}


def _returned(asked: Asked, journal: Journal, chosen: Chosen, reasons: str) -> Returned:
    """Which evidence goes back: what was chosen, or all that was sent. A re-audit sends nothing back: it is closed."""
    can_go = returnable(journal) if asked.step.control == Control.CHECK else ()
    back = read_returned(chosen, can_go, reasons, LACKING)
    return back if back.keys else replace(back, keys=tuple(step.key for step in can_go))
