"""Define and assign, as the process asks for them: one owner, who has said yes, and is the one asked."""

import pytest

from domain.journal import Journal
from domain.process import advance
from domain.vocabulary import Outcome
from tests.domain.making import (
    MANAGER,
    MONDAY,
    OTHER,
    OWNER,
    accepted,
    keys_opened,
    make_journal,
    make_step,
    needs_support,
    supported,
)

STORY = [
    ("a draft asks for its definition", make_journal(is_defined=False, owner_id=None), "draft", [("define", 1)]),
    ("no owner: somebody chooses one", make_journal(owner_id=None), "awaiting acceptance", [("owner", 1)]),
    ("an owner is asked first", make_journal(), "awaiting acceptance", [("accept", 1)]),
    ("nobody is asked twice", make_journal(make_step("accept")), "awaiting acceptance", []),
    (
        "declined: somebody chooses another owner",
        make_journal(make_step("accept", Outcome.DECLINED), owner_id=None),
        "awaiting acceptance",
        [("owner", 1)],
    ),
    (
        "chosen again after a second decline",
        make_journal(make_step("owner", Outcome.ASSIGNED), make_step("accept", Outcome.DECLINED), owner_id=None),
        "awaiting acceptance",
        [("owner", 2)],
    ),
    (
        "the next owner is asked in a second round",
        make_journal(make_step("accept", Outcome.DECLINED), owner_id=OTHER),
        "awaiting acceptance",
        [("accept", 2)],
    ),
    (
        "an owner changed after acceptance is asked too",
        make_journal(accepted(), owner_id=OTHER),
        "awaiting acceptance",
        [("accept", 2)],
    ),
    (
        "a cover accepts for the owner",
        make_journal(accepted(assignee_id=OTHER, assigned_for_id=OWNER, settled_by=OTHER)),
        "in progress",
        [("plans", 1), ("briefing", 1)],
    ),
    (
        "needs support: somebody helps with the barrier",
        make_journal(needs_support()),
        "awaiting acceptance",
        [("support", 1)],
    ),
    (
        "nobody is asked to help twice",
        make_journal(needs_support(), make_step("support")),
        "awaiting acceptance",
        [],
    ),
    (
        "helped: the owner is asked again",
        make_journal(needs_support(), supported()),
        "awaiting acceptance",
        [("accept", 2)],
    ),
    (
        "needs support again: a second round of help",
        make_journal(needs_support(), supported(), needs_support(2)),
        "awaiting acceptance",
        [("support", 2)],
    ),
    (
        "helped twice: asked a third time",
        make_journal(needs_support(), supported(), needs_support(2), supported(2)),
        "awaiting acceptance",
        [("accept", 3)],
    ),
    (
        "with support, then yes",
        make_journal(needs_support(), supported(), accepted(round=2)),
        "in progress",
        [("plans", 1), ("briefing", 1)],
    ),
    (
        "a cover needs support for the owner",
        make_journal(needs_support(assignee_id=OTHER, assigned_for_id=OWNER, settled_by=OTHER)),
        "awaiting acceptance",
        [("support", 1)],
    ),
    (
        "what a former owner needed does not hold up the next",
        make_journal(needs_support(), owner_id=OTHER),
        "awaiting acceptance",
        [("accept", 2)],
    ),
]


@pytest.mark.parametrize(("journal", "status", "opens"), [row[1:] for row in STORY], ids=[row[0] for row in STORY])
def test_one_person_owns_it_and_has_said_so(journal: Journal, status: str, opens: list[tuple[str, int]]) -> None:
    plan = advance(journal, MONDAY)
    assert (plan.status, keys_opened(plan)) == (status, opens)
    assert not plan.finished


OVERTAKEN = [
    ("asked, and somebody else owns it now", make_journal(make_step("accept"), owner_id=OTHER), [("accept", 2)]),
    ("asked, and nobody owns it now", make_journal(make_step("accept"), owner_id=None), [("owner", 1)]),
    (
        "help for a former owner",
        make_journal(needs_support(), make_step("support"), owner_id=OTHER),
        [("accept", 2)],
    ),
    ("an owner was chosen in another way", make_journal(make_step("owner")), [("accept", 1)]),
    (
        "a cover was asked for a former owner",
        make_journal(make_step("accept", assignee_id=MANAGER, assigned_for_id=OTHER)),
        [("accept", 2)],
    ),
]


@pytest.mark.parametrize(("journal", "opens"), [row[1:] for row in OVERTAKEN], ids=[row[0] for row in OVERTAKEN])
def test_what_was_asked_about_a_former_owner_is_asked_no_more(journal: Journal, opens: list[tuple[str, int]]) -> None:
    plan = advance(journal, MONDAY)
    assert (plan.voids, keys_opened(plan)) == (tuple(step.id for step in journal.open_steps), opens)


def test_evidence_that_was_asked_for_stays_asked_for_under_a_new_owner() -> None:
    plans = make_step("plans", assignee_id=None)
    plan = advance(make_journal(accepted(), plans, owner_id=OTHER), MONDAY)
    assert (plan.status, plan.voids, keys_opened(plan)) == ("awaiting acceptance", (), [("accept", 2)])
