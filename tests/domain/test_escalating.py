"""Answers to the ladder: what counts as one, who may give it, and what it settles of the other rungs."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.escalating import (
    EscalationAnswer,
    RungRecord,
    above,
    has_full_record,
    lacking,
    may_not_answer,
    overtaken_by,
)
from domain.rolling import rolling
from domain.vocabulary import Role
from tests.domain.making import MONDAY, OTHER

RISK, CONTROL, SUPPORT = "Two people lose weight.", "The nurse checks charts daily.", "Dara takes two of the plans."
LATER = MONDAY + timedelta(days=5)


def an_answer(kind: str = "revised date", **changes: Any) -> EscalationAnswer:
    facts: dict[str, Any] = {"risk_now": RISK, "interim_control": CONTROL, "kind": kind}
    return EscalationAnswer(**(facts | changes))


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        (an_answer(revised_due_at=LATER), set()),
        (an_answer("support given", support=SUPPORT), set()),
        (an_answer("support given", support=SUPPORT, revised_due_at=LATER), set()),
        (an_answer("reassigned", person_id=OTHER), set()),
        (an_answer("reassigned", person_id=OTHER, revised_due_at=LATER), set()),
        (an_answer(), {"revised_due"}),
        (an_answer(revised_due_at=MONDAY), {"revised_due"}),  # not in the future
        (an_answer("support given"), {"support"}),
        (an_answer("support given", support="   some   "), {"support"}),
        (an_answer("reassigned"), {"person"}),
        (an_answer("overtaken"), {"kind"}),  # nobody can say so of themselves
        (an_answer(""), {"kind"}),
        (an_answer("reassigned", person_id=OTHER, revised_due_at=MONDAY), {"revised_due"}),
        (an_answer("", risk_now=" ", interim_control="none"), {"risk_now", "interim_control", "kind"}),
    ],
)
def test_an_answer_has_all_its_facts_or_says_which_it_lacks(answer: EscalationAnswer, fields: set[str]) -> None:
    assert set(lacking(answer, MONDAY)) == fields


@pytest.mark.parametrize(
    ("answered", "waiting", "overtaken"),
    [
        (2, (), ()),
        (2, (2,), ()),
        (3, (2, 3), (2,)),
        (4, (2, 3, 4), (2, 3)),
        (2, (2, 3), ()),  # what was asked of somebody above is not settled from below
        (3, (2, 3, 4), (2,)),
    ],
)
def test_an_answer_overtakes_lower_rungs_and_no_higher_one(
    answered: int, waiting: tuple[int, ...], overtaken: tuple[int, ...]
) -> None:
    assert overtaken_by(answered, waiting) == overtaken


@given(st.integers(1, 6), st.sets(st.integers(1, 6)))
def test_whoever_answers_highest_settles_the_ladder_together_with_what_it_overtakes(
    answered: int, waiting: set[int]
) -> None:
    left = waiting - {answered} - set(overtaken_by(answered, waiting))
    assert all(rung > answered for rung in left)


@pytest.mark.parametrize(
    ("role", "held", "asked", "late", "may"),
    [
        (Role.REGISTERED_MANAGER, (Role.REGISTERED_MANAGER,), False, False, True),
        (Role.REGISTERED_MANAGER, (Role.QUALITY_LEAD,), False, False, True),
        (Role.REGISTERED_MANAGER, (Role.NOMINATED_INDIVIDUAL,), False, False, True),
        (Role.REGISTERED_MANAGER, (Role.DEPUTY_MANAGER,), False, False, False),
        (Role.REGISTERED_MANAGER, (), True, False, True),  # covers for the manager, or was one when asked
        (Role.QUALITY_LEAD, (Role.REGISTERED_MANAGER,), False, False, False),  # asked above, not answered from below
        (Role.QUALITY_LEAD, (Role.NOMINATED_INDIVIDUAL,), False, False, True),
        (Role.NOMINATED_INDIVIDUAL, (Role.REGISTERED_MANAGER, Role.QUALITY_LEAD), False, False, False),
        (Role.DEPUTY_MANAGER, (Role.REGISTERED_MANAGER,), False, False, True),
        (Role.REGISTERED_MANAGER, (Role.COMMISSIONER, Role.INSPECTOR), False, False, False),
        (Role.REGISTERED_MANAGER, (Role.REGISTERED_MANAGER,), True, True, False),  # late themselves
    ],
)
def test_who_may_answer(role: str, held: tuple[str, ...], asked: bool, late: bool, may: bool) -> None:
    assert (may_not_answer(role, held, asked, late) is None) is may


def test_where_a_role_has_nobody_the_next_above_is_asked() -> None:
    manager, lead, nominated = Role.REGISTERED_MANAGER, Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL
    assert above(Role.TEAM_LEADER) == (manager, lead, nominated)
    assert above(manager) == (lead, nominated)
    assert above(lead) == (nominated,)
    assert above(nominated) == ()


@pytest.mark.parametrize(
    ("rungs", "full"),
    [
        ((), True),
        ((RungRecord(False, None),), True),  # told, nobody had to answer
        ((RungRecord(True, "revised date"),), True),
        ((RungRecord(True, "overtaken", "answered higher up"), RungRecord(True, "support given")), True),
        ((RungRecord(True, None),), False),
        ((RungRecord(True, "overtaken", "step answered"),), False),  # done, but nobody said what the risk was
        ((RungRecord(True, "revised date"), RungRecord(True, "overtaken", "step not asked any more")), False),
    ],
)
def test_only_an_answer_makes_a_full_record(rungs: tuple[RungRecord, ...], full: bool) -> None:
    assert has_full_record(rungs) is full


@pytest.mark.parametrize(("moved", "says"), [(0, None), (1, None), (2, "twice"), (3, "3 times")])
def test_a_date_that_was_moved_twice_is_flagged(moved: int, says: str | None) -> None:
    words = rolling(moved)
    assert (words is None) is (says is None)
    assert words is None or (says or "") in words
