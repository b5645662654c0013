"""What managers are asked besides steps goes to the cover of one who is away, who answers for them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from commands.absences import Away, record_absence
from commands.handing_over import hand_to_cover
from commands.leaving import leave
from commands.passing_on import pass_on_what_waits
from commands.people import Holds, add_person
from commands.repeats import decide_on_repeat
from commands.small_home import decide, record_small_home
from commands.undelivered import ask_about_dead_mail, correct_and_send, told_otherwise
from db.boards import my_work
from domain.actors import OPERATOR
from domain.errors import NotAllowed
from domain.vocabulary import Role
from tests.cast import MONDAY, Cast, a_care_plan_action, signed_in
from tests.commands.test_re_audits import CLOSED, a_closed_action
from tests.commands.test_undelivered import refuse
from tests.commands.watching import mailed, rows, told

NOW = CLOSED + timedelta(days=30)
TABLE = {
    "repeat finding": ("repeat_finding", "decided", "found again"),
    "undelivered": ("undelivered", "settled", "undelivered"),
    "small home": ("small_home", "decided", "small home asked"),
}
KINDS = sorted(TABLE)


def asked_first(cast: Cast, kind: str) -> UUID:
    return cast.nominated if kind == "small home" else cast.manager


async def waits(cast: Cast, kind: str) -> UUID:
    """A question of this kind that waits for a manager, or for whoever covers for them by then."""
    if kind == "repeat finding":
        await a_closed_action(cast)
        await a_care_plan_action(cast, NOW, due_at=NOW + timedelta(days=14))
    elif kind == "undelivered":
        await a_care_plan_action(cast, NOW, due_at=NOW + timedelta(days=14))
        await refuse(cast, "assignment")
        await ask_about_dead_mail(cast.office, NOW)
    else:
        until, manager = NOW.date() + timedelta(days=90), signed_in(cast.manager)
        await record_small_home(cast.office, manager, cast.location, uuid4(), "Two of us work here.", until, NOW)
    return (await stands(cast, kind)).id


async def stands(cast: Cast, kind: str) -> Any:
    table, answered, _ = TABLE[kind]
    columns = f"id, asked_id AS asked, asked_for_id AS for_id, {answered}_by AS by, {answered}_for_id AS by_for"
    [row] = await rows(cast, f"SELECT {columns} FROM {table}")
    return row


async def answers(cast: Cast, kind: str, key: UUID, person: UUID) -> None:
    office, actor = cast.office, signed_in(person)
    if kind == "repeat finding":
        await decide_on_repeat(office, actor, key, False, "Another unit, another cause.", NOW)
    elif kind == "undelivered":
        await told_otherwise(office, actor, key, "By telephone this morning.", NOW)
    else:
        await decide(office, actor, key, True, "", NOW)


async def away(cast: Cast, person: UUID, cover: UUID, now: datetime = NOW, in_days: int = 0) -> UUID:
    first = now.date() + timedelta(days=in_days)
    days = Away(first, first + timedelta(days=7), cover)
    return await record_absence(cast.office, signed_in(person), person, days, uuid4(), now)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_waits_goes_to_the_cover_who_finds_it_and_answers_for_them(cast: Cast, kind: str) -> None:
    key, first = await waits(cast, kind), asked_first(cast, kind)
    await away(cast, first, cast.team_leader)
    assert [await pass_on_what_waits(cast.office, NOW) for _ in range(2)] == [1, 0]
    assert (await mailed(cast, TABLE[kind][2]))[-1:] == ["tam"]
    assert (await stands(cast, kind))[1:3] == (cast.team_leader, first)
    async with cast.office.engine.connect() as connection:
        mine = [row.what for row in await my_work(connection, cast.team_leader) if row.id == key]
    name = "Nia Testwick" if kind == "small home" else "Mina Pretendall"
    assert [f"or {name}" in what for what in mine] == [True]
    await answers(cast, kind, key, cast.team_leader)
    assert (await stands(cast, kind))[3:] == (cast.team_leader, first)
    said = await rows(cast, "SELECT words FROM trail_entry WHERE object_id = :k AND words ? 'for' ORDER BY seq", k=key)
    assert {row.words["for"] for row in said} == {str(first)}
    assert len(said) == (3 if kind == "repeat finding" else 2)  # a decision on a repeat is on both actions


@pytest.mark.parametrize("kind", KINDS)
async def test_what_comes_while_somebody_is_away_names_both_from_the_start(cast: Cast, kind: str) -> None:
    first = asked_first(cast, kind)
    await away(cast, first, cast.team_leader)
    await waits(cast, kind)
    assert (await stands(cast, kind))[1:3] == (cast.team_leader, first)
    [mail] = await rows(cast, "SELECT context FROM message WHERE kind = :k", k=TABLE[kind][2])
    assert "you cover for" in mail.context["because"]


async def test_who_is_back_may_answer_what_the_cover_still_has(cast: Cast) -> None:
    key = await waits(cast, "small home")
    absence = await away(cast, cast.nominated, cast.team_leader, in_days=2)
    assert await pass_on_what_waits(cast.office, NOW) == 0
    for handed in (1, 0):
        assert (await hand_to_cover(cast.office, signed_in(cast.nominated), absence, NOW)).given == handed
    await answers(cast, "small home", key, cast.nominated)
    assert (await stands(cast, "small home"))[1:] == (cast.team_leader, cast.nominated, cast.nominated, None)


async def test_nobody_confirms_as_a_cover_what_they_or_whom_they_cover_for_recorded(cast: Cast) -> None:
    key = await waits(cast, "small home")
    await away(cast, cast.nominated, cast.manager)
    assert await pass_on_what_waits(cast.office, NOW) == 0
    with pytest.raises(NotAllowed, match="Only the nominated individual"):
        await answers(cast, "small home", key, cast.manager)
    await away(cast, cast.manager, cast.deputy)  # who thereby is the last of two covers
    assert await pass_on_what_waits(cast.office, NOW) == 0
    with pytest.raises(NotAllowed, match="or who covers for them"):
        await answers(cast, "small home", key, cast.deputy)


async def test_whose_mail_was_refused_does_not_cover_for_whoever_sees_to_it(cast: Cast) -> None:
    key = await waits(cast, "undelivered")
    await away(cast, cast.manager, cast.owner)
    assert await pass_on_what_waits(cast.office, NOW) == 0
    assert (await stands(cast, "undelivered"))[1:3] == (cast.manager, None)
    await leave(cast.office, OPERATOR, cast.manager, NOW)
    assert await pass_on_what_waits(cast.office, NOW) == 1
    assert (await stands(cast, "undelivered"))[1:3] == (cast.quality_lead, None)
    assert await told(cast, "undelivered asked of somebody else") == 1
    await answers(cast, "undelivered", key, cast.quality_lead)


async def test_a_cover_corrects_no_address_that_is_not_theirs_to_change(cast: Cast) -> None:
    key = await waits(cast, "undelivered")
    await away(cast, cast.manager, cast.team_leader)
    await pass_on_what_waits(cast.office, NOW)
    with pytest.raises(NotAllowed, match="Ask an administrator"):
        await correct_and_send(cast.office, signed_in(cast.team_leader), key, "tam@example.org", NOW)
    assert (await stands(cast, "undelivered")).by is None


async def test_a_theme_found_again_that_nobody_could_decide_is_asked_of_the_next_manager(cast: Cast) -> None:
    await waits(cast, "repeat finding")
    await leave(cast.office, OPERATOR, cast.manager, NOW)
    assert await pass_on_what_waits(cast.office, NOW) == 0
    manages = (Holds(Role.REGISTERED_MANAGER, cast.location),)
    new = await add_person(cast.office, OPERATOR, "Neva Makebelieve", "neva@example.org", manages, MONDAY)
    assert [await pass_on_what_waits(cast.office, NOW) for _ in range(2)] == [1, 0]
    assert (await stands(cast, "repeat finding"))[1:3] == (new, None)
    assert (await mailed(cast, "found again"))[-1:] == ["neva"]
