"""What people can do, one function each, as the commands of the same names do it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain import closing
from domain.errors import AlreadySettled, GateClosed, NotAllowed
from domain.journal import Journal, PieceOfEvidence, Step
from domain.pathways import ApprovalStep
from domain.vocabulary import Category, Control, Form, Outcome, Status
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


def sample(tracker: Tracker, step: Step, by: UUID, passes: bool, returned: tuple[str, ...]) -> None:
    tracker.check_may_answer(step, by)
    if by in closing.may_not_sample(tracker.journal):
        raise NotAllowed
    if tracker.settle(step, Outcome.PASSED if passes else Outcome.FAILED, by, () if passes else returned):
        tracker.move_on()


def approve(tracker: Tracker, step: Step, by: UUID, outcome: str) -> None:
    """Agree that improvement was shown. The action closes when every approval of this round is in."""
    tracker.check_may_answer(step, by)
    if missing := closing.gate(tracker.journal, by, bool(outcome)):
        raise GateClosed(missing)
    if tracker.settle(step, Outcome.APPROVED, by):
        if _agreed(tracker.journal, tracker.journal.pathway.approvals):
            _close(tracker, outcome)
        tracker.move_on()


def _agreed(journal: Journal, approvals: tuple[ApprovalStep, ...]) -> bool:
    turn = 1 + journal.returns()
    agreed = {s.key for s in journal.this_cycle if s.outcome is Outcome.APPROVED and s.round == turn}
    return all(spec.key in agreed for spec in approvals)


def _close(tracker: Tracker, outcome: str) -> None:
    number = tracker.journal.cycle
    if (number, None) not in tracker.cycles:
        raise AlreadySettled
    tracker.cycles[tracker.cycles.index((number, None))] = (number, tracker.now)
    tracker.closures.append(Closed(tracker.journal, outcome, tuple(tracker.settled)))
    tracker.change(cycle_closed_at=tracker.now)


def reject(tracker: Tracker, step: Step, by: UUID, returned: tuple[str, ...]) -> None:
    tracker.check_may_answer(step, by)
    if by in closing.may_not_approve(tracker.journal):
        raise NotAllowed
    if tracker.settle(step, Outcome.REJECTED, by, returned):
        tracker.move_on()


def answer_escalation(tracker: Tracker, step: Step, rung: int, revised: datetime | None) -> None:
    """Answer a rung, and with it the lower ones; a revised date moves the step, and the action where it is later."""
    waiting = [e for e in tracker.journal.escalations if e.step_id == step.id and e.rung <= rung and e.is_unanswered]
    if not waiting:
        raise AlreadySettled
    now, all_of_them = tracker.now, tracker.journal.escalations
    tracker.change(escalations=tuple(replace(e, answered_at=now) if e in waiting else e for e in all_of_them))
    if revised is not None:
        revise(tracker, step, revised)


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
    """Give an open step to somebody else; with the acceptance goes the ownership."""
    if not step.is_open:
        raise AlreadySettled
    if to in tracker.forbidden(step.control):
        raise NotAllowed
    if step.form is Form.ACCEPTANCE:
        tracker.void(step.id)
        tracker.change(owner_id=to)
        tracker.move_on()
        return
    tracker.change_step(step.id, assignee_id=to, assigned_for_id=None)


def end(tracker: Tracker, status: Status) -> None:
    """Cancel or supersede an action that is still open."""
    if not tracker.journal.status.is_open:
        raise AlreadySettled
    tracker.change(is_ended=True, status=status)
    tracker.move_on()
