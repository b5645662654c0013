"""What must hold after every command, judged from what happened and not by the code that decided it.

Each law is worked out anew here, slowly and plainly: closure by walking over the answers in
the order they came, rungs by counting days one at a time.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

from domain import duties, process
from domain.deadlines import Calendar
from domain.journal import Journal, Step
from domain.pathways import Rung
from domain.spans import Exact, Span, WorkingDays
from domain.vocabulary import Control, Outcome, ReAuditStatus, Status, StepStatus
from tests.machine.tracker import Broken, Closed, Fired, Tracker

DAY = timedelta(days=1)
LONG = timedelta(days=400)
LATER = frozenset({Control.EVIDENCE, Control.CHECK, Control.CLOSE})


def closes_only_what_was_shown(tracker: Tracker) -> None:
    """No sequence of commands closes an action without what the gate demands."""
    for closed in tracker.closures[-1:]:
        standing, checked, agreed = _walk(closed)
        pathway = closed.journal.pathway
        wanted = {spec.key for spec in pathway.evidence if spec.required}
        facts = f"stands: {sorted(standing)}, checked: {sorted(checked)}, agreed: {sorted(agreed)}"
        _demand("a closure has all its evidence", wanted <= standing.keys(), facts)
        _demand("a closure has its samples passed", {spec.key for spec in pathway.checks} <= checked, facts)
        asked = {spec.key for spec in pathway.approvals if not spec.only_for or closed.journal.risk in spec.only_for}
        wanted_of_them = pathway.approvals_needed.get(closed.journal.risk, len(asked))
        _demand("a closure has all its approvals", len(asked & agreed.keys()) >= wanted_of_them, facts)
        _demand("a closure leaves no escalation unanswered", not _unanswered(closed.journal), facts)
        _demand("a closure reached its target", closed.passed, facts)
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
    """Deciding answers an escalation about the decision itself; any other has to be answered before."""
    deciding = {step.id for step in journal.steps if step.control is Control.CLOSE}
    return any(e.must_answer and e.answered_at is None and e.step_id not in deciding for e in journal.escalations)


def nobody_decides_on_their_own_work(tracker: Tracker) -> None:
    """No owner, submitter or sampler approves; nobody covering or covered either. No owner or submitter samples.

    A small home's exception lets submitters and samplers do so, and never an owner.
    """
    for closed in tracker.closures[-1:]:
        journal = closed.journal
        owners = {journal.owner_id} | _hands([s for s in journal.steps if s.outcome is Outcome.ACCEPTED])
        senders = _hands([s for s in journal.this_cycle if s.control is Control.EVIDENCE and s.outcome])
        samples = [s for s in journal.this_cycle if s.control is Control.CHECK and s.outcome]
        last = _last_turn(journal)
        for step in [s for s in last if s.outcome is Outcome.APPROVED]:
            facts = f"{step.settled_by} on {step.key}"
            _demand("an owner never approves", not _acting(step) & owners, facts)
            strict = not journal.small_home
            _demand("nobody approves what they sent", not (strict and _acting(step) & senders), facts)
            _demand("nobody approves what they sampled", not (strict and _acting(step) & _hands(samples)), facts)
        agreed = [s.settled_by for s in last if s.outcome is Outcome.APPROVED]
        _demand("nobody agrees twice", len(set(agreed)) == len(agreed), agreed)
        for step in [s for s in last if s.outcome is Outcome.PASSED]:
            _demand("an owner never samples", not _acting(step) & owners, step.key)
            _demand("nobody samples what they sent", bool(journal.small_home) or not _acting(step) & senders, step.key)


def _last_turn(journal: Journal) -> list[Step]:
    """Checks and approvals since anything was last sent back."""
    judged = [s for s in journal.this_cycle if s.control in (Control.CHECK, Control.CLOSE) and s.outcome]
    latest = max((s.round for s in judged), default=0)
    return [s for s in judged if s.round == latest]


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
        after = fired.after or _ladder(tracker)[fired.rung - 1].after
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
    numbers = [number for number, _ in tracker.cycles]
    _demand("cycles follow one another", numbers == list(range(1, tracker.journal.cycle + 1)), tracker.cycles)
    open_steps = tracker.journal.open_steps
    _demand("one open round of a step at most", len({s.key for s in open_steps}) == len(open_steps), open_steps)
    ended = [s.key for s in open_steps if s.cycle != tracker.journal.cycle]
    _demand("nothing of an earlier cycle is asked", not ended, ended)
    asked = [s.key for s in open_steps if s.control is not Control.SUSTAIN]
    _demand("nothing is asked after the end", tracker.journal.status.is_open or not asked, asked)


def reopened_actions_start_with_why(tracker: Tracker) -> None:
    """The first thing a reopened action asks for is why the improvement did not hold."""
    journal = tracker.journal
    if journal.cycle == 1:
        return
    this = journal.this_cycle
    told = any(s.key == "why-reopened" and s.outcome is Outcome.SUBMITTED for s in this)
    later = [s.key for s in this if s.control in LATER and s.key != "why-reopened"]
    _demand("a reopened action first says why", told or not later, later)


def what_is_sustained_was_checked(tracker: Tracker) -> None:
    """An action is sustained when its last re-audit passed, each on its day or later, by somebody apart."""
    journal = tracker.journal
    checks = [s for s in journal.this_cycle if s.control is Control.SUSTAIN]
    passed = [s for s in checks if s.outcome is Outcome.PASSED]
    if journal.status is Status.SUSTAINED:
        wanted = len(journal.pathway.re_audits.after[journal.risk])
        _demand("a sustained action passed every re-audit", 0 < wanted == len(passed), checks)
    owners = {journal.owner_id} | _hands([s for s in journal.steps if s.outcome is Outcome.ACCEPTED])
    for step in passed if journal.cycle_closed_at else []:
        _demand("an owner never re-audits", not _acting(step) & owners, step)
    days = {audit.number: audit.due_at for audit in journal.re_audits if audit.cycle == journal.cycle}
    early = [s for s in checks if s.opened_at < days[s.round]]
    _demand("no re-audit is asked before its day", not early, early)


def original_dates_stand(tracker: Tracker) -> None:
    """The original date is never lost or changed once the action is defined."""
    if tracker.journal.is_defined:
        tracker.first_due = tracker.first_due or tracker.journal.original_due_at
        _demand("the original date stands", tracker.journal.original_due_at == tracker.first_due, tracker.first_due)
        _demand("the original date stands", tracker.first_due is not None)


def always_waits_for_somebody(tracker: Tracker) -> None:
    """Every open action waits for somebody or names its problem, and wakes when time brings the next thing."""
    plan, now = process.advance(tracker.journal, tracker.now), tracker.now
    open_steps = tracker.journal.open_steps
    _demand("an open action waits for somebody", plan.finished or bool(open_steps or plan.problem), plan)
    if tracker.journal.is_ended:
        _demand("nothing is asked after the end", not open_steps and plan.until is None, plan)
        return
    rungs = [at for step in open_steps for at in _unfired(tracker, step)]
    other = [*_days_of_re_audits(tracker), *_misses(tracker), *_next_day(tracker), *_lapses(tracker)]
    ahead = min((at for at in (*rungs, *other) if at > now), default=None)
    _demand("it wakes when time brings the next thing", plan.until == ahead, f"{plan.until}, not {ahead}")
    behind = {at for at in rungs if at <= now}
    _demand("every rung whose time has come is due", behind == {rung.due_at for rung in plan.rungs_due}, behind)


def _unfired(tracker: Tracker, step: Step) -> list[datetime]:
    if not _must_be_done(tracker.journal, step):
        return []
    done = {f.rung for f in tracker.fired if f.step_id == step.id}
    late_from = max(step.due_at, step.opened_at)
    spans = [(number, rung.after) for number, rung in enumerate(_ladder(tracker), 1)]
    return [plainly_late(late_from, span, tracker.journal.calendar) for n, span in spans if n > max(done, default=0)]


def _must_be_done(journal: Journal, step: Step) -> bool:
    """An optional step has no ladder, until it was sent and sent back."""
    optional = any(spec.key == step.key and not spec.required for spec in journal.pathway.evidence)
    return not optional or any(step.key in other.returned_keys for other in journal.this_cycle)


def _days_of_re_audits(tracker: Tracker) -> list[datetime]:
    journal = tracker.journal
    waiting = [a for a in journal.re_audits if a.cycle == journal.cycle and a.status is ReAuditStatus.PLANNED]
    asked = any(step.control is Control.SUSTAIN for step in journal.open_steps)
    return [] if asked or journal.cycle_closed_at is None else [min(a.due_at for a in waiting)] if waiting else []


def _misses(tracker: Tracker) -> list[datetime]:
    """When an open re-audit whose ladder has run out counts as missed."""
    found: list[datetime] = []
    for step in tracker.journal.open_steps:
        if step.control is Control.SUSTAIN and not _unfired(tracker, step):
            fired = [f.at for f in tracker.fired if f.step_id == step.id]
            calendar, late_from = tracker.journal.calendar, max(step.due_at, step.opened_at)
            top = plainly_late(late_from, _ladder(tracker)[-1].after, calendar)
            found.append(plainly_late(max([top, *fired]), tracker.journal.pathway.re_audits.missed_after, calendar))
    return found


def _next_day(tracker: Tracker) -> list[datetime]:
    """Whoever may be asked tomorrow is asked tomorrow."""
    zone = tracker.journal.calendar.zone
    if all(step.assignee_id for step in tracker.journal.open_steps):
        return []
    day = tracker.now.astimezone(zone).date() + DAY
    return [datetime.combine(day, time(0), zone).astimezone(UTC)]


def _lapses(tracker: Tracker) -> list[datetime]:
    """Whoever has a check or approval by a small home's exception has it until the last day of that is over."""
    journal, zone = tracker.journal, tracker.journal.calendar.zone
    today = tracker.now.astimezone(zone).date()
    begun = [one for one in journal.small_home if one.confirmed_at <= tracker.now and not one.ended_at]
    last = [one.ends_on for one in begun if one.ends_on >= today]
    if not last or not duties.barred_since(journal):
        return []
    return [datetime.combine(max(last) + DAY, time(0), zone).astimezone(UTC)]


def advance_settles(tracker: Tracker) -> None:
    """What a plan asked for is done: advancing again, at once or much later, asks for nothing more of people."""
    journal, now = tracker.journal, tracker.now
    plan = process.advance(journal, now)
    _demand("advancing again changes nothing", not plan.opens and not plan.voids, plan)
    _demand("advancing again changes nothing", plan.status == journal.status, plan)
    later = process.advance(journal, now + LONG)
    _demand("time alone asks for no more", later.status == plan.status, later)
    _demand("time alone asks for no more", later.opens == plan.opens or not journal.status.is_open, later)
    _demand("what is due stays due", set(plan.rungs_due) <= set(later.rungs_due))


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
        if known is not None and step.outcome is Outcome.WITHDRAWN and known.outcome is Outcome.SUBMITTED:
            tracker.ended[step.id] = step
        elif known is not None:
            _demand("what is settled stays settled", known == step, f"{known} is now {step}")
        elif step.status is not StepStatus.OPEN:
            tracker.ended[step.id] = step


def accounts_are_there(tracker: Tracker) -> None:
    """What is answered signed in is with nobody who has no account, unless a way in was mailed to them as cover."""
    house = tracker.house
    for step in tracker.journal.open_steps:
        if step.form.needs_account and step.assignee_id is not None:
            let_in = step.assigned_for_id is not None and house.is_reached(step.assignee_id)
            _demand("what needs an account is with somebody who has one", let_in or house.signs_in(step.assignee_id))


def _demand(rule: str, holds: bool, facts: object = "") -> None:
    if not holds:
        raise Broken(rule, facts)


Law = Callable[[Tracker], None]
LAWS: tuple[Law, ...] = (
    closes_only_what_was_shown,
    nobody_decides_on_their_own_work,
    rungs_fire_once_and_in_time,
    one_of_each_is_open,
    reopened_actions_start_with_why,
    what_is_sustained_was_checked,
    original_dates_stand,
    always_waits_for_somebody,
    advance_settles,
    what_is_sent_back_is_asked_again,
    what_is_settled_stays,
    accounts_are_there,
)
