"""Whom a step goes to."""

import pytest

from domain.assigning import Candidate, Choice, Cover, choose, cover_of
from tests.domain.making import known

ANN, BEN, CAL, DEE = map(known, ("Ann", "Ben", "Cal", "Dee"))

HERE, HERE_TOO = Candidate(ANN), Candidate(BEN)
EVERYWHERE = Candidate(CAL, holds_here=False)
AWAY, AWAY_COVERED = Candidate(ANN, is_away=True), Candidate(ANN, is_away=True, covers=(Cover(DEE),))
FAR_COVERED = Candidate(CAL, holds_here=False, is_away=True, covers=(Cover(DEE),))


@pytest.mark.parametrize(
    ("candidates", "choice"),
    [
        ([], None),
        ([HERE], Choice(ANN)),
        ([HERE, HERE_TOO], Choice(ANN)),  # the order says who comes first
        ([EVERYWHERE, HERE], Choice(ANN)),  # somebody of the location before one for all
        ([AWAY, HERE_TOO], Choice(BEN)),
        ([AWAY_COVERED, HERE_TOO], Choice(BEN)),  # somebody who is there before somebody's cover
        ([AWAY_COVERED, EVERYWHERE], Choice(DEE, ANN)),  # cover of the location before one for all
        ([FAR_COVERED], Choice(DEE, CAL)),
        ([AWAY, EVERYWHERE], Choice(CAL)),
        ([AWAY], Choice(ANN)),  # nobody else: it is theirs, and its ladder tells others
        ([AWAY_COVERED], Choice(DEE, ANN)),
    ],
)
def test_somebody_present_comes_before_cover(candidates: list[Candidate], choice: Choice | None) -> None:
    assert choose(candidates) == choice


@pytest.mark.parametrize(
    ("candidates", "forbidden", "choice"),
    [
        ([HERE], {ANN}, None),
        ([HERE, HERE_TOO], {ANN}, Choice(BEN)),
        ([AWAY_COVERED], {ANN}, None),  # nobody covers for somebody who may not
        ([AWAY_COVERED], {DEE}, Choice(ANN)),  # nor does somebody who may not cover
        ([AWAY_COVERED, EVERYWHERE], {DEE}, Choice(CAL)),
        ([HERE, EVERYWHERE], {ANN, CAL}, None),
    ],
)
def test_nobody_forbidden_is_asked_or_covers(
    candidates: list[Candidate], forbidden: set[object], choice: Choice | None
) -> None:
    assert choose(candidates, frozenset(forbidden)) == choice  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("covers", "stands_in"),
    [
        ([], None),
        ([Cover(DEE)], DEE),
        ([Cover(DEE, is_away=True)], None),  # away too, with nobody named
        ([Cover(DEE, is_away=True), Cover(CAL)], CAL),  # the cover's own cover
        ([Cover(DEE, is_away=True), Cover(CAL, is_away=True), Cover(BEN)], BEN),
        ([Cover(DEE, is_away=True), Cover(ANN, is_away=True)], None),  # they cover for each other, and both are away
        ([Cover(DEE, is_away=True), Cover(ANN)], None),  # nobody stands in for themselves
        ([Cover(DEE, has_left=True)], None),
        ([Cover(DEE, has_left=True, is_away=True), Cover(CAL)], None),  # a leaver passes nothing on
        ([Cover(DEE, is_away=True), Cover(CAL, has_left=True)], None),
        ([Cover(DEE, works_here=False)], None),
        ([Cover(DEE, works_here=False, is_away=True), Cover(CAL)], CAL),
        ([Cover(DEE, is_away=True), Cover(CAL, works_here=False)], None),
    ],
)
def test_who_stands_in(covers: list[Cover], stands_in: object) -> None:
    assert cover_of(Candidate(ANN, is_away=True, covers=tuple(covers))) == stands_in


def test_nobody_stands_in_for_somebody_who_is_there() -> None:
    assert cover_of(Candidate(ANN, covers=(Cover(DEE),))) is None
    assert choose([Candidate(ANN, covers=(Cover(DEE),))]) == Choice(ANN)


@pytest.mark.parametrize("cover", [Cover(DEE, has_left=True), Cover(DEE, works_here=False), Cover(DEE, is_away=True)])
def test_where_nobody_can_stand_in_another_holder_is_asked_and_else_it_stays(cover: Cover) -> None:
    away = Candidate(ANN, is_away=True, covers=(cover,))
    assert choose([away, EVERYWHERE]) == Choice(CAL)
    assert choose([away]) == Choice(ANN)


def test_a_cover_who_may_not_is_passed_over_even_when_they_cover_for_a_cover() -> None:
    away = Candidate(ANN, is_away=True, covers=(Cover(BEN, is_away=True), Cover(DEE)))
    assert choose([away], frozenset({DEE})) == Choice(ANN)
    assert choose([away], frozenset({BEN})) == Choice(DEE, ANN)  # Ben is away and does nothing here


NO_PASSWORD = Candidate(ANN, signs_in=False)
COVERED_BLINDLY = Candidate(ANN, is_away=True, covers=(Cover(DEE, signs_in=False),))


@pytest.mark.parametrize(
    ("candidates", "choice"),
    [
        ([NO_PASSWORD], None),
        ([NO_PASSWORD, HERE_TOO], Choice(BEN)),
        ([COVERED_BLINDLY], Choice(ANN)),  # the cover could not answer, so it stays, and its ladder tells others
        ([Candidate(ANN, is_away=True, covers=(Cover(DEE),), signs_in=False)], Choice(DEE, ANN)),
    ],
)
def test_what_is_answered_signed_in_goes_to_nobody_without_an_account(
    candidates: list[Candidate], choice: Choice | None
) -> None:
    assert choose(candidates, signed_in=True) == choice
    assert choose(candidates) is not None
