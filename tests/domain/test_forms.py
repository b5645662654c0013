"""What people write on evidence forms, and the words they get back."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.forms import WORDS, EvidenceAnswer, read_answer
from domain.vocabulary import Form

TODAY = date(2026, 11, 24)
ELSEWHERE = {"where": "Care planning system", "witness": "Dara Mockley", "on": "2026-11-23"}
BRIEFING = {"attended": "11", "who": "Night staff", "questions": "none", "further_guidance": "nobody"}
VIEWS = {"people_asked": 4, "relatives_asked": 2, "improved": 3, "no_change": 2, "worse": 1, "said": "Drinks come."}


def typed(**changes: Any) -> dict[str, Any]:
    whole = {
        "statement": "All twelve plans now have a weekly weight.",
        "effective_on": "2026-11-23",
        "kind": "care plan update",
        "category": "processes",
    }
    return {name: value for name, value in (whole | changes).items() if value is not ...}


def read(raw: dict[str, Any], form: Form = Form.EVIDENCE, has_files: bool = True) -> EvidenceAnswer:
    return read_answer(raw, form, TODAY, has_files)


def refused(raw: dict[str, Any], form: Form = Form.EVIDENCE, has_files: bool = True) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        read(raw, form, has_files)
    return refusal.value.fields


def test_what_was_done_and_a_file_are_enough() -> None:
    answer = read(typed(statement="  All twelve plans are done.  "))
    assert (answer.statement, answer.effective_on) == ("All twelve plans are done.", date(2026, 11, 23))
    assert answer.details is None


def test_done_but_recorded_elsewhere_needs_no_file() -> None:
    answer = read(typed(elsewhere=ELSEWHERE), has_files=False)
    assert answer.details == {"elsewhere": ELSEWHERE}


@pytest.mark.parametrize(("form", "facts"), [(Form.BRIEFING, {"briefing": BRIEFING}), (Form.VIEWS, {"views": VIEWS})])
def test_a_briefing_and_views_carry_facts_of_their_own(form: Form, facts: dict[str, Any]) -> None:
    assert set(read(typed(**facts), form, has_files=False).details or {}) == set(facts)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"statement": "Done."}, "statement"),
    ({"statement": ...}, "statement"),
    ({"effective_on": ...}, "effective_on"),
    ({"effective_on": None}, "effective_on"),
    ({"effective_on": "31-2-2026"}, "effective_on"),
    ({"kind": "rumour"}, "kind"),
    ({"category": ""}, "category"),
    ({"elsewhere": ELSEWHERE | {"where": ""}}, "elsewhere.where"),
    ({"elsewhere": ELSEWHERE | {"witness": ""}}, "elsewhere.witness"),
    ({"elsewhere": ELSEWHERE | {"on": None}}, "elsewhere.on"),
    *(({"briefing": BRIEFING | {field: ""}}, f"briefing.{field}") for field in BRIEFING),
    *(({"views": VIEWS | {field: None}}, f"views.{field}") for field in VIEWS),
]


@pytest.mark.parametrize(
    ("changes", "field"), REFUSED, ids=[f"{number} {row[1]}" for number, row in enumerate(REFUSED)]
)
def test_each_field_that_needs_another_look_says_what_to_write(changes: dict[str, Any], field: str) -> None:
    assert refused(typed(**changes)) == {field: WORDS[field]}


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"effective_on": "2026-11-25"}, "effective_on", "cannot be in the future"),
        ({"effective_on": "0026-11-23"}, "effective_on", "Give the year in full"),
        ({"elsewhere": ELSEWHERE | {"on": "2026-12-01"}}, "elsewhere.on", "cannot be in the future"),
        ({"statement": "long " * 1001}, "statement", "Keep this under 5,000 characters"),
        ({"nickname": "Bob"}, "nickname", "not permitted"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(changes: dict[str, Any], field: str, words: str) -> None:
    assert words in refused(typed(**changes))[field]


def test_today_is_not_the_future() -> None:
    assert read(typed(effective_on="2026-11-24")).effective_on == TODAY


def test_words_alone_are_not_evidence() -> None:
    assert list(refused(typed(), has_files=False)) == ["files"]


def test_a_briefing_without_its_facts_is_asked_for_them() -> None:
    assert list(refused(typed(), Form.BRIEFING)) == ["briefing.attended"]
    assert list(refused(typed(), Form.VIEWS)) == ["views.people_asked"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert set(refused({})) == {"statement", "effective_on", "kind", "category"}


@given(
    st.dictionaries(
        st.sampled_from([*typed(), "elsewhere", "briefing", "views", "other"]),
        st.one_of(
            st.none(), st.text(max_size=20), st.integers(), st.dictionaries(st.text(max_size=5), st.text(max_size=5))
        ),
    ),
    st.sampled_from(list(Form)),
)
def test_whatever_is_sent_is_read_or_refused_in_words(raw: dict[str, Any], form: Form) -> None:
    try:
        said = bool(read(raw, form, has_files=False).statement)
    except Invalid as refusal:
        said = all(refusal.fields.values())
    assert said
