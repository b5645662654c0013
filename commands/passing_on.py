"""What waits for somebody who is away goes to who covers for them.

One rule for every kind of question (`domain.covering`): it goes to the cover from the first day of an absence, without
anybody's doing; to whoever comes next where the person has left, where it is about their own step by now, or where
nobody could be asked. The record shows both names. What each kind is, is said in `commands.questions`.
"""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from commands.office import Office
from commands.one_by_one import one_by_one
from commands.questions import about_question
from commands.standing_in import asked_words, who_answers_instead
from db.questions import WaitingQuestion, give_question, lock_question, questions_astray, questions_waiting_for
from db.session import Transaction


async def pass_on_what_waits(office: Office, now: datetime) -> int:
    """Ask others what waits for nobody, or for somebody who is away, has left or may not answer; how much went on.

    Can run at any time and as often as one likes. Each in a transaction of its own: a broken one holds up no other,
    and is raised at the end.
    """
    day = office.calendar.day_of(now)
    async with office.engine.connect() as connection:
        astray = await questions_astray(connection, day)

    async def work(tx: Transaction, found: WaitingQuestion) -> int:
        return await _pass_on(tx, office, found, day)

    return await one_by_one(office, now, astray, work, "Some of what waits could not be passed on.")


async def pass_on_from(tx: Transaction, office: Office, person_id: UUID, day: date) -> int:
    """The same for one person, as they are on that day, inside a transaction that does more."""
    waiting = await questions_waiting_for(tx.connection, person_id)
    return sum([await _pass_on(tx, office, found, day) for found in waiting])


async def _pass_on(tx: Transaction, office: Office, found: WaitingQuestion, day: date) -> bool:
    waiting = await lock_question(tx.connection, found)
    if waiting is None:
        return False
    about = await about_question(tx, office, waiting)
    choice = await who_answers_instead(tx, waiting.asked, about.answerers, day)
    if choice is None or not await give_question(tx.connection, waiting, choice):
        return False
    tx.record(replace(about.entry, words={**(about.entry.words or {}), **asked_words(choice)}))
    await about.tell(choice)
    return True
