"""What people write on evidence forms, and the words they get back."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.evidence_kinds import attendance
from domain.form_words import WORDS, said_of
from domain.forms import EvidenceAnswer, read_answer
from domain.vocabulary import Form

TODAY = date(2026, 11, 24)
ELSEWHERE = {"where": "Care planning system", "witness": "Dara Mockley", "on": "2026-11-23"}
BRIEFING = {"who": "Dee Nightly\nFay Daily", "attended": "2", "questions": "none", "further_guidance": "nobody"}
PEOPLE = {"asked": 4, "improved": 2, "no_change": 1, "worse": 0}
VIEWS = {"people": PEOPLE, "relatives": PEOPLE, "said": "Drinks come when asked for."}
OBSERVATION = {"where": "Dining room", "on": "2026-11-20", "seen": "Drinks within reach", "by": "Dara Mockley"}
DATA = {"what": "falls", "starts_on": "2026-11-01", "ends_on": "2026-11-20", "value": "3", "unit": "falls"} | {
    "source": "Incident log"
}
POLICY = {"title": "Hydration", "version": "4", "in_force_from": "2026-12-01"}
COMPETENCY = {"who": "Fay Daily", "result": "competent with support"}
NOBODY = dict.fromkeys(PEOPLE, 0)
KINDS = {
    "briefing": ("briefing attendance", BRIEFING),
    "observation": ("observation", OBSERVATION),
    "data": ("data", DATA),
    "policy": ("policy version", POLICY),
    "competency": ("competency check", COMPETENCY),
    "elsewhere": ("recorded in another system", ELSEWHERE),
}


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
    *(({group: facts | {field: ""}}, f"{group}.{field}") for group, (_, facts) in KINDS.items() for field in facts),
    *(({"views": VIEWS | {"people": PEOPLE | {field: None}}}, f"views.people.{field}") for field in PEOPLE),
    *(({"views": VIEWS | {"relatives": PEOPLE | {field: -1}}}, f"views.relatives.{field}") for field in PEOPLE),
    ({"views": VIEWS | {"said": ""}}, "views.said"),
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
    assert list(refused(typed(), Form.BRIEFING)) == ["briefing.who", "briefing.questions", "briefing.further_guidance"]
    assert list(refused(typed(), Form.VIEWS)) == ["views.people.asked", "views.said"]


@pytest.mark.parametrize("group", KINDS)
def test_a_kind_with_facts_of_its_own_asks_for_them_and_needs_no_file(group: str) -> None:
    kind, facts = KINDS[group]
    assert refused(typed(kind=kind)) == {
        f"{group}.{field}": WORDS[f"{group}.{field}"] for field in facts if field != "attended"
    }
    assert set(refused(typed(kind=kind, statement=""))) == {"statement", *refused(typed(kind=kind))}
    answer = read(typed(kind=kind, **{group: facts}), has_files=False)
    assert set(answer.details or {}) == {group}
    assert said_of(answer.details)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        (
            {"briefing": BRIEFING | {"attended": "11"}},
            "briefing.attended",
            "11 attended, and the list names 2.",
        ),
        ({"briefing": BRIEFING | {"expected": "1"}}, "briefing.expected", "at least 2 were expected"),
        ({"briefing": BRIEFING | {"who": "Fay\nDee\n- fay"}}, "briefing.who", "Fay is on the list twice."),
        ({"views": VIEWS | {"people": PEOPLE | {"worse": 2}}}, "views.people.worse", "5 views, and 4 were asked"),
        ({"views": VIEWS | {"people": NOBODY, "relatives": NOBODY}}, "views.people.asked", "Nobody has been asked"),
        ({"data": DATA | {"ends_on": "2026-10-31"}}, "data.ends_on", "before the first"),
        ({"data": DATA | {"ends_on": "2026-11-25"}}, "data.ends_on", "cannot be in the future"),
        ({"observation": OBSERVATION | {"on": "2026-11-25"}}, "observation.on", "cannot be in the future"),
    ],
)
def test_facts_that_do_not_agree_are_told_apart(changes: dict[str, Any], field: str, words: str) -> None:
    fields = refused(typed(**changes))
    assert words in fields[field]
    assert list(fields) == [field]


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ("Dee Nightly\nFay Daily", ["Dee Nightly", "Fay Daily"]),
        ("1. Dee Nightly\n2) Fay Daily\n", ["Dee Nightly", "Fay Daily"]),
        ("• Dee\n\n  - Fay  \n", ["Dee", "Fay"]),
        ("3 agency staff", ["3 agency staff"]),
    ],
)
def test_an_attendance_list_counts_its_lines(listed: str, names: list[str]) -> None:
    assert attendance(listed) == names
    unsaid = {name: value for name, value in BRIEFING.items() if name != "attended"}
    answer = read(typed(briefing=unsaid | {"who": listed}))
    assert answer.briefing is not None
    assert answer.briefing.attended == len(names)


def test_answers_to_the_first_version_of_the_form_are_still_told() -> None:
    briefing = {"attended": 11, "expected": 14, "who": "Day staff", "questions": "none", "further_guidance": "nobody"}
    views = {"people_asked": 4, "relatives_asked": 2, "improved": 3, "no_change": 2, "worse": 1, "said": "Drinks come."}
    told = dict(said_of({"briefing": briefing, "views": views, "elsewhere": ELSEWHERE, "later": {"x": 1}}))
    assert told["Attended"] == "11 of 14 expected: Day staff"
    assert told["Views"] == "4 people and 2 relatives asked: 3 noticed improvement, 2 no change, 1 worse"
    assert told["Recorded in"] == "Care planning system, seen by Dara Mockley, 23 November 2026"


def test_views_are_told_by_group_with_those_who_did_not_say() -> None:
    told = dict(said_of(read(typed(views=VIEWS), Form.VIEWS).details))
    assert told["Relatives"] == "4 asked: 2 noticed improvement, 1 no change, 0 worse, 1 did not say"


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
