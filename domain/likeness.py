"""How alike two statements are: the same words sent again say little about what was done this time.

Two statements are alike when most pairs of neighbouring words are in both. Case, punctuation and
accents do not matter; short statements are left alone, since there are few ways to say “All done”.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

SHORT = 8
"""Fewer words than this are not compared."""
NEARLY = 0.75
_WORD = re.compile(r"[^\W_]+")


def words_of(statement: str) -> tuple[str, ...]:
    """The words, as they are compared."""
    folded = statement.casefold()
    if not folded.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return tuple(_WORD.findall(folded))


def likeness(one: str, other: str) -> float:
    """From 0 (nothing in common) to 1 (the same words in the same order); 0 where either is short."""
    return _likeness(words_of(one), words_of(other))


def most_alike(statement: str, earlier: Iterable[str]) -> tuple[int, float] | None:
    """Which of the earlier statements is most like this one, and how much; None where none is nearly the same."""
    words = words_of(statement)
    others = ((number, words_of(other)) for number, other in enumerate(earlier))
    found = ((number, _likeness(words, other)) for number, other in others if _may_be_nearly(words, other))
    best = max(found, key=lambda pair: pair[1], default=None)
    return best if best is not None and best[1] >= NEARLY else None


def _likeness(first: tuple[str, ...], second: tuple[str, ...]) -> float:
    if min(len(first), len(second)) < SHORT:
        return 0.0
    if first == second:
        return 1.0
    pairs, others = _pairs(first), _pairs(second)
    return 2 * (pairs & others).total() / (pairs.total() + others.total())


def _may_be_nearly(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether counting pairs, which is slow, can find them alike: each word of one alone costs a pair at least."""
    known = set(second)
    return 2 * sum(word in known for word in first) >= NEARLY * (len(first) + len(second) - 2)


def _pairs(words: tuple[str, ...]) -> Counter[tuple[str, str]]:
    return Counter(pairwise(words))
