"""What people can do, one function each, as the commands of the same names do it."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from domain import agreeing, assigning, closing, duties, evidencing, sustaining, versions, withdrawing
from domain.errors import AlreadySettled, GateClosed, Invalid, NotAllowed
from domain.journal import Journal, PieceOfEvidence, ReAudit, Step
from domain.outcomes import Measured, Reached
from domain.pathways import Pathway
from domain.small_home import SmallHome
from domain.vocabulary import Category, Control, Form, Outcome, ReAuditStatus, Status
from tests.machine.tracker import Closed, Tracker

MOVES_ACTION = frozenset({Control.DEFINE, Control.ASSIGN, Control.EVIDENCE})


def complete(tracker: Tracker, due: datetime, owner: UUID | None) -> None:
    """Complete a draft; the original date is fixed here for ever."""
    if tracker.journal.is_defined:
        raise AlreadySettled
    if step := tracker.journal.latest("define"):
        tracker.settle(step, Outcome.DEFINED, owner or tracker.house.present[0])
    tracker.change(is_defined=True, due_at=due, original_due_at=due, owner_id=owner, undefined=())
    tracker.move_on()


def choose_owner(tracker: Tracker, step: Step, by: UUID, owner: UUID) -> None:
    tracker.check_may_answer(step, by)
    if tracker.settle(step, Outcome.ASSIGNED, by):
        tracker.change(owner_id=owner)
        tracker.move_on()


def accept(tracker: Tracker, step: Step, by: UUID) -> None:
    tracker.check_may_answer(step, by)
    if tracker.settle(step, Outcome.ACCEPTED, by):
        tracker.move_on()


def decline(tracker: Tracker, step: Step, by: UUID) -> None:
    tracker.check_may_answer(step, by)
    if tracker.settle(step, Outcome.DECLINED, by):
        tracker.change(owner_id=None)
        tracker.move_on()


def send(tracker: Tracker, step: Step, by: UUID, category: Category) -> None:
    """Evidence, or why an improvement did not hold. What is late is kept, and changes nothing."""
    tracker.check_may_answer(step, by)
    if not tracker.settle(step, Outcome.SUBMITTED, by):
        return
    if step.form is not Form.WHY_REOPENED:
        tracker.change(evidence=(*tracker.journal.evidence, PieceOfEvidence(step.id, category)))
    tracker.move_on()


def need_support(tracker: Tracker, step: Step, by: UUID) -> None:
    tracker.check_may_answer(step, by)
    if tracker.settle(step, Outcome.NEEDS_SUPPORT, by):
        tracker.move_on()


def give_support(tracker: Tracker, step: Step, by: UUID) -> None:
    tracker.check_may_answer(step, by)
    accept = tracker.journal.latest("accept")
    if accept and by in duties.hands_of(accept):
        raise NotAllowed
    if tracker.settle(step, Outcome.SUPPORTED, by):
        tracker.move_on()


def sample(tracker: Tracker, step: Step, by: UUID, passes: bool, returned: tuple[str, ...]) -> None:
    """Decide on a sample. A failed check sends evidence back; a failed re-audit reopens the action."""
    tracker.check_may_answer(step, by)
    if by in duties.may_not_sample(tracker.journal, tracker.now):
        raise NotAllowed
    back = () if passes or step.control is Control.SUSTAIN else returnable(tracker.journal, returned, all_of_it=True)
    if not tracker.settle(step, Outcome.PASSED if passes else Outcome.FAILED, by, back):
        return
    if step.control is not Control.SUSTAIN:
        tracker.move_on()
        return
    tracker.change_re_audit(step.cycle, step.round, ReAuditStatus.PASSED if passes else ReAuditStatus.FAILED)
    if passes:
        tracker.move_on()
    else:
        tracker.reopen()


def returnable(journal: Journal, chosen: tuple[str, ...], all_of_it: bool = False) -> tuple[str, ...]:
    """What was chosen of what can go back; for a failed sample all of it, where nothing was."""
    known = [spec.key for spec in evidencing.returnable(journal)]
    return tuple(key for key in known if key in chosen) or (tuple(known) if all_of_it else ())


def approve(tracker: Tracker, step: Step, by: UUID, reached: Reached | None) -> None:
    """Agree that improvement was shown. The action closes when enough have agreed in this round."""
    tracker.check_may_answer(step, by)
    measured = Measured(tracker.journal.calendar.day_of(tracker.now), reached, "92 %", "90 %") if reached else None
    if step.is_open and (missing := closing.gate(tracker.journal, by, measured, tracker.now)):
        raise GateClosed(missing)
    if tracker.settle(step, Outcome.APPROVED, by):
        if agreeing.enough_agreed(tracker.journal):
            _close(tracker, measured is not None and measured.passed)
        tracker.move_on()


def _close(tracker: Tracker, passed: bool) -> None:
    journal, number = tracker.journal, tracker.journal.cycle
    if (number, None) not in tracker.cycles:
        raise AlreadySettled
    tracker.cycles[tracker.cycles.index((number, None))] = (number, tracker.now)
    tracker.closures.append(Closed(journal, passed, tuple(tracker.settled)))
    times = enumerate(sustaining.planned_times(journal, tracker.now), 1)
    planned = [ReAudit(number, n, at, ReAuditStatus.PLANNED) for n, at in times]
    tracker.change(cycle_closed_at=tracker.now, re_audits=(*journal.re_audits, *planned))


def reject(tracker: Tracker, step: Step, by: UUID, returned: tuple[str, ...]) -> None:
    tracker.check_may_answer(step, by)
    journal = tracker.journal
    if duties.standing_for(journal, by) & duties.may_not_approve(journal, tracker.now):
        raise NotAllowed
    if by in agreeing.have_agreed(journal) or not (back := returnable(journal, returned)):
        raise NotAllowed
    if tracker.settle(step, Outcome.REJECTED, by, back):
        tracker.move_on()


def withdraw(tracker: Tracker, step: Step, by: UUID) -> None:
    """Take back what one sent, as long as nobody has looked at it."""
    if withdrawing.may_withdraw(tracker.journal, step, by, ()):
        raise NotAllowed
    tracker.change_step(step.id, outcome=Outcome.WITHDRAWN)
    tracker.change(evidence=tuple(e for e in tracker.journal.evidence if e.step_id != step.id))
    tracker.move_on()


def move_version(tracker: Tracker, to: Pathway, left_out: frozenset[str]) -> None:
    """Move to another version of the pathway; answers keep what they meant, or it is refused."""
    move = versions.plan_move(tracker.journal, to, dict.fromkeys(left_out), "The pathway was improved.")
    if move.stops:
        raise NotAllowed
    for step in move.voids:
        tracker.void(step.id)
    tracker.journal = versions.after(tracker.journal, move)
    for stay in move.stays:
        tracker.asked[stay.step.id] = replace(tracker.asked[stay.step.id], who=stay.who)
    tracker.move_on()


def find_again(tracker: Tracker) -> None:
    """The same theme is found again, and a person confirms that the improvement did not hold."""
    closed_at = tracker.journal.cycle_closed_at
    if closed_at is None or not sustaining.is_repeat(closed_at, tracker.now, tracker.journal.calendar):
        raise AlreadySettled
    tracker.reopen()


def confirm_exception(tracker: Tracker, days: int) -> None:
    """The nominated individual confirms a small home's exception for a time."""
    ends_on = tracker.journal.calendar.day_of(tracker.now) + timedelta(days=days)
    one = SmallHome(uuid5(tracker.journal.action_id, f"{tracker.now}"), "Two people", tracker.now, ends_on)
    tracker.change(small_home=(*tracker.journal.small_home, one))


def answer_escalation(tracker: Tracker, step: Step, rung: int, revised: datetime | None) -> None:
    """Answer a rung, and with it the lower ones; a revised date moves the step, and the action where it is later."""
    if not any(e.step_id == step.id and e.rung == rung and e.is_unanswered for e in tracker.journal.escalations):
        raise AlreadySettled
    if revised is not None:
        revise(tracker, step, revised)
    tracker.end_rungs(step.id, below=rung + 1)


def revise(tracker: Tracker, step: Step, due: datetime) -> None:
    if not tracker.step(step.id).is_open:
        return
    tracker.change_step(step.id, due_at=due)
    if step.control in MOVES_ACTION and (tracker.journal.due_at is None or tracker.journal.due_at < due):
        tracker.change(due_at=due)


def ask_for_time(tracker: Tracker, step: Step, by: UUID, wanted: datetime) -> None:
    tracker.check_may_answer(step, by)
    if not step.is_open or step.id in tracker.journal.extensions_pending or wanted <= max(tracker.now, step.due_at):
        raise AlreadySettled
    tracker.extensions[step.id] = (by, wanted)
    tracker.change(extensions_pending=tracker.journal.extensions_pending | {step.id})


def decide_time(tracker: Tracker, step_id: UUID, by: UUID, granted: bool) -> None:
    asker, wanted = tracker.extensions[step_id]
    if by == asker:
        raise NotAllowed
    tracker.change(extensions_pending=tracker.journal.extensions_pending - {step_id})
    if granted and wanted > tracker.now:
        revise(tracker, tracker.step(step_id), wanted)


def give_step(tracker: Tracker, step: Step, to: UUID) -> None:
    """Give an open step to somebody else, or their cover; with the acceptance goes the ownership."""
    if not step.is_open or to in (step.assignee_id, step.assigned_for_id):
        raise AlreadySettled
    barred = duties.forbidden(tracker.journal, step.control, tracker.now)
    if to in barred:
        raise NotAllowed
    if step.form is Form.ACCEPTANCE:
        tracker.void(step.id)
        tracker.change(owner_id=to)
        tracker.move_on()
        return
    day = tracker.journal.calendar.day_of(tracker.now)
    choice = assigning.choose([tracker.house.candidate(to, day)], barred, signed_in=step.form.needs_account)
    if choice is None:
        raise Invalid({"person": "They have no account."})
    tracker.change_step(step.id, assignee_id=choice.assignee_id, assigned_for_id=choice.assigned_for_id)


def end(tracker: Tracker, status: Status) -> None:
    """Cancel or supersede an action that is still open."""
    if not tracker.journal.status.is_open:
        raise AlreadySettled
    tracker.change(is_ended=True, status=status)
    tracker.move_on()
