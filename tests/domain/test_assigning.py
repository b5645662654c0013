"""Whom a step goes to."""

import pytest

from domain.assigning import Candidate, Choice, choose
from tests.domain.making import known

ANN, BEN, CAL, DEE = map(known, ("Ann", "Ben", "Cal", "Dee"))

HERE, HERE_TOO = Candidate(ANN), Candidate(BEN)
EVERYWHERE = Candidate(CAL, holds_here=False)
AWAY, AWAY_COVERED = Candidate(ANN, is_away=True), Candidate(ANN, is_away=True, cover_id=DEE)
FAR_COVERED = Candidate(CAL, holds_here=False, is_away=True, cover_id=DEE)


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
