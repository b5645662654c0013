"""The crosswalk as people corrected it: other suggestions, and nothing else."""

import pytest

from domain.crosswalk import MOST, Correction, Place, corrected, row_at, wrong_in_change
from domain.frameworks import Reference
from frameworks import library

SAF, DRAFT, LAW = "cqc-saf", "cqc-asc-2026-draft", "hsca-ra-regulations-2014"
NUTRITION = Place(SAF, "E1", LAW)
WHY = "Nutrition is regulation 14."


def suggested(*changes: Correction) -> list[tuple[str, str]]:
    chosen = Reference(SAF, "2023.1", "E1")
    some = corrected(library(), changes).suggested_for([chosen])[chosen]
    return [(one.reference.statement, one.because) for one in some if one.reference.framework == LAW]


def test_a_corrected_row_is_suggested_with_its_reason_and_the_others_as_shipped() -> None:
    assert [key for key, _ in suggested()] == ["reg-9"]
    correction = Correction(NUTRITION, ("reg-14", "reg-9"), WHY)
    assert suggested(correction) == [
        ("reg-14", "your own people’s choice; Nutrition is regulation 14"),
        ("reg-9", "your own people’s choice; Nutrition is regulation 14"),
    ]
    ours, theirs = corrected(library(), [correction]), library()
    places = [Place(SAF, key, end) for key in theirs.offered[0].statements for end in (DRAFT, LAW)]
    assert [place for place in places if row_at(ours, place) != row_at(theirs, place)] == [NUTRITION]


def test_a_row_may_suggest_nothing() -> None:
    assert suggested(Correction(NUTRITION, (), "Nothing fits.")) == []


def test_what_a_newer_framework_has_no_more_is_not_suggested() -> None:
    assert [key for key, _ in suggested(Correction(NUTRITION, ("reg-14", "reg-99"), WHY))] == ["reg-14"]


def test_there_is_a_row_for_every_statement_and_for_no_other_way() -> None:
    assert row_at(library(), Place(SAF, "W8", DRAFT)) == ()
    for place in (Place(SAF, "S99", LAW), Place(LAW, "reg-9", SAF), Place("", "", "")):
        assert row_at(library(), place) is None


@pytest.mark.parametrize(
    ("place", "counterparts", "reason", "fields"),
    [
        (NUTRITION, ("reg-14",), WHY, set[str]()),
        (NUTRITION, (), WHY, set[str]()),
        (NUTRITION, ("reg-14",), "  ", {"reason"}),
        (NUTRITION, ("DS1",), WHY, {"counterparts"}),
        (Place(SAF, "S99", LAW), (), WHY, {"counterparts"}),
        (Place(SAF, "S1", DRAFT), tuple(library().offered[1].statements)[: MOST + 1], WHY, {"counterparts"}),
    ],
)
def test_what_keeps_a_correction_from_being_kept(
    place: Place, counterparts: tuple[str, ...], reason: str, fields: set[str]
) -> None:
    assert set(wrong_in_change(library(), place, counterparts, reason)) == fields
