"""Separation of duties: nobody checks or approves what they owned or did, in person or as somebody's cover.

Whoever was named as owner in this cycle counts, even if they never accepted, and so does an owner
who accepted in an earlier one: reopening judges that improvement again. Evidence and samples are
new in each cycle, so those who sent or drew them in an earlier one are free to check or approve.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from domain.agreeing import asked_already, have_agreed
from domain.journal import Journal, Step
from domain.small_home import SmallHome, in_force
from domain.vocabulary import Control, Outcome, StepStatus


@dataclass(frozen=True, slots=True)
class Use:
    """One rule that was not kept, and by whom, because a small home's exception allowed it."""

    rule: str
    person_id: UUID


SAMPLED_OWN = "sampled what they had evidenced"
APPROVED_OWN = "approved what they had evidenced"
APPROVED_SAMPLE = "approved what they had sampled"


def owners(journal: Journal) -> frozenset[UUID]:
    """Who owns the action, was ever named as owner in this cycle, or owned it in an earlier one."""
    asked = [s for s in journal.steps if s.key == "accept"]
    counted = [s for s in asked if s.cycle == journal.cycle or s.outcome is Outcome.ACCEPTED]
    people = {person for step in counted for person in hands_of(step)}
    return frozenset(people | ({journal.owner_id} if journal.owner_id else set()))


def submitters(journal: Journal) -> frozenset[UUID]:
    """Who evidenced this cycle: sent it, was asked for it, covered for that, or sent it late or took it back."""
    return _worked_on(journal, Control.EVIDENCE)


def samplers(journal: Journal) -> frozenset[UUID]:
    """Who sampled in this cycle, in person or for somebody, whether or not their result counted."""
    return _worked_on(journal, Control.CHECK)


def may_not_sample(journal: Journal, now: datetime | None = None) -> frozenset[UUID]:
    """Who must not sample. With `now`, a small home's exception that is in force then is taken into account."""
    if now is not None and exception_at(journal, now):
        return owners(journal)
    return owners(journal) | submitters(journal)


def may_not_approve(journal: Journal, now: datetime | None = None) -> frozenset[UUID]:
    """Who must not approve. With `now`, a small home's exception that is in force then is taken into account."""
    if now is not None and exception_at(journal, now):
        return owners(journal)
    return owners(journal) | submitters(journal) | samplers(journal)


def forbidden(journal: Journal, control: Control, now: datetime | None = None) -> frozenset[UUID]:
    """Who may not be given a step of this control."""
    if control in (Control.CHECK, Control.SUSTAIN):
        return may_not_sample(journal, now)
    if control is Control.CLOSE:
        return may_not_approve(journal, now) | have_agreed(journal) | asked_already(journal)
    return frozenset()


def barred_since(journal: Journal, now: datetime | None = None) -> tuple[Step, ...]:
    """Open checks and approvals with somebody who has owned or done part of the action since they were asked.

    With `now`, those are left out who have it by a small home's exception that is in force then.
    """
    waiting = [s for s in journal.open_steps if s.control in (Control.CHECK, Control.SUSTAIN, Control.CLOSE)]
    if not waiting:
        return ()
    unfit = {
        Control.CHECK: may_not_sample(journal, now),
        Control.SUSTAIN: may_not_sample(journal, now),
        Control.CLOSE: may_not_approve(journal, now),
    }
    return tuple(s for s in waiting if not hands_of(s).isdisjoint(unfit[s.control]))


def allowed_until(journal: Journal, now: datetime) -> datetime | None:
    """When a small home's exception ends by which somebody has a check or approval; None where nobody needs one."""
    exception = exception_at(journal, now)
    if exception is None or not barred_since(journal):
        return None
    return journal.calendar.at(exception.ends_on + timedelta(days=1), time(0))


def exception_at(journal: Journal, at: datetime) -> SmallHome | None:
    """The small home's exception that counted at that moment."""
    return in_force(journal.small_home, at, journal.calendar)


def standing_for(journal: Journal, person_id: UUID) -> frozenset[UUID]:
    """A person and everybody whose approval they hold at present as cover."""
    held = [s for s in journal.open_steps if s.control is Control.CLOSE and s.assignee_id == person_id]
    return frozenset({person_id} | {s.assigned_for_id for s in held if s.assigned_for_id})


def uses(journal: Journal, approving: frozenset[UUID] = frozenset()) -> tuple[Use, ...]:
    """What only an exception allows here: by those who sampled, and by those who approve."""
    did, sampled = submitters(journal), samplers(journal)
    found = {
        *(Use(SAMPLED_OWN, person) for person in did & sampled),
        *(Use(APPROVED_OWN, person) for person in approving & did),
        *(Use(APPROVED_SAMPLE, person) for person in approving & sampled),
    }
    return tuple(sorted(found, key=lambda use: (use.rule, use.person_id)))


def involved(journal: Journal, controls: frozenset[Control]) -> frozenset[UUID]:
    """Everyone who did, was asked for or covered a settled step of these controls in this cycle."""
    steps = [s for s in journal.this_cycle if s.control in controls and s.status is StepStatus.SETTLED]
    return frozenset(person for step in steps for person in hands_of(step))


def hands_of(step: Step) -> set[UUID]:
    """Whoever was asked, whoever they covered, and whoever answered."""
    return {person for person in (step.assignee_id, step.assigned_for_id, step.settled_by) if person is not None}


def _worked_on(journal: Journal, control: Control) -> frozenset[UUID]:
    sent = {hand.person_id for hand in journal.hands if hand.cycle == journal.cycle and hand.control is control}
    return involved(journal, frozenset({control})) | sent
