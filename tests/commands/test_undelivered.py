"""Mail that was refused for good is somebody's task until the person was told."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.accept import accept
from commands.assign import give_step
from commands.people import Holds, add_person
from commands.undelivered import ask_about_dead_mail, correct_and_send, told_otherwise
from domain.actors import OPERATOR
from domain.errors import AlreadySettled, Invalid, NotAllowed
from domain.vocabulary import Risk, Role
from tests.cast import MONDAY, Cast, a_care_plan_action, by_link, open_step, signed_in


async def query(cast: Cast, words: str, **bound: Any) -> list[Any]:
    async with cast.office.engine.connect() as connection:
        return list((await connection.execute(text(words), bound)).all())


async def refuse(cast: Cast, kind: str) -> None:
    """The mail server says no, for good."""
    async with cast.office.engine.begin() as connection:
        dead = text("UPDATE message SET status = 'dead', last_error = '550 no such mailbox' WHERE kind = :kind")
        await connection.execute(dead, {"kind": kind})


async def refused(cast: Cast) -> tuple[UUID, UUID]:
    """An action whose owner's mail was refused, and somebody was asked: (step, task)."""
    made = await a_care_plan_action(cast)
    await refuse(cast, "assignment")
    for _ in range(3):
        await ask_about_dead_mail(cast.office, MONDAY)
    tasks = await query(cast, "SELECT * FROM undelivered")
    assert len(tasks) == 1
    return await open_step(cast, made.action_id, "accept"), tasks[0].id


async def task(cast: Cast, key: UUID) -> Any:
    return (await query(cast, "SELECT * FROM undelivered WHERE id = :id", id=key))[0]


async def test_the_registered_manager_is_asked_once_and_mailed(cast: Cast) -> None:
    _, key = await refused(cast)
    assert (await task(cast, key)).asked_id == cast.manager
    mails = await query(cast, "SELECT to_address, context FROM message WHERE kind = 'undelivered'")
    assert [mail.to_address for mail in mails] == ["mina@example.org"]
    assert "Oona Fabricott" in mails[0].context["body"][0]


async def test_a_mail_about_a_refused_mail_asks_nobody_again(cast: Cast) -> None:
    await refused(cast)
    await refuse(cast, "undelivered")
    assert await ask_about_dead_mail(cast.office, MONDAY) == 0


async def test_nobody_is_asked_about_their_own_refused_mail(cast: Cast) -> None:
    keys = (Holds(Role.ADMINISTRATOR, None),)
    admin = await add_person(cast.office, OPERATOR, "Ada Keyholder", "ada@example.org", keys, MONDAY)
    await a_care_plan_action(cast, owner_id=cast.manager)
    await refuse(cast, "assignment")
    await ask_about_dead_mail(cast.office, MONDAY)
    assert [row.asked_id for row in await query(cast, "SELECT asked_id FROM undelivered")] == [admin]


@pytest.mark.parametrize("whose", ["a quality lead", "somebody without a role"])
async def test_whoever_is_asked_may_correct_the_address(cast: Cast, whose: str) -> None:
    keys = (Holds(Role.ADMINISTRATOR, None),)
    admin = await add_person(cast.office, OPERATOR, "Ada Keyholder", "ada@example.org", keys, MONDAY)
    nobody = await add_person(cast.office, OPERATOR, "Rolf Unplaced", "rolf@example.org", (), MONDAY)
    await a_care_plan_action(cast, owner_id=cast.quality_lead if whose == "a quality lead" else nobody)
    await refuse(cast, "assignment")
    for _ in range(2):
        await ask_about_dead_mail(cast.office, MONDAY)
    [row] = await query(cast, "SELECT id, asked_id FROM undelivered")
    assert row.asked_id == admin  # the manager of the home does not look after them
    with pytest.raises(NotAllowed):
        await correct_and_send(cast.office, signed_in(cast.manager), row.id, "new@example.org", MONDAY)
    for _ in range(2):
        await correct_and_send(cast.office, signed_in(admin), row.id, "new@example.org", MONDAY)
    assert (await task(cast, row.id)).settled_by == admin


async def test_to_a_corrected_address_it_goes_within_the_hours_of_its_home(cast: Cast) -> None:
    async with cast.office.engine.begin() as connection:
        await connection.execute(text("UPDATE location SET opens = '07:00', closes = '21:00'"))
    _, key = await refused(cast)
    night = MONDAY + timedelta(hours=14)
    for _ in range(2):
        await correct_and_send(cast.office, signed_in(cast.manager), key, "oona.f@example.org", night)
    told = await query(cast, "SELECT * FROM message WHERE kind IN ('assignment', 'link renewed') ORDER BY kind")
    assert [mail.context.get("hours") for mail in told] == [["07:00", "21:00"]] * 2
    assert told[1].next_attempt_at == MONDAY + timedelta(hours=22)
    critical = await a_care_plan_action(cast, risk=Risk.CRITICAL, owner_id=cast.team_leader)
    [at_once] = await query(cast, "SELECT context FROM message WHERE action_id = :a", a=critical.action_id)
    assert "hours" not in at_once.context


async def test_a_corrected_address_gets_the_step_with_a_working_link(cast: Cast) -> None:
    step, key = await refused(cast)
    for _ in range(2):
        await correct_and_send(cast.office, signed_in(cast.manager), key, "oona.f@example.org", MONDAY)
    assert (await task(cast, key)).settled_by == cast.manager
    sent = await query(cast, "SELECT kind FROM message WHERE to_address = 'oona.f@example.org' AND status = 'queued'")
    assert "link renewed" in {mail.kind for mail in sent}
    await accept(cast.office, await by_link(cast, step), step, uuid4(), MONDAY)


async def test_the_same_address_is_tried_again_and_a_second_refusal_is_a_new_task(cast: Cast) -> None:
    _, key = await refused(cast)
    await correct_and_send(cast.office, signed_in(cast.manager), key, "oona@example.org", MONDAY)
    assert (await task(cast, key)).how == "sent again"
    again = await query(cast, "SELECT status, attempts FROM message WHERE kind = 'assignment'")
    assert [(mail.status, mail.attempts) for mail in again] == [("queued", 0)]
    await refuse(cast, "assignment")
    assert await ask_about_dead_mail(cast.office, MONDAY + timedelta(hours=1)) == 1


async def test_a_step_given_to_somebody_else_needs_nothing_more(cast: Cast) -> None:
    step, key = await refused(cast)
    await give_step(cast.office, signed_in(cast.manager), step, cast.team_leader, "No address", MONDAY)
    await ask_about_dead_mail(cast.office, MONDAY)
    assert (await task(cast, key)).how == "not needed any more"
    said = await query(cast, "SELECT 1 FROM trail_entry WHERE what = 'undelivered mail settled'")
    assert len(said) == 1


async def test_telling_somebody_in_another_way_says_how(cast: Cast) -> None:
    _, key = await refused(cast)
    manager = signed_in(cast.manager)
    with pytest.raises(Invalid):
        await told_otherwise(cast.office, manager, key, " ", MONDAY)
    await told_otherwise(cast.office, manager, key, "On the phone at ten.", MONDAY)
    assert (await task(cast, key)).note == "On the phone at ten."
    with pytest.raises(AlreadySettled):
        await told_otherwise(cast.office, manager, key, "Once more at eleven.", MONDAY)


@pytest.mark.parametrize("who", ["deputy", "outsider", "team_leader", "owner"])
async def test_nobody_else_sees_to_it_and_no_address_is_taken_over(cast: Cast, who: str) -> None:
    _, key = await refused(cast)
    person = signed_in(getattr(cast, who))
    with pytest.raises(NotAllowed):
        await correct_and_send(cast.office, person, key, "mine@example.org", MONDAY)
    assert (await task(cast, key)).settled_at is None
