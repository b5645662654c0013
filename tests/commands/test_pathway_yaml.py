"""A pathway that is not right yet is told so by line, place and rule."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.pathway_yaml import LONGEST, Fault, NotAPathway, read_pathway
from commands.pathways import SHIPPED

GENERAL = (SHIPPED / "general.yaml").read_text(encoding="utf-8")


def changed(*changes: tuple[str, str]) -> str:
    text = GENERAL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def line(part: str, text: str = GENERAL) -> int:
    return next(number for number, found in enumerate(text.splitlines(), 1) if part in found)


def told(text: str) -> list[str]:
    with pytest.raises(NotAPathway) as refusal:
        read_pathway(text)
    return [str(fault) for fault in refusal.value.faults]


FAULTS: list[tuple[str, str, str, str]] = [
    # What is written instead of what, and what is said about it; # stands for the line of what is written.
    ('threshold: "0.8"', "threshold: 80", "#", "checks › sample › threshold: Write a share between 0 and 1"),
    ("threshold: ", "treshold: ", "#", "checks › sample › treshold: “treshold” means nothing here. Did you mean “thr"),
    ("categories_needed: 2", "categories_needed: many", "#", "categories_needed: Write a whole number from 1 to 6."),
    ("size: 5", "size: 0", "#", "checks › sample › size: Write a whole number from 1 to 500"),
    ("version: 1", "version: one", "#", "version: Write a whole number, 1 or more."),
    ("who: deputy manager", "who: deputy", "#", "checks › sample › who: “deputy” is neither “owner” nor a role."),
    ("who: deputy manager", "who: inspector", "#", "checks › sample › who: A person with the role “inspector” may"),
    ("by: quality lead, due: 5 working days", "by: quality lead, due: soon", "#", "define › due: “soon” is not a len"),
    ("by: quality lead, due: 5 working days", "by: quality lead, due: 5", "#", "define › due: “5” is not a length"),
    ("by: quality lead, due: 5 working days", "by: quality lead", "#", "define › due: Say “due” here: a length of ti"),
    ("due: 2 working days, accept_within", "due: 2 work days, accept_within", "#", "assign › due: “2 work days” is no"),
    ("category: processes", "category: vibes", "#", "evidence › evidence › category: “vibes” is not known here. Cho"),
    ("key: evidence", "key: My Evidence", "#", "evidence › My Evidence › key: Write a key in small letters, digits"),
    ("key: sample", "key: accept", "#", "checks › accept › key: Each step needs a key of its own; taken: accept."),
    (
        "title: Show what changed",
        "title: ''",
        "#",
        "evidence › evidence › title: Write a title of 3 to 120 characters.",
    ),
    (
        "{after: 10 working days, answer: quality lead}",
        "{after: 2 working days, answer: quality lead}",
        "#",
        "ladders › low › rung 3 › after: The ladder for low risk goes back: 2 working days comes after 3 working d",
    ),
    (
        "{after: 24 hours, answer: registered manager}",
        "{after: 24 hours, answer: wizard}",
        "#",
        "ladders › critical › rung 2 › answer: “wizard” is neither “owner” nor a role.",
    ),
    ("{after: 24 hours, answer: registered manager}", "{after: 24 hours}", "#", "ladders › critical › rung 2: This r"),
    ("  high:", "  hihg:", "#", "ladders › hihg: “hihg” is not known here. Choose low, medium, high or critical."),
    ("approvals_needed: {critical: 2}", "approvals_needed: {critical: 3}", "#", "approvals_needed › critical: At crit"),
    ("approvals_needed: {critical: 2}", "approvals_needed: {critical: none}", "#", "approvals_needed › critical: Wri"),
    ("only_for: [critical]", "only_for: [very]", "#", "approvals › board-approval › only_for › entry 1: “very” is no"),
    ("re_audits:\n", "re_audits:\n  who: owner\n", "who: quality lead", "re_audits › who: This is said twice; the"),
    (
        "title: General improvement",
        "title: General improvement\ntitle: Twice",
        "Twice",
        "title: This is said twice; the",
    ),
    (
        "return_within: 5 working days",
        "return_within: 5 working days\ncolour: green",
        "colour",
        "colour: “colour” mean",
    ),
    ("key: general\n", "", "version: 1", "key: Say “key” here: a short name in small letters"),
    ("evidence:\n", "evidence: none\nrest:\n", "evidence: none", "evidence: Write a list here: each entry on a line"),
    ("define: {by: quality lead, due: 5 working days}", "define: tomorrow", "#", "define: Write names and values here"),
]


@pytest.mark.parametrize(("old", "new", "where", "words"), FAULTS, ids=[f"{row[1][:30]}" for row in FAULTS])
def test_each_fault_names_its_line_its_place_and_its_rule(old: str, new: str, where: str, words: str) -> None:
    text = changed((old, new))
    number = line((new if where == "#" else where).split("\n")[0], text)
    found = told(text)
    assert any(fault.startswith(f"Line {number}, {words}") for fault in found), found


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_its_lines() -> None:
    text = changed(
        ('threshold: "0.8"', "threshold: 8"), ("who: owner", "who: wizard"), ("{after: 4 hours", "{after: 4 hour s")
    )
    assert [fault.partition(":")[0] for fault in told(text)] == [
        f"Line {line('who: wizard', text)}, evidence › evidence › who",
        f"Line {line('threshold', text)}, checks › sample › threshold",
        f"Line {line('4 hour s', text)}, ladders › critical › rung 1 › after",
    ]


def test_what_stands_in_several_places_by_an_alias_is_told_once() -> None:
    text = changed(("low: &working\n", "low: &working\n    - {after: soon, answer: wizard}\n"))
    places = [fault.partition(": ")[0].partition(", ")[2] for fault in told(text)]
    assert places == ["ladders › low › rung 1 › after", "ladders › low › rung 1 › answer"]


UNREADABLE = [
    ("", "Line 1: Write names and values here"),
    ("- a list", "Line 1: Write names and values here"),
    ("just words", "Line 1: Write names and values here"),
    ("key: [general", "Line 1: Look at this line and the one before"),
    ("key: general\n\tversion: 1", "Line 2: Begin the line with spaces"),
    ("key: general\nversion: \x00", "Line 2: There is a character here that no text should have."),
    ("key: *nobody", "Line 1: Look at this line and the one before"),
    ("key: !!python/object:os.system x", "Line 1: Look at this line and the one before"),
    ("a" * (LONGEST + 1), "Line 1: This is too long for a pathway"),
    ("[" * 5000, "Line 1: "),
    ("{a: " * 3000, "Line 1: "),
    ("key: &k [*k]", "Line 1, approvals: Say “approvals” here"),
    ("? [a, b]\n: c", "Line 1"),
    ("2026-11-02: x", "Line 1"),
]


@pytest.mark.parametrize(("text", "words"), UNREADABLE, ids=[repr(row[0][:24]) for row in UNREADABLE])
def test_what_is_no_pathway_at_all_is_refused_in_words(text: str, words: str) -> None:
    assert told(text)[0].startswith(words), told(text)


def test_a_thousandfold_of_a_thousandfold_is_refused_at_once() -> None:
    layers = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    assert "means nothing here" in told(f"l0: &l0 [x]\n{layers}\n")[-1]


def test_what_stands_behind_an_anchor_is_told_where_it_is_written() -> None:
    text = changed(("  low: &working\n    - {after: 1 working day", "  low: &working\n    - {after: one working day"))
    assert {fault.partition(",")[0] for fault in told(text)} == {f"Line {line('one working day', text)}"}


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_ships_is_a_pathway(path: Path) -> None:
    assert read_pathway(path.read_text(encoding="utf-8")).key == path.stem


def test_the_example_of_the_guide_is_a_pathway() -> None:
    guide = (SHIPPED.parent / "docs" / "guide" / "pathways.md").read_text(encoding="utf-8")
    example = guide.partition("```yaml\n")[2].partition("```")[0]
    assert read_pathway(example).key == "falls-prevention"


MISTYPED = ["", "x", ": ", "- ", "}", "\n", "'", "9", "&a "]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(GENERAL)), st.integers(0, 40), st.sampled_from(MISTYPED))
def test_whatever_is_mistyped_is_read_or_refused_in_words(start: int, count: int, put: str) -> None:
    faults: tuple[Fault, ...] = ()
    try:
        read_pathway(GENERAL[:start] + put + GENERAL[start + count :])
    except NotAPathway as refusal:
        faults = refusal.faults
    assert all(1 <= fault.line <= GENERAL.count("\n") + 2 for fault in faults)
    assert all("pydantic" not in str(fault) and fault.words for fault in faults)
