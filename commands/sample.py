"""Check: record what was found in each drawn item, and let the threshold decide."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from commands.answering import Asked, Receipt, ask_again, keep_answer, kept_before, receipt_after
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
class Judged:
    """A sample of which every item has been judged, and whether it passed."""

    sample: SampleFacts
    result: Result
    passed: bool

    @property
    def outcome(self) -> Outcome:
        return Outcome.PASSED if self.passed else Outcome.FAILED

    def answer(self, returned: Returned | None, late: list[ItemResult]) -> Json:
        """What is kept as the sampler's answer. One that came too late has its own results, which are nowhere else."""
        sample, result = self.sample, self.result
        drawn = {"sample": str(sample.id), "seed": sample.seed, "population": sample.population}
        counted = {"of": sample.population_size, "size": sample.size, "passes": result.passes, "fails": result.fails}
        back = {"returned": {key: returned.by_key.get(key) for key in returned.keys}} if returned else {}
        found = {"found": {str(one.position): [one.result, one.note] for one in late}} if late else {}
        return {**drawn, **counted, "can_show": result.words, **back, **found}


async def save_results(
    office: Office,
    actor: Actor,
    step_id: UUID,
    results: list[ItemResult],
    now: datetime,
    seen: bytes | None = None,
) -> dict[str, str]:
    """Keep what has been found so far; nothing is decided yet. Says what another window saved meanwhile, by field.

    `seen` is the hash of what the page showed; what was found in a sample that has been set aside is not kept.
    """
    async with transaction(office.engine, actor, now) as tx:
        asked = await ask_again(tx, office, step_id, new_id(), Form.SAMPLE)
        if not asked.step.is_open:
            raise AlreadySettled
        await _as_shown(tx, office, asked, seen)
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
    seen: bytes | None = None,
) -> Receipt:
    """Finish the sample. The threshold decides; a failed check sends evidence back, `chosen` or all, with reasons.

    Where somebody else was first, what was found here is kept with the late answer, and changes nothing.
    `seen` is the hash of what the page showed; the decision is kept with the hash of what there was. Raises
    NothingJudged where every item is not applicable.
    """
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.SAMPLE)
        if receipt := kept_before(tx, asked):
            return receipt
        journal, shown = await _as_shown(tx, office, asked, seen)
        if asked.step.is_open and (conflicts := await _save(tx, asked, results)):
            raise Invalid(conflicts)
        late = [] if asked.step.is_open else results
        found = await _judged(tx, asked, late)
        returned = None if found.passed or late else _returned(asked, journal, chosen, reasons)
        answer = found.answer(returned, late)
        why = reasons.strip() or None if late else None
        shown_as = hash_of(shown)
        kept = await keep_answer(
            tx, office, asked, found.outcome, answer, returned=returned, reasons=why, seen=shown_as
        )
        if kept[1]:
            asked = await _settle(tx, office, asked, found, reasons)
        return await receipt_after(tx, office, asked, *kept)


async def what_is_shown(tx: Transaction, journal: Journal, asked: Asked) -> Json:
    """What a sampler judges by: form, pathway version, the evidence of the cycle, and the sample as drawn.

    What was found in the items is not part of it: windows that save different items do not get in each other's way.
    """
    found = await snapshot(tx.connection, asked.action.id, asked.action.cycle)
    pathway, sample = journal.pathway, await load_sample(tx.connection, asked.step.id)
    drawn = await _as_drawn(tx, sample) if sample else None
    return {
        "form": FORM,
        "pathway": f"{pathway.key} {pathway.version}",
        "evidence": found["evidence"],
        "sample": drawn,
    }


async def _as_drawn(tx: Transaction, sample: SampleFacts) -> Json:
    items = [[i.position, i.item, i.label, i.stratum] for i in await load_items(tx.connection, sample.id)]
    facts = {"id": str(sample.id), "seed": sample.seed, "population": sample.population}
    return {**facts, "of": sample.population_size, "threshold": str(sample.threshold), "items": items}


async def _as_shown(tx: Transaction, office: Office, asked: Asked, seen: bytes | None) -> tuple[Journal, Json]:
    """The journal, and what the page shows by now. Raises Invalid where somebody who may still decide saw another."""
    journal = await check_separate(tx, office, asked)
    shown = await what_is_shown(tx, journal, asked)
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


async def _judged(tx: Transaction, asked: Asked, late: list[ItemResult]) -> Judged:
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


async def _settle(tx: Transaction, office: Office, asked: Asked, found: Judged, reasons: str) -> Asked:
    """Close the sample with what it showed; after a re-audit the action is another one."""
    await decide_sample(tx.connection, found.sample.id, found.passed, tx.now)
    if asked.step.control != Control.SUSTAIN:
        return asked
    return await settle_re_audit(tx, office, asked, found.passed, reasons)


def _returned(asked: Asked, journal: Journal, chosen: Chosen, reasons: str) -> Returned:
    """Which evidence goes back: what was chosen, or all that was sent. A re-audit sends nothing back: it is closed."""
    can_go = returnable(journal) if asked.step.control == Control.CHECK else ()
    back = read_returned(chosen, can_go, reasons, LACKING)
    return back if back.keys else replace(back, keys=tuple(step.key for step in can_go))
