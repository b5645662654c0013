"""Escalate: fire a rung of the ladder once, ask whoever must decide, and tell whom it concerns."""

from datetime import datetime
from uuid import UUID

from commands.choosing import choose_for
from commands.office import Office
from commands.standing import roles_here
from commands.standing_in import asked_columns, asked_words, who_answers_today, whom_to_tell
from commands.telling import Mail, about, step_path, tell
from db.actions import ActionFacts, lock_action
from db.escalations import insert_escalation
from db.ids import new_id
from db.journal import load_journal
from db.links import open_link
from db.models.base import Json
from db.outbox import URGENT
from db.people import PersonFacts, people_of
from db.session import Transaction, transaction
from db.steps import StepFacts, load_step
from db.trail import Entry
from domain.actors import SYSTEM
from domain.assigning import Choice, both_of
from domain.covering import Answerers, Part
from domain.errors import NotAllowed, NotFound
from domain.escalating import above
from domain.journal import Journal
from domain.ladder import RungDue, rungs_due
from domain.pathways import OWNER, Rung
from domain.plans import Plan
from domain.process import advance
from domain.vocabulary import Control, Form, Role
from notifications import letters_late as letters
from notifications.letter import Way

MOVES_ACTION = frozenset({str(Control.DEFINE), str(Control.ASSIGN), str(Control.EVIDENCE)})


async def fire_rung(office: Office, action_id: UUID, step_id: UUID, rung: int, now: datetime) -> Plan:
    """Fire one rung of one step, if it is still due; what the action needs next.

    Read again under the lock: the answer may have come in the moment before. A rung fires once.
    """
    async with transaction(office.engine, SYSTEM, now) as tx:
        action = await lock_action(tx.connection, action_id)
        if action is None:
            raise NotFound(f"There is no action {action_id}.")
        journal = await load_journal(tx.connection, action_id, office.calendar)
        due = {(item.step_id, item.rung): item for item in rungs_due(journal, now)}.get((step_id, rung))
        if due is not None:
            await _fire(tx, office, action, journal, due)
            journal = await load_journal(tx.connection, action_id, office.calendar)
        return advance(journal, now)


async def _fire(tx: Transaction, office: Office, action: ActionFacts, journal: Journal, due: RungDue) -> None:
    rung = journal.pathway.ladders[journal.risk][due.rung - 1]
    step = await load_step(tx.connection, due.step_id)
    assert step is not None
    choice = await who_answers_today(tx, office, who_must_answer(action, step, rung.answer)) if rung.answer else None
    told = [person for who in rung.tell if (person := await _person(tx, office, action, journal, step, who))]
    people = await people_of(tx, {p for p in (*told, step.assignee_id) if p})
    escalation_id = new_id()
    row = _row(step, rung, due, choice, told) | {"id": escalation_id, "action_id": action.id, "fired_at": tx.now}
    if not await insert_escalation(tx.connection, row):
        return
    words = {"step": step.key, "rung": due.rung, **asked_words(choice), "role": rung.answer}
    tx.record(Entry("escalated", "escalation", escalation_id, action.id, action.location_id, words))
    await _tell(tx, office, action, step, told, escalation_id, people)
    if choice is not None:
        await tell_must_answer(tx, office, action, step, escalation_id, due.rung, choice)


def _row(step: StepFacts, rung: Rung, due: RungDue, choice: Choice | None, told: list[UUID]) -> Json:
    """What is kept of a rung that fires: when it was due, whom it told, and who must answer it."""
    return {
        "step_id": step.id,
        "rung": due.rung,
        "role": rung.answer or ", ".join(rung.tell),
        "must_answer": rung.answer is not None,
        **asked_columns(choice, "asked_id", "asked_for_id"),
        "told": [str(person) for person in told],
        "due_when_fired": step.due_at,
        "expected_at": due.due_at,
    }


async def _person(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, step: StepFacts, who: str
) -> UUID | None:
    """Whoever a rung speaks of: “owner” is the person the late step is with."""
    if who == OWNER:
        return step.assignee_id or action.owner_id
    choice = await choose_for(tx, office, action, journal, Control.DEFINE, who)
    return choice.assignee_id if choice else None


def who_must_answer(action: ActionFacts, step: StepFacts, role: str) -> Answerers:
    """The role's holder, or the next above, but never whoever is late themselves."""
    first = action.owner_id if role == OWNER else role
    nearest = tuple(who for who in (first, *above(role)) if who is not None)
    return Answerers(nearest, action.location_id, both_of(step))


async def _tell(
    tx: Transaction,
    office: Office,
    action: ActionFacts,
    step: StepFacts,
    told: list[UUID],
    escalation_id: UUID,
    people: dict[UUID, PersonFacts],
) -> None:
    """Tell whom the rung names; whoever the step is with gets the link that they can answer it by."""
    subject, holder = about(tx, office, action), _holder(step, people)
    for person in (people[key] for key in dict.fromkeys(told) if key in people):
        theirs = person.id == step.assignee_id
        link_id, until = (theirs and await open_link(tx.connection, step.id, person.id)) or (None, None)
        path = step_path(Form(step.form), step.id) if theirs and step.needs_account else f"/actions/{action.ref}"
        way = Way(until=until if until and until > tx.now else None) if link_id else Way(path)
        letter = letters.told_late(subject, person.name, step, None if theirs else holder, way)
        mail = Mail("told late", person, letter, escalation_id, step_id=step.id, link_id=link_id, priority=URGENT)
        tell(tx, office, action, mail)


async def tell_must_answer(
    tx: Transaction, office: Office, action: ActionFacts, step: StepFacts, escalation_id: UUID, rung: int, asked: Choice
) -> None:
    """Mail an escalation to whoever must answer it, saying for whom where they cover."""
    person, reader = await whom_to_tell(tx, asked)
    people = await people_of(tx, {step.assignee_id} if step.assignee_id else set())
    subject, path = about(tx, office, action), f"/escalations/{escalation_id}"
    letter = letters.escalation(subject, reader, step, _holder(step, people), rung, path)
    tell(tx, office, action, Mail("escalation", person, letter, escalation_id, step_id=step.id, priority=URGENT))


def _holder(step: StepFacts, people: dict[UUID, PersonFacts]) -> str:
    return people[step.assignee_id].name if step.assignee_id and step.assignee_id in people else "nobody yet"


async def check_may_decide(tx: Transaction, office: Office, action: ActionFacts, part: Part, role: str) -> None:
    """Whoever is asked may decide, and whoever holds the role here, or stands above it."""
    if part.is_asked:
        return
    here = await roles_here(tx, office, action.location_id)
    if not here & {role, Role.NOMINATED_INDIVIDUAL, Role.REGISTERED_MANAGER}:
        raise NotAllowed(f"This decision is for the {role}.")
