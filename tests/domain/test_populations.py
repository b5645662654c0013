"""What a sample is drawn from, and that it can be drawn again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.populations import Population, as_stored, of_groups, of_list, of_number

NAMES = st.text("abcdef", min_size=1, max_size=6)
GROUPS = st.dictionaries(NAMES, st.integers(1, 40), min_size=1, max_size=6)
SEED, SIZE = st.text("0123456789abcdef", min_size=1, max_size=16), st.integers(1, 30)


def test_numbers_and_groups_name_their_records() -> None:
    assert {item.label for item in of_number(3).draw(3, "a")} == {"Record 1", "Record 2", "Record 3"}
    drawn = of_groups("Night shift: 2\nDay shift 1").draw(3, "a")
    assert {(item.item, item.label) for item in drawn} == {
        (1, "Night shift, record 1"),
        (2, "Night shift, record 2"),
        (3, "Day shift, record 1"),
    }


def test_a_list_counts_each_entry_once_and_says_so() -> None:
    population, notes = of_list(["Plan 7", "plan  7", "Plan 9"], None)
    assert population.entries == ("Plan 7", "Plan 9")
    assert notes == ["1 entry was on the list more than once; each counts once."]


@pytest.mark.parametrize("stated", ["Night shift", "Night: 2\nNight: 3", "Night: 0", ": 5", "Night: -1"])
def test_groups_that_are_none_are_refused_in_words(stated: str) -> None:
    with pytest.raises(Invalid) as refusal:
        of_groups(stated)
    assert refusal.value.fields["groups"]


@pytest.mark.parametrize("size", [0, -1, 1_000_001])
def test_a_number_of_records_that_cannot_be_is_refused(size: int) -> None:
    with pytest.raises(Invalid):
        of_number(size)


def test_a_list_without_entries_or_with_too_many_is_refused() -> None:
    for entries in ([], [str(number) for number in range(20_001)]):
        with pytest.raises(Invalid):
            of_list(entries)


def stored_again(population: Population) -> Population:
    groups = list(population.groups) if population.groups else None
    return as_stored(population.size, population.stored_entries, groups)


@given(GROUPS, SIZE, SEED)
def test_what_is_stored_draws_the_same_again(groups: dict[str, int], size: int, seed: str) -> None:
    entries = [f"{name} {n}" for name, count in groups.items() for n in range(count)]
    group_of = [name for name, count in groups.items() for _ in range(count)]
    for population in (
        Population(sum(groups.values())),
        Population(sum(groups.values()), groups=tuple(groups.items())),
        of_list(entries)[0],
        of_list(entries, group_of)[0],
    ):
        again = stored_again(population)
        drawn = population.draw(size, seed)
        assert again.draw(len(drawn), seed) == drawn
        assert again.list_hash == population.list_hash


@given(GROUPS, SIZE, SEED)
def test_shares_of_groups_sum_to_the_size_and_every_group_is_drawn_from(
    groups: dict[str, int], size: int, seed: str
) -> None:
    population = Population(sum(groups.values()), groups=tuple(groups.items()))
    drawn = population.draw(size, seed)
    assert len(drawn) == max(min(size, population.size), len(groups))
    assert {item.stratum for item in drawn} == set(groups)
    assert len({item.item for item in drawn}) == len(drawn)


@given(st.integers(1, 12))
def test_every_item_can_be_drawn(size: int) -> None:
    population = of_number(size)
    found = {item.item for seed in range(40 * size) for item in population.draw(1, str(seed))}
    assert found == set(range(1, size + 1))
