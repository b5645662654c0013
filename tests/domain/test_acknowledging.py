"""What a receipt lists and what it says comes next; nothing that was typed is repeated."""

from datetime import UTC, datetime

import pytest

from commands.office import england_and_wales
from domain.acknowledging import Next, next_words, say_size, sent_lines

CALENDAR = england_and_wales()
DUE = CALENDAR.end_of(datetime(2026, 11, 5, tzinfo=UTC).date())


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KB"), (900_000, "879 KB"), (1_887_437, "1.8 MB")],
)
def test_a_size_is_said_as_people_read_it(size: int, words: str) -> None:
    assert say_size(size) == words


def test_evidence_is_listed_by_kind_day_and_files_and_its_words_are_not_repeated() -> None:
    answer = {
        "statement": "Mrs Inventwell is weighed on Mondays.",
        "kind": "care plan update",
        "category": "processes",
        "effective_on": "2026-11-02",
        "files": [{"name": "plans.pdf", "sha256": "00", "size": 2048}],
    }
    assert sent_lines(answer) == [
        "care plan update, CQC category: processes",
        "it happened on 2 November 2026",
        "plans.pdf, 2 KB",
        "what was done, in your words",
    ]


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ({"accepted": True}, "your yes: you take the action on"),
        ({"declined": True, "reason": "I am on nights", "suggestion": None}, "your no, with the reason you gave"),
        ({"barrier": "Nobody weighs at the weekend."}, "your yes, with what is in the way"),
        ({"why": "The new staff were not told."}, "why the improvement did not hold, in your words"),
    ],
)
def test_other_answers_are_named(answer: dict[str, object], line: str) -> None:
    assert sent_lines(answer) == [line]


def test_what_comes_next_names_who_was_asked_or_says_that_somebody_is() -> None:
    both = [Next("Check a sample", DUE, "Dara Mockley"), Next("Approve", DUE, None)]
    said = next_words(both, is_evidence=True, calendar=CALENDAR)
    assert said == (
        "Dara Mockley: Check a sample, by Thursday 5 November 2026. Somebody: Approve, by Thursday 5 November 2026."
    )


def test_evidence_that_is_not_the_last_waits_for_the_rest_and_other_answers_are_done() -> None:
    assert next_words([], is_evidence=True, calendar=CALENDAR).startswith("The other evidence is still to come.")
    assert next_words([], is_evidence=False, calendar=CALENDAR) == "Nothing more is asked of you for now."
