"""Check: record what was found in each drawn item, and let the threshold decide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.answering import Answer, Asked, Receipt, ask_again, keep_answer, kept_before, receipt_after
from commands.drawing import check_separate
from commands.office import Office
from commands.re_audit import settle_re_audit
from db.closures import hash_of, snapshot
from db.ids import new_id
from db.models.base import Json
from db.samples import ItemFacts, SampleFacts, decide_sample, load_items, load_sample, save_items
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.errors import AlreadySettled, Invalid, NotFound
from domain.evidencing import returnable
from domain.journal import Journal
from domain.returning import Chosen, Returned, read_returned
from domain.sampling import Result
from domain.saving import RESULTS, ItemResult, merge
from domain.vocabulary import Control, Form, Outcome

FORM = "sample 1"
CHANGED = "Something changed since you opened this page, so nothing was kept of what you chose. Look again."
LACKING = "The sample did not pass. Say what has to be put right, so that they know what to do."


class NothingJudged(Invalid):
    """Every item was not applicable, so nothing is decided: another sample has to be drawn."""


@dataclass(frozen=True, slots=True)
class SampleAnswer:
    """What a sampler found in each item, and what goes back if it fails: `chosen`, or all, with reasons.

    `seen` is the hash of what the page showed; what was found in a sample that has been set aside is not kept.
    """

    results: list[ItemResult]
    chosen: Chosen = ()
    reasons: str = ""
    seen: bytes | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A sample of which every item has been judged, and whether it passed."""

    sample: SampleFacts
    result: Result
    passed: bool

    @property
    def outcome(self) -> Outcome:
        return Outcome.PASSED if self.passed else Outcome.FAILED

    @property
    def words(self) -> Json:
        """What was drawn, what it showed, and what that can show."""
        sample, result = self.sample, self.result
        drawn = {"sample": str(sample.id), "seed": sample.seed, "population": sample.population}
        counted = {"of": sample.population_size, "size": sample.size, "passes": result.passes, "fails": result.fails}
        return {**drawn, **counted, "can_show": result.words}


async def save_results(
    office: Office, actor: Actor, step_id: UUID, given: SampleAnswer, now: datetime
) -> dict[str, str]:
    """Keep what has been found so far; nothing is decided yet. Says what another window saved meanwhile, by field."""
    async with transaction(office.engine, actor, now) as tx:
        asked = await ask_again(tx, office, step_id, new_id(), Form.SAMPLE)
        if not asked.step.is_open:
            raise AlreadySettled
        await _as_shown(tx, office, asked, given.seen)
        return await _save(tx, asked, given.results)


async def decide(
    office: Office, actor: Actor, step_id: UUID, request_id: UUID, given: SampleAnswer, now: datetime
) -> Receipt:
    """Finish the sample. The threshold decides; a failed check sends evidence back with reasons.

    Where somebody else was first, what was found here is kept with the late answer, and changes nothing. The
    decision is kept with the hash of what there was. Raises NothingJudged where every item is not applicable.
    """
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.SAMPLE)
        if receipt := kept_before(tx, asked):
            return receipt
        journal, shown = await _as_shown(tx, office, asked, given.seen)
        if not asked.step.is_open:
            late = _too_late(given, await _judged(tx, asked, given.results))
            return await receipt_after(tx, office, asked, await keep_answer(tx, asked, late))
        if conflicts := await _save(tx, asked, given.results):
            raise Invalid(conflicts)
        found = await _judged(tx, asked)
        kept = await keep_answer(tx, asked, _in_time(asked, journal, given, found, hash_of(shown)))
        if kept.counted:
            asked = await _settle(tx, office, asked, found, given.reasons)
        return await receipt_after(tx, office, asked, kept)


async def what_is_shown(connection: AsyncConnection, journal: Journal, step_id: UUID) -> Json:
    """What a sampler judges by: form, pathway version, the evidence of the cycle, and the sample as drawn.

    What was found in the items is not part of it: windows that save different items do not get in each other's way.
    """
    found = await snapshot(connection, journal.action_id, journal.cycle)
    pathway, sample = journal.pathway, await load_sample(connection, step_id)
    drawn = await _as_drawn(connection, sample) if sample else None
    return {
        "form": FORM,
        "pathway": f"{pathway.key} {pathway.version}",
        "evidence": found["evidence"],
        "sample": drawn,
    }


async def _as_drawn(connection: AsyncConnection, sample: SampleFacts) -> Json:
    items = [[i.position, i.item, i.label, i.stratum] for i in await load_items(connection, sample.id)]
    facts = {"id": str(sample.id), "seed": sample.seed, "population": sample.population}
    return {**facts, "of": sample.population_size, "threshold": str(sample.threshold), "items": items}


async def _as_shown(tx: Transaction, office: Office, asked: Asked, seen: bytes | None) -> tuple[Journal, Json]:
    """The journal, and what the page shows by now. Raises Invalid where somebody who may still decide saw another."""
    journal = await check_separate(tx, office, asked)
    shown = await what_is_shown(tx.connection, journal, asked.step.id)
    if asked.step.is_open and seen is not None and seen != hash_of(shown):
        raise Invalid({"drawn": CHANGED})
    return journal, shown


async def _drawn(tx: Transaction, asked: Asked) -> tuple[SampleFacts, list[ItemFacts]]:
    sample = await load_sample(tx.connection, asked.step.id)
    if sample is None:
        raise NotFound("Draw the sample first.")
    return sample, await load_items(tx.connection, sample.id)


async def _save(tx: Transaction, asked: Asked, results: list[ItemResult]) -> dict[str, str]:
    """Keep what this window found; says of each item that another one changed meanwhile, and leaves that as it is."""
    sample, items = await _drawn(tx, asked)
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


async def _judged(tx: Transaction, asked: Asked, late: Sequence[ItemResult] = ()) -> Judged:
    """What was found in all. Raises Invalid for what is not judged yet, NothingJudged where no item applied.

    The results of an answer that comes too late are not saved; it is judged by them nevertheless.
    """
    sample, items = await _drawn(tx, asked)
    said = {one.position: one for one in late}
    items = [
        replace(item, result=said[item.position].result, note=said[item.position].note)
        if item.position in said
        else item
        for item in items
    ]
    if undone := _undone(items):
        raise Invalid(undone)
    passes, fails, others = (sum(item.result == word for item in items) for word in RESULTS)
    result = Result(passes, fails, others, sample.threshold, population=sample.population_size)
    if result.passed is None:
        raise NothingJudged({"again": result.words})
    return Judged(sample, result, result.passed)


def _undone(items: list[ItemFacts]) -> dict[str, str]:
    lacking = {
        f"result-{item.position}": f"{item.label}: choose whether it meets the standard, or is not applicable."
        for item in items
        if item.result is None
    }
    return lacking | {
        f"note-{item.position}": f"{item.label}: say what was wrong with it."
        for item in items
        if item.result == "fail" and not item.note
    }


def _in_time(asked: Asked, journal: Journal, given: SampleAnswer, found: Judged, seen: bytes) -> Answer:
    """The answer that counts; where the sample failed, it says what goes back and why."""
    if found.passed:
        return Answer(found.outcome, found.words, seen=seen)
    back = _returned(asked, journal, given)
    return Answer(found.outcome, found.words | {"returned": back.pieces}, returned=back, seen=seen)


def _too_late(given: SampleAnswer, found: Judged) -> Answer:
    """One that came too late has its own results, which are nowhere else, and sends nothing back."""
    results = {str(one.position): [one.result, one.note] for one in given.results}
    return Answer(found.outcome, found.words | {"found": results}, reasons=given.reasons.strip() or None)


async def _settle(tx: Transaction, office: Office, asked: Asked, found: Judged, reasons: str) -> Asked:
    """Close the sample with what it showed; after a re-audit the action is another one."""
    await decide_sample(tx.connection, found.sample.id, found.passed, tx.now)
    if asked.step.control != Control.SUSTAIN:
        return asked
    return await settle_re_audit(tx, office, asked, found.passed, reasons)


def _returned(asked: Asked, journal: Journal, given: SampleAnswer) -> Returned:
    """Which evidence goes back: what was chosen, or all that was sent. A re-audit sends nothing back: it is closed."""
    can_go = returnable(journal) if asked.step.control == Control.CHECK else ()
    back = read_returned(given.chosen, can_go, given.reasons, LACKING)
    return back if back.keys else replace(back, keys=tuple(step.key for step in can_go))
