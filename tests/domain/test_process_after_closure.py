"""What an action needs once it has closed, opened again, or was ended."""

from datetime import timedelta
from typing import Any

import pytest

from domain.journal import Journal, ReAudit, Step
from domain.process import advance
from domain.vocabulary import Outcome, ReAuditStatus, Status
from tests.domain.making import (
    DUE,
    MONDAY,
    accepted,
    keys_opened,
    make_journal,
    make_step,
    passed,
    sent,
)

BOTH_SENT = (accepted(), sent("plans"), sent("briefing"))


def cycle_two(*steps: Step, **changes: Any) -> Journal:
    return make_journal(*steps, cycle=2, **changes)


STORY = [
    (
        "a reopened action asks why first",
        cycle_two(accepted(cycle=2)),
        "in progress",
        [("why-reopened", 1)],
    ),
    (
        "then for evidence anew, whatever the first cycle had",
        cycle_two(accepted(), sent("plans"), accepted(cycle=2), make_step("why-reopened", Outcome.SUBMITTED, cycle=2)),
        "in progress",
        [("plans", 1), ("briefing", 1)],
    ),
]


@pytest.mark.parametrize(("journal", "status", "opens"), [row[1:] for row in STORY], ids=[row[0] for row in STORY])
def test_an_action_that_opens_again_says_why_first(journal: Journal, status: str, opens: list[tuple[str, int]]) -> None:
    plan = advance(journal, MONDAY)
    assert (plan.status, keys_opened(plan)) == (status, opens)
    assert not plan.finished


def test_a_closed_action_is_watched() -> None:
    plan = advance(make_journal(*BOTH_SENT, passed(), cycle_closed_at=MONDAY), MONDAY)
    assert (plan.status, plan.finished, plan.closed, plan.until) == (Status.CLOSED_MONITORING, True, True, None)


@pytest.mark.parametrize(
    ("audits", "status"),
    [
        (["planned", "planned"], Status.CLOSED_MONITORING),
        (["passed", "planned"], Status.CLOSED_MONITORING),
        (["passed", "missed"], Status.CLOSED_MONITORING),
        (["passed", "passed"], Status.SUSTAINED),
        ([], Status.CLOSED_MONITORING),
    ],
)
def test_an_action_is_sustained_when_its_last_re_audit_has_passed(audits: list[str], status: Status) -> None:
    planned = tuple(ReAudit(1, number, DUE, ReAuditStatus(how)) for number, how in enumerate(audits, 1))
    journal = make_journal(accepted(), cycle_closed_at=MONDAY, re_audits=planned)
    assert advance(journal, MONDAY).status is status


def test_re_audits_of_an_earlier_cycle_sustain_nothing() -> None:
    journal = cycle_two(
        accepted(cycle=2), cycle_closed_at=MONDAY, re_audits=(ReAudit(1, 1, DUE, ReAuditStatus.PASSED),)
    )
    assert advance(journal, MONDAY).status is Status.CLOSED_MONITORING


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.SUPERSEDED])
def test_an_ended_action_asks_nobody_for_anything(status: Status) -> None:
    plans = make_step("plans")
    plan = advance(make_journal(accepted(), plans, is_ended=True, status=status), DUE + timedelta(days=90))
    assert (plan.status, plan.opens, plan.voids, plan.rungs_due) == (status, (), (plans.id,), ())
