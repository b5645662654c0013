"""Owners, closing and colours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.vocabulary import Role
from trackers.closing import Claim, claim_of_colour, claim_of_status, is_closed, says_done
from trackers.dates import read_date
from trackers.owners import OwnerKind, read_owner
from trackers.people import PeopleList, PersonRow, roles_of

KEY = {"RM": "Registered Manager", "HSK": "Head Housekeeper"}


@pytest.mark.parametrize(
    ("cell", "kind", "names"),
    [
        ("", OwnerKind.NOBODY, ()),
        (" \u200b", OwnerKind.NOBODY, ()),
        ("TBC", OwnerKind.NOBODY, ()),
        ("tba", OwnerKind.NOBODY, ()),
        ("-", OwnerKind.NOBODY, ()),
        ("Jo Madeupley", OwnerKind.PERSON, ("Jo Madeupley",)),
        ("Jo (HR)", OwnerKind.PERSON, ("Jo",)),
        ("Sandy Inventham-Andrews", OwnerKind.PERSON, ("Sandy Inventham-Andrews",)),
        ("H&S lead", OwnerKind.PERSON, ("H&S lead",)),
        ("RM", OwnerKind.ROLE, ("RM",)),
        ("Registered Manager", OwnerKind.ROLE, ("Registered Manager",)),
        ("team leader", OwnerKind.ROLE, ("team leader",)),
        ("HSK", OwnerKind.ROLE, ("HSK",)),
        ("HK", OwnerKind.UNKNOWN_ROLE, ("HK",)),
        ("RM/DM", OwnerKind.SEVERAL, ("RM", "DM")),
        ("RM & QL", OwnerKind.SEVERAL, ("RM", "QL")),
        ("RM&QL", OwnerKind.SEVERAL, ("RM", "QL")),
        ("DM, KW", OwnerKind.SEVERAL, ("DM", "KW")),
        ("Jo and Sam", OwnerKind.SEVERAL, ("Jo", "Sam")),
        ("Jo\nSam", OwnerKind.SEVERAL, ("Jo", "Sam")),
        ("Jo / TBC", OwnerKind.PERSON, ("Jo",)),
        ("All staff", OwnerKind.GROUP, ("All staff",)),
        ("Admin team", OwnerKind.GROUP, ("Admin team",)),
        ("Everyone", OwnerKind.GROUP, ("Everyone",)),
        ("night carers", OwnerKind.GROUP, ("night carers",)),
    ],
)
def test_an_owners_cell_names_one_several_a_role_a_group_or_nobody(
    cell: str, kind: OwnerKind, names: tuple[str, ...]
) -> None:
    owner = read_owner(cell, KEY)
    assert (owner.kind, owner.names) == (kind, names)


@given(st.text())
def test_any_owner_text_is_read_without_error(text: str) -> None:
    owner = read_owner(text, KEY)
    assert bool(owner.names) == (owner.kind is not OwnerKind.NOBODY)


@pytest.mark.parametrize(
    ("title", "roles"),
    [
        ("Registered Manager", (Role.REGISTERED_MANAGER,)),
        ("Deputy", (Role.DEPUTY_MANAGER,)),
        ("Senior Carer and Key Worker", (Role.KEY_WORKER,)),
        ("Quality Lead / Safeguarding Lead", (Role.QUALITY_LEAD, Role.SAFEGUARDING_LEAD)),
        ("Team Leader (nights)", (Role.TEAM_LEADER,)),
        ("Care Co-ordinator", (Role.CARE_COORDINATOR,)),
        ("Training and HR Coordinator", ()),
        ("Estates Lead", ()),
        ("", ()),
    ],
)
def test_job_titles_stand_for_roles_or_for_none(title: str, roles: tuple[Role, ...]) -> None:
    assert roles_of(title) == roles


def test_people_are_found_as_a_tracker_names_them() -> None:
    def person(name: str) -> PersonRow:
        return PersonRow(name, None, "", None, None)

    jo, sam, other = person("Jo O’Madeupley"), person("Siân Inventham"), person("Sam Pretendley")
    people = PeopleList.of((jo, sam, other, person("Sam Draftham")))
    assert people.find("jo o'madeupley") is jo
    assert people.find("O'Madeupley, Jo") is jo
    assert people.find("J. O'Madeupley") is jo
    assert people.find("Jo") is jo
    assert people.find("Sian Inventham (nights)") is sam
    assert people.find("Sam") is None
    assert people.find("") is None
    assert people.find("Wilf Bogusham") is None


@pytest.mark.parametrize("text", ["Y", "y 02/04", "Yes 20.04", "✓", "✔ done", "Done", "Completed", "TRUE"])
def test_a_done_cell_that_says_yes(text: str) -> None:
    assert says_done(text)


@pytest.mark.parametrize("text", ["", "N", "No", "Part", "Yet to start", "not done", "Nearly done", "x", "ongoing"])
def test_a_done_cell_that_does_not(text: str) -> None:
    assert not says_done(text)


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("14/04/2026", True),
        ("14 April 2026", True),
        ("Yes", True),
        ("31/02/2026", True),
        ("", False),
        ("TBC", False),
        ("Not yet", False),
        ("ongoing", False),
        ("see notes", False),
    ],
)
def test_a_closing_date_closes(text: str, closed: bool) -> None:
    assert is_closed(text, read_date(text), "", "Open", has_closing_column=True) is closed


def test_a_status_decides_only_where_nothing_else_can() -> None:
    nothing = read_date("")
    assert is_closed("", nothing, "", "Closed", has_closing_column=False)
    assert not is_closed("", nothing, "", "Closed", has_closing_column=True)


@pytest.mark.parametrize(
    ("status", "claim"),
    [
        ("Complete", Claim.FINISHED),
        ("Closed – verified", Claim.FINISHED),
        ("Not complete", Claim.UNFINISHED),
        ("Partially completed", Claim.UNFINISHED),
        ("In progress", Claim.UNFINISHED),
        ("Open", Claim.UNFINISHED),
        ("see note 4", None),
        ("", None),
    ],
)
def test_a_status_word_claims(status: str, claim: Claim | None) -> None:
    assert claim_of_status(status) is claim


@pytest.mark.parametrize(
    ("word", "legend", "blue", "claim"),
    [
        ("Blue", {}, True, Claim.FINISHED),
        ("Green", {}, True, Claim.UNFINISHED),
        ("Green", {}, False, None),
        ("Amber", {}, False, Claim.UNFINISHED),
        ("R", {}, False, Claim.UNFINISHED),
        ("green", {"green": "done"}, False, Claim.FINISHED),
        ("red", {"red": "not started or late"}, False, Claim.UNFINISHED),
        ("purple", {}, False, None),
    ],
)
def test_a_colour_claims_what_the_key_says(word: str, legend: dict[str, str], blue: bool, claim: Claim | None) -> None:
    assert claim_of_colour(word, legend, blue_means_done=blue) is claim
