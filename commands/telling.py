"""Who is told what, and when: the letters that follow from what happened, queued with it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from commands.office import Office
from db.actions import ActionFacts
from db.outbox import SOON, queue_message
from db.people import PersonFacts
from db.session import Transaction
from domain.pathways import EvidenceStep, Pathway
from domain.vocabulary import Form, Risk
from domain.waking_hours import within_hours
from notifications.letter import About, Letter
from notifications.letters_ending import closed

PAGES = {
    Form.DEFINITION: "define",
    Form.OWNER: "owner",
    Form.SUPPORT: "support",
    Form.SAMPLE: "sample",
    Form.APPROVAL: "approval",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter to one person. The same `cause` tells the same person once.

    It waits for waking hours, unless the person asked for it and it goes `at_once`.
    """

    kind: str
    person: PersonFacts
    letter: Letter
    cause: object
    step_id: UUID | None = None
    link_id: UUID | None = None
    priority: int = SOON
    at_once: bool = False
    wait: timedelta = timedelta(0)


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


def tell(tx: Transaction, office: Office, action: ActionFacts, mail: Mail) -> None:
    """Queue a mail about an action; whatever concerns a critical risk goes at any hour."""
    person, letter = mail.person, mail.letter
    letter = replace(letter, questions=letter.questions or action.to_ask(person.id, office.calendar.day_of(tx.now)))
    any_hour = mail.at_once or action.risk == Risk.CRITICAL
    queue_message(
        tx,
        mail.kind,
        person,
        letter.frozen(),
        f"{mail.kind}:{mail.cause}:{person.id}",
        action_id=action.id,
        step_id=mail.step_id,
        link_id=mail.link_id,
        priority=mail.priority,
        when=within_hours(tx.now + mail.wait, action.opens, action.closes, office.calendar, any_hour=any_hour),
    )


def counts_of(pathway: Pathway, key: str) -> list[str]:
    """What counts as evidence for a step, in the words the person reads."""
    spec: EvidenceStep | None = next((step for step in pathway.evidence if step.key == key), None)
    return list(spec.counts) if spec else []


def step_path(form: Form, step_id: UUID) -> str:
    """Where a step is answered."""
    page = PAGES.get(form)
    return f"/steps/{step_id}/{page}" if page else f"/steps/{step_id}"


def tell_closed(tx: Transaction, office: Office, action: ActionFacts, people: Iterable[Any], rationale: str) -> None:
    """Tell everyone who took part that the action closed, and why."""
    path = f"/actions/{action.ref}"
    for person in people:
        letter = closed(about(tx, office, action), person.name, rationale, path, signs_in=person.signs_in)
        tell(tx, office, action, Mail("closed", person, letter, f"{action.id}:{action.cycle}"))
