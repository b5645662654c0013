"""Standing down: steps that are not asked any more, on the trail, and told to whoever had been asked."""

from uuid import UUID

from commands.office import Office
from commands.overtaken import record_overtaken
from commands.telling import Mail, about, tell
from db.actions import ActionFacts
from db.people import people_of, with_password
from db.session import Transaction
from db.standing_down import who_was_asked
from db.steps import void_steps
from db.trail import Entry
from domain.agreeing import JUDGING
from domain.escalating import Overtaken
from domain.journal import Journal, Step
from domain.standing_down import why_not_asked
from notifications.letters_standing_down import not_asked

# These say it already to whoever gets them in the same moment.
SAYS_IT = frozenset({"closed", "ended", "reopened", "owner changed", "reassigned"})


async def stand_down(
    tx: Transaction,
    office: Office,
    action: ActionFacts,
    journal: Journal,
    ids: tuple[UUID, ...],
    why: str | None = None,
    *,
    anew: frozenset[str] = frozenset(),
) -> None:
    """Ask these steps no more: their links end, their escalations too, and whoever had been asked reads why.

    Nobody is mailed what they did themselves, or what another mail of this moment tells them. `journal`
    is from before; `why` is said where it cannot be read from there. A check or a decision that is asked
    `anew` at once, by its key, brings its own mail.
    """
    overtaken = await void_steps(tx.connection, list(ids), tx.now)
    record_overtaken(tx, action.id, action.location_id, overtaken, Overtaken.STEP_NOT_ASKED)
    gone = [step for step in journal.steps if step.id in ids]
    for step in gone:
        words = {"step": step.key, "round": step.round}
        tx.record(Entry("step no longer asked", "step", step.id, action.id, action.location_id, words))
    await _tell(tx, office, action, journal, [s for s in gone if not _asked_anew(s, anew)], overtaken, why)


def _asked_anew(step: Step, anew: frozenset[str]) -> bool:
    return step.control in JUDGING and step.key in anew


async def _tell(
    tx: Transaction,
    office: Office,
    action: ActionFacts,
    journal: Journal,
    gone: list[Step],
    overtaken: tuple[UUID, ...],
    why: str | None,
) -> None:
    steps = {step.id: step for step in gone}
    know = {mail["person_id"] for mail in tx.messages if mail["action_id"] == action.id and mail["kind"] in SAYS_IT}
    asked = await who_was_asked(tx.connection, list(steps), overtaken)
    people = await people_of(tx, {one.person_id for one in asked} - know - {tx.actor.person_id})
    sign_in = await with_password(tx.connection, set(people))
    for one in asked:
        if one.person_id in people and one.person_id not in know:
            person, words = people[one.person_id], why or why_not_asked(journal, steps[one.step_id])
            subject, path = about(tx, office, action), f"/actions/{action.ref}"
            letter = not_asked(subject, person.name, one.title, words, path, signs_in=person.id in sign_in)
            tell(tx, office, action, Mail("not asked", person, letter, one.step_id, step_id=one.step_id))
