"""What managers are asked besides steps goes to the cover of one who is away, and is answered for them.

A theme found again, a mail that was refused for good, a small home's exception: each by the rule that escalations
follow. The worker looks every few minutes.
"""

from datetime import date, datetime
from uuid import UUID

from commands.deciders import asked_words
from commands.office import Office
from commands.one_by_one import one_by_one
from commands.repeats import tell_found_again, who_decides_on_repeat
from commands.small_home import ask_to_confirm, not_for, who_confirms
from commands.standing_in import NOBODY, whose_today
from commands.undelivered import not_about, tell_undelivered, who_sees_to_it
from db.actions import lock_action
from db.journal import load_journal
from db.questions import Question, WaitingQuestion, give_question, questions_astray, questions_waiting_for
from db.repeat_findings import load_repeat
from db.session import Transaction
from db.small_homes import load_small_home
from db.trail import Entry
from db.undelivered import mail_of
from domain.assigning import Choice
from domain.covering import asked_instead


async def pass_on_questions(office: Office, now: datetime) -> int:
    """Ask others what was asked of somebody who is away, who has left, or of nobody; how much was passed on."""
    day = office.calendar.day_of(now)
    async with office.engine.connect() as connection:
        astray = await questions_astray(connection, day)

    async def work(tx: Transaction, found: WaitingQuestion) -> int:
        return await _pass_on(tx, office, found, day)

    return await one_by_one(office, now, astray, work, "Some questions to managers could not be passed on.")


async def pass_on_questions_from(tx: Transaction, office: Office, person_id: UUID, day: date) -> int:
    """The same for one person, as they are on that day, inside a transaction that does more."""
    waiting = await questions_waiting_for(tx.connection, person_id)
    return sum([await _pass_on(tx, office, found, day) for found in waiting])


async def _pass_on(tx: Transaction, office: Office, found: WaitingQuestion, day: date) -> bool:
    whose = await whose_today(tx, found.asked, found.location_id, day)
    if whose is not None:
        choice = asked_instead(found.asked, whose, await _never(tx, office, found))
    else:
        choice = await _anew(tx, office, found)
    if choice is None or not await give_question(tx.connection, found, choice.assignee_id, choice.assigned_for_id):
        return False
    what, words = f"{found.kind} asked of somebody else", asked_words(choice)
    tx.record(Entry(what, found.kind, found.id, found.action_id, found.location_id, words))
    await _tell(tx, office, found, choice)
    return True


async def _never(tx: Transaction, office: Office, found: WaitingQuestion) -> frozenset[UUID]:
    """Whoever it is about does not answer it."""
    if found.kind is Question.UNDELIVERED:
        return not_about(await mail_of(tx.connection, found.id))
    if found.kind is Question.SMALL_HOME:
        home = await load_small_home(tx.connection, found.id)
        return await not_for(tx, office, home.recorded_by) if home else NOBODY
    return NOBODY


async def _anew(tx: Transaction, office: Office, found: WaitingQuestion) -> Choice | None:
    """Who is asked where nobody was, or who was has left."""
    if found.kind is Question.UNDELIVERED:
        return await who_sees_to_it(tx, office, await mail_of(tx.connection, found.id))
    if found.kind is Question.SMALL_HOME:
        home = await load_small_home(tx.connection, found.id)
        return await who_confirms(tx, office, home.location_id, home.recorded_by) if home else None
    action = await lock_action(tx.connection, found.action_id) if found.action_id else None
    if action is None:
        return None
    journal = await load_journal(tx.connection, action.id, office.calendar)
    return await who_decides_on_repeat(tx, office, action, journal)


async def _tell(tx: Transaction, office: Office, found: WaitingQuestion, choice: Choice) -> None:
    if found.kind is Question.UNDELIVERED:
        await tell_undelivered(tx, office, await mail_of(tx.connection, found.id), found.id, choice)
    elif found.kind is Question.SMALL_HOME:
        home = await load_small_home(tx.connection, found.id)
        assert home is not None
        await ask_to_confirm(tx, office, home, choice)
    else:
        repeat = await load_repeat(tx.connection, found.id)
        action = await lock_action(tx.connection, repeat.found_action_id) if repeat else None
        assert repeat is not None
        assert action is not None
        await tell_found_again(tx, office, action, repeat.id, repeat.closed_ref, repeat.theme, choice)
