"""What must hold after every command, judged from what happened and not by the code that decided it.

Each law is worked out anew here, slowly and plainly: closure by walking over the answers in
the order they came, rungs by counting days one at a time.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

from domain import process
from domain.deadlines import Calendar
from domain.journal import Journal, Step
from domain.ladder import rungs_due
from domain.pathways import Rung
from domain.spans import Exact, Span, WorkingDays
from domain.vocabulary import Control, Outcome, Status, StepStatus
from tests.machine.tracker import Broken, Closed, Fired, Tracker

DAY = timedelta(days=1)
LONG = timedelta(days=400)


def closes_only_what_was_shown(tracker: Tracker) -> None:
    """No sequence of commands closes an action without what the gate demands."""
    for closed in tracker.closures[-1:]:
        standing, checked, agreed = _walk(closed)
        pathway = closed.journal.pathway
        wanted = {spec.key for spec in pathway.evidence if spec.required}
        facts = f"stands: {sorted(standing)}, checked: {sorted(checked)}, agreed: {sorted(agreed)}"
        _demand("a closure has all its evidence", wanted <= standing.keys(), facts)
        _demand("a closure has its samples passed", {spec.key for spec in pathway.checks} <= checked, facts)
        _demand("a closure has all its approvals", {spec.key for spec in pathway.approvals} <= agreed.keys(), facts)
        _demand("a closure leaves no escalation unanswered", not _unanswered(closed.journal), facts)
        _demand("a closure states its outcome", bool(closed.outcome), facts)
        sent = {str(e.category) for e in closed.journal.evidence if e.step_id in standing.values()}
        sampled = {str(spec.category) for spec in pathway.checks}
        _demand("a closure has its categories", len(sent | sampled) >= pathway.categories_needed, facts)


def _walk(closed: Closed) -> tuple[dict[str, UUID], set[str], dict[str, UUID]]:
    """Evidence that stands, checks passed and approvals given since anything was last sent back."""
    standing: dict[str, UUID] = {}
    checked: set[str] = set()
    agreed: dict[str, UUID] = {}
    steps = {step.id: step for step in closed.journal.this_cycle}
    for step in (steps[key] for key in closed.settled if key in steps):
        if step.control is Control.EVIDENCE and step.outcome is Outcome.SUBMITTED:
            standing[step.key] = step.id
        elif step.outcome is Outcome.PASSED:
            checked.add(step.key)
        elif step.outcome is Outcome.APPROVED:
            agreed[step.key] = step.id
        elif step.outcome in (Outcome.FAILED, Outcome.REJECTED):
            standing = {key: sent for key, sent in standing.items() if key not in step.returned_keys}
            checked, agreed = set(), {}
    return standing, checked, agreed


def _unanswered(journal: Journal) -> bool:
    return any(e.must_answer and e.answered_at is None for e in journal.escalations)


def nobody_decides_on_their_own_work(tracker: Tracker) -> None:
    """No owner, submitter or sampler approves; nobody covering or covered either. No owner or submitter samples."""
    for closed in tracker.closures[-1:]:
        journal = closed.journal
        owners = {journal.owner_id} | _hands([s for s in journal.steps if s.outcome is Outcome.ACCEPTED])
        senders = _hands([s for s in journal.this_cycle if s.control is Control.EVIDENCE and s.outcome])
        samples = [s for s in journal.this_cycle if s.control is Control.CHECK and s.outcome]
        decisions = [s for s in journal.this_cycle if s.outcome is Outcome.APPROVED]
        for step in decisions:
            facts = f"{step.settled_by} on {step.key}"
            _demand("an owner never approves", not _acting(step) & owners, facts)
            _demand("nobody approves what they sent", not _acting(step) & senders, facts)
            _demand("nobody approves what they sampled", not _acting(step) & _hands(samples), facts)


def _hands(steps: list[Step]) -> set[UUID | None]:
    return {who for step in steps for who in (step.assignee_id, step.assigned_for_id, step.settled_by) if who}


def _acting(step: Step) -> set[UUID | None]:
    """Who decided, and whom they stood in for."""
    stood_in = step.assigned_for_id if step.settled_by == step.assignee_id else None
    return {step.settled_by, stood_in} - {None}


def rungs_fire_once_and_in_time(tracker: Tracker) -> None:
    """A rung never fires twice for a step, never before its time, and never is passed over."""
    if not tracker.fired:
        return
    calendar = tracker.journal.calendar
    _demand("no rung fires twice", max(Counter((f.step_id, f.rung) for f in tracker.fired).values()) == 1)
    for fired in tracker.fired[-2:]:
        after = _ladder(tracker)[fired.rung - 1].after
        earliest = plainly_late(max(fired.due_at, fired.opened_at), after, calendar)
        _demand("no rung fires early", fired.at >= earliest, f"rung {fired.rung} at {fired.at}, not before {earliest}")
        _demand("no rung is passed over", _lower(tracker, fired) == set(range(1, fired.rung)), fired)


def _ladder(tracker: Tracker) -> tuple[Rung, ...]:
    return tracker.journal.pathway.ladders[tracker.journal.risk]


def _lower(tracker: Tracker, fired: Fired) -> set[int]:
    return {f.rung for f in tracker.fired if f.step_id == fired.step_id and f.rung < fired.rung}


@lru_cache(maxsize=100_000)
def plainly_late(due: datetime, span: Span, calendar: Calendar) -> datetime:
    """When lateness of this length is reached, counted one day at a time."""
    if isinstance(span, Exact):
        return due + span.length
    day, left = due.astimezone(calendar.zone).date(), span.count
    while left > 0 or (isinstance(span, WorkingDays) and not calendar.is_working(day)):
        day += DAY
        left -= 1 if not isinstance(span, WorkingDays) or calendar.is_working(day) else 0
    return max(datetime.combine(day, time(9), calendar.zone).astimezone(UTC), due)


def one_of_each_is_open(tracker: Tracker) -> None:
    """At most one open cycle, and at most one open round of each step; nothing of a closed cycle is asked."""
    still = [number for number, closed_at in tracker.cycles if closed_at is None]
    _demand("one open cycle at most", len(still) <= 1, tracker.cycles)
    open_steps = tracker.journal.open_steps
    _demand("one open round of a step at most", len({s.key for s in open_steps}) == len(open_steps), open_steps)
    ended = [s.key for s in open_steps if s.cycle != tracker.journal.cycle]
    _demand("nothing of an earlier cycle is asked", not ended, ended)
    asked = [s.key for s in open_steps if s.control is not Control.SUSTAIN]
    _demand("nothing is asked after the end", tracker.journal.status.is_open or not asked, asked)


def original_dates_stand(tracker: Tracker) -> None:
    """The original date is never lost or changed once the action is defined."""
    if tracker.journal.is_defined:
        tracker.first_due = tracker.first_due or tracker.journal.original_due_at
        _demand("the original date stands", tracker.journal.original_due_at == tracker.first_due, tracker.first_due)
        _demand("the original date stands", tracker.first_due is not None)


def always_waits_for_somebody(tracker: Tracker) -> None:
    """Every open action waits for somebody or names its problem, and wakes when the next rung is due."""
    plan = process.advance(tracker.journal, tracker.now)
    if plan.finished:
        return
    _demand("an open action waits for somebody", bool(tracker.journal.open_steps or plan.problem), plan)
    times = [at for step in tracker.journal.open_steps for at in _unfired(tracker, step)]
    ahead = min((at for at in times if at > tracker.now), default=None)
    _demand("it wakes when the next rung is due", plan.until == ahead, f"{plan.until}, not {ahead}")
    behind = {at for at in times if at <= tracker.now}
    _demand("every rung whose time has come is due", behind == {rung.due_at for rung in plan.rungs_due}, behind)


def _unfired(tracker: Tracker, step: Step) -> list[datetime]:
    done = {f.rung for f in tracker.fired if f.step_id == step.id}
    late_from = max(step.due_at, step.opened_at)
    spans = [(number, rung.after) for number, rung in enumerate(_ladder(tracker), 1)]
    return [plainly_late(late_from, span, tracker.journal.calendar) for n, span in spans if n > max(done, default=0)]


def advance_settles(tracker: Tracker) -> None:
    """What a plan asked for is done: advancing again, at once or much later, asks for nothing more of people."""
    journal, now = tracker.journal, tracker.now
    plan = process.advance(journal, now)
    _demand("advancing again changes nothing", not plan.opens and not plan.voids, plan)
    _demand("advancing again changes nothing", plan.status == journal.status, plan)
    later = process.advance(journal, now + LONG)
    _demand("time alone asks for no more", later.status == plan.status and later.opens == plan.opens, later)
    _demand("what is due stays due", set(rungs_due(journal, now)) <= set(rungs_due(journal, now + LONG)))


def what_is_sent_back_is_asked_again(tracker: Tracker) -> None:
    """Evidence that was returned is asked for again, unless it waits for other evidence."""
    journal = tracker.journal
    if not journal.status.is_open or journal.status is Status.AWAITING_ACCEPTANCE:
        return
    for spec in journal.pathway.evidence:
        sent = sum(s.key == spec.key and s.outcome is Outcome.SUBMITTED for s in journal.this_cycle)
        back = journal.returns(spec.key)
        is_open = any(s.key == spec.key for s in journal.open_steps)
        waits = bool(spec.after) and journal.status is Status.RETURNED
        _demand("what is sent back is asked again", back == 0 or sent > back or is_open or waits, spec.key)


def what_is_settled_stays(tracker: Tracker) -> None:
    """A settled or void step never opens again, and keeps its answer."""
    for step in tracker.journal.steps:
        known = tracker.ended.get(step.id)
        if known is not None:
            _demand("what is settled stays settled", known == step, f"{known} is now {step}")
        elif step.status is not StepStatus.OPEN:
            tracker.ended[step.id] = step


def _demand(rule: str, holds: bool, facts: object = "") -> None:
    if not holds:
        raise Broken(rule, facts)


Law = Callable[[Tracker], None]
LAWS: tuple[Law, ...] = (
    closes_only_what_was_shown,
    nobody_decides_on_their_own_work,
    rungs_fire_once_and_in_time,
    one_of_each_is_open,
    original_dates_stand,
    always_waits_for_somebody,
    advance_settles,
    what_is_sent_back_is_asked_again,
    what_is_settled_stays,
)
