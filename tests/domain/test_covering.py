"""Requests that wait for somebody who is away: who is asked instead, and whom an answer stands in for."""

from uuid import UUID

import pytest

from domain.assigning import Candidate, Choice, Cover
from domain.covering import Asked, Part, asked_instead, part_of

MINA, DARA, TAM, OONA = (UUID(int=number) for number in range(1, 5))
NOBODY = frozenset[UUID]()
HERE = Candidate(MINA)
AWAY = Candidate(MINA, is_away=True, covers=(Cover(DARA),))
ALONE = Candidate(MINA, is_away=True)
PASSED_ON = Candidate(MINA, is_away=True, covers=(Cover(DARA, is_away=True), Cover(TAM)))
LEFT_ALONE = Candidate(MINA, is_away=True, covers=(Cover(DARA, has_left=True), Cover(TAM, works_here=False)))
ASKED, COVERED = Asked(MINA), Asked(DARA, MINA)


@pytest.mark.parametrize(
    ("asked", "whose", "never", "instead"),
    [
        (ASKED, HERE, NOBODY, None),
        (ASKED, AWAY, NOBODY, Choice(DARA, MINA)),
        (ASKED, ALONE, NOBODY, None),
        (ASKED, AWAY, frozenset({DARA}), None),  # the late step is with the cover
        (ASKED, AWAY, frozenset({MINA}), None),
        (COVERED, AWAY, NOBODY, None),  # the cover has it already
        (COVERED, PASSED_ON, NOBODY, Choice(TAM, MINA)),
        (COVERED, ALONE, NOBODY, None),
        (COVERED, HERE, NOBODY, Choice(MINA)),  # the cover went away as well, and the other is back
        (COVERED, HERE, frozenset({MINA}), None),
        (ASKED, LEFT_ALONE, NOBODY, None),  # whoever would cover has left, or works elsewhere
        (ASKED, PASSED_ON, frozenset({TAM}), None),
    ],
)
def test_who_is_asked_instead(asked: Asked, whose: Candidate, never: frozenset[UUID], instead: Choice | None) -> None:
    assert asked_instead(asked, whose, never) == instead


@pytest.mark.parametrize(
    ("person", "asked", "whose", "never", "part"),
    [
        (MINA, ASKED, HERE, NOBODY, Part(True)),
        (DARA, ASKED, HERE, NOBODY, Part(False)),
        (DARA, ASKED, AWAY, NOBODY, Part(True, MINA)),  # on the first day, before it was passed on
        (DARA, ASKED, AWAY, frozenset({DARA}), Part(False)),
        (DARA, COVERED, AWAY, NOBODY, Part(True, MINA)),
        (DARA, COVERED, HERE, NOBODY, Part(True, MINA)),  # they keep what they were given
        (MINA, COVERED, HERE, NOBODY, Part(True)),
        (TAM, COVERED, PASSED_ON, NOBODY, Part(True, MINA)),
        (OONA, COVERED, AWAY, NOBODY, Part(False)),
        (OONA, Asked(None), None, NOBODY, Part(False)),
    ],
)
def test_whom_an_answer_stands_in_for(
    person: UUID, asked: Asked, whose: Candidate | None, never: frozenset[UUID], part: Part
) -> None:
    assert part_of(person, asked, whose, never) == part
