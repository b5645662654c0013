"""The process: what an action needs next.

The five controls in order; escalation runs beside them, by the clock. The first control that
is not yet satisfied decides. Commands call `advance` after every answer, the flow at every
wake, the simulator a million times: it reads a journal and the time, and changes nothing.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID

from domain.agreeing import asked_to_approve, out_of_turn, present_turn, settled_now
from domain.asking import next_round, offered, to_ask
from domain.duties import allowed_until
from domain.evidencing import is_in, still_needed
from domain.journal import Journal, Step
from domain.ladder import next_rung_at, rungs_due
from domain.pathways import OWNER, RE_AUDIT
from domain.plans import Plan, StepToOpen
from domain.sample_specs import spec_of
from domain.sustaining import is_sustained, missed_at
from domain.vocabulary import Control, Form, Outcome, Role, Status, StepStatus


def advance(journal: Journal, now: datetime) -> Plan:
    """What this action needs next: the first control that is not yet satisfied decides."""
    untold = any(not audit.is_shown for audit in journal.re_audits)
    return replace(_next(journal, now), shows_re_audits=untold)


def _next(journal: Journal, now: datetime) -> Plan:
    for control in (ended, understood, define, assign, learn, evidence, check, close, sustain):
        if plan := control(journal, now):
            return _with_time(plan, journal, now)
    return Plan(Status.SUSTAINED, "Sustained")


def ended(journal: Journal, now: datetime) -> Plan | None:
    """A cancelled or superseded action asks nobody for anything."""
    if not journal.is_ended:
        return None
    return Plan(journal.status, "Ended", voids=tuple(step.id for step in journal.open_steps))


def understood(journal: Journal, now: datetime) -> Plan | None:
    """An open step that the pinned pathway does not know needs a person to look, and never fails in silence."""
    unknown = sorted({s.key for s in journal.open_steps if journal.pathway.control_of(s.key) is not s.control})
    if not unknown:
        return None
    version = f"{journal.pathway.key} version {journal.pathway.version}"
    return Plan(
        journal.status,
        "Needs attention",
        problem=f"Open step {', '.join(unknown)} is not in pathway {version}. Move the action to one that has it.",
    )


def define(journal: Journal, now: datetime) -> Plan | None:
    """An action is specific and measurable before anybody is asked to do it."""
    if journal.is_defined:
        return None
    asked = journal.pathway.define
    title = "Complete the definition"
    step = to_ask(journal, now, "define", 1, Control.DEFINE, Form.DEFINITION, title, asked.by, asked.due)
    return Plan(Status.DRAFT, "Awaiting definition", opens=step)


def assign(journal: Journal, now: datetime) -> Plan | None:
    """One person owns the action and has said so."""
    if journal.cycle_closed_at is not None:
        return None
    stale = frozenset(step.id for step in journal.open_steps if _asks_of_a_former_owner(journal, step))
    journal = journal.voiding(stale)
    plan = _choosing(journal, now) if journal.owner_id is None else _accepting(journal, now)
    return replace(plan, voids=tuple(stale)) if plan else None


def _choosing(journal: Journal, now: datetime) -> Plan:
    asked, turn = journal.pathway.assign, next_round(journal.latest("owner"))
    step = to_ask(journal, now, "owner", turn, Control.ASSIGN, Form.OWNER, "Choose an owner", asked.by, asked.due)
    return Plan(Status.AWAITING_ACCEPTANCE, "Awaiting an owner", opens=step)


def _accepting(journal: Journal, now: datetime) -> Plan | None:
    """Yes, no, or “yes, with support”: then the barrier is helped with first, and the owner asked again."""
    accept, asked = journal.latest("accept"), journal.pathway.assign
    is_theirs = accept is not None and accept.stands_for == journal.owner_id
    if accept and is_theirs and accept.outcome is Outcome.ACCEPTED:
        return None
    if accept is None and _owned_before(journal):
        return None
    if accept and is_theirs and _waits_for_support(journal, accept):
        title, who = "Help with what is in the owner’s way", Role.REGISTERED_MANAGER
        step = to_ask(journal, now, "support", accept.round, Control.ASSIGN, Form.SUPPORT, title, who, asked.due)
        return Plan(Status.AWAITING_ACCEPTANCE, "Awaiting support", opens=step)
    turn, title = next_round(accept), "Accept or decline this action"
    step = to_ask(journal, now, "accept", turn, Control.ASSIGN, Form.ACCEPTANCE, title, OWNER, asked.accept_within)
    return Plan(Status.AWAITING_ACCEPTANCE, "Awaiting acceptance", opens=step)


def _waits_for_support(journal: Journal, accept: Step) -> bool:
    if accept.outcome is not Outcome.NEEDS_SUPPORT:
        return False
    helped = [step.round for step in journal.this_cycle if step.key == "support" and step.outcome is Outcome.SUPPORTED]
    return accept.round not in helped


def _asks_of_a_former_owner(journal: Journal, step: Step) -> bool:
    """Whether an open step of Assign is overtaken, because somebody else, or nobody, owns the action now."""
    if step.key == "owner":
        return journal.owner_id is not None
    accept = step if step.key == "accept" else journal.latest("accept") if step.key == "support" else None
    return accept is not None and accept.stands_for not in (None, journal.owner_id)


def learn(journal: Journal, now: datetime) -> Plan | None:
    """A reopened action starts by asking why the improvement did not hold."""
    if journal.cycle == 1 or journal.cycle_closed_at is not None:
        return None
    why = journal.latest("why-reopened")
    if why and why.status is StepStatus.SETTLED:
        return None
    title, within = "Say why the improvement did not hold", journal.pathway.return_within
    step = to_ask(journal, now, "why-reopened", 1, Control.EVIDENCE, Form.WHY_REOPENED, title, OWNER, within)
    return Plan(Status.IN_PROGRESS, "Awaiting why it did not hold", opens=step)


def evidence(journal: Journal, now: datetime) -> Plan | None:
    """Every piece of evidence the pathway asks for is in, as often as it was sent back.

    What is optional is offered with the rest and holds nothing up.
    """
    if journal.cycle_closed_at is not None or not still_needed(journal):
        return None
    opens, voids = offered(journal, now), out_of_turn(journal)
    if journal.returns():
        return Plan(Status.RETURNED, "Awaiting evidence again", opens=opens, voids=voids)
    some_in = any(is_in(journal, spec.key) for spec in journal.pathway.evidence)
    status = Status.EVIDENCE_SUBMITTED if some_in else Status.IN_PROGRESS
    return Plan(status, "Awaiting evidence", opens=opens, voids=voids)


def check(journal: Journal, now: datetime) -> Plan | None:
    """Somebody who did not do the work sampled it, and practice had changed."""
    if journal.cycle_closed_at is not None:
        return None
    passed = {step.key for step in settled_now(journal, Outcome.PASSED)}
    waiting = [spec for spec in journal.pathway.checks if spec.key not in passed]
    if not waiting:
        return None
    asks = [
        step
        for spec in waiting
        for step in to_ask(
            journal, now, spec.key, present_turn(journal), Control.CHECK, Form.SAMPLE, spec.title, spec.who, spec.due
        )
    ]
    opens = (*offered(journal, now), *asks)
    return Plan(Status.SAMPLE_AUDIT, "Awaiting sample audit", opens=opens, voids=out_of_turn(journal))


def close(journal: Journal, now: datetime) -> Plan | None:
    """As many as the risk asks for, who neither did the work nor checked it, agree that improvement was shown."""
    if journal.cycle_closed_at is not None:
        return None
    agreed = {step.key for step in settled_now(journal, Outcome.APPROVED)}
    asks = [
        step
        for spec in asked_to_approve(journal)
        if spec.key not in agreed
        for step in to_ask(
            journal, now, spec.key, present_turn(journal), Control.CLOSE, Form.APPROVAL, spec.title, spec.who, spec.due
        )
    ]
    opens = (*offered(journal, now), *asks)
    return Plan(Status.AWAITING_APPROVAL, "Awaiting approval", opens=opens, voids=out_of_turn(journal))


def sustain(journal: Journal, now: datetime) -> Plan | None:
    """A closed action is watched until its last re-audit has passed. What it closed without is asked no more."""
    if is_sustained(journal):
        return None
    audit, voids = journal.next_re_audit, tuple(s.id for s in journal.open_steps if s.control is not Control.SUSTAIN)
    if audit is None:
        return Plan(Status.CLOSED_MONITORING, "Closed – monitoring", voids=voids)
    if now < audit.due_at:
        number, until = audit.number, audit.due_at
        return Plan(Status.CLOSED_MONITORING, "Upcoming re-audit", voids=voids, re_audit=number, until=until)
    return Plan(
        Status.CLOSED_MONITORING,
        "Awaiting re-audit",
        opens=_re_audit_asked(journal, now, audit.number),
        voids=voids,
        re_audit=audit.number,
        missed=_missed(journal, now),
    )


def _re_audit_asked(journal: Journal, now: datetime, number: int) -> tuple[StepToOpen, ...]:
    spec = spec_of(journal.pathway, RE_AUDIT)
    return to_ask(journal, now, RE_AUDIT, number, Control.SUSTAIN, Form.SAMPLE, spec.title, spec.who, spec.due)


def _with_time(plan: Plan, journal: Journal, now: datetime) -> Plan:
    """Add what only time brings: the rungs that are due, and when the next one is.

    Steps still to open start their ladders once they are open; the caller advances again then.
    """
    if plan.finished and plan.re_audit is None:
        return plan
    due = rungs_due(journal, now)
    soonest = [step.due_at for step in plan.opens] + ([plan.until] if plan.until else [])
    if (rung_at := next_rung_at(journal, now)) is not None:
        soonest.append(rung_at)
    soonest += [at for step in _re_audits_open(journal) if (at := missed_at(step, journal)) is not None and at > now]
    if any(step.assignee_id is None for step in journal.open_steps):
        # Roles begin and absences end with a day: whoever may be asked then is found in the first minute of it.
        soonest.append(journal.calendar.at(journal.calendar.day_of(now) + timedelta(days=1), time(0)))
    if (ends_at := allowed_until(journal, now)) is not None:
        soonest.append(ends_at)
    return replace(plan, rungs_due=due, until=min(soonest, default=None))


def _re_audits_open(journal: Journal) -> list[Step]:
    return [step for step in journal.open_steps if step.control is Control.SUSTAIN]


def _missed(journal: Journal, now: datetime) -> UUID | None:
    """The open re-audit whose time has run out."""
    for step in _re_audits_open(journal):
        at = missed_at(step, journal)
        if at is not None and at <= now:
            return step.id
    return None


def _owned_before(journal: Journal) -> bool:
    """Who owned a reopened action owns it still: they said yes in an earlier cycle, and it is not asked again."""
    said_yes = [s for s in journal.steps if s.key == "accept" and s.outcome is Outcome.ACCEPTED]
    return journal.cycle > 1 and bool(said_yes) and said_yes[-1].stands_for == journal.owner_id
