"""What people do with a weekly review: fill it in bit by bit, send it, or answer for one that nobody sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.deciders import ask_for_help
from commands.office import Office
from commands.review_ladder import overtake_review_rungs, who_answers_for
from commands.review_telling import about_review, tell_of_review
from commands.standing import roles_here
from commands.standing_in import for_words, part_at, whom_to_tell
from db.actions import read_action_of_step
from db.ids import new_id
from db.people import chosen_person, load_people
from db.reviews import (
    ReviewFacts,
    answer_rung,
    give_review,
    line_asks_for_help,
    lines_of,
    lock_review,
    rungs_of,
    save_lines,
    send_review,
)
from db.session import Transaction, transaction
from db.steps import load_step
from db.trail import Entry
from domain.actors import Actor
from domain.assigning import choose
from domain.covering import Asked, Part
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.escalating import Overtaken, may_not_answer
from domain.reviewing import LONGEST_NOTE, Line, ReviewStatus, Said, lacking
from domain.standing import NO_ACCOUNT
from domain.vocabulary import Role
from notifications import letters_review as letters

MAY_REVIEW = frozenset({Role.DEPUTY_MANAGER, Role.REGISTERED_MANAGER})


@dataclass(frozen=True, slots=True)
class Word:
    """What was typed of one action: progress or barrier, and the note."""

    said: str | None
    note: str


async def save(office: Office, actor: Actor, review_id: UUID, words: dict[UUID, Word], now: datetime) -> None:
    """Keep what was filled in so far; it can be gone on with later, by whoever has the review.

    What is typed after the review has ended is kept on the trail and changes nothing.
    """
    async with transaction(office.engine, actor, now) as tx:
        review = await _mine(tx, office, review_id)
        lines = {line.id: line for line in await lines_of(tx.connection, review_id)}
        told = {key: word for key, word in words.items() if key in lines and (word.said or word.note.strip())}
        if is_open := review.status == ReviewStatus.OPEN:
            await save_lines(tx.connection, [_row(tx, key, word) for key, word in told.items()])
        what = "review saved" if is_open else "review answer kept as late"
        kept: dict[str, Any] = {"actions": len(told)}
        if not is_open:
            kept["words"] = {lines[key].ref: [word.said, word.note.strip()] for key, word in told.items()}
        tx.record(Entry(what, "review", review_id, None, review.location_id, kept))
    if not is_open:
        raise AlreadySettled("This review has ended. What you wrote has been kept on the record.")


def _row(tx: Transaction, key: UUID, word: Word) -> dict[str, Any]:
    said = word.said if word.said in set(Said) else None
    note = word.note.strip()[: 2 * LONGEST_NOTE]
    return {"id": key, "said": said, "note": note, "by": tx.actor.known, "now": tx.now}


async def send(office: Office, actor: Actor, review_id: UUID, request_id: UUID, now: datetime) -> None:
    """Send a review as it was saved. Raises Invalid naming each open action that still needs its word.

    Each note goes on its action's timeline; a barrier asks for help as an owner's does. Sent twice,
    it has one effect.
    """
    async with transaction(office.engine, actor, now, request_id) as tx:
        review = await _mine(tx, office, review_id)
        if review.request_id == request_id:
            return
        lines = await lines_of(tx.connection, review_id)
        if fields := lacking(Line(str(line.id), line.is_open, line.said, line.note or "") for line in lines):
            raise Invalid(fields)
        if not await send_review(tx.connection, review_id, actor.known, request_id, now):
            raise AlreadySettled("This review has ended already. What you saved is kept on the record.")
        words = {"week": review.week.isoformat(), "actions": len(lines)}
        tx.record(Entry("review sent", "review", review_id, None, review.location_id, words))
        for line in lines:
            await _say(tx, office, review, line)
        await overtake_review_rungs(tx, review, Overtaken.STEP_ANSWERED)


async def _say(tx: Transaction, office: Office, review: ReviewFacts, line: Any) -> None:
    """Put one line on its action's timeline, and ask for help where something is in the way."""
    if not (line.note or "").strip():
        return
    if line.said == Said.BARRIER and line.is_open and line.step_id is not None:
        step, action = (
            await load_step(tx.connection, line.step_id),
            await read_action_of_step(tx.connection, line.step_id),
        )
        assert step is not None
        assert action is not None
        barrier_id = await ask_for_help(tx, office, action, step, line.note, new_id())
        await line_asks_for_help(tx.connection, line.id, barrier_id)
    words = {"week": review.week.isoformat(), "said": line.said, "note": line.note}
    tx.record(Entry("reviewed", "review", review.id, line.action_id, review.location_id, words))


async def answer_for_late(
    office: Office, actor: Actor, review_id: UUID, answer: str, person_id: UUID | None, now: datetime
) -> None:
    """Answer the ladder of a review that nobody sent: say what is done about it, and who does it now.

    The highest rung that waits for this person is answered; lower ones need no answer any more.
    """
    if len(answer.strip()) < 10:
        raise Invalid({"answer": "Say in a sentence what is done about it."})
    async with transaction(office.engine, actor, now) as tx:
        review = await _locked(tx, review_id)
        rungs = await rungs_of(tx.connection, review_id)
        found = await _waits_for_me(tx, office, review, rungs, answer.strip())
        if found is None:
            return
        rung, part = found
        words: dict[str, Any] = {"rung": rung.rung, "week": review.week.isoformat(), "answer": answer.strip()}
        words |= for_words(part)
        await answer_rung(tx.connection, rung.id, actor.known, part.for_id, answer.strip(), now)
        await overtake_review_rungs(tx, review, Overtaken.ANSWERED_HIGHER, below=rung.rung)
        if person_id is not None:
            words["to"] = str(await _give(tx, office, review, person_id, answer.strip()))
        tx.record(Entry("review escalation answered", "review", review_id, None, review.location_id, words))


async def _waits_for_me(
    tx: Transaction, office: Office, review: ReviewFacts, rungs: Sequence[Any], answer: str
) -> tuple[Any, Part] | None:
    """The rung to answer, and as whom; None where this person has answered already."""
    mine = [g for g in rungs if g.answered_by == tx.actor.known]
    try:
        waiting = [g for g in rungs if g.must_answer and g.answered_at is None]
        rung, part = await _answerable(tx, office, review, waiting)
    except NotAllowed:
        # A form sent twice: what waits now is for somebody higher up, and was not asked of this person.
        if any(g.answer == answer for g in mine):
            return None
        raise
    if rung is None and not mine:
        raise AlreadySettled("This needs no answer any more.")
    return None if rung is None else (rung, part)


async def _answerable(tx: Transaction, office: Office, review: ReviewFacts, waiting: list[Any]) -> tuple[Any, Part]:
    """The highest rung that waits and that this person may answer; raises NotAllowed where there are only others."""
    me, here = tx.actor.known, await roles_here(tx, office, review.location_id)
    has_it = review.status == ReviewStatus.OPEN and me in (review.assignee_id, review.assigned_for_id)
    why: str | None = None
    for rung in sorted(waiting, key=lambda rung: -rung.rung):
        asked = Asked(rung.asked_id, rung.asked_for_id)
        part = await part_at(tx, office, asked, who_answers_for(review, rung.role))
        why = may_not_answer(rung.role, here, part.is_asked, has_it)
        if why is None:
            return rung, part
    if why is not None:
        raise NotAllowed("This review is with you: send it, and nothing more is asked." if has_it else why)
    if not here:
        raise NotFound
    return None, Part(False)


async def _give(tx: Transaction, office: Office, review: ReviewFacts, person_id: UUID, reason: str) -> UUID:
    if review.status != ReviewStatus.OPEN:
        raise Invalid({"person": "The next review has opened since, so this one can't be given to anybody."})
    day = office.calendar.day_of(tx.now)
    candidates = await chosen_person(tx, person_id, review.location_id, day)
    if not candidates or review.due_at is None:
        raise Invalid({"person": "Choose somebody from the list."})
    choice = choose(candidates, signed_in=True)
    if choice is None:
        raise Invalid({"person": NO_ACCOUNT})
    await give_review(tx.connection, review.id, choice.assignee_id, choice.assigned_for_id)
    about, cause = about_review(tx, office, review), str(new_id())
    new, reader = await whom_to_tell(tx, choice)
    given = letters.review_given(about, reader)
    await tell_of_review(tx, office, review, new, "review given", given, cause)
    for former in (await load_people(tx.connection, {review.assignee_id} if review.assignee_id else set())).values():
        taken = letters.review_taken(about, former.name, reason)
        await tell_of_review(tx, office, review, former, "review taken", taken, cause)
    return choice.assignee_id


async def _mine(tx: Transaction, office: Office, review_id: UUID) -> ReviewFacts:
    """The review, locked, for somebody who does it: who was asked, or a deputy or registered manager here."""
    review = await _locked(tx, review_id)
    here = await roles_here(tx, office, review.location_id)
    if tx.actor.known in (review.assignee_id, review.assigned_for_id) or here & MAY_REVIEW:
        return review
    raise NotAllowed("The weekly review is for the deputy manager. Ask your registered manager.")


async def _locked(tx: Transaction, review_id: UUID) -> ReviewFacts:
    review = await lock_review(tx.connection, review_id)
    if review is None or review.opened_at is None:
        raise NotFound("There is no such review.")
    return review
