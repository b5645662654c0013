"""Absence with dates, cover, and handing over what is open."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from commands.absences import Away, change_absence, end_absence, record_absence
from commands.handing_over import hand_to_cover
from commands.leaving import leave
from commands.submit import submit
from domain.errors import Invalid, LinkDead, NotAllowed
from tests.cast import MONDAY, Cast, a_care_plan_action, accept_it, by_link, evidence_answer, open_step, signed_in
from tests.commands.watching import mailed, open_steps, rows, told

TODAY = MONDAY.date()
FRIDAY = TODAY + timedelta(days=4)


async def away(cast: Cast, person: UUID, cover: UUID | None, by: UUID | None = None) -> UUID:
    actor = signed_in(by or person)
    return await record_absence(cast.office, actor, person, Away(TODAY, FRIDAY, cover), uuid4(), MONDAY)


async def asked(cast: Cast) -> UUID:
    return (await a_care_plan_action(cast)).action_id


async def say_yes(cast: Cast, action: UUID) -> None:
    await accept_it(cast, action, MONDAY)


async def test_what_opens_in_that_time_goes_to_the_cover_and_both_are_named(cast: Cast) -> None:
    await away(cast, cast.owner, cast.team_leader)
    action = await asked(cast)
    assert await open_steps(cast, action) == {"accept": ("Tam", "Oona")}
    await say_yes(cast, action)
    assert (await open_steps(cast, action))["care-plans"] == ("Tam", "Oona")
    assert await mailed(cast, "covering") == ["tam"]


async def test_a_cover_who_is_away_passes_it_on(cast: Cast) -> None:
    await away(cast, cast.owner, cast.team_leader)
    await away(cast, cast.team_leader, cast.deputy)
    assert await open_steps(cast, await asked(cast)) == {"accept": ("Dara", "Oona")}


async def test_two_who_cover_for_each_other_and_are_both_away_keep_their_own(cast: Cast) -> None:
    await away(cast, cast.owner, cast.team_leader)
    await away(cast, cast.team_leader, cast.owner)
    assert await open_steps(cast, await asked(cast)) == {"accept": ("Oona", None)}


async def test_a_cover_who_has_left_covers_no_more(cast: Cast) -> None:
    await away(cast, cast.owner, cast.team_leader)
    await leave(cast.office, signed_in(cast.manager), cast.team_leader, MONDAY)
    assert await open_steps(cast, await asked(cast)) == {"accept": ("Oona", None)}


async def test_a_cover_must_work_where_they_cover(cast: Cast) -> None:
    with pytest.raises(Invalid, match="no role where this person works"):
        await away(cast, cast.owner, cast.outsider)


async def test_sent_twice_it_is_one_absence(cast: Cast) -> None:
    request = uuid4()
    for _ in range(2):
        await record_absence(
            cast.office, signed_in(cast.owner), cast.owner, Away(TODAY, FRIDAY, cast.team_leader), request, MONDAY
        )
    assert len(await rows(cast, "SELECT 1 FROM absence")) == 1
    assert await mailed(cast, "covering") == ["tam"]


async def test_nobody_is_away_twice_at_once(cast: Cast) -> None:
    await away(cast, cast.owner, cast.team_leader)
    with pytest.raises(Invalid, match="2 November 2026 to 6 November 2026 already"):
        await record_absence(cast.office, signed_in(cast.owner), cast.owner, Away(FRIDAY, FRIDAY), uuid4(), MONDAY)
    with pytest.raises(IntegrityError, match="ex_absence_away_once"):
        async with cast.office.engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO absence (id, person_id, starts_on, ends_on, created_at)"
                    " VALUES (gen_random_uuid(), :p, :d, :d, now())"
                ),
                {"p": cast.owner, "d": FRIDAY},
            )


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [(2, 1, "before the first"), (-9, -2, "passed already"), (0, 500, "longer than a year")],
)
async def test_days_that_can_not_be(cast: Cast, starts: int, ends: int, words: str) -> None:
    days = Away(TODAY + timedelta(days=starts), TODAY + timedelta(days=ends))
    with pytest.raises(Invalid, match=words):
        await record_absence(cast.office, signed_in(cast.owner), cast.owner, days, uuid4(), MONDAY)


async def test_others_record_it_only_where_they_look_after_people(cast: Cast) -> None:
    for who in (cast.team_leader, cast.deputy, cast.outsider):
        with pytest.raises(NotAllowed):
            await away(cast, cast.owner, cast.team_leader, by=who)
    with pytest.raises(NotAllowed):  # nobody makes themselves the cover of somebody above them
        await away(cast, cast.nominated, cast.manager, by=cast.manager)
    assert await away(cast, cast.owner, cast.team_leader, by=cast.manager)


async def test_who_is_back_early_is_asked_themselves(cast: Cast) -> None:
    absence = await away(cast, cast.owner, cast.team_leader)
    tuesday = MONDAY + timedelta(days=1)
    for _ in range(2):
        await end_absence(cast.office, signed_in(cast.owner), absence, tuesday)
    action = (await a_care_plan_action(cast, tuesday)).action_id
    assert await open_steps(cast, action) == {"accept": ("Oona", None)}
    assert await told(cast, "absence ended early") == 1
    assert await mailed(cast, "covering ended") == ["tam"]


async def test_another_cover_and_other_days(cast: Cast) -> None:
    absence = await away(cast, cast.owner, cast.team_leader)
    changed = Away(TODAY, FRIDAY + timedelta(days=7), cast.deputy)
    for _ in range(2):
        await change_absence(cast.office, signed_in(cast.manager), absence, changed, MONDAY)
    assert await open_steps(cast, await asked(cast)) == {"accept": ("Dara", "Oona")}
    assert await told(cast, "absence changed") == 1
    assert (await mailed(cast, "covering ended"), await mailed(cast, "covering")) == (["tam"], ["tam", "dara"])


async def test_what_is_open_already_goes_to_the_cover_when_it_is_handed_over(cast: Cast) -> None:
    action = await asked(cast)
    await say_yes(cast, action)
    step = await open_step(cast, action, "care-plans")
    old = await by_link(cast, step)
    absence = await away(cast, cast.owner, cast.team_leader)
    assert (await open_steps(cast, action))["care-plans"] == ("Oona", None)
    assert (await hand_to_cover(cast.office, signed_in(cast.owner), absence, MONDAY)).given == 1
    assert (await hand_to_cover(cast.office, signed_in(cast.manager), absence, MONDAY)).given == 0
    assert (await open_steps(cast, action))["care-plans"] == ("Tam", "Oona")
    assert await told(cast, "step handed to cover") == 1
    with pytest.raises(LinkDead):
        await submit(cast.office, old, step, uuid4(), evidence_answer(), MONDAY)
    await submit(cast.office, await by_link(cast, step), step, uuid4(), evidence_answer(), MONDAY)


async def test_an_acceptance_that_is_handed_over_is_the_owner_s_yes(cast: Cast) -> None:
    action = await asked(cast)
    absence = await away(cast, cast.owner, cast.team_leader)
    for _ in range(2):
        await hand_to_cover(cast.office, signed_in(cast.owner), absence, MONDAY)
    [mail] = await rows(cast, "SELECT context FROM message WHERE kind = 'link given'")
    assert "Oona Fabricott is asked to own it. Say yes or no in their place." in mail.context["body"]
    assert "evidence" not in str(mail.context)
    await say_yes(cast, action)
    assert (await open_steps(cast, action))["care-plans"] == ("Tam", "Oona")


async def test_handing_over_needs_a_cover_and_a_right(cast: Cast) -> None:
    absence = await away(cast, cast.owner, None)
    with pytest.raises(Invalid, match="Name a cover first"):
        await hand_to_cover(cast.office, signed_in(cast.owner), absence, MONDAY)
    with pytest.raises(NotAllowed):
        await hand_to_cover(cast.office, signed_in(cast.team_leader), absence, MONDAY)
    with pytest.raises(Invalid, match="over"):
        await hand_to_cover(cast.office, signed_in(cast.owner), absence, MONDAY + timedelta(days=9))
