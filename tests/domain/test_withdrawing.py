"""Who may take evidence back, and until when."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.closing import gate
from domain.duties import may_not_approve, may_not_sample
from domain.journal import Journal, PieceOfEvidence, Step
from domain.vocabulary import Form, Outcome
from domain.withdrawing import may_withdraw
from tests.domain.making import (
    DEPUTY,
    MANAGER,
    MONDAY,
    OTHER,
    OWNER,
    accepted,
    make_journal,
    make_step,
    passed,
    sent,
)

PLANS = sent("plans")
LATER = MONDAY + timedelta(hours=1)
BEFORE = MONDAY - timedelta(hours=1)


def asked(*others: Step, **changes: Any) -> Journal:
    return make_journal(accepted(), PLANS, *others, **changes)


@pytest.mark.parametrize(
    ("journal", "drawn_at"),
    [
        (asked(), []),
        (asked(make_step("sample")), []),
        (asked(make_step("approval")), []),
        (asked(make_step("sample", Outcome.FAILED, settled_at=BEFORE)), [BEFORE]),
    ],
    ids=["just sent", "a sampler is asked", "an approver is asked", "what was looked at before it was sent"],
)
def test_what_nobody_has_looked_at_may_be_taken_back(journal: Journal, drawn_at: list[datetime]) -> None:
    assert may_withdraw(journal, PLANS, OWNER, drawn_at) is None


@pytest.mark.parametrize(
    ("journal", "drawn_at"),
    [
        (asked(make_step("sample")), [LATER]),
        (asked(make_step("sample")), [MONDAY]),
        (asked(passed()), []),
        (asked(make_step("approval", Outcome.APPROVED)), []),
        (asked(cycle_closed_at=LATER), []),
        (asked(is_ended=True), []),
        (asked(cycle=2), []),
    ],
    ids=["drawn", "drawn at that moment", "sampled", "approved by one", "closed", "cancelled", "an earlier cycle"],
)
def test_what_somebody_looked_at_stays(journal: Journal, drawn_at: list[datetime]) -> None:
    assert may_withdraw(journal, PLANS, OWNER, drawn_at) is not None


@pytest.mark.parametrize("person", [OTHER, DEPUTY, MANAGER])
def test_nobody_takes_back_what_somebody_else_sent(person: UUID) -> None:
    assert "Somebody else sent this" in (may_withdraw(asked(), PLANS, person, []) or "")


@pytest.mark.parametrize(
    "step",
    [
        make_step("plans"),
        make_step("plans", Outcome.WITHDRAWN),
        sent("why-reopened", form=Form.WHY_REOPENED),
        passed(settled_by=OWNER),
        accepted(),
    ],
    ids=["open", "taken back already", "why it did not hold", "a sample", "a yes"],
)
def test_only_evidence_that_was_sent_is_taken_back(step: Step) -> None:
    journal = make_journal(step)
    assert may_withdraw(journal, step, OWNER, []) is not None


def test_what_was_taken_back_counts_for_no_gate_and_no_category_and_its_sender_checks_nothing() -> None:
    gone = make_step("plans", Outcome.WITHDRAWN, assignee_id=OTHER, settled_by=OTHER)
    briefing = sent("briefing")
    evidence = (PieceOfEvidence(briefing.id, "feedback from staff and leaders"),)
    journal = make_journal(accepted(), gone, briefing, make_step("approval"), evidence=evidence)
    assert {"step", "categories", "sample"} <= {missing.code for missing in gate(journal, MANAGER, None, MONDAY)}
    assert OTHER in may_not_sample(journal)
    assert OTHER in may_not_approve(journal)
