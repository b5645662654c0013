"""Taking an answer to a step: who may give it, whether it came first, and what is kept of it either way.

A form sent twice gets its first receipt. One that comes after somebody else's answer, or for a
step that is no longer asked, is kept on the record as late and changes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.moving import Moved, move_on, move_on_from
from commands.office import Office
from commands.overtaken import record_overtaken
from commands.standing import roles_here
from db.actions import ActionFacts, lock_action_of_step
from db.answered import By, Kept, load_answered
from db.evidence import Attachment, Shown
from db.ids import new_id
from db.models.base import Json
from db.session import Transaction
from db.steps import LinkFacts, StepFacts, settle_with_answer
from db.trail import Entry
from domain.actors import Actor
from domain.errors import LinkDead, NotAllowed, NotFound
from domain.escalating import Overtaken
from domain.journal import Journal
from domain.pathways import OWNER
from domain.returning import Returned
from domain.vocabulary import Form, Identified, Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says to a step: how it comes out, and their words as the form has them.

    `reasons` are for whoever is asked because of it; `returned` sends evidence back, each piece with its own.
    `shown` is what they show as evidence, `seen` the hash of what they saw when they decided.
    """

    outcome: Outcome
    words: Json
    reasons: str | None = None
    returned: Returned | None = None
    shown: Shown | None = None
    seen: bytes | None = None
    form_version: str = "1"

    @property
    def why(self) -> str | None:
        return self.returned.reasons if self.returned else self.reasons


@dataclass(frozen=True, slots=True)
class Asked:
    """The step that is answered, with its action locked; `files` are this person's, not submitted yet.

    `journal` is the action as it stands before the answer, where it was read with the step.
    """

    action: ActionFacts
    step: StepFacts
    request_id: UUID
    kept: Kept | None = None
    link: LinkFacts | None = None
    files: Sequence[Attachment] = ()
    journal: Journal | None = None

    def answered(self, tx: Transaction, answer: Answer) -> Journal | None:
        """The action as it stands with an answer that changes its step and nothing else."""
        if self.journal is None or not self.step.is_open:
            return None
        shows = answer.shown.category if answer.shown else None
        return self.journal.answered(self.step.id, answer.outcome, tx.actor.known, tx.now, shows)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was recorded, and what happens next, from the same transaction.

    `counted` is False when the answer came too late to count; it is on the record all the same.
    `repeated` says that this very form had been received before. `moved` is None for both.
    """

    submission_id: UUID
    action_id: UUID
    ref: str
    step_id: UUID
    key: str
    received_at: datetime
    after_due: bool
    counted: bool
    repeated: bool = False
    moved: Moved | None = None

    @property
    def reference(self) -> str:
        """What the person can quote: the action's reference and the end of the submission's key."""
        return f"{self.ref}-{self.submission_id.hex[-4:].upper()}"


async def ask_again(tx: Transaction, office: Office, step_id: UUID, request_id: UUID, *forms: Form) -> Asked:
    """Lock the action of a step and check that this actor may answer it, and that it asks for one of these forms.

    The form matters: an evidence step answered with words for another kind of step would pass as evidence.
    """
    action = await lock_action_of_step(tx.connection, step_id)
    if action is None:
        raise NotFound
    by = By(tx.actor.person_id, tx.actor.link_id, request_id)
    found = await load_answered(tx.connection, step_id, by, office.calendar.day_of(tx.now), office.calendar)
    if found is None:
        raise NotFound
    step, link = found.step, found.link
    await check_may_answer(tx, office, action, step, link)
    if forms and Form(step.form) not in forms:
        raise NotFound("This step asks for something else. Open it again from its mail, or from “My work”.")
    if link is not None and link.person is not None:
        tx.people[link.person_id] = link.person
    if found.owner_at_work is not None:
        tx.people[found.owner_at_work.id] = found.owner_at_work
        tx.at_work.add(found.owner_at_work.id)
    return Asked(action, step, request_id, found.kept, link, found.files, found.journal)


async def check_may_answer(
    tx: Transaction, office: Office, action: ActionFacts, step: StepFacts, link: LinkFacts | None
) -> None:
    """A link answers its own step and nothing else; checks and decisions need an account."""
    actor = tx.actor
    if actor.identified_by is Identified.LINK:
        _check_link(tx, actor, step, link)
    elif actor.known not in (step.assignee_id, step.assigned_for_id):
        here = await roles_here(tx, office, action.location_id)
        if step.role == OWNER or step.role not in here:
            raise NotAllowed(f"This step is for the {step.role}. Ask the registered manager to give it to you.")


def _check_link(tx: Transaction, actor: Actor, step: StepFacts, link: LinkFacts | None) -> None:
    if link is None or link.step_id != step.id or link.person_id != actor.person_id:
        raise LinkDead
    if link.expires_at <= tx.now or step.needs_account:
        raise LinkDead
    # Revoked before the step was answered, it was replaced, or the step went to somebody else: then for good.
    if link.revoked_at is not None and (step.settled_at is None or link.revoked_at < step.settled_at):
        raise LinkDead("This step has been given to somebody else, so this link no longer works.")


def kept_before(tx: Transaction, asked: Asked) -> Receipt | None:
    """The first receipt, when this very form came before."""
    kept = asked.kept
    if kept is None:
        return None
    if kept.person_id != tx.actor.person_id:
        raise NotAllowed
    return _receipt(asked, kept, repeated=True)


async def keep_answer(tx: Transaction, asked: Asked, answer: Answer) -> Kept:
    """Store an answer and settle its step with it; kept as late where somebody, or the clock, was there first."""
    step, submission_id = asked.step, new_id()
    settled = await settle_with_answer(tx.connection, _bound(tx, asked, answer, submission_id), answer.shown)
    what = f"step settled: {answer.outcome}" if settled.won else "answer kept as late"
    words = {"step": step.key, "round": step.round, "answer": answer.words, "reasons": answer.why}
    tx.record(Entry(what, "step", step.id, asked.action.id, asked.action.location_id, words))
    record_overtaken(tx, asked.action.id, asked.action.location_id, settled.overtaken, Overtaken.STEP_ANSWERED)
    kept_as = "answer" if settled.won else "late"
    return Kept(submission_id, kept_as, tx.now, tx.now > step.due_at, tx.actor.known)


def _bound(tx: Transaction, asked: Asked, answer: Answer, submission_id: UUID) -> Json:
    """The values that an answer is kept with, and its step settled."""
    returned = answer.returned
    return {
        "id": asked.step.id,
        "submission": submission_id,
        "outcome": answer.outcome,
        "by": tx.actor.known,
        "now": tx.now,
        "returned": json.dumps(list(returned.keys) if returned else []),
        "return_reasons": json.dumps(returned.by_key if returned else {}),
        "reasons": answer.why,
        "shown": answer.seen,
        "identified_by": str(tx.actor.identified_by),
        "request_id": asked.request_id,
        "answer": json.dumps(answer.words),
        "form_version": answer.form_version,
        "after_due": tx.now > asked.step.due_at,
    }


async def receipt_after(
    tx: Transaction, office: Office, asked: Asked, kept: Kept, stands: Journal | None = None
) -> Receipt:
    """Move the action on where the answer counted, and say what was recorded.

    `stands` is the action with the answer, from `Asked.answered`; without it the journal is read again.
    """
    moved = None
    if kept.counted and stands is not None:
        moved = await move_on_from(tx, office, asked.action, stands, last=True)
    elif kept.counted:
        moved = await move_on(tx, office, asked.action)
    return _receipt(asked, kept, moved=moved)


def _receipt(asked: Asked, kept: Kept, *, repeated: bool = False, moved: Moved | None = None) -> Receipt:
    return Receipt(
        submission_id=kept.id,
        action_id=asked.action.id,
        ref=asked.action.ref,
        step_id=asked.step.id,
        key=asked.step.key,
        received_at=kept.received_at,
        after_due=kept.after_due,
        counted=kept.counted,
        repeated=repeated,
        moved=moved,
    )
