"""The escalation ladder: each rung once, in order, and never before anybody was asked."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.journal import Escalation, Journal, Step
from domain.ladder import next_rung_at, rung_times, rungs_due, unanswered
from domain.vocabulary import Outcome, Risk
from tests.domain.making import CALENDAR, DUE, MONDAY, accepted, fired, make_journal, make_pathway, make_step

DAYS = [datetime(2026, 11, day, 9, tzinfo=UTC) for day in (17, 19, 30)]
"""One, three and ten working days after Monday 16 November."""


def late(*escalations: Escalation, step: Step | None = None, risk: Risk = Risk.MEDIUM) -> Journal:
    return make_journal(accepted(), step or make_step("plans"), escalations=escalations, risk=risk)


def numbers(journal: Journal, now: datetime) -> list[int]:
    return [rung.rung for rung in rungs_due(journal, now)]


def test_nothing_escalates_before_its_time() -> None:
    assert numbers(late(), DUE) == []
    assert numbers(late(), DAYS[0] - timedelta(seconds=1)) == []
    assert next_rung_at(late(), DUE) == DAYS[0]


def test_rungs_come_one_after_another() -> None:
    step = make_step("plans")
    assert rung_times(step, make_pathway().ladders[Risk.MEDIUM], CALENDAR) == tuple(DAYS)
    assert [numbers(late(), day) for day in DAYS] == [[1], [1, 2], [1, 2, 3]]


def test_a_rung_that_fired_never_fires_again() -> None:
    step = make_step("plans")
    assert numbers(late(fired(step, 1)), DAYS[1]) == [2]
    assert numbers(late(fired(step, 1), fired(step, 2), fired(step, 3)), DAYS[2] + timedelta(days=99)) == []
    assert next_rung_at(late(fired(step, 1), fired(step, 2), fired(step, 3)), DAYS[2]) is None


def test_a_higher_rung_that_fired_takes_the_lower_ones_along() -> None:
    assert numbers(late(fired(make_step("plans"), 2)), DAYS[1]) == []


def test_a_revised_date_moves_only_the_rungs_that_have_not_fired() -> None:
    revised = make_step("plans", due_at=DUE + timedelta(days=14))
    journal = late(fired(revised, 1), step=revised)
    assert numbers(journal, DAYS[2]) == []
    assert next_rung_at(journal, DAYS[0]) == DAYS[1] + timedelta(days=14)


def test_lateness_never_counts_from_before_the_opening() -> None:
    opened_late = make_step("plans", opened_at=DUE + timedelta(days=14))
    assert numbers(late(step=opened_late), DAYS[0] + timedelta(days=13)) == []
    assert numbers(late(step=opened_late), DAYS[0] + timedelta(days=14)) == [1]


def test_an_answered_step_climbs_no_further() -> None:
    assert numbers(late(step=make_step("plans", Outcome.SUBMITTED)), DAYS[2]) == []


def test_higher_risk_climbs_sooner() -> None:
    assert next_rung_at(late(risk=Risk.CRITICAL), DUE) == DUE + timedelta(hours=4)


def test_two_late_steps_climb_side_by_side() -> None:
    journal = make_journal(accepted(), make_step("plans"), make_step("briefing", due_at=DUE + timedelta(days=1)))
    assert [(rung.rung, rung.due_at) for rung in rungs_due(journal, DAYS[1])] == [
        (1, DAYS[0]),
        (1, DAYS[0] + timedelta(days=1)),
        (2, DAYS[1]),
    ]


def test_only_rungs_that_ask_wait_for_an_answer() -> None:
    step = make_step("plans")
    asked, told = fired(step, 2, must_answer=True), fired(step, 1)
    assert unanswered(late(told, asked)) == (asked,)
    assert unanswered(late(told, fired(step, 2, must_answer=True, answered_at=MONDAY))) == ()


moments = st.datetimes(datetime(2026, 10, 1), datetime(2027, 3, 1), timezones=st.just(UTC))


@given(moments, moments, st.sampled_from(list(Risk)))
def test_a_ladder_only_ever_goes_up(opened: datetime, due: datetime, risk: Risk) -> None:
    times = rung_times(make_step("plans", opened_at=opened, due_at=due), make_pathway().ladders[risk], CALENDAR)
    assert list(times) == sorted(set(times))
    assert times[0] > max(opened, due)


@given(moments, moments, moments, st.sampled_from(list(Risk)))
def test_what_is_due_stays_due_until_it_fires(due: datetime, one: datetime, other: datetime, risk: Risk) -> None:
    journal = late(step=make_step("plans", due_at=due), risk=risk)
    sooner, later = sorted((one, other))
    assert set(numbers(journal, sooner)) <= set(numbers(journal, later))


@given(moments, st.lists(moments, max_size=8), st.sampled_from(list(Risk)))
def test_however_often_somebody_looks_each_rung_fires_once(due: datetime, looks: list[datetime], risk: Risk) -> None:
    step, seen = make_step("plans", due_at=due), list[int]()
    for now in sorted(looks):
        journal = late(*(fired(step, rung) for rung in seen), step=step, risk=risk)
        seen += numbers(journal, now)
    assert seen == list(range(1, len(seen) + 1))
