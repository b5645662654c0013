"""The frameworks that ship: what is in them, what they suggest, and what they never do by themselves."""

from pathlib import Path

import pytest

from domain.frameworks import MOST_REFERENCES, Reference
from frameworks import FOLDER, BadPack, library, read_library

SAF, DRAFT, LAW = "cqc-saf", "cqc-asc-2026-draft", "hsca-ra-regulations-2014"


def saf(statement: str) -> Reference:
    return Reference(SAF, "2023.1", statement)


def test_both_frameworks_and_the_regulations_are_offered_those_in_force_first_and_the_draft_as_a_draft() -> None:
    offered = library().offered
    assert [(pack.id, pack.is_in_force, len(pack.statements)) for pack in offered] == [
        (SAF, True, 34),
        (DRAFT, False, 24),
        (LAW, True, 14),
    ]
    assert [len(group) for _, group in offered[0].groups] == [8, 6, 5, 7, 8]
    assert [len(group) for _, group in offered[1].groups] == [7, 4, 3, 4, 6]


def test_a_reference_is_named_with_its_version() -> None:
    named = library().name(saf("S3"))
    assert (named.words, named.framework, named.group) == ("Safeguarding", "SAF 2023.1", "Safe")
    law = library().name(Reference(LAW, "2024.1", "reg-9a"))
    assert law.words == "Regulation 9A: Visiting"


def test_a_reference_to_a_version_that_is_gone_keeps_its_keys() -> None:
    old = Reference(SAF, "2019.9", "S3")
    assert library().name(old).words == "S3"
    assert library().name(old).framework == "cqc-saf 2019.9"


def test_the_crosswalk_suggests_and_says_why() -> None:
    suggested = library().suggested_for([saf("S5")])[saf("S5")]
    assert [(s.reference.framework, s.reference.statement, s.certainty) for s in suggested] == [
        (DRAFT, "DS5", "medium"),
        (LAW, "reg-15", "low"),
    ]
    assert suggested[0].because == (
        "the older title survives as part of a wider new one; S5 and S7 are joined in the draft"
    )


def test_what_is_chosen_already_is_not_suggested_again_and_where_nothing_fits_nothing_is() -> None:
    chosen = [saf("S3"), Reference(DRAFT, "2026.0-draft", "DS4"), saf("W8")]
    suggested = library().suggested_for(chosen)
    assert [s.reference.statement for s in suggested[saf("S3")]] == ["reg-13"]
    assert [s.reference.framework for s in suggested[saf("W8")]] == [LAW]


def test_every_suggestion_is_a_statement_that_exists() -> None:
    everything = [saf(key) for key in library().offered[0].statements]
    found = [s.reference for some in library().suggested_for(everything).values() for s in some]
    assert len(found) > 60
    assert library().unknown(found[:MOST_REFERENCES]) is None
    assert all(library().find(reference) for reference in found)


@pytest.mark.parametrize(
    "reference",
    [saf("S9"), Reference(SAF, "2024.9", "S1"), Reference("iso-9001", "1", "S1"), Reference(SAF, "2023.1", "DS1")],
)
def test_what_no_pack_has_is_refused(reference: Reference) -> None:
    assert "is not a statement of a framework that is here" in (library().unknown([reference]) or "")


def test_too_many_statements_say_nothing() -> None:
    many = [saf(key) for key in list(library().offered[0].statements)[: MOST_REFERENCES + 1]]
    assert (library().unknown(many) or "").startswith("Choose at most 20")


@pytest.mark.parametrize("stated", ["", "a/b", "a//c", "a/b/c/d", "//"])
def test_a_reference_that_is_none_is_none(stated: str) -> None:
    assert Reference.parse(stated) is None
    assert Reference.parse(str(saf("S3"))) == saf("S3")


def test_a_pack_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "mine.yaml").write_text("id: mine\nkind: regulations\n")
    with pytest.raises(BadPack, match=r"mine\.yaml: "):
        read_library(tmp_path)


def test_there_is_one_crosswalk(tmp_path: Path) -> None:
    with pytest.raises(BadPack, match="there must be one crosswalk"):
        read_library(tmp_path)
