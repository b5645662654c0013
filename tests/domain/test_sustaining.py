"""After closure: when a re-audit is asked for, when it is missed, and what counts as a repeat."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.deadlines import due_after
from domain.journal import Journal, ReAudit, Step
from domain.pathways import RE_AUDIT
from domain.process import advance
from domain.spans import Days, WorkingDays
from domain.sustaining import is_repeat, missed_at, planned_times
from domain.vocabulary import Control, Form, Outcome, ReAuditStatus, Risk, Status
from tests.domain.making import (
    CALENDAR,
    DEPUTY,
    DUE,
    MONDAY,
    accepted,
    fired,
    make_journal,
    make_pathway,
    make_step,
    passed,
    sent,
)

DAY = timedelta(days=1)
SIXTY = due_after(MONDAY, Days(60), CALENDAR)
STATUSES = ReAuditStatus


def re_audit_step(outcome: Outcome | None = None, turn: int = 1, **changes: object) -> Step:
    facts = {"control": Control.SUSTAIN, "form": Form.SAMPLE, "assignee_id": DEPUTY, "opened_at": SIXTY}
    facts |= {"round": turn, "due_at": SIXTY + 5 * DAY}
    return make_step(RE_AUDIT, outcome, **(facts | changes))


def closed(*steps: Step, audits: tuple[ReAudit, ...] = (), **changes: object) -> Journal:
    done = (accepted(), sent("plans"), sent("briefing"), passed())
    return make_journal(*done, *steps, cycle_closed_at=MONDAY, re_audits=audits, **changes)


def audits(*statuses: ReAuditStatus) -> tuple[ReAudit, ...]:
    return tuple(
        ReAudit(1, number, SIXTY + (number - 1) * 30 * DAY, status) for number, status in enumerate(statuses, 1)
    )


def test_re_audits_are_planned_from_closure_by_risk() -> None:
    pathway = make_pathway(
        re_audits={"who": "quality lead", "due": "5 working days", "after": {"high": ["30 days", "90 days"]}}
    )
    journal = closed(risk=Risk.HIGH, pathway=pathway)
    assert planned_times(journal, MONDAY) == tuple(due_after(MONDAY, Days(n), CALENDAR) for n in (30, 90))


def test_a_risk_without_re_audits_plans_none() -> None:
    assert planned_times(closed(risk=Risk.LOW), MONDAY) == ()


def test_a_closed_action_sleeps_until_its_next_re_audit() -> None:
    plan = advance(closed(audits=audits(STATUSES.PLANNED)), SIXTY - DAY)
    assert (plan.status, plan.opens, plan.until) == (Status.CLOSED_MONITORING, (), SIXTY)
    assert plan.re_audit == 1


@pytest.mark.parametrize(
    ("statuses", "steps", "asked"),
    [
        ((STATUSES.PLANNED, STATUSES.PLANNED), (), 1),
        ((STATUSES.PASSED, STATUSES.PLANNED), (re_audit_step(Outcome.PASSED),), 2),
    ],
)
def test_at_its_date_somebody_is_asked_to_check_again(
    statuses: tuple[ReAuditStatus, ...], steps: tuple[Step, ...], asked: int
) -> None:
    plan = advance(closed(*steps, audits=audits(*statuses)), SIXTY + 30 * DAY)
    [ask] = plan.opens
    assert (ask.key, ask.round, ask.control, ask.form) == (RE_AUDIT, asked, Control.SUSTAIN, Form.SAMPLE)
    assert (plan.status, plan.re_audit) == (Status.CLOSED_MONITORING, asked)


def test_it_is_asked_for_once() -> None:
    plan = advance(closed(re_audit_step(), audits=audits(STATUSES.OPEN)), SIXTY + DAY)
    assert (plan.opens, plan.re_audit) == ((), 1)


def test_silence_climbs_its_ladder_like_any_step() -> None:
    journal = closed(re_audit_step(), audits=audits(STATUSES.OPEN))
    plan = advance(journal, SIXTY + 60 * DAY)
    assert [rung.rung for rung in plan.rungs_due] == list(range(1, len(journal.pathway.ladders[Risk.MEDIUM]) + 1))


def all_fired(step: Step, at: datetime) -> Journal:
    rungs = len(make_pathway().ladders[Risk.MEDIUM])
    return closed(
        step, audits=audits(STATUSES.OPEN), escalations=tuple(fired(step, n, fired_at=at) for n in range(1, rungs + 1))
    )


def test_it_is_not_missed_while_rungs_are_left() -> None:
    step = re_audit_step()
    journal = closed(step, audits=audits(STATUSES.OPEN), escalations=(fired(step, 1),))
    assert missed_at(step, journal) is None
    assert advance(journal, SIXTY + 400 * DAY).missed is None


def test_it_is_missed_once_the_ladder_ran_out_and_the_last_person_had_time() -> None:
    step, last = re_audit_step(), SIXTY + 40 * DAY
    journal = all_fired(step, last)
    at = missed_at(step, journal)
    assert at is not None
    assert CALENDAR.day_of(at) == CALENDAR.day_of(due_after(last, WorkingDays(5), CALENDAR))
    assert advance(journal, at - DAY).missed is None
    assert advance(journal, at - DAY).until == at
    assert advance(journal, at).missed == step.id


def test_a_service_that_was_away_gives_the_last_person_their_time_all_the_same() -> None:
    step, late = re_audit_step(), SIXTY + 300 * DAY
    at = missed_at(step, all_fired(step, late))
    assert at is not None
    assert at > late


def test_a_date_revised_after_the_last_rung_moves_the_miss() -> None:
    last = SIXTY + 40 * DAY
    step, moved = re_audit_step(), re_audit_step(due_at=SIXTY + 200 * DAY)
    before, after = (
        missed_at(step, all_fired(step, last)),
        missed_at(moved, all_fired(moved, last)),
    )
    assert before is not None
    assert after is not None
    assert after > moved.due_at > before


def test_who_owned_a_reopened_action_owns_it_still_and_is_asked_why_first() -> None:
    journal = make_journal(accepted(), sent("plans"), cycle=2)
    [ask] = advance(journal, MONDAY).opens
    assert (ask.key, ask.who) == ("why-reopened", "owner")


def test_a_new_owner_of_a_reopened_action_is_asked_to_accept() -> None:
    journal = make_journal(accepted(), cycle=2, owner_id=DEPUTY)
    assert [ask.key for ask in advance(journal, MONDAY).opens] == ["accept"]


def test_a_closed_action_whose_owner_left_asks_for_no_owner() -> None:
    assert advance(closed(owner_id=None), DUE).status is Status.CLOSED_MONITORING


CLOSED = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "repeats"),
    [
        (CLOSED - DAY, False),
        (CLOSED, True),
        (CLOSED + 364 * DAY, True),
        (datetime(2027, 3, 1, 23, 59, tzinfo=UTC), True),
        (datetime(2027, 3, 2, 0, 1, tzinfo=UTC), False),
    ],
)
def test_a_repeat_comes_within_twelve_months_of_closure(found: datetime, repeats: bool) -> None:
    assert is_repeat(CLOSED, found, CALENDAR) is repeats
