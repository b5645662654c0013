"""Sending evidence back, with a reason for each piece."""

import pytest

from domain.errors import Invalid
from domain.returning import Chosen, Returned, read_returned
from tests.domain.making import make_pathway

PLANS, BRIEFING = make_pathway().evidence
LACKING = "Say what is missing."
WHY, OTHER = "Nights are still missing.", "Two people were not there."


def read(chosen: Chosen, reasons: str = "") -> Returned:
    return read_returned(chosen, (PLANS, BRIEFING), reasons, LACKING)


def test_each_piece_carries_its_own_reason() -> None:
    back = read({"plans": f" {WHY} ", "briefing": OTHER}, "Not there yet, sorry.")
    assert back.keys == ("plans", "briefing")
    assert back.by_key == {"plans": WHY, "briefing": OTHER}
    assert back.reasons == "Not there yet, sorry."


def test_the_general_reason_is_put_together_where_none_is_said() -> None:
    assert read({"briefing": OTHER}).reasons == f"Brief staff: {OTHER}"


def test_keys_alone_share_the_general_reason() -> None:
    assert read(("plans",), WHY) == Returned(("plans",), WHY, {})


@pytest.mark.parametrize(
    ("chosen", "reasons", "lacks"),
    [
        ({"plans": ""}, "", {"why-plans"}),
        ({"plans": "No", "briefing": ""}, WHY, {"why-plans", "why-briefing"}),
        ({"plans": WHY, "briefing": " "}, WHY, {"why-briefing"}),
        (("plans",), "No", {"reasons"}),
        ((), "", {"reasons"}),
        ({"nothing-of-the-kind": WHY}, "", {"reasons"}),
    ],
)
def test_what_lacks_is_asked_for(chosen: Chosen, reasons: str, lacks: set[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        read(chosen, reasons)
    assert set(refusal.value.fields) == lacks


def test_what_was_never_sent_cannot_go_back() -> None:
    assert read_returned({"plans": WHY, "briefing": OTHER}, (PLANS,), "", LACKING).keys == ("plans",)
