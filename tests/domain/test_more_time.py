"""What a request for more time needs, and what a decision on it needs."""

from datetime import datetime, timedelta

import pytest

from domain.more_time import TimeAnswer, lacking, lacking_to_ask
from tests.cast import MONDAY

LATER, PAST = MONDAY + timedelta(days=7), MONDAY - timedelta(minutes=1)
WHY, RISK, CONTROL = "Two people are in hospital.", "Weights may be missed.", "The nurse weighs them."


@pytest.mark.parametrize(
    ("reason", "wanted", "lacks"),
    [
        (WHY, LATER, set[str]()),
        ("  no ", LATER, {"reason"}),
        (WHY, None, {"wanted"}),
        (WHY, MONDAY, {"wanted"}),
        ("", PAST, {"reason", "wanted"}),
    ],
)
def test_asking_needs_a_reason_and_a_day_to_come(reason: str, wanted: datetime | None, lacks: set[str]) -> None:
    assert set(lacking_to_ask(reason, wanted, MONDAY)) == lacks


@pytest.mark.parametrize(
    ("answer", "lacks"),
    [
        (TimeAnswer(True, WHY, RISK, CONTROL, LATER), set[str]()),
        (TimeAnswer(True, "", " ", "short", None), {"reason", "risk_now", "interim_control", "revised_due"}),
        (TimeAnswer(True, WHY, RISK, CONTROL, MONDAY), {"revised_due"}),
        (TimeAnswer(True, WHY, RISK, CONTROL, PAST), {"revised_due"}),
        (TimeAnswer(False, WHY), set[str]()),
        (TimeAnswer(False, " ", revised_due_at=PAST), {"reason"}),
    ],
)
def test_granting_needs_the_risk_its_control_and_a_day_to_come(answer: TimeAnswer, lacks: set[str]) -> None:
    assert set(lacking(answer, MONDAY)) == lacks


def test_a_date_typed_into_a_refusal_moves_nothing() -> None:
    assert TimeAnswer(False, WHY, RISK, CONTROL, LATER).new_due_at is None
    assert TimeAnswer(True, WHY, RISK, CONTROL, LATER).new_due_at == LATER
