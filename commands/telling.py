"""Who is told what, and when: the letters that follow from what happened, queued with it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from commands.office import Office
from db.actions import ActionFacts
from db.outbox import SOON, URGENT, queue_message
from db.people import PersonFacts
from db.session import Transaction
from domain.pathways import EvidenceStep, Pathway
from domain.vocabulary import Form, Risk
from domain.waking_hours import not_before
from notifications import letters
from notifications.letters import About, Letter

if TYPE_CHECKING:
    from commands.moving import Opened


PAGES = {
    Form.DEFINITION: "define",
    Form.OWNER: "owner",
    Form.SUPPORT: "support",
    Form.SAMPLE: "sample",
    Form.APPROVAL: "approval",
}


def about(tx: Transaction, office: Office, action: ActionFacts) -> About:
    """The action, as letters speak of it."""
    return About(
        ref=action.ref,
        title=action.title,
        why=action.why,
        location=action.location or "a location not yet named",
        now=tx.now,
        calendar=office.calendar,
    )


def tell(
    tx: Transaction,
    office: Office,
    action: ActionFacts,
    person: PersonFacts,
    kind: str,
    letter: Letter,
    cause: object,
    *,
    step_id: UUID | None = None,
    link_id: UUID | None = None,
    priority: int = SOON,
    at_once: bool = False,
    wait: timedelta = timedelta(0),
) -> None:
    """Queue one letter, inside waking hours unless it answers the person or the risk is critical."""
    critical = at_once or action.risk == Risk.CRITICAL
    letter = replace(letter, questions=letter.questions or action.to_ask(person.id, office.calendar.day_of(tx.now)))
    queue_message(
        tx,
        kind,
        person,
        letter.frozen(),
        f"{kind}:{cause}:{person.id}",
        action_id=action.id,
        step_id=step_id,
        link_id=link_id,
        priority=priority,
        not_before=not_before(tx.now + wait, action.opens, action.closes, office.calendar, critical),
    )


def tell_asked(
    tx: Transaction,
    office: Office,
    action: ActionFacts,
    pathway: Pathway,
    item: "Opened",
    person: PersonFacts,
    covering: PersonFacts | None,
    reasons: str | None,
) -> None:
    """Tell somebody what they are asked for; owners get a link, checks and decisions an address to sign in at."""
    kind, letter = _letter_for(tx, office, action, pathway, item, person, covering, reasons)
    tell(tx, office, action, person, kind, letter, item.id, step_id=item.id, link_id=item.link_id, priority=URGENT)


def _letter_for(
    tx: Transaction,
    office: Office,
    action: ActionFacts,
    pathway: Pathway,
    item: "Opened",
    person: PersonFacts,
    covering: PersonFacts | None,
    reasons: str | None,
) -> tuple[str, Letter]:
    ask, subject = item.ask, about(tx, office, action)
    cover = covering.name if covering else None
    if ask.form is Form.ACCEPTANCE and reasons is not None:
        return "asked again", letters.asked_again(
            subject, person.name, action.due_at, ask.due_at, item.link_until, reasons
        )
    if ask.form is Form.SUPPORT:
        path = step_path(ask.form, item.id)
        return "support asked", letters.support_asked(subject, person.name, reasons or "", ask.due_at, path, cover)
    if ask.form is Form.ACCEPTANCE:
        return "assignment", letters.assignment(subject, person.name, action.due_at, ask.due_at, item.link_until)
    if ask.form.needs_account:
        path = step_path(ask.form, item.id)
        return "account step", letters.account_step(subject, person.name, ask.title, ask.due_at, path, cover)
    counts = counts_of(pathway, ask.key)
    if reasons is not None and ask.round > 1:
        letter = letters.returned(subject, person.name, ask.title, ask.due_at, item.link_until, reasons, counts)
        return "returned", letter
    letter = letters.evidence_asked(subject, person.name, ask.title, ask.due_at, item.link_until, counts, cover)
    return "evidence asked", letter


def counts_of(pathway: Pathway, key: str) -> list[str]:
    """What counts as evidence for a step, in the words the person reads."""
    spec: EvidenceStep | None = next((step for step in pathway.evidence if step.key == key), None)
    return list(spec.counts) if spec else []


def step_path(form: Form, step_id: UUID) -> str:
    """Where a signed-in person answers a step."""
    return f"/steps/{step_id}/{PAGES.get(form, 'answer')}"


def tell_closed(
    tx: Transaction, office: Office, action: ActionFacts, people: Iterable[PersonFacts], rationale: str
) -> None:
    """Tell everyone who took part that the action closed, and why."""
    path = f"/actions/{action.ref}"
    for person in people:
        letter = letters.closed(about(tx, office, action), person.name, rationale, path)
        tell(tx, office, action, person, "closed", letter, f"{action.id}:{action.cycle}")
