"""Steps that somebody was just asked for: their links, their letters, and what the trail says of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from commands.office import Office
from commands.telling import Mail, about, counts_of, step_path, tell
from db.actions import ActionFacts
from db.decisions import suggested_owner
from db.outbox import URGENT
from db.people import PersonFacts, people_of
from db.session import Transaction
from db.steps import last_reasons, last_words
from db.trail import Entry
from domain.assigning import Choice
from domain.journal import Journal, Step
from domain.pathways import Pathway
from domain.plans import StepToOpen
from domain.vocabulary import Control, Form, Outcome
from notifications import letters
from notifications.letter import About, Letter, Reader
from notifications.letters_requests import support_asked
from notifications.links import mint

LINK_OUTLIVES_DUE = timedelta(days=28)
AGAIN = "Some of the evidence had gone back, and has been sent again. The page shows what was found before."


@dataclass(frozen=True, slots=True)
class Opened:
    """A step that was just opened, and who was asked (nobody, where nobody may be)."""

    id: UUID
    ask: StepToOpen
    choice: Choice | None
    link_id: UUID | None
    link_until: datetime


@dataclass(frozen=True, slots=True)
class Asking:
    """What a letter about an opened step is made of.

    `covering` is whom the person stands in for; `said` is what was said before that the step answers to.
    """

    action: ActionFacts
    pathway: Pathway
    opened: Opened
    person: PersonFacts
    covering: PersonFacts | None = None
    said: str | None = None

    @property
    def reader(self) -> Reader:
        return Reader(self.person.name, self.covering.name if self.covering else None)


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


def link_rows(tx: Transaction, office: Office, opened: list[Opened]) -> list[dict[str, Any]]:
    """The links of those that are answered by link."""
    return [
        link_row(tx, office, item.link_id, item.choice.assignee_id, item.id, item.link_until)
        for item in opened
        if item.link_id is not None and item.choice is not None
    ]


async def tell_opened(
    tx: Transaction,
    office: Office,
    action: ActionFacts,
    journal: Journal,
    opened: list[Opened],
    what: str = "step opened",
) -> None:
    """Put on the trail who was asked for what, and tell them. `journal` is from before."""
    choices = [item.choice for item in opened if item.choice]
    ids = {person for choice in choices for person in (choice.assignee_id, choice.assigned_for_id) if person}
    people = await people_of(tx, ids)
    returned = await last_reasons(tx.connection, action.id, action.cycle) if journal.returns() else {}
    for item in opened:
        tx.record(Entry(what, "step", item.id, action.id, action.location_id, _asked_words(item)))
        if item.choice:
            covered = people.get(item.choice.assigned_for_id) if item.choice.assigned_for_id else None
            said = await _said_before(tx, action, journal, item, returned)
            person = people[item.choice.assignee_id]
            tell_asked(tx, office, Asking(action, journal.pathway, item, person, covered, said))


def tell_asked(tx: Transaction, office: Office, asking: Asking) -> None:
    """Tell somebody what they are asked for; owners get a link, checks and decisions an address to sign in at."""
    action, item = asking.action, asking.opened
    kind, letter = _letter_for(about(tx, office, action), asking)
    mail = Mail(kind, asking.person, letter, item.id, step_id=item.id, link_id=item.link_id, priority=URGENT)
    tell(tx, office, action, mail)


def _letter_for(subject: About, asking: Asking) -> tuple[str, Letter]:
    """The kind of the letter, and the letter."""
    item, ask, reader, said = asking.opened, asking.opened.ask, asking.reader, asking.said
    due, until = asking.action.due_at, item.link_until
    if ask.form is Form.ACCEPTANCE and said is not None:
        return "asked again", letters.asked_again(subject, reader, due, ask.due_at, until, said)
    if ask.form is Form.ACCEPTANCE:
        return "assignment", letters.assignment(subject, reader, due, ask.due_at, until)
    if ask.form is Form.SUPPORT:
        path = step_path(ask.form, item.id)
        return "support asked", support_asked(subject, reader, said or "", ask.due_at, path)
    if ask.form.needs_account:
        path = step_path(ask.form, item.id)
        again = ask.round > 1 and asking.pathway.control_of(ask.key) in (Control.CHECK, Control.CLOSE)
        why = said if ask.form is Form.OWNER else AGAIN if again else None
        return "account step", letters.account_step(subject, reader, ask, path, why)
    counts = counts_of(asking.pathway, ask.key)
    if said is not None and ask.round > 1:
        return "returned", letters.returned(subject, reader.name, ask, until, said, counts)
    return "evidence asked", letters.evidence_asked(subject, reader, ask, until, counts)


async def _said_before(
    tx: Transaction, action: ActionFacts, journal: Journal, item: Opened, returned: dict[str, str]
) -> str | None:
    """What was said before that this step answers to: a no, the barrier, the help with it, why evidence came back."""
    accept = journal.latest("accept")
    if item.ask.form is Form.OWNER:
        return await why_not(tx, action, accept)
    if item.ask.form is Form.SUPPORT:
        return await last_words(tx.connection, action.id, action.cycle, "accept")
    if item.ask.form is not Form.ACCEPTANCE:
        latest = journal.latest(item.ask.key)
        return None if latest and latest.outcome is Outcome.WITHDRAWN else returned.get(item.ask.key)
    return await help_given(tx, action, journal, accept.round) if accept else None


async def help_given(tx: Transaction, action: ActionFacts, journal: Journal, turn: int) -> str | None:
    """What was done about what was in the owner's way when they were asked for that time; None where nothing was."""
    helped = journal.latest("support")
    if helped is None or helped.outcome is not Outcome.SUPPORTED or helped.round != turn:
        return None
    return await last_words(tx.connection, action.id, action.cycle, "support")


async def why_not(tx: Transaction, action: ActionFacts, accept: Step | None) -> str | None:
    """Who declined to own the action, why, and whom they think of instead; None where nobody did."""
    if accept is None or accept.outcome is not Outcome.DECLINED or accept.settled_by is None:
        return None
    name = (await people_of(tx, {accept.settled_by}))[accept.settled_by].name
    said = f"{name} declined: {await last_words(tx.connection, action.id, action.cycle, 'accept')}"
    suggested = await suggested_owner(tx.connection, accept.id)
    return f"{said}\nThey think that it may belong to {suggested}." if suggested else said


def _asked_words(item: Opened) -> dict[str, Any]:
    words: dict[str, Any] = {"step": item.ask.key, "round": item.ask.round, "due": item.ask.due_at.isoformat()}
    if item.choice is None:
        return {**words, "asked": None, "why": f"nobody may be asked as {item.ask.who}"}
    words["asked"] = str(item.choice.assignee_id)
    if item.choice.assigned_for_id:
        words["for"] = str(item.choice.assigned_for_id)
    return words
