"""Steps that nobody may be asked for: a manager reads at once who is missing and what to do; none waits unseen."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from commands.office import Office
from commands.opened import Opened
from commands.standing_in import who_answers_today
from commands.telling import Mail, about, tell, tell_there
from db.actions import ActionFacts
from db.outbox import URGENT
from db.people import PersonFacts, people_of
from db.session import Transaction
from domain.agreeing import approvals_needed, can_agree
from domain.covering import Answerers
from domain.journal import Journal
from domain.pathways import OWNER
from domain.standing import BY_LINK
from domain.vocabulary import Control, Role
from notifications.letters_nobody import lies_idle, nobody_to_ask

SEES_TO_IT = (Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL, Role.QUALITY_LEAD, Role.ADMINISTRATOR)

# Drafts and actions without an owner come by the hundred with an import, and stand on the overview.
WORTH_A_MAIL = frozenset({Control.EVIDENCE, Control.CHECK, Control.CLOSE, Control.SUSTAIN})


def missing_people(journal: Journal, opened: Sequence[Opened]) -> list[Opened]:
    """What was opened for nobody. One of several approvals is not missed where enough others can agree without it."""
    asked = sum(item.ask.control is Control.CLOSE and item.choice is not None for item in opened)
    enough = can_agree(journal, asked) >= approvals_needed(journal)
    return [
        item
        for item in opened
        if item.choice is None
        and item.ask.who != OWNER
        and item.ask.control in WORTH_A_MAIL
        and not (enough and item.ask.control is Control.CLOSE)
    ]


async def tell_who_is_missing(
    tx: Transaction, office: Office, action: ActionFacts, journal: Journal, opened: Sequence[Opened]
) -> None:
    """Mail one manager about all that was opened for nobody; `journal` is from before."""
    missing = missing_people(journal, opened)
    person = await _who_sees_to_it(tx, office, action.location_id) if missing else None
    if person is None:
        return
    asks = [(item.ask.title, item.ask.who) for item in missing]
    subject, path = about(tx, office, action), f"/actions/{action.ref}"
    for_accounts = any(item.ask.form.needs_account and item.ask.who in BY_LINK for item in missing)
    letter = nobody_to_ask(subject, person.name, asks, path, for_accounts=for_accounts)
    tell(tx, office, action, Mail("nobody to ask", person, letter, missing[0].id, priority=URGENT))


async def tell_what_lies_idle(tx: Transaction, office: Office, steps: Sequence[Any], why: str) -> None:
    """Mail one manager of each location about every step there that lost its person and found no other."""
    for location_id, group in groupby(steps, key=lambda step: step.location_id):
        idle, person = list(group), await _who_sees_to_it(tx, office, location_id)
        if person is None:
            continue
        lines = [(step.ref, step.title, step.role) for step in idle]
        letter = lies_idle(person.name, idle[0].location, why, lines)
        cause = f"{idle[0].id}:{tx.now.isoformat()}"
        await tell_there(tx, office, idle[0], Mail("lies idle", person, letter, cause, priority=URGENT))


async def _who_sees_to_it(tx: Transaction, office: Office, location_id: UUID | None) -> PersonFacts | None:
    choice = await who_answers_today(tx, office, Answerers(SEES_TO_IT, location_id))
    return (await people_of(tx, {choice.assignee_id}))[choice.assignee_id] if choice else None
