"""What holds of the process whatever people did before."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.journal import Journal
from domain.pathways import Pathway
from domain.process import advance
from domain.vocabulary import Outcome, Risk
from tests.domain.making import (
    FACTS,
    MONDAY,
    OWNER,
    keys_opened,
    known,
    make_journal,
    make_pathway,
    make_step,
)

IN_ORDER = make_pathway(evidence=[FACTS["evidence"][0], FACTS["evidence"][1] | {"after": ["plans"]}])
WITH_OPTION = make_pathway(evidence=[FACTS["evidence"][0], FACTS["evidence"][1] | {"required": False}])


OUTCOMES = {
    "accept": (Outcome.ACCEPTED, Outcome.DECLINED, Outcome.NEEDS_SUPPORT),
    "support": (Outcome.SUPPORTED,),
    "owner": (Outcome.ASSIGNED,),
    "define": (Outcome.DEFINED,),
    "sample": (Outcome.PASSED, Outcome.FAILED),
    "approval": (Outcome.REJECTED,),
}


@st.composite
def journals(draw: st.DrawFn) -> Journal:
    """Any history that people could have made: what is asked is answered somehow, or left."""
    pathway: Pathway = draw(st.sampled_from([make_pathway(), IN_ORDER, WITH_OPTION]))
    journal = make_journal(owner_id=draw(st.sampled_from([OWNER, None])), pathway=pathway)
    for _ in range(draw(st.integers(0, 12))):
        fresh = [
            make_step(s.key, round=s.round, id=known(f"{s.key} {s.round}"), due_at=s.due_at)
            for s in advance(journal, MONDAY).opens
        ]
        steps = [*journal.steps, *fresh]
        waiting = [number for number, step in enumerate(steps) if step.is_open]
        if not waiting:
            break
        chosen = draw(st.sampled_from(waiting))
        step = steps[chosen]
        outcome = draw(st.sampled_from(OUTCOMES.get(step.key, (Outcome.SUBMITTED, Outcome.NOT_NEEDED))))
        back = ("plans",) if outcome in (Outcome.FAILED, Outcome.REJECTED) else ()
        steps[chosen] = make_step(step.key, outcome, round=step.round, id=step.id, returned_keys=back)
        owner = None if outcome is Outcome.DECLINED else OWNER if outcome is Outcome.ASSIGNED else journal.owner_id
        journal = make_journal(*steps, owner_id=owner, pathway=pathway)
    return journal


@given(journals(), st.integers(0, 60))
def test_advance_says_the_same_every_time(journal: Journal, days: int) -> None:
    now = MONDAY + timedelta(days=days)
    assert advance(journal, now) == advance(journal, now)


@given(journals())
def test_advance_never_opens_what_is_open_or_was_open_in_that_round(journal: Journal) -> None:
    plan = advance(journal, MONDAY)
    there = {(step.key, step.round) for step in journal.steps}
    assert not there & set(keys_opened(plan))
    assert not {step.key for step in journal.open_steps} & {key for key, _ in keys_opened(plan)}
    assert len(keys_opened(plan)) == len(set(keys_opened(plan)))


@given(journals())
def test_an_open_action_always_waits_for_somebody(journal: Journal) -> None:
    plan = advance(journal, MONDAY)
    assert plan.finished or plan.opens or journal.open_steps
    assert plan.until is not None


@given(journals(), st.sampled_from(list(Risk)))
def test_time_alone_opens_no_step(journal: Journal, risk: Risk) -> None:
    now, later = advance(journal, MONDAY), advance(journal, MONDAY + timedelta(days=400))
    assert (keys_opened(now), now.status) == (keys_opened(later), later.status)
