import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.strength import Kind, Strength, action_strength

STRONG, INTERMEDIATE, WEAK = Strength.STRONG, Strength.INTERMEDIATE, Strength.WEAK


@pytest.mark.parametrize(
    ("text", "strength", "kind"),
    [
        ("Replace the closers on doors 1.04 and 1.07", STRONG, Kind.PHYSICAL),
        ("Refit the mixing valve", STRONG, Kind.PHYSICAL),
        ("Heated trolley", STRONG, Kind.PHYSICAL),
        ("Mend or replace", STRONG, Kind.PHYSICAL),
        ("Remove codes from printed rotas; move them to the app", STRONG, Kind.PHYSICAL),
        ("Book course, no double-ups until passed", STRONG, Kind.FORCING),
        ("The chart cannot be saved without a reason code", STRONG, Kind.FORCING),
        ("One form instead of three for falls", STRONG, Kind.SIMPLER),
        ("Same layout in every medicines room", STRONG, Kind.STANDARD),
        ("Nominated individual to visit a night shift monthly", STRONG, Kind.LEADERSHIP),
        ("Twilight shift 18:00 to 23:00 for eight weeks", INTERMEDIATE, Kind.WORKLOAD),
        ("Set the rostering alert at 20 minutes late", INTERMEDIATE, Kind.SOFTWARE),
        ("Checklist in office, second reader", INTERMEDIATE, Kind.AID),
        ("Body map with every bruise. Check on Mondays", INTERMEDIATE, Kind.AID),
        ("Every gap goes on a gap form", INTERMEDIATE, Kind.AID),
        ("Read-back of every telephone order", INTERMEDIATE, Kind.READ_BACK),
        ("Spare batteries in the room", INTERMEDIATE, Kind.SPARE),
        ("2 more night drills, under 6 min", INTERMEDIATE, Kind.PRACTICE),
        ("Staff reminded to keep families updated", WEAK, Kind.REMINDER),
        ("Improve communication", WEAK, Kind.REMINDER),
        ("Refresher training for all carers", WEAK, Kind.TRAINING),
        ("Write a new policy", WEAK, Kind.POLICY),
        ("Second signature on any handwritten line", WEAK, Kind.CHECK),
        ("Monitor", WEAK, Kind.CHECK),
        ("Deputy to check weekly", WEAK, Kind.CHECK),
    ],
)
def test_an_action_is_as_strong_as_what_it_does(text: str, strength: Strength, kind: Kind) -> None:
    judged = action_strength(text)
    assert (judged.strength, judged.kind) == (strength, kind)
    assert judged.words
    assert judged.is_weak == (strength is WEAK)


@pytest.mark.parametrize("text", ["", "Update plans", "Weekend plan", "Fit for purpose", "Staff to stay alert", "☕"])
def test_without_telling_words_there_is_no_strength(text: str) -> None:
    assert action_strength(text).strength is None
    assert not action_strength(text).is_weak


def test_the_strongest_part_decides_and_says_so() -> None:
    judged = action_strength("Brief all staff, add it to the checklist and replace both locks")
    assert (judged.strength, judged.words) == (STRONG, ("replace",))


def test_words_inside_other_words_do_not_count() -> None:
    assert action_strength("Appoint a champion; constraint fitness").strength is None


PARTS = st.sampled_from(["Replace the lock", "Add a checklist", "Remind staff", "Ask the family", "Weekend plan"])
ORDER = [None, WEAK, INTERMEDIATE, STRONG]


@given(st.lists(PARTS, min_size=1))
def test_adding_a_part_never_makes_an_action_weaker(parts: list[str]) -> None:
    each = [ORDER.index(action_strength(part).strength) for part in parts]
    assert ORDER.index(action_strength("; ".join(parts)).strength) == max(each)


@given(st.text(), st.sampled_from(["lower", "upper"]))
def test_the_words_that_decided_are_in_the_text(text: str, case: str) -> None:
    text = getattr(f"{text} Remind staff", case)()
    assert all(word in text.lower() for word in action_strength(text).words)
