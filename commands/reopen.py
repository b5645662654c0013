"""Reopen: the improvement did not hold, so the action starts its next cycle by asking why."""

from dataclasses import dataclass, replace
from uuid import UUID

from commands.moving import move_on
from commands.office import Office
from commands.standing_down import stand_down
from commands.telling import Mail, about, tell
from db.actions import ActionFacts
from db.closures import took_part
from db.ids import new_id
from db.journal import load_journal, load_pathway
from db.outbox import URGENT
from db.session import Transaction
from db.sustaining import decide_re_audit, open_next_cycle, steps_left_open
from db.trail import Entry
from domain.deadlines import due_after
from domain.errors import AlreadySettled
from domain.plans import Plan
from domain.process import advance
from domain.vocabulary import ReAuditStatus, Reopened
from notifications.letters_after_closure import reopened


@dataclass(frozen=True, slots=True)
class Because:
    """What showed that it did not hold, and the words with it."""

    why: Reopened
    words: str


async def reopen_in(tx: Transaction, office: Office, action: ActionFacts, because: Because) -> ActionFacts:
    """Open the next cycle of a closed action and tell everyone who took part in the one before.

    The original due date stays; the new cycle has a date of its own. Raises AlreadySettled where the
    action is open already, or has been cancelled or superseded. The caller moves the action on.
    """
    pathway = await load_pathway(tx.connection, action.pathway_version_id)
    due = due_after(tx.now, pathway.re_audits.reopened_for, office.calendar)
    people = await took_part(tx.connection, action.id, action.cycle)
    number = await open_next_cycle(
        tx.connection, action.id, action.cycle, new_id(), because.why, because.words, due, tx.now
    )
    if number is None:
        raise AlreadySettled("This action is not closed, so there is nothing to reopen.")
    words = {"because": str(because.why), "words": because.words, "cycle": number, "due": due.isoformat()}
    tx.record(Entry("reopened", "action", action.id, action.id, action.location_id, words))
    subject = about(tx, office, action)
    for person in people:
        said, path = (because.why, because.words, due), f"/actions/{action.ref}"
        letter = reopened(subject, person.name, *said, path, signs_in=person.signs_in)
        tell(tx, office, action, Mail("reopened", person, letter, f"{action.id}:{number}", priority=URGENT))
    if left := await steps_left_open(tx.connection, action.id, action.cycle):
        journal = await load_journal(tx.connection, action.id, office.calendar)
        await stand_down(tx, office, action, journal, tuple(left))
    return replace(action, cycle=number, due_at=due)


async def reopen_missed(tx: Transaction, office: Office, action: ActionFacts, step_id: UUID) -> Plan:
    """A re-audit that nobody did before its ladder ran out reopens its action; what the action needs next."""
    await decide_re_audit(tx.connection, step_id, ReAuditStatus.MISSED, tx.now)
    tx.record(Entry("re-audit missed", "step", step_id, action.id, action.location_id))
    words = "Nobody checked whether the improvement held, though everyone on the ladder was asked."
    again = await reopen_in(tx, office, action, Because(Reopened.RE_AUDIT_MISSED, words))
    await move_on(tx, office, again)
    return advance(await load_journal(tx.connection, action.id, office.calendar), tx.now)
