"""What an import brought to notice is asked until somebody has seen to it, and no longer."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from commands.imported_rows import LOOSE
from commands.noticed import still_noticed
from domain.defining import Definition
from trackers.codes import Code, remark

DRAFT = Definition(
    title="Remind seniors", what_will_change="Remind seniors to do supervisions", summary="Nine had none"
)
SOMEBODY, DAY = UUID(int=7), datetime(2027, 1, 8, tzinfo=UTC)
FIRM = "Each senior has supervised four people by 8 January and written down what was agreed"


def said(code: Code, words: str = "") -> str:
    noticed = remark(code, words)
    return f"{noticed.reason} {noticed.advice}"


@pytest.mark.parametrize(
    ("reason", "changes", "is_left"),
    [
        (said(Code.OWNER_MISSING), {"owner_id": SOMEBODY}, False),
        (said(Code.OWNER_NOT_IN_PEOPLE, "Wilf (bank)"), {"owner_id": SOMEBODY}, False),
        (said(Code.EMAIL_MISMATCH, "w@example.org"), {"owner_id": SOMEBODY}, False),
        (said(Code.OWNER_MISSING), {"due_at": DAY}, True),
        (said(Code.OWNER_MISSING), {"title": "Remind all seniors"}, True),
        (said(Code.DUE_AMBIGUOUS, "03/04/2026"), {"due_at": DAY}, False),
        (said(Code.DUE_BEFORE_RAISED), {"due_at": DAY}, False),
        (LOOSE, {"what_will_change": FIRM}, False),
        (LOOSE, {"what_will_change": "Remind all seniors to do supervisions"}, True),
        (said(Code.CLOSED_NO_EVIDENCE), {"owner_id": SOMEBODY, "due_at": DAY, "what_will_change": FIRM}, True),
        ("Somebody’s own words.", {"owner_id": SOMEBODY, "due_at": DAY, "what_will_change": FIRM}, True),
    ],
)
def test_a_reason_is_left_until_it_is_seen_to(reason: str, changes: dict[str, Any], is_left: bool) -> None:
    assert still_noticed([reason], DRAFT, replace(DRAFT, **changes)) == ([reason] if is_left else [])


def test_taking_an_owner_away_again_answers_nothing() -> None:
    owned = replace(DRAFT, owner_id=SOMEBODY)
    reason = said(Code.OWNER_GROUP, "the night staff")
    assert still_noticed([reason], owned, replace(owned, owner_id=None)) == [reason]
