"""Whom a step goes to today, absence and separation of duties included."""

from functools import partial
from uuid import UUID

from commands.office import Office
from commands.standing_in import who_answers_today
from db.actions import ActionFacts
from db.people import holders, person_as_candidate
from db.session import Transaction
from domain.assigning import Choice, choose
from domain.covering import Answerers
from domain.duties import forbidden
from domain.journal import Journal
from domain.pathways import OWNER
from domain.plans import StepToOpen
from domain.vocabulary import Control, Form, Outcome, Role

# Who helps with a barrier, decides on more time: the first of these who does not ask for it themselves.
HELPERS = (Role.REGISTERED_MANAGER, Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL)


async def choose_asked(
    tx: Transaction,
    office: Office,
    action: ActionFacts,
    journal: Journal,
    ask: StepToOpen,
    taken: frozenset[UUID] = frozenset(),
) -> Choice | None:
    """Whom this step goes to. Help with a barrier goes to nobody who said it: another manager helps then.

    Evidence that somebody took back is asked of them again, whoever else could do it.
    """
    if (sender := _taken_back_by(journal, ask)) is not None:
        day = office.calendar.day_of(tx.now)
        again = choose(await person_as_candidate(tx, sender, action.location_id, day))
        if again is not None:
            return again
    if ask.form is not Form.SUPPORT:
        needs = ask.form.needs_account
        return await choose_for(tx, office, action, journal, ask.control, ask.who, taken, signed_in=needs)
    return await who_answers_today(tx, office, Answerers(HELPERS, action.location_id, whose_barrier(journal)))


def _taken_back_by(journal: Journal, ask: StepToOpen) -> UUID | None:
    latest = journal.latest(ask.key) if ask.control is Control.EVIDENCE else None
    return latest.settled_by if latest and latest.outcome is Outcome.WITHDRAWN else None


def whose_barrier(journal: Journal) -> frozenset[UUID]:
    """Who said what is in the way, or has it in theirs: nobody helps themselves."""
    accept = journal.latest("accept")
    hands = (accept.assignee_id, accept.assigned_for_id, accept.settled_by) if accept else ()
    return frozenset(person for person in (*hands, journal.owner_id) if person is not None)


async def choose_for(
    tx: Transaction,
    office: Office,
    action: ActionFacts,
    journal: Journal,
    control: Control,
    who: str,
    taken: frozenset[UUID] = frozenset(),
    *,
    signed_in: bool = False,
) -> Choice | None:
    """Whom a step goes to today, absence and separation of duties included; nobody who is `taken` already.

    `signed_in` says that it is answered with an account.
    """
    day = office.calendar.day_of(tx.now)
    if who == OWNER:
        if action.owner_id is None:
            return None
        candidates = await person_as_candidate(tx, action.owner_id, action.location_id, day)
    else:
        candidates = await holders(tx, who, action.location_id, day)
    # A small home's exception is used only where nobody else is left.
    strict, relaxed = forbidden(journal, control), forbidden(journal, control, tx.now)
    able = partial(choose, candidates, signed_in=signed_in)
    return able(strict | taken) or able(relaxed | taken)
