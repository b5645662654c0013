"""Who is told what, and when: the letters that follow from what happened, queued with it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Any, Protocol
from uuid import UUID

from commands.office import Office
from commands.whom_to_ask import asking_there, asking_who_did_it
from db.actions import ActionFacts
from db.outbox import SOON, queue_message
from db.people import PersonFacts
from db.session import Transaction
from domain.pathways import EvidenceStep, Pathway
from domain.vocabulary import Form, Risk
from domain.waking_hours import Timing, within_hours
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
    """One letter to one person. The same `cause` tells the same person once."""

    kind: str
    person: PersonFacts
    letter: Letter
    cause: object
    step_id: UUID | None = None
    link_id: UUID | None = None
    priority: int = SOON


class Place(Protocol):
    """Whatever stands at a location and knows when it is open."""

    @property
    def location_id(self) -> UUID | None: ...
    @property
    def opens(self) -> time | None: ...
    @property
    def closes(self) -> time | None: ...


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
    mail: Mail,
    *,
    at_once: bool = False,
    wait: timedelta = timedelta(0),
) -> None:
    """Queue a mail about an action, which waits for waking hours.

    It goes at any hour where the risk is critical, or `at_once` where the person asked for it.
    """
    letter, today = mail.letter, office.calendar.day_of(tx.now)
    letter = replace(letter, questions=letter.questions or action.to_ask(mail.person.id, today))
    any_hour = at_once or action.risk == Risk.CRITICAL
    when = within_hours(tx.now + wait, action.opens, action.closes, office.calendar, any_hour=any_hour)
    post(tx, replace(mail, letter=letter), when, action.id)


async def tell_there(tx: Transaction, office: Office, place: Place, mail: Mail, action_id: UUID | None = None) -> None:
    """Queue a mail about what stands at a location, in its waking hours; whoever answers for it is the one to ask."""
    letter = await asking_there(tx, office, mail.letter, mail.person.id, place.location_id)
    when = within_hours(tx.now, place.opens, place.closes, office.calendar)
    post(tx, replace(mail, letter=letter), when, action_id)


async def tell_personally(tx: Transaction, office: Office, mail: Mail, when: Timing | None = None) -> None:
    """Queue a mail in which whoever caused it is named as the one to ask."""
    letter = await asking_who_did_it(tx, office, mail.letter, mail.person.id)
    post(tx, replace(mail, letter=letter), when)


def post(tx: Transaction, mail: Mail, when: Timing | None = None, action_id: UUID | None = None) -> None:
    """Queue a mail as it is; the same kind and cause once for each person."""
    said = {
        "kind": mail.kind,
        "dedupe_key": f"{mail.kind}:{mail.cause}:{mail.person.id}",
        "context": mail.letter.frozen(),
        "priority": mail.priority,
        "action_id": action_id,
        "step_id": mail.step_id,
        "link_id": mail.link_id,
    }
    queue_message(tx, mail.person, said, when)


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
