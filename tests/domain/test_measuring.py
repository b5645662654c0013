"""Reading a measure: numbers as people write them, and targets that contradict."""

from decimal import Decimal

import pytest

from domain.measuring import Direction, Measure, contradiction_in, ends_in, number_in


@pytest.mark.parametrize(
    ("stated", "number"),
    [
        ("42 %", 42),
        ("42%", 42),
        ("  3.5 per week ", Decimal("3.5")),
        ("£1,200", 1200),
        ("none", 0),
        ("Nobody", 0),
        ("3 of 12", 25),
        ("3 of 12 plans", 25),
        ("3/12", 25),
        ("at most 4", None),
        ("≤ 4", 4),
        ("-2", -2),
        ("7 of 0", None),
        ("most of them", None),
        ("between 3 and 4", None),
        ("", None),
    ],
)
def test_a_number_is_read_as_people_write_it(stated: str, number: Decimal | int | None) -> None:
    assert number_in(stated) == number


@pytest.mark.parametrize(
    ("stated", "ends"),
    [
        ("18 to 22", (18, 22)),
        ("between 36.5 and 38", (Decimal("36.5"), 38)),
        ("4–6", (4, 6)),
        ("4-6 a day", (4, 6)),
        ("18 to 22 °C", (18, 22)),
        ("18", None),
        ("warm", None),
    ],
)
def test_a_range_has_two_ends(stated: str, ends: tuple[Decimal, Decimal] | None) -> None:
    assert ends_in(stated) == ends


@pytest.mark.parametrize(
    ("baseline", "target", "direction", "begins"),
    [
        ("42 %", "92 %", None, None),
        ("42 %", "92 %", Direction.UP, None),
        ("9", "3", Direction.DOWN, None),
        ("42 %", "40 %", Direction.UP, "It should go up, and 40 % is below 42 %."),
        ("3", "9", Direction.DOWN, "It should go down, and 9 is above 3."),
        ("92 %", "92 %", None, "The target is where it stands already (92 %)."),
        ("15", "18 to 22", Direction.RANGE, None),
        ("15", "20", Direction.RANGE, "Give both ends of the range"),
        ("15", "22 to 18", Direction.RANGE, "The lower end of the range comes first"),
        ("some", "nearly all", Direction.UP, None),
        ("some", "some", Direction.UP, None),
    ],
)
def test_a_target_that_contradicts_is_said_to(
    baseline: str, target: str, direction: Direction | None, begins: str | None
) -> None:
    words = contradiction_in(Measure("plans with a weight", baseline, target, direction=direction))
    assert words is None if begins is None else (words or "").startswith(begins)


def test_the_way_shows_in_the_numbers_where_nobody_says_it() -> None:
    assert Measure("falls", "9", "3").way is Direction.DOWN
    assert Measure("plans", "3 of 12", "100 %").way is Direction.UP
    assert Measure("views", "few are glad", "most are").way is None
    assert Measure("falls", "9", "3", direction=Direction.RANGE).way is Direction.RANGE


def test_how_it_is_measured_has_three_parts() -> None:
    assert Measure("falls", "9", "3", "a month", None, "Deputy manager", "incident forms", "monthly").says_how
    assert not Measure("falls", "9", "3", counted_by="Deputy manager").says_how
