import hashlib
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sampling import (
    Z_95,
    CannotDraw,
    Result,
    default_size,
    draw,
    draw_stratified,
    sample_size,
    shares_of,
    wilson,
)

POPULATION = st.integers(1, 500)
SEED = st.text(max_size=20)
GROUPS = st.dictionaries(st.text(min_size=1, max_size=5), st.integers(0, 60), min_size=1).filter(
    lambda g: any(g.values())
)


@pytest.mark.parametrize(
    ("population", "size"),
    [(1, 1), (9, 9), (10, 10), (49, 10), (50, 10), (51, 11), (99, 20), (100, 20), (1_000_000, 20)],
)
def test_default_sizes_are_those_of_the_guidance(population: int, size: int) -> None:
    assert default_size(population) == sample_size(population) == size


@pytest.mark.parametrize(("population", "fixed", "size"), [(60, 5, 5), (3, 5, 3), (500, 50, 50)])
def test_a_pathway_may_fix_the_size(population: int, fixed: int, size: int) -> None:
    assert sample_size(population, fixed) == size


@pytest.mark.parametrize("empty", [0, -1])
def test_nothing_can_be_drawn_from_nothing(empty: int) -> None:
    for attempt in (
        lambda: default_size(empty),
        lambda: sample_size(empty, 5),
        lambda: draw(empty, 1, "s"),
        lambda: draw([], 1, "s"),
        lambda: shares_of({"a": empty}, 3),
    ):
        with pytest.raises(CannotDraw):
            attempt()


@given(st.integers(1, 10_000))
def test_a_larger_population_never_has_a_smaller_sample(population: int) -> None:
    assert default_size(population) <= default_size(population + 1) <= population + 1


def test_a_draw_is_the_same_for_ever() -> None:
    assert draw(60, 12, "rosewood") == PINNED


PINNED = (32, 48, 21, 4, 43, 27, 13, 8, 41, 7, 60, 1)


def drawn_by_hand(population: int, size: int, seed: str) -> tuple[int, ...]:
    """The draw as somebody else would redo it: all items in a row, swapped from the front."""
    row = list(range(1, population + 1))
    for n in range(size):
        number = int(hashlib.sha256(f"{seed}:{n}".encode()).hexdigest(), 16)
        place = n + number % (population - n)
        row[n], row[place] = row[place], row[n]
    return tuple(row[:size])


@given(POPULATION, st.integers(0, 60), SEED)
def test_a_third_party_can_redo_the_draw(population: int, size: int, seed: str) -> None:
    drawn = draw(population, size, seed)
    assert drawn == drawn_by_hand(population, min(size, population), seed)
    assert drawn == draw([str(n) for n in range(population)], size, seed)


@given(POPULATION, st.integers(1, 60), SEED)
def test_a_draw_takes_different_items_that_are_there(population: int, size: int, seed: str) -> None:
    drawn = draw(population, size, seed)
    assert len(drawn) == len(set(drawn)) == min(size, population)
    assert all(1 <= item <= population for item in drawn)


@given(POPULATION, st.integers(1, 30), SEED)
def test_asking_for_more_keeps_what_was_drawn(population: int, size: int, seed: str) -> None:
    assert draw(population, size + 5, seed)[:size] == draw(population, size, seed)


def test_every_item_has_the_same_chance() -> None:
    seen = Counter(item for seed in range(6000) for item in draw(12, 3, str(seed)))
    expected = 6000 * 3 / 12
    assert sum((seen[item] - expected) ** 2 / expected for item in range(1, 13)) < 31.3, "chi-square, 11 df, p = 0.001"


@given(GROUPS, st.integers(1, 60), SEED)
def test_every_group_is_in_a_stratified_draw(groups: dict[str, int], size: int, seed: str) -> None:
    drawn = draw_stratified(groups, size, seed)
    there = {name: count for name, count in groups.items() if count}
    assert set(drawn) == set(there)
    assert all(1 <= len(items) <= there[name] for name, items in drawn.items())
    assert sum(map(len, drawn.values())) == max(len(there), min(size, sum(there.values())))
    assert drawn == draw_stratified(dict(reversed(groups.items())), size, seed), "the order of groups has no say"


def test_each_group_is_drawn_with_a_seed_of_its_own() -> None:
    drawn = draw_stratified({"days": 30, "nights": 30}, 10, "s")
    assert drawn == {"days": draw(30, 5, "s/days"), "nights": draw(30, 5, "s/nights")}


def test_shares_follow_the_size_of_the_groups() -> None:
    assert shares_of({"nights": 30, "days": 60, "agency": 1}, 10) == {"agency": 1, "days": 6, "nights": 3}


@pytest.mark.parametrize(
    ("passes", "judged", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (9, 10, 0.5958, 0.9821), (17, 20, 0.6396, 0.9476), (1, 1, 0.2065, 1)],
)
def test_the_wilson_interval_has_known_values(passes: int, judged: int, low: float, high: float) -> None:
    assert wilson(passes, judged) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_mirrors(counts: tuple[int, int]) -> None:
    passes, judged = counts
    low, high = wilson(passes, judged)
    assert 0 <= low <= passes / judged + 1e-12
    assert passes / judged - 1e-12 <= high <= 1
    assert wilson(judged - passes, judged) == pytest.approx((1 - high, 1 - low))
    for bound in (low, high):
        # What defines it: the shares from which the sample is just 1.96 standard errors away.
        assert (passes / judged - bound) ** 2 == pytest.approx(Z_95**2 * bound * (1 - bound) / judged, abs=1e-9)


def result(passes: int, fails: int, not_applicable: int = 0, threshold: str = "0.9", of: int | None = None) -> Result:
    return Result(passes, fails, not_applicable, Decimal(threshold), of)


@pytest.mark.parametrize(
    ("found", "passed"),
    [
        (result(9, 1), True),
        (result(8, 2), False),
        (result(9, 1, 10), True),
        (result(17, 3, threshold="0.85"), True),
        (result(2, 1, threshold="0.67"), False),
        (result(0, 0, 5), None),
        (result(0, 0), None),
    ],
)
def test_the_threshold_decides_on_what_could_be_judged(found: Result, passed: bool | None) -> None:
    assert found.passed is passed


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(1, 100))
def test_what_is_not_applicable_has_no_say(passes: int, fails: int, na: int, percent: int) -> None:
    threshold = str(Decimal(percent) / 100)
    assert result(passes, fails, na, threshold).passed == result(passes, fails, 0, threshold).passed
    if fails:
        more = result(passes + 1, fails - 1, na, threshold)
        assert not (result(passes, fails, na, threshold).passed and not more.passed), "another pass never fails it"


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (
            result(17, 3, threshold="0.85"),
            "17 of 20 met the standard. A sample of this size is consistent with 64 % to 95 %",
        ),
        (result(17, 3, threshold="0.85"), "not that every record is right"),
        (result(5, 5), "has not changed enough"),
        (result(8, 0, 2), "(2 not applicable, left out)"),
        (result(8, 0, 1, of=9), "Every record was looked at"),
        (result(0, 0, 4), "Nothing could be judged"),
    ],
)
def test_the_sentence_says_what_it_can_and_cannot_show(found: Result, says: str) -> None:
    assert says in found.words
