"""Moving an action on: apply what `advance` says, in the transaction that stored the answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from commands.office import Office
from commands.overtaken import record_overtaken
from commands.telling import tell_asked
from db.actions import ActionFacts, set_status
from db.ids import new_id
from db.journal import load_journal
from db.people import holders, people_of, person_as_candidate
from db.session import Transaction
from db.steps import insert_links, insert_steps, last_reasons, void_steps
from db.sustaining import open_re_audit
from db.trail import Entry
from domain.agreeing import asked_already, have_agreed
from domain.assigning import Choice, choose
from domain.closing import may_not_approve, may_not_sample
from domain.escalating import Overtaken
from domain.journal import Journal
from domain.pathways import OWNER
from domain.process import Plan, StepToOpen, advance
from domain.vocabulary import Control
from notifications.links import mint

LINK_OUTLIVES_DUE = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Opened:
    """A step that was just opened, and who was asked (nobody, where nobody may be)."""

    id: UUID
    ask: StepToOpen
    choice: Choice | None
    link_id: UUID | None
    link_until: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """What an action needs next, and what was opened for it."""

    plan: Plan
    opened: tuple[Opened, ...]


async def move_on(tx: Transaction, office: Office, action: ActionFacts) -> Moved:
    """Open what is next, void what is not asked any more, and set the status. The action is locked by the caller."""
    journal = await load_journal(tx.connection, action.id, office.calendar)
    plan = advance(journal, tx.now)
    if plan.voids:
        overtaken = await void_steps(tx.connection, list(plan.voids), tx.now)
        record_overtaken(tx, action.id, action.location_id, overtaken, Overtaken.STEP_NOT_ASKED)
        record_voids(tx, action, journal, plan.voids)
    opened = await _open(tx, office, action, journal, plan.opens) if plan.opens else ()
    if plan.status != action.status:
        await set_status(tx.connection, action.id, plan.status, tx.now)
        change = {"status": [action.status, str(plan.status)]}
        tx.record(
            Entry("status changed", "action", action.id, action.id, action.location_id, change),
        )
    tx.wake(action.id)
    return Moved(plan, opened)


async def _open(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, asks: tuple[StepToOpen, ...]
) -> tuple[Opened, ...]:
    opened: list[Opened] = []
    for ask in asks:
        # Two approvals that open together go to two people.
        taken = _asked_among(opened) if ask.control is Control.CLOSE else frozenset[UUID]()
        opened.append(await _opened(tx, office, action, journal, ask, taken))
    await insert_steps(tx.connection, [_step_row(tx, action, item) for item in opened])
    for item in opened:
        if item.ask.control is Control.SUSTAIN:
            await open_re_audit(tx.connection, action.id, action.cycle, item.ask.round, item.id)
    links = [_link_row(tx, office, item) for item in opened if item.link_id is not None]
    if links:
        await insert_links(tx.connection, links)
    await _tell(tx, office, action, journal, opened)
    return tuple(opened)


def record_voids(tx: Transaction, action: ActionFacts, journal: Journal, voids: tuple[UUID, ...]) -> None:
    """Put on the trail what is not asked any more."""
    for step in journal.steps:
        if step.id in voids:
            words = {"step": step.key, "round": step.round}
            tx.record(Entry("step no longer asked", "step", step.id, action.id, action.location_id, words))


def _asked_among(opened: list[Opened]) -> frozenset[UUID]:
    choices = [item.choice for item in opened if item.choice and item.ask.control is Control.CLOSE]
    people = {person for choice in choices for person in (choice.assignee_id, choice.assigned_for_id) if person}
    return frozenset(people)


async def _opened(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, ask: StepToOpen, taken: frozenset[UUID]
) -> Opened:
    choice = await choose_for(tx, office, action, journal, ask.control, ask.who, taken)
    with_link = choice is not None and not ask.form.needs_account
    until = max(ask.due_at, tx.now) + LINK_OUTLIVES_DUE
    return Opened(new_id(), ask, choice, new_id() if with_link else None, until)


async def choose_for(
    tx: Transaction,
    office: Office,
    action: ActionFacts,
    journal: Journal,
    control: Control,
    who: str,
    taken: frozenset[UUID] = frozenset(),
) -> Choice | None:
    """Whom a step goes to today, absence and separation of duties included; nobody who is `taken` already."""
    day = office.calendar.day_of(tx.now)
    if who == OWNER:
        if action.owner_id is None:
            return None
        candidates = await person_as_candidate(tx, action.owner_id, day)
    else:
        candidates = await holders(tx, who, action.location_id, day)
    return choose(candidates, forbidden(journal, control) | taken)


def forbidden(journal: Journal, control: Control) -> frozenset[UUID]:
    """Who may not be given a step of this control."""
    if control in (Control.CHECK, Control.SUSTAIN):
        return may_not_sample(journal)
    if control is Control.CLOSE:
        return may_not_approve(journal) | have_agreed(journal) | asked_already(journal)
    return frozenset()


def _step_row(tx: Transaction, action: ActionFacts, item: Opened) -> dict[str, Any]:
    ask, choice = item.ask, item.choice
    return {
        "id": item.id,
        "action_id": action.id,
        "cycle": action.cycle,
        "key": ask.key,
        "round": ask.round,
        "control": str(ask.control),
        "form": str(ask.form),
        "title": ask.title,
        "role": ask.who,
        "assignee_id": choice.assignee_id if choice else None,
        "assigned_for_id": choice.assigned_for_id if choice else None,
        "status": "open",
        "opened_at": tx.now,
        "due_at": ask.due_at,
        "original_due_at": ask.due_at,
        "returned_keys": [],
    }


def _link_row(tx: Transaction, office: Office, item: Opened) -> dict[str, Any]:
    assert item.link_id is not None
    assert item.choice is not None
    return link_row(tx, office, item.link_id, item.choice.assignee_id, item.id, item.link_until)


def link_row(
    tx: Transaction, office: Office, link_id: UUID, person_id: UUID, step_id: UUID, until: datetime
) -> dict[str, Any]:
    """A link to one step for one person; it outlives the step's due date by four weeks."""
    return {
        "id": link_id,
        "token_hash": mint(office.secret_key, link_id).token_hash,
        "person_id": person_id,
        "step_id": step_id,
        "purpose": "step",
        "created_at": tx.now,
        "expires_at": until,
    }


async def _tell(tx: Transaction, office: Office, action: ActionFacts, journal: Journal, opened: list[Opened]) -> None:
    choices = [item.choice for item in opened if item.choice]
    ids = {person for choice in choices for person in (choice.assignee_id, choice.assigned_for_id) if person}
    people = await people_of(tx, ids)
    reasons = await last_reasons(tx.connection, action.id, action.cycle) if journal.returns() else None
    for item in opened:
        tx.record(Entry("step opened", "step", item.id, action.id, action.location_id, _asked_words(item)))
        if item.choice:
            covered = people.get(item.choice.assigned_for_id) if item.choice.assigned_for_id else None
            person = people[item.choice.assignee_id]
            tell_asked(tx, office, action, journal.pathway, item, person, covered, reasons)


def _asked_words(item: Opened) -> dict[str, Any]:
    words: dict[str, Any] = {"step": item.ask.key, "round": item.ask.round, "due": item.ask.due_at.isoformat()}
    if item.choice is None:
        return {**words, "asked": None, "why": f"nobody may be asked as {item.ask.who}"}
    words["asked"] = str(item.choice.assignee_id)
    if item.choice.assigned_for_id:
        words["for"] = str(item.choice.assigned_for_id)
    return words
