"""Three stories from care homes, each role by its own person, with real processes, mail and Prefect.

Tasks that were done are not enough: practice, lateness and people's own experience decide.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.vocabulary import Role
from tests.acceptance.stack import Person, Stack, wait_for
from tests.acceptance.story import (
    RISKS,
    answer_with_a_date,
    by_mail,
    decide,
    join,
    publish_in_seconds,
    rows,
    send,
    step_path,
    take_on,
)
from tests.acceptance.test_care_plan import BRIEFING, approve, chain, define_by_page, evidence, facts, sample
from tests.cast import Cast

PLANS = evidence("processes", "care plan update")
BRIEFED = evidence("feedback from staff and leaders", "briefing attendance", **BRIEFING)


@pytest.fixture(scope="module")
def sage(stack: Stack, cast: Cast) -> Person:
    return join(stack, cast, "Sage Guardwell", Role.SAFEGUARDING_LEAD)


@pytest.fixture(scope="module")
def enid(stack: Stack, cast: Cast) -> Person:
    return join(stack, cast, "Enid Listenham", Role.ENGAGEMENT_LEAD)


@pytest.fixture(scope="module")
def kit(stack: Stack, cast: Cast) -> Person:
    return join(stack, cast, "Kit Keyson", Role.KEY_WORKER)


def happened(stack: Stack, ref: str) -> list[str]:
    """What the trail says of an action, in order."""
    found = rows(
        stack,
        "SELECT t.what FROM trail_entry t JOIN action a ON a.id = t.action_id WHERE a.ref = :ref ORDER BY t.seq",
        ref=ref,
    )
    return [row.what for row in found]


def re_audit_shows(stack: Stack, ref: str, state: str) -> None:
    """Wait until the run of the first re-audit shows this state."""
    seen: list[str] = []

    def shown() -> bool:
        runs = [run for run in stack.runs() if run["name"].startswith(f"{ref} re-audit")]
        seen[:] = [run["state_name"] for run in sorted(runs, key=lambda run: run["created"])]
        return seen[:1] == [state]

    try:
        wait_for(shown, f"the re-audit of {ref} to show {state!r}", 30)
    except AssertionError as waited:
        raise AssertionError(f"{waited} It shows {seen}.") from None


def plans_are_changed_and_close(stack: Stack, signed_in: dict[str, Person], ref: str) -> None:
    """Plans and briefing are sent, the deputy samples, the manager approves."""
    send(stack, "oona", ref, "care-plans", PLANS)
    send(stack, "tam", ref, "briefing", BRIEFED)
    sampled_and_approved(stack, signed_in, ref)


def sampled_and_approved(stack: Stack, signed_in: dict[str, Person], ref: str) -> None:
    step_path(stack, ref, "sample")
    sample(signed_in["dara"], ref, "pass")
    step_path(stack, ref, "approval")
    approve(signed_in["mina"], ref)


def the_re_audit_finds_it_did_not_hold(stack: Stack, quill: Person, ref: str) -> None:
    """Its day comes: the quality lead looks at fresh records, and practice has not changed."""
    step_path(stack, ref, "re-audit")
    re_audit_shows(stack, ref, "Awaiting re-audit")
    stack.mail_to("quill@example.org", ref)
    sample(quill, ref, "fail")
    stack.run_shows(ref, "Awaiting why it did not hold")
    re_audit_shows(stack, ref, "Did not hold")
    assert "practice had not stayed changed" in stack.mail_to("mina@example.org", f"{ref}: open again").text


def the_owner_says_why(stack: Stack, ref: str) -> None:
    """The next cycle starts with why, and an empty answer is none."""
    oona, path = by_mail(stack, "oona", ref, "why-reopened")
    for page in (path, f"{path}/evidence"):
        assert "Weights are still missing on the night shift." in oona.browser.get(page).text
    assert oona.send(f"{path}/evidence", {"why": ""}).status_code == 422
    oona.send(f"{path}/evidence", {"why": "New staff were never shown where fluids are written down."})


def test_a_care_plan_action_reopens_because_practice_had_not_changed(
    stack: Stack, cast: Cast, signed_in: dict[str, Person]
) -> None:
    later = {"who": "quality lead", "due": "5 working days", "after": {risk: ["15 seconds"] for risk in RISKS}}
    publish_in_seconds(stack, "care-plan-audit", "care-plan-in-seconds", re_audits=later)
    about = {"pathway": "care-plan-in-seconds", "theme": "fluids"}
    ref = define_by_page(signed_in["quill"], cast, "Fluids written down at each round", **about)
    take_on(stack, "oona", ref)
    plans_are_changed_and_close(stack, signed_in, ref)
    re_audit_shows(stack, ref, "Upcoming re-audit")
    the_re_audit_finds_it_did_not_hold(stack, signed_in["quill"], ref)

    # Only fresh evidence and a fresh sample close the second cycle.
    the_owner_says_why(stack, ref)
    plans_are_changed_and_close(stack, signed_in, ref)

    [row] = rows(stack, "SELECT status, cycle, due_at, original_due_at FROM action WHERE ref = :ref", ref=ref)
    assert (row.status, row.cycle) == ("closed – monitoring", 2)
    assert row.original_due_at is not None
    assert row.original_due_at != row.due_at
    assert facts(stack, ref)["closures"] == 2
    told = happened(stack, ref)
    assert told.index("closed") < told.index("reopened") < len(told) - 1 - told[::-1].index("closed")
    assert chain(stack) is None


def publish_learning_in_seconds(stack: Stack) -> str:
    """Safeguarding learning whose delivery is late after two seconds; the manager must answer two seconds later."""
    ladder = [
        {"after": "2 seconds", "tell": ["owner", "deputy manager"]},
        {"after": "4 seconds", "answer": "registered manager"},
        {"after": "1 hour", "answer": "quality lead"},
    ]
    learning = {"key": "learning", "title": "Put the learning into practice", "who": "owner", "category": "processes"}
    delivery = {
        "key": "delivery",
        "title": "Confirm that staff have the learning",
        "form": "briefing",
        "who": "team leader",
        "category": "feedback from staff and leaders",
        "due": "2 seconds",
    }
    changes: dict[str, Any] = {"evidence": [learning, delivery], "ladders": dict.fromkeys(RISKS, ladder)}
    publish_in_seconds(stack, "safeguarding-learning", "safeguarding-in-seconds", **changes)
    return "safeguarding-in-seconds"


def the_manager_answers(stack: Stack, mina: Person, ref: str, revised: datetime) -> None:
    """Silence: the people concerned are told, then the registered manager has to answer, with all three facts."""
    stack.mail_to("dara@example.org", f"{ref}: late", 40)
    page = mina.open(stack.mail_to("mina@example.org", f"{ref}: escalated to you", 40))
    answer_with_a_date(mina, page, revised)


def learning_is_shown_and_closes(stack: Stack, signed_in: dict[str, Person], ref: str) -> None:
    stack.run_shows(ref, "Awaiting evidence")
    send(stack, "oona", ref, "learning", evidence("processes", "handover note"))
    send(stack, "tam", ref, "delivery", BRIEFED)
    sampled_and_approved(stack, signed_in, ref)
    stack.run_shows(ref, "Completed")


def answers_on_record(stack: Stack, refs: list[str]) -> list[Any]:
    return rows(
        stack,
        "SELECT e.rung, e.risk_now, e.interim_control, e.revised_due_at, e.fired_at >= e.expected_at AS in_time,"
        " s.original_due_at < e.revised_due_at AS later, s.due_at = e.revised_due_at AS moved, p.email"
        " FROM escalation e JOIN action a ON a.id = e.action_id JOIN step s ON s.id = e.step_id"
        " JOIN person p ON p.id = e.answered_by WHERE a.ref = ANY(:refs) AND e.must_answer",
        refs=refs,
    )


def attended(stack: Stack, refs: list[str]) -> list[int]:
    """How many attended each briefing."""
    found = rows(
        stack,
        "SELECT u.answer->'briefing' AS briefing FROM submission u JOIN step s ON s.id = u.step_id"
        " JOIN action a ON a.id = s.action_id WHERE a.ref = ANY(:refs) AND s.key = 'delivery'",
        refs=refs,
    )
    return [row.briefing["attended"] for row in found]


def test_two_late_safeguarding_actions_are_escalated_and_closed_with_attendance(
    stack: Stack, cast: Cast, signed_in: dict[str, Person], sage: Person
) -> None:
    more = {"pathway": publish_learning_in_seconds(stack), "source": "safeguarding", "risk": "high"}
    titles = {"Body maps filled in the same day": "body maps", "Low-level concerns passed on each shift": "concerns"}
    refs = [define_by_page(sage, cast, title, theme=theme, **more) for title, theme in titles.items()]
    for ref in refs:
        take_on(stack, "oona", ref)
    revised = datetime.now(UTC) + timedelta(days=4)
    for ref in refs:
        the_manager_answers(stack, signed_in["mina"], ref, revised)
    for ref in refs:
        learning_is_shown_and_closes(stack, signed_in, ref)

    found = answers_on_record(stack, refs)
    assert [(row.rung, row.email, row.in_time, row.later, row.moved) for row in found] == [
        (2, "mina@example.org", True, True, True)
    ] * 2
    assert all(row.risk_now and row.interim_control and row.revised_due_at.date() == revised.date() for row in found)
    assert attended(stack, refs) == [3, 3]
    for ref in refs:
        told = happened(stack, ref)
        assert told.count("escalated") == 2
        assert told.index("escalated") < told.index("escalation answered") < told.index("closed")
    assert chain(stack) is None


def views(improved: int, no_change: int) -> dict[str, str]:
    """Four people and eight relatives were asked; the people noticed what the relatives did not, or both did."""
    people = {"asked": 4, "improved": 4, "no_change": 0, "worse": 0}
    relatives = {"asked": 8, "improved": improved - 4, "no_change": no_change, "worse": 0}
    counts = {f"views.people.{k}": str(v) for k, v in people.items()}
    counts |= {f"views.relatives.{k}": str(v) for k, v in relatives.items()}
    said = {"views.said": "Some still ring twice to hear how the day was."}
    return evidence("people's experience", "feedback from a relative", **counts, **said)


def the_manager_chooses(stack: Stack, mina: Person, ref: str, email: str) -> None:
    stack.run_shows(ref, "Awaiting an owner")
    [owner] = rows(stack, "SELECT id FROM person WHERE email = :email", email=email)
    assert mina.send(f"{step_path(stack, ref, 'owner')}/owner", {"owner": str(owner.id)}).status_code == 200


def reminding_staff_closes_nothing(stack: Stack, quill: Person, ref: str) -> None:
    """The gate refuses, since relatives saw no change; the views go back, and the action stays open."""
    path = step_path(stack, ref, "approval")
    kept_open = decide(quill, path, {"do": "approve", "rationale": "Staff were all reminded.", "outcome_value": "33 %"})
    assert "80 %" in kept_open.text
    assert facts(stack, ref)["status"] == "awaiting approval"
    why = "Eight of twelve saw no change. Call each family on Fridays, then ask them again."
    back = {"do": "return", "returned": ["views"], "why-views": why, "reasons": why}
    assert decide(quill, path, back).status_code == 200
    stack.run_shows(ref, "Awaiting evidence again")
    assert "Eight of twelve" in stack.mail_to("kit@example.org", f"{ref}: returned").text


def their_views_close_it(stack: Stack, quill: Person, ref: str) -> None:
    path = step_path(stack, ref, "approval")
    good = {"do": "approve", "rationale": "Ten of twelve now hear from us first.", "outcome_value": "83 %"}
    assert "Why is this closed?" in decide(quill, path, good).text
    stack.run_shows(ref, "Completed")


def test_a_feedback_action_stays_open_until_relatives_notice_a_change(
    stack: Stack, cast: Cast, signed_in: dict[str, Person], enid: Person, kit: Person
) -> None:
    about = {"pathway": "feedback-experience", "source": "feedback", "theme": "communication", "owner_id": ""}
    about |= {"measure_what": "relatives who feel well informed", "measure_baseline": "40 %", "measure_target": "80 %"}
    ref = define_by_page(enid, cast, "Relatives hear from us before they have to ask", **about)
    the_manager_chooses(stack, signed_in["mina"], ref, "kit@example.org")
    take_on(stack, "kit", ref)
    send(stack, "tam", ref, "expectation", BRIEFED)
    send(stack, "kit", ref, "views", views(improved=4, no_change=8))
    reminding_staff_closes_nothing(stack, signed_in["quill"], ref)

    # Asked again after the change, they notice it.
    send(stack, "kit", ref, "views", views(improved=10, no_change=2))
    their_views_close_it(stack, signed_in["quill"], ref)

    [closure] = rows(
        stack,
        "SELECT c.outcome, p.email FROM closure c JOIN action a ON a.id = c.action_id"
        " JOIN person p ON p.id = c.approver_id WHERE a.ref = :ref",
        ref=ref,
    )
    assert (closure.email, closure.outcome["reached"]) == ("quill@example.org", "reached")
    settled = facts(stack, ref)["settled"]
    assert [s for s in settled if s.startswith(("views", "approval"))] == [
        "views 1 submitted",
        "approval 1 rejected",
        "views 2 submitted",
        "approval 2 approved",
    ]
    assert chain(stack) is None
