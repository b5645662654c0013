"""Why somebody need not answer what they were asked."""

from dataclasses import replace

import pytest

from domain.journal import Journal, Step
from domain.standing_down import AGAIN, why_not_asked
from domain.vocabulary import Control, Form, Outcome, Status
from tests.domain.making import MONDAY, accepted, failed, make_journal, make_step, passed, sent

APPROVAL, SAMPLE, BRIEFING = make_step("approval"), make_step("sample"), make_step("briefing")
EVIDENCED = (accepted(), sent("plans"), sent("briefing"))
RE_AUDIT = make_step("re-audit", control=Control.SUSTAIN, form=Form.SAMPLE)
TAKEN_BACK = make_step("plans", Outcome.WITHDRAWN)
SENT_BACK = f"Evidence was sent back, with what is still missing. {AGAIN}"
NOBODY = make_journal(owner_id=None)


@pytest.mark.parametrize(
    ("journal", "step", "why"),
    [
        (
            make_journal(*EVIDENCED, failed(1, "plans")),
            SAMPLE,
            SENT_BACK,
        ),
        (
            make_journal(accepted(), TAKEN_BACK, sent("briefing"), passed()),
            APPROVAL,
            f"“Update the plans” was taken back by whoever sent it. {AGAIN}",
        ),
        (
            make_journal(accepted(), TAKEN_BACK, sent("plans", 2), sent("briefing"), failed(2, "plans")),
            APPROVAL,
            SENT_BACK,
        ),
        (make_journal(*EVIDENCED, cycle_closed_at=MONDAY), APPROVAL, "The action has closed without it."),
        (make_journal(*EVIDENCED, cycle_closed_at=MONDAY), BRIEFING, "The action has closed without it."),
        (make_journal(is_ended=True, status=Status.CANCELLED), SAMPLE, "The action was cancelled."),
        (make_journal(is_ended=True, status=Status.SUPERSEDED), BRIEFING, "The action was superseded."),
        (
            make_journal(cycle=2),
            RE_AUDIT,
            "The action is open again, so what was asked of you after it closed falls away.",
        ),
        (make_journal(), make_step("owner"), "An owner has been named."),
        (make_journal(), make_step("accept"), "The action has gone to another owner."),
        (make_journal(), make_step("support"), "The action has gone to another owner."),
        (NOBODY, make_step("support"), "The action waits for another owner."),
        (make_journal(*EVIDENCED), SAMPLE, "The action does not need it any more."),
    ],
)
def test_whoever_was_asked_reads_why_they_need_not_answer(journal: Journal, step: Step, why: str) -> None:
    assert why_not_asked(replace(journal, steps=(*journal.steps, step)), step) == why
