import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.defining import Measure
from domain.wording import Lack, check_wording, is_too_loose

TEXTS = Path(__file__).parent / "data" / "action_texts.csv"
MEASURE = Measure("fluid charts complete", "60", "95", "%")


def read_texts() -> list[tuple[str, bool]]:
    """Action texts of two sample trackers, with a reader's judgement whether they are too loose to check."""
    with TEXTS.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["reader finds it vague"] == "yes") for row in csv.DictReader(file)]


def lacks(text: str, **known: object) -> set[Lack]:
    return {advice.lack for advice in check_wording(text, **known)}  # type: ignore[arg-type]


def test_it_agrees_with_a_reader_on_two_trackers() -> None:
    texts = read_texts()
    differ = [text for text, vague in texts if is_too_loose(text) != vague]
    assert len(texts) == 98
    assert sum(vague for _, vague in texts) == 19
    assert differ == []


@pytest.mark.parametrize(
    "text",
    [
        "Ensure staff complete fluid charts",
        "Make sure all staff are aware of the policy",
        "Raise awareness of pressure care",
        "Staff to be more vigilant with doors",
        "Continue to monitor",
        "Keep under review",
        "Look into staffing levels",
        "Discuss at team meeting",
        "Speak to staff about lateness",
        "Reiterate expectations to seniors",
        "Care plans to be improved",
        "Manager to address",
        "Better handovers",
        "Embed learning",
        "Training",
        "All staff to be reminded of hand hygiene",
        "Medication errors to be followed up",
        "Review policy",
        "Work towards better recording",
        "Improve mealtimes where possible",
        "Remind staff at each handover for two weeks",
        "REMIND STAFF",
        "Ongoing",
        "",
        "  \n ",
    ],
)
def test_what_nobody_could_check_is_too_loose(text: str) -> None:
    first = check_wording(text)[0]
    assert first.lack is Lack.TOO_LOOSE
    assert first.question.endswith("?")


@pytest.mark.parametrize(
    "text",
    [
        "Fit a second grab rail in bathroom 3 by 30 June",
        "Audit ten fluid charts a week until three weeks are at 95 %",
        "Deputy to observe one lunch a week and score it on the dining form",
        "Move the drinks trolley round to 10:30 and 15:00",
        "Give each night carer a torch and add it to the handover checklist",
        "Change the template so that consent cannot be left blank",
        "Stop using paper body maps",
        "Rota two seniors on every weekend shift",
        "Weigh everyone on the first Monday",
        "Monitor call bells weekly and report the average to the manager",
        "Improve fluid recording from 60 % to 95 % by September",
        "Remind staff at handover and sample ten records after two weeks",
        "Sew name tags into clothing",
    ],
)
def test_what_somebody_could_see_is_not_too_loose(text: str) -> None:
    assert Lack.TOO_LOOSE not in lacks(text)


def test_vague_words_beside_a_clear_part_are_named_more_gently() -> None:
    advice = check_wording("Ensure charts are filled in; sample ten charts each Friday")[0]
    assert advice.lack is Lack.VAGUE
    assert advice.words == ("ensure",)
    assert "“ensure”" in advice.reason


def test_what_the_form_knows_is_not_asked_again() -> None:
    text = "Move the drinks trolley"
    assert lacks(text) >= {Lack.NO_OUTCOME, Lack.NO_WHO, Lack.NO_WHERE, Lack.NO_WHEN}
    known = {"measure": MEASURE, "has_owner": True, "has_location": True, "has_due": True}
    assert lacks(text, **known) == set()


@pytest.mark.parametrize(
    ("text", "lack"),
    [
        ("Nurse in charge to sign the chart", Lack.NO_WHO),
        ("Wilf to write a swap sheet", Lack.NO_WHO),
        ("Fit two rails in bathroom 3", Lack.NO_WHERE),
        ("Update the plans of the six people", Lack.NO_WHERE),
        ("Fit two rails by 30 June", Lack.NO_WHEN),
        ("Sign the sheet every shift", Lack.NO_WHEN),
        ("Raise recording from 60 to 95 %", Lack.NO_OUTCOME),
        ("Ask six relatives in May", Lack.NO_OUTCOME),
    ],
)
def test_what_the_text_says_is_not_asked(text: str, lack: Lack) -> None:
    assert lack not in lacks(text)


@pytest.mark.parametrize("known", [{"measure": MEASURE}, {"outcome_test": "Relatives say they were told the same day"}])
def test_a_measure_or_a_test_in_words_answers_how_anyone_will_know(known: dict[str, object]) -> None:
    assert Lack.NO_OUTCOME in lacks("Replace the carpet")
    assert Lack.NO_OUTCOME not in lacks("Replace the carpet", **known)


def test_a_weak_action_is_asked_what_would_hold_without_memory() -> None:
    weak = check_wording("Remind staff to lock the cupboard")[-1]
    assert weak.lack is Lack.WEAK
    assert weak.words == ("remind",)
    assert Lack.WEAK not in lacks("Remind staff to lock the cupboard; fit a lock that closes by itself")


@given(st.text())
def test_any_text_gets_plain_advice_and_never_an_error(text: str) -> None:
    for advice in check_wording(text):
        assert advice.question.endswith("?")
        assert advice.reason.endswith((".", "?"))
        assert all(word in " ".join(text.lower().split(" ")) for word in advice.words)


@given(st.text(alphabet="remind to ,.;:–-\n", max_size=3000))
def test_long_texts_take_no_long_time(text: str) -> None:
    check_wording(text * 10)
