"""Anchors of the trail: what is ours, and what was cut, changed or forged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.anchors import NoAnchor, first_wrong, make_anchor, read_line

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def lines(*seqs: int, key: bytes = KEY) -> list[str]:
    return [make_anchor(key, seq, NOW + timedelta(days=seq), bytes([seq]) * 32).line().rstrip("\n") for seq in seqs]


def test_an_anchor_reads_as_it_was_written() -> None:
    anchor = make_anchor(KEY, 7, NOW, b"h" * 32)
    assert read_line(anchor.line()) == anchor
    assert anchor.is_ours(KEY)
    assert not anchor.is_ours(OTHER_KEY)


CHANGES: list[dict[str, Any]] = [
    {"seq": 8},
    {"at": NOW + timedelta(microseconds=1)},
    {"head_hash": b"x" * 32},
    {"signature": b""},
]


@pytest.mark.parametrize("changes", CHANGES, ids=[str(*row) for row in CHANGES])
def test_an_anchor_that_was_changed_is_not_ours(changes: dict[str, Any]) -> None:
    assert not replace(make_anchor(KEY, 7, NOW, b"h" * 32), **changes).is_ours(KEY)


@pytest.mark.parametrize(
    "line", ["", "{}", "nonsense", "[]", '{"seq": "1", "at": "2026-11-02T09:00:00+00:00", "head": "", "signature": ""}']
)
def test_what_is_no_anchor_is_not_read(line: str) -> None:
    with pytest.raises(NoAnchor):
        read_line(line)


WHOLE = lines(1, 2, 3)
CASES = [
    ("nothing", [], 0, None),
    ("whole", WHOLE, 3, None),
    ("one of another installation", [*WHOLE[:1], *lines(2, key=OTHER_KEY), *WHOLE[2:]], 2, 2),
    ("the last one cut off", [*WHOLE[:2], WHOLE[2][:40]], 2, 3),
    ("one cut off and written again", [*WHOLE[:2], WHOLE[2][:40], WHOLE[2]], 3, None),
    ("an empty line", [WHOLE[0], "", WHOLE[1]], 2, 2),
]


@pytest.mark.parametrize(("which", "written", "good", "wrong"), CASES, ids=[row[0] for row in CASES])
def test_the_first_line_that_is_wrong_is_named(which: str, written: list[str], good: int, wrong: int | None) -> None:
    anchors, number = first_wrong(written, KEY)
    assert (len(anchors), number) == (good, wrong)
