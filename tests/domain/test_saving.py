"""Saving a sample from several windows."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from domain.saving import RESULTS, ItemResult, Merged, mark_of, merge

BLANK = mark_of(None, "")


def stored(**found: str) -> dict[int, ItemResult]:
    """Five items, some of them found already: `_2="pass"`."""
    blank = {place: ItemResult(place, None, "") for place in range(1, 6)}
    return blank | {int(name[1:]): ItemResult(int(name[1:]), result, "") for name, result in found.items()}


def saved(before: dict[int, ItemResult], sent: Iterable[ItemResult]) -> dict[int, str | None]:
    writes = {item.position: item for item in merge(before, sent).writes}
    return {place: item.result for place, item in (before | writes).items()}


def test_what_was_not_touched_here_does_not_wipe_what_was_saved_elsewhere() -> None:
    window = [ItemResult(1, None, "", BLANK), ItemResult(2, "fail", "No weight", BLANK)]
    after = merge(stored(_1="pass"), window)
    assert ([item.position for item in after.writes], after.conflicts) == ([2], {})


def test_what_two_windows_changed_is_said_and_not_overwritten() -> None:
    after = merge(stored(_1="pass"), [ItemResult(1, "fail", "No weight", BLANK)])
    assert after.writes == ()
    assert "Another window saved “pass”" in after.conflicts["result-1"]
    assert "“fail” with the note “No weight”" in after.conflicts["result-1"]


def test_the_same_change_twice_is_no_conflict() -> None:
    assert merge(stored(_1="pass"), [ItemResult(1, "pass", "", BLANK)]) == Merged((), {})


def test_what_was_shown_may_be_changed_and_taken_back() -> None:
    shown = mark_of("pass", "")
    assert saved(stored(_1="pass"), [ItemResult(1, None, "", shown)])[1] is None


def test_an_item_that_was_never_drawn_and_a_word_that_is_no_result_are_left_out() -> None:
    assert merge(stored(), [ItemResult(9, "pass", "", BLANK), ItemResult(1, "perhaps", "", BLANK)]) == Merged((), {})


FOUND = st.dictionaries(st.integers(1, 5), st.sampled_from(RESULTS))


@given(FOUND, FOUND)
def test_windows_that_touch_different_items_may_save_in_any_order(one: dict[int, str], other: dict[int, str]) -> None:
    mine = [ItemResult(place, result, "", BLANK) for place, result in one.items()]
    theirs = [ItemResult(place, result, "", BLANK) for place, result in other.items() if place not in one]
    assert _both(mine, theirs) == _both(theirs, mine)


def _both(first: list[ItemResult], second: list[ItemResult]) -> dict[int, str | None]:
    between = {place: ItemResult(place, result, "") for place, result in saved(stored(), first).items()}
    return saved(between, second)


@given(FOUND, FOUND)
def test_no_window_changes_what_another_saved_without_saying_so(one: dict[int, str], other: dict[int, str]) -> None:
    before = {place: ItemResult(place, result, "") for place, result in saved(stored(), _sent(one)).items()}
    after = merge(before, _sent(other))
    touched = {item.position for item in after.writes}
    assert not touched & set(one)
    assert {f"result-{place}" for place in one if place in other and one[place] != other[place]} == set(after.conflicts)


def _sent(found: dict[int, str]) -> list[ItemResult]:
    return [ItemResult(place, result, "", BLANK) for place, result in found.items()]
