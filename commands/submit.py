"""Evidence: attach files one by one, then submit them with what was done, when, and what it shows."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.answering import Answer, Asked, Receipt, ask_again, keep_answer, kept_before, receipt_after
from commands.office import Office
from commands.receipts import tell_receipt
from db.evidence import Attachment, Shown, files_added, insert_evidence, is_received, keep_blob, withdraw_attachment
from db.ids import new_id
from db.session import Transaction, glance, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.errors import Invalid, NotFound
from domain.forms import FORM_VERSION, EvidenceAnswer, read_answer
from domain.vocabulary import Control, Form, Outcome
from evidence.store import StoredFile

MOST_FILES, MOST_EVER = 10, 50
"""Files that wait with a step at once; and that one person may ever add to it, since removed ones are kept too."""
EVIDENCE_FORMS = (Form.EVIDENCE, Form.BRIEFING, Form.VIEWS)
Raw: TypeAlias = dict[str, Any] | Callable[[Form], dict[str, Any]]
"""An answer as it came in, or what finds it once it is known which form the step asks for."""


async def attach(
    office: Office, actor: Actor, step_id: UUID, stored: StoredFile, now: datetime, request_id: UUID | None = None
) -> UUID | None:
    """Add a stored file to a step. The file is on disk already; this makes it part of the record.

    What comes too late to count is kept too: it goes with the submission that is kept as late. A form that is sent
    again brings its files again: they are added once, and not at all (None) once that form, `request_id`, is received.
    """
    async with transaction(office.engine, actor, now) as tx:
        asked = await ask_again(tx, office, step_id, request_id or new_id(), *EVIDENCE_FORMS)
        if kept_before(tx, asked):
            return None
        same = (stored.sha256, stored.filename)
        if there := next((file for file in asked.files if (bytes(file.blob_sha256), file.filename) == same), None):
            return there.id
        await _refuse_without_room(tx.connection, actor, step_id)
        await keep_blob(
            tx.connection,
            {
                "sha256": stored.sha256,
                "size": stored.size,
                "media_type": stored.media_type,
                "scan": stored.scan,
                "stored_at": now,
            },
        )
        row = _evidence_row(tx, asked, blob_sha256=stored.sha256, filename=stored.filename)
        await insert_evidence(tx.connection, [row])
        words = {"file": stored.filename, "sha256": stored.sha256.hex(), "size": stored.size}
        tx.record(Entry("file added", "evidence", row["id"], asked.action.id, asked.action.location_id, words))
        return row["id"]


async def is_wanted(office: Office, actor: Actor, step_id: UUID, request_id: UUID) -> bool:
    """Whether a file is to be stored at all; ask this before one is, so that nobody fills the disk.

    Not where it comes with a form that is received already. Raises Invalid where no file more can be added.
    """
    async with glance(office.engine) as connection:
        if await is_received(connection, step_id, request_id):
            return False
        await _refuse_without_room(connection, actor, step_id)
        return True


async def _refuse_without_room(connection: AsyncConnection, actor: Actor, step_id: UUID) -> None:
    here, ever = await files_added(connection, step_id, actor.known)
    if here >= MOST_FILES:
        raise Invalid({"files": f"Up to {MOST_FILES} files. Remove one before you add another."})
    if ever >= MOST_EVER:
        raise Invalid({"files": f"You have added {MOST_EVER} files here, the removed ones counted. Send what is left."})


async def remove(office: Office, actor: Actor, step_id: UUID, evidence_id: UUID, now: datetime) -> None:
    """Take back a file that has not been submitted yet. It stays on the record as removed."""
    async with transaction(office.engine, actor, now) as tx:
        asked = await ask_again(tx, office, step_id, new_id(), *EVIDENCE_FORMS)
        if not await withdraw_attachment(tx.connection, evidence_id, step_id, actor.known, now):
            raise NotFound("That file is not there any more.")
        entry = Entry("file removed", "evidence", evidence_id, asked.action.id, asked.action.location_id)
        tx.record(entry)


async def submit(office: Office, actor: Actor, step_id: UUID, request_id: UUID, raw: Raw, now: datetime) -> Receipt:
    """Send the evidence for a step. Raises Invalid naming each field that needs another look."""
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, *EVIDENCE_FORMS)
        if receipt := kept_before(tx, asked):
            return receipt
        form, today = Form(asked.step.form), office.calendar.day_of(now)
        given = read_answer(raw(form) if callable(raw) else raw, form, today, bool(asked.files))
        words = {**given.model_dump(mode="json", exclude_none=True), "files": _described(asked.files)}
        shown = _shown(tx, asked, given)
        answer = Answer(Outcome.SUBMITTED, words, shown=shown, form_version=FORM_VERSION)
        kept = await keep_answer(tx, asked, answer)
        receipt = await receipt_after(tx, office, asked, kept, asked.answered(tx, answer))
        tell_receipt(tx, office, asked, receipt, answer)
        return receipt


async def say_why(office: Office, actor: Actor, step_id: UUID, request_id: UUID, why: str, now: datetime) -> Receipt:
    """Say why an improvement did not hold: the first step of a reopened action."""
    if len(why.strip()) < 10:
        raise Invalid({"why": "Say in a sentence or two why the improvement did not hold."})
    async with transaction(office.engine, actor, now, request_id) as tx:
        asked = await ask_again(tx, office, step_id, request_id, Form.WHY_REOPENED)
        if receipt := kept_before(tx, asked):
            return receipt
        answer = Answer(Outcome.SUBMITTED, {"why": why})
        kept = await keep_answer(tx, asked, answer)
        receipt = await receipt_after(tx, office, asked, kept, asked.answered(tx, answer))
        tell_receipt(tx, office, asked, receipt, answer)
        return receipt


def _shown(tx: Transaction, asked: Asked, given: EvidenceAnswer) -> Shown:
    statement = _evidence_row(
        tx,
        asked,
        kind=str(given.kind),
        category=str(given.category),
        effective_on=given.effective_on,
        statement=given.statement,
        details=given.details,
    )
    return Shown(statement, [file.id for file in asked.files])


def _described(files: Sequence[Attachment]) -> list[dict[str, Any]]:
    return [{"name": f.filename, "sha256": bytes(f.blob_sha256).hex(), "size": f.size} for f in files]


def _evidence_row(tx: Transaction, asked: Asked, **values: Any) -> dict[str, Any]:
    assert asked.step.control == Control.EVIDENCE
    return {
        "id": new_id(),
        "action_id": asked.action.id,
        "step_id": asked.step.id,
        "person_id": tx.actor.known,
        "added_at": tx.now,
        **values,
    }
