"""From a finding to a closure that someone else checked, through pages and mail alone; and the same without Prefect."""

import os
import re
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from commands.office import Office
from db.trail import Fault, verify
from tests.acceptance.stack import Person, Stack, hidden
from tests.cast import Cast

TODAY = datetime.now(UTC)
DAY = {"day": str(TODAY.day), "month": str(TODAY.month), "year": str(TODAY.year)}


def dated(field: str, day: datetime = TODAY) -> dict[str, str]:
    parts = {"day": day.day, "month": day.month, "year": day.year}
    return {f"{field}-{part}": str(value) for part, value in parts.items()}


def evidence(category: str, kind: str, **more: str) -> dict[str, str]:
    words = {
        "do": "send",
        "statement": "All twelve plans have a weekly weight now.",
        "kind": kind,
        "category": category,
    }
    return words | dated("effective_on") | more


BRIEFING = {
    "briefing.who": "Tam Inventby\nDee Nightly\nFay Daily",
    "briefing.attended": "3",
    "briefing.expected": "4",
    "briefing.questions": "Where to write a refusal",
    "briefing.further_guidance": "nobody",
}


def define_by_page(quill: Person, cast: Cast, title: str, **changes: str) -> str:
    """The quality lead defines an action; its reference."""
    fields = {
        "do": "define",
        "title": title,
        "what_will_change": "The care coordinator weighs each person at risk weekly and writes it in the plan.",
        "summary": "7 of 12 people at risk had no weight recorded in the last 30 days.",
        "pathway": "care-plan-audit",
        "location_id": str(cast.location),
        "source": "audit",
        "theme": "nutrition",
        "measure_what": "plans with a weight from the last 7 days",
        "measure_baseline": "42 %",
        "measure_target": "92 %",
        "risk": "medium",
        "closure_criteria": "Plans updated, staff briefed, 9 of 10 sampled records match.",
        "owner_id": str(cast.owner),
    }
    page = quill.send("/define", fields | dated("due_at", TODAY + timedelta(days=21)) | changes)
    assert page.status_code == 200, page.text
    found = re.search(r"FT-\d{4}-\d{4}", str(page.url))
    assert found, page.text[:2000]
    return found[0]


def accept(stack: Stack, ref: str) -> None:
    owner = Person(stack)
    page = owner.open(stack.mail_to("oona@example.org", ref))
    done = owner.send(f"{page.url.path}/accept", {})
    assert "The action is yours" in done.text


def send_both(stack: Stack, ref: str, words: str) -> None:
    """Care coordinator and team leader each send their evidence by the link in their mail."""
    owner, leader = Person(stack), Person(stack)
    page = owner.open(stack.mail_to("oona@example.org", words))
    files = {"files": ("plans.txt", b"Plan 1: 52 kg on Monday", "text/plain")}
    done = owner.browser.post(
        f"{page.url.path}/evidence",
        data={"request_id": os.urandom(16).hex()} | evidence("processes", "care plan update"),
        files=files,
    )
    assert "Your evidence is in" in done.text, done.text
    page = leader.open(stack.mail_to("tam@example.org", words))
    answer = evidence("feedback from staff and leaders", "briefing attendance", **BRIEFING)
    done = leader.send(f"{page.url.path}/evidence", answer)
    assert "Your evidence is in" in done.text, done.text


def step_of(person: Person, ref: str, page: str) -> str:
    """The step that waits for somebody on an action's page."""
    found = re.search(rf"/steps/[0-9a-f-]+/{page}", person.browser.get(f"/actions/{ref}").text)
    assert found, f"nothing to {page} on {ref}"
    return found[0]


def sample(dara: Person, ref: str, result: str) -> None:
    path = step_of(dara, ref, "sample")
    drawn = dara.send(path, {"do": "draw", "population": "daily records since the briefing", "population_size": "60"})
    positions = sorted(set(map(int, re.findall(r'name="note-(\d+)"', drawn.text))))
    assert len(positions) == 12
    fields: dict[str, str] = {"do": "decide", "reasons": "Weights are still missing on the night shift."}
    for place in positions:
        fields |= {f"result-{place}": result, f"note-{place}": "No weight" if result == "fail" else ""}
    assert dara.send(path, fields).status_code == 200


def approve(mina: Person, ref: str) -> None:
    path = step_of(mina, ref, "approval")
    page = mina.browser.get(path)
    fields = {"do": "approve", "rationale": "Plans, briefing and sample all show it.", "outcome_value": "92 %"}
    closed = mina.send(path, fields | dated("outcome_on") | hidden(page))
    assert "Why is this closed?" in closed.text, closed.text


def facts(stack: Stack, ref: str) -> dict[str, Any]:
    statement = text(
        "SELECT a.status, (SELECT count(*) FROM closure c WHERE c.action_id = a.id) AS closures,"
        " (SELECT count(*) FROM step s WHERE s.action_id = a.id AND s.status = 'open') AS open_steps,"
        " (SELECT array_agg(s.key || ' ' || s.round || ' ' || s.outcome ORDER BY s.settled_at, s.key)"
        "  FROM step s WHERE s.action_id = a.id AND s.status = 'settled') AS settled,"
        " (SELECT count(*) FROM trail_entry t WHERE t.action_id = a.id) AS entries FROM action a WHERE a.ref = :ref"
    )

    async def work(office: Office) -> dict[str, Any]:
        async with office.engine.connect() as connection:
            return dict((await connection.execute(statement, {"ref": ref})).one()._mapping)

    return stack.in_office(work)


def chain(stack: Stack) -> Fault | None:
    async def work(office: Office) -> Fault | None:
        async with office.engine.connect() as connection:
            return (await verify(connection))[1]

    return stack.in_office(work)


WHOLE_STORY = [
    "accept 1 accepted",
    "care-plans 1 submitted",
    "briefing 1 submitted",
    "sample 1 failed",
    "care-plans 2 submitted",
    "briefing 2 submitted",
    "sample 2 passed",
    "approval 2 approved",
]


def test_a_care_plan_action_goes_from_finding_to_closure(
    stack: Stack, cast: Cast, signed_in: dict[str, Person]
) -> None:
    ref = define_by_page(signed_in["quill"], cast, "Weekly weights for everyone at risk")
    stack.run_shows(ref, "Awaiting acceptance")
    accept(stack, ref)
    stack.run_shows(ref, "Awaiting evidence")
    send_both(stack, ref, ref)
    stack.run_shows(ref, "Awaiting sample audit")
    sample(signed_in["dara"], ref, "fail")
    stack.run_shows(ref, "Awaiting evidence again")
    send_both(stack, ref, f"{ref}: returned")
    sample(signed_in["dara"], ref, "pass")
    stack.run_shows(ref, "Awaiting approval")
    approve(signed_in["mina"], ref)
    stack.run_shows(ref, "Completed")
    found = facts(stack, ref)
    assert found["settled"] == WHOLE_STORY
    assert (found["status"], found["closures"], found["open_steps"]) == ("closed – monitoring", 1, 0)
    assert found["entries"] >= 25
    assert chain(stack) is None
    for address in ("oona", "tam", "dara", "mina"):
        stack.mail_to(f"{address}@example.org", f"{ref}: closed")


def test_people_notice_nothing_while_prefect_is_away(stack: Stack, cast: Cast, signed_in: dict[str, Person]) -> None:
    prefect = stack.pid_of("prefect")
    ref = define_by_page(signed_in["quill"], cast, "Hoist slings checked before use")
    stack.run_shows(ref, "Awaiting acceptance")
    os.kill(prefect, signal.SIGSTOP)
    try:
        accept(stack, ref)
        send_both(stack, ref, ref)
        sample(signed_in["dara"], ref, "fail")
        send_both(stack, ref, f"{ref}: returned")
        sample(signed_in["dara"], ref, "pass")
        approve(signed_in["mina"], ref)
        for address in ("oona", "tam", "dara", "mina"):
            stack.mail_to(f"{address}@example.org", f"{ref}: closed")
        found = facts(stack, ref)
    finally:
        os.kill(prefect, signal.SIGCONT)
    assert found["settled"] == WHOLE_STORY
    assert (found["status"], found["closures"], found["open_steps"]) == ("closed – monitoring", 1, 0)
    stack.run_shows(ref, "Completed", within=90)
    assert chain(stack) is None


@pytest.mark.parametrize("token", ["nonsense", "A" * 43])
def test_a_wrong_link_gets_a_kind_page(stack: Stack, token: str) -> None:
    answer = Person(stack).browser.get(f"/do/{token}")
    assert answer.status_code == 404
    assert "This link no longer works" in answer.text
