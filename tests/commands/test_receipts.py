"""Whoever answers by link has a copy of it by mail: once, after the mail that asks for the next step, even if late."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from commands.accept import decline
from commands.repeats import decide_on_repeat
from commands.submit import say_why, submit
from commands.support import need_support
from db.outbox import URGENT, WHENEVER
from tests.cast import (
    BRIEFING,
    MONDAY,
    Cast,
    a_care_plan_action,
    accept_it,
    approve_it,
    by_link,
    evidence_answer,
    open_step,
    sample,
    send_evidence,
    signed_in,
)


async def mails(cast: Cast, kind: str = "receipt") -> list[Any]:
    query = text(
        "SELECT to_address, context, context::text AS words, priority, next_attempt_at, link_id FROM message"
        " WHERE kind = :kind ORDER BY created_at, id"
    )
    async with cast.office.engine.connect() as connection:
        return list((await connection.execute(query, {"kind": kind})).all())


async def taken_on(cast: Cast, **changes: Any) -> UUID:
    action_id = (await a_care_plan_action(cast, **changes)).action_id
    await accept_it(cast, action_id, MONDAY)
    return action_id


async def test_evidence_by_link_is_acknowledged_with_reference_what_was_sent_and_what_comes_next(cast: Cast) -> None:
    action_id = await taken_on(cast)
    sent = await send_evidence(cast, action_id, "care-plans", MONDAY)
    (mail,) = await mails(cast)
    assert mail.to_address == "oona@example.org"
    assert mail.context["body"] == [f"Your reference is {sent.reference}."]
    assert "care plan update, CQC category: processes" in mail.context["counts"]
    assert mail.context["more"][0][1].startswith("The other evidence is still to come.")
    assert mail.context["questions"] == "Mina Pretendall, registered manager, mina@example.org."
    assert "All twelve plans" not in mail.words


async def test_the_last_evidence_names_who_checks_it_and_the_receipt_comes_after_that_mail(cast: Cast) -> None:
    action_id = await taken_on(cast)
    await send_evidence(cast, action_id, "care-plans", MONDAY)
    await send_evidence(cast, action_id, "briefing", MONDAY)
    _, mail = await mails(cast)
    (asked,) = [one for one in await mails(cast, "account step") if one.to_address == "dara@example.org"]
    assert mail.to_address == "tam@example.org"
    assert "Dara Mockley: " in mail.context["more"][0][1]
    assert (mail.priority, asked.priority) == (WHENEVER, URGENT)
    assert mail.next_attempt_at > asked.next_attempt_at
    assert mail.link_id is None
    assert "button" not in mail.context


async def test_a_form_sent_twice_is_acknowledged_once(cast: Cast) -> None:
    action_id, request = await taken_on(cast), uuid4()
    step_id = await open_step(cast, action_id, "care-plans")
    actor = await by_link(cast, step_id)
    for _ in range(2):
        await submit(cast.office, actor, step_id, request, evidence_answer(), MONDAY)
    assert len(await mails(cast)) == 1


async def test_what_came_too_late_is_acknowledged_as_late(cast: Cast) -> None:
    action_id = await taken_on(cast)
    step_id = await open_step(cast, action_id, "briefing")
    actor = await by_link(cast, step_id)
    answer = evidence_answer("feedback from staff and leaders", "briefing attendance", **BRIEFING)
    await submit(cast.office, actor, step_id, uuid4(), answer, MONDAY)
    late = await submit(cast.office, actor, step_id, uuid4(), answer, MONDAY)
    assert not late.counted
    first, second = await mails(cast)
    assert "late" not in first.context["subject"]
    assert "received late" in second.context["subject"]
    assert "kept as late and changed nothing" in second.context["more"][0][1]


async def test_a_yes_is_followed_by_the_mail_with_what_to_do_and_by_no_receipt(cast: Cast) -> None:
    await taken_on(cast)
    assert "oona@example.org" in [mail.to_address for mail in await mails(cast, "evidence asked")]
    assert await mails(cast) == []


async def test_a_no_and_a_cry_for_help_are_acknowledged_since_no_other_mail_follows(cast: Cast) -> None:
    for says_no in (True, False):
        made = await a_care_plan_action(cast)
        step_id = await open_step(cast, made.action_id, "accept")
        actor = await by_link(cast, step_id)
        if says_no:
            await decline(cast.office, actor, step_id, uuid4(), "I am on nights", None, MONDAY)
        else:
            await need_support(cast.office, actor, step_id, uuid4(), "Nobody weighs at the weekend.", MONDAY)
    no, barrier = await mails(cast)
    assert "your no, with the reason you gave" in no.context["counts"]
    assert "Mina Pretendall: Choose an owner" in no.context["more"][0][1]
    assert "your yes, with what is in the way" in barrier.context["counts"]
    assert "Nobody weighs" not in barrier.words


async def test_why_it_did_not_hold_is_acknowledged_beside_the_mail_that_asks_for_evidence(cast: Cast) -> None:
    action_id = await taken_on(cast)
    await send_evidence(cast, action_id, "care-plans", MONDAY)
    await send_evidence(cast, action_id, "briefing", MONDAY)
    await sample(cast, action_id, True, MONDAY)
    await approve_it(cast, action_id, MONDAY)
    later = MONDAY + timedelta(days=30)
    await reopened(cast, later)
    step_id, request = await open_step(cast, action_id, "why-reopened"), uuid4()
    actor, before = await by_link(cast, step_id), len(await mails(cast))
    for _ in range(2):
        await say_why(cast.office, actor, step_id, request, "New staff were not told of the weights.", later)
    mail = (await mails(cast))[before:]
    assert [one.to_address for one in mail] == ["oona@example.org"]
    assert "why the improvement did not hold, in your words" in mail[0].context["counts"]


async def test_who_is_signed_in_reads_it_on_the_page(cast: Cast) -> None:
    action_id = await taken_on(cast)
    step_id = await open_step(cast, action_id, "care-plans")
    await submit(cast.office, signed_in(cast.owner), step_id, uuid4(), evidence_answer(), MONDAY)
    assert await mails(cast) == []


async def reopened(cast: Cast, now: datetime) -> None:
    """The same theme is found again, and the manager says that it did not hold."""
    await a_care_plan_action(cast, now=now, due_at=now + timedelta(days=14))
    async with cast.office.engine.connect() as connection:
        repeat_id = (await connection.execute(text("SELECT id FROM repeat_finding"))).scalar_one()
    await decide_on_repeat(cast.office, signed_in(cast.manager), repeat_id, True, "The same charts are empty.", now)
