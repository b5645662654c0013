"""Weekly reviews: one a week for each location, every open action on it, and silence climbs."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.ask import help_with_barrier
from commands.people import Holds, add_person
from commands.review_answers import Word, answer_for_late, save, send
from commands.reviews import advance_review, choose_schedule, climb_review, plan_reviews
from db.reviews import lines_of
from domain.actors import OPERATOR
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound
from domain.reviewing import Schedule
from domain.vocabulary import Role
from tests.cast import MONDAY, Cast, a_care_plan_action, signed_in

SUNDAY = datetime(2026, 11, 8, 12, tzinfo=UTC)
OPENS = datetime(2026, 11, 9, 9, tzinfo=UTC)
TUESDAY, WEDNESDAY = OPENS + timedelta(days=1), OPENS + timedelta(days=2)
NEXT = OPENS + timedelta(days=7)


async def query(cast: Cast, words: str, **bound: Any) -> list[Any]:
    async with cast.office.engine.connect() as connection:
        return list((await connection.execute(text(words), bound)).all())


async def planned(cast: Cast, now: datetime = SUNDAY) -> UUID:
    """The next review of Cedar View, planned."""
    await plan_reviews(cast.office, now)
    found = await query(cast, "SELECT id FROM review WHERE location_id = :l AND status = 'planned'", l=cast.location)
    return found[0].id


async def opened(cast: Cast, actions: int = 2, now: datetime = OPENS) -> UUID:
    for number in range(actions):
        await a_care_plan_action(cast, title=f"Weekly weights, unit {number}")
    review = await planned(cast)
    await advance_review(cast.office, review, now)
    return review


async def of(cast: Cast, review: UUID) -> Any:
    return (await query(cast, "SELECT * FROM review WHERE id = :id", id=review))[0]


async def lines(cast: Cast, review: UUID) -> list[Any]:
    async with cast.office.engine.connect() as connection:
        return await lines_of(connection, review)


async def mails(cast: Cast, kind: str) -> list[str]:
    found = await query(cast, "SELECT to_address FROM message WHERE kind = :kind ORDER BY to_address", kind=kind)
    return [row.to_address.split("@")[0] for row in found]


async def fill(cast: Cast, review: UUID, *said: str, who: UUID | None = None, now: datetime = OPENS) -> None:
    """Say the same of every action, or as many as there are words for."""
    found = await lines(cast, review)
    words = {
        line.id: Word(kind, f"{kind}: the night shift is briefed.") for line, kind in zip(found, said, strict=False)
    }
    await save(cast.office, signed_in(who or cast.deputy), review, words, now)


async def test_a_review_is_planned_once_a_week_for_each_location(cast: Cast) -> None:
    for _ in range(3):
        await plan_reviews(cast.office, SUNDAY)
    found = await query(cast, "SELECT location_id, opens_at, week FROM review")
    assert len({row.location_id for row in found}) == len(found) == 2
    assert {(row.opens_at, row.week) for row in found} == {(OPENS, OPENS.date())}


async def test_it_opens_for_the_deputy_with_every_open_action_and_one_mail_about_them(cast: Cast) -> None:
    review = await opened(cast)
    await advance_review(cast.office, review, OPENS)
    assert (await of(cast, review)).assignee_id == cast.deputy
    assert {line.title for line in await lines(cast, review)} == {"Weekly weights, unit 0", "Weekly weights, unit 1"}
    assert await mails(cast, "review asked") == ["dara"]
    mail = (await query(cast, "SELECT context FROM message WHERE kind = 'review asked'"))[0].context
    assert len(mail["counts"]) == 2
    assert "Weekly weights, unit 0" in mail["counts"][0]


async def test_it_does_not_open_before_its_time(cast: Cast) -> None:
    review = await opened(cast, now=OPENS - timedelta(seconds=1))
    assert (await of(cast, review)).status == "planned"


async def test_a_location_without_an_open_action_has_no_review(cast: Cast) -> None:
    review = await opened(cast, actions=0)
    assert (await of(cast, review)).status == "not needed"
    assert await mails(cast, "review asked") == []


async def away(cast: Cast, who: UUID, cover: UUID, day: date) -> None:
    async with cast.office.engine.begin() as connection:
        absence = text(
            "INSERT INTO absence (id, person_id, cover_id, starts_on, ends_on, created_at)"
            " VALUES (gen_random_uuid(), :p, :c, :day, :day, :now)"
        )
        await connection.execute(absence, {"p": who, "c": cover, "day": day, "now": MONDAY})


async def test_cover_does_the_review_of_a_deputy_who_is_away(cast: Cast) -> None:
    role = (Holds(Role.TEAM_LEADER, cast.location),)
    cover = await add_person(cast.office, OPERATOR, "Cal Coverly", "cal@example.org", role, MONDAY)
    await away(cast, cast.deputy, cover, OPENS.date())
    found = await of(cast, await opened(cast))
    assert (found.assignee_id, found.assigned_for_id) == (cover, cast.deputy)
    mail = (await query(cast, "SELECT context FROM message WHERE kind = 'review asked'"))[0].context
    assert "while you cover for Dara Mockley" in mail["because"]


async def test_without_a_deputy_the_registered_manager_does_it(cast: Cast) -> None:
    async with cast.office.engine.begin() as connection:
        ended = text("UPDATE role_assignment SET ends_on = '2026-11-05' WHERE role = 'deputy manager'")
        await connection.execute(ended)
    assert (await of(cast, await opened(cast))).assignee_id == cast.manager


async def test_it_is_saved_in_parts_and_sent_only_when_every_action_has_its_word(cast: Cast) -> None:
    review, deputy = await opened(cast), signed_in(cast.deputy)
    await fill(cast, review, "progress")
    with pytest.raises(Invalid) as refusal:
        await send(cast.office, deputy, review, uuid4(), OPENS)
    empty = next(line for line in await lines(cast, review) if not line.said)
    assert set(refusal.value.fields) == {f"said-{empty.id}"}
    await fill(cast, review, "progress", "progress")
    request = uuid4()
    for _ in range(2):
        await send(cast.office, deputy, review, request, OPENS)
    assert (await of(cast, review)).sent_by == cast.deputy
    trail = await query(cast, "SELECT action_id, words FROM trail_entry WHERE what = 'reviewed'")
    assert len({entry.action_id for entry in trail}) == len(trail) == 2


async def test_a_barrier_asks_for_help_as_an_owners_does(cast: Cast) -> None:
    review = await opened(cast, actions=1)
    await fill(cast, review, "barrier")
    await send(cast.office, signed_in(cast.deputy), review, uuid4(), OPENS)
    barrier = (await query(cast, "SELECT * FROM barrier"))[0]
    assert (barrier.asked_id, barrier.told_by) == (cast.manager, cast.deputy)
    assert (await lines(cast, review))[0].barrier_id == barrier.id
    assert await mails(cast, "a barrier") == ["mina"]
    await help_with_barrier(cast.office, signed_in(cast.manager), barrier.id, "Agency cover is booked.", OPENS)
    assert await mails(cast, "request answered") == ["dara", "oona"]


async def test_an_action_that_closed_meanwhile_needs_no_word(cast: Cast) -> None:
    review = await opened(cast)
    await fill(cast, review, "progress")
    empty = next(line for line in await lines(cast, review) if not line.said)
    async with cast.office.engine.begin() as connection:
        done = text(
            "UPDATE action SET status = 'cancelled', ended_at = :now, ended_reason = 'The wing closed.' WHERE id = :id"
        )
        await connection.execute(done, {"id": empty.action_id, "now": OPENS})
    await send(cast.office, signed_in(cast.deputy), review, uuid4(), OPENS)
    assert (await of(cast, review)).status == "sent"


@pytest.mark.parametrize("who", ["owner", "team_leader", "outsider", "quality_lead"])
async def test_only_deputy_and_manager_of_the_home_fill_it_in(cast: Cast, who: str) -> None:
    review = await opened(cast)
    with pytest.raises(NotAllowed):
        await fill(cast, review, "progress", who=getattr(cast, who))
    with pytest.raises(NotAllowed):
        await send(cast.office, signed_in(getattr(cast, who)), review, uuid4(), OPENS)


async def climb(cast: Cast, review: UUID, now: datetime) -> None:
    """What the flow does at a wake."""
    plan = await advance_review(cast.office, review, now)
    while plan.rungs_due:
        plan = await climb_review(cast.office, review, plan.rungs_due[0], now)


async def test_silence_climbs_each_rung_once(cast: Cast) -> None:
    review = await opened(cast)
    for now in (OPENS, TUESDAY, TUESDAY, WEDNESDAY, WEDNESDAY, NEXT, NEXT):
        await climb(cast, review, now)
    rungs = await query(cast, "SELECT rung, asked_id, expected_at FROM review_rung ORDER BY rung")
    assert [(row.rung, row.asked_id, row.expected_at) for row in rungs] == [
        (1, None, TUESDAY),
        (2, cast.manager, WEDNESDAY),
        (3, cast.quality_lead, NEXT),
    ]
    assert await mails(cast, "review late") == ["dara"]
    assert await mails(cast, "review escalated") == ["mina", "quill"]


async def test_a_review_that_is_sent_late_ends_its_ladder(cast: Cast) -> None:
    review = await opened(cast, actions=1)
    await climb(cast, review, WEDNESDAY)
    await fill(cast, review, "progress", now=WEDNESDAY)
    await send(cast.office, signed_in(cast.deputy), review, uuid4(), WEDNESDAY)
    rung = (await query(cast, "SELECT * FROM review_rung WHERE rung = 2"))[0]
    assert (rung.overtaken_because, rung.answered_by) == ("step answered", None)
    assert (await advance_review(cast.office, review, NEXT)).finished


async def test_the_manager_answers_for_it_and_may_give_it_to_somebody_else(cast: Cast) -> None:
    review = await opened(cast, actions=1)
    await climb(cast, review, WEDNESDAY)
    why = "Dara is at hospital with a resident; Quill does it today."
    with pytest.raises(Invalid, match="They have no account"):
        await answer_for_late(cast.office, signed_in(cast.manager), review, why, cast.team_leader, WEDNESDAY)
    for _ in range(2):
        await answer_for_late(cast.office, signed_in(cast.manager), review, why, cast.quality_lead, WEDNESDAY)
    assert (await of(cast, review)).assignee_id == cast.quality_lead
    assert (await mails(cast, "review given"), await mails(cast, "review taken")) == (["quill"], ["dara"])
    await fill(cast, review, "progress", who=cast.quality_lead, now=WEDNESDAY)
    await send(cast.office, signed_in(cast.quality_lead), review, uuid4(), WEDNESDAY)


async def test_a_review_given_to_somebody_away_goes_to_their_cover_who_reads_for_whom(cast: Cast) -> None:
    review = await opened(cast, actions=1)
    await climb(cast, review, WEDNESDAY)
    await away(cast, cast.quality_lead, cast.nominated, WEDNESDAY.date())
    why = "Dara is at hospital with a resident; Quill does it today."
    await answer_for_late(cast.office, signed_in(cast.manager), review, why, cast.quality_lead, WEDNESDAY)
    found = await of(cast, review)
    assert (found.assignee_id, found.assigned_for_id) == (cast.nominated, cast.quality_lead)
    mail = (await query(cast, "SELECT context FROM message WHERE kind = 'review given'"))[0].context
    assert mail["because"] == "You get this because you cover for Quill Imaginer."


async def test_a_higher_answer_overtakes_the_managers_and_a_manager_answers_for_nobody_above(cast: Cast) -> None:
    review = await opened(cast)
    await climb(cast, review, NEXT - timedelta(days=2))
    await climb(cast, review, NEXT)
    await answer_for_late(cast.office, signed_in(cast.quality_lead), review, "I go there tomorrow.", None, NEXT)
    rungs = {row.rung: row for row in await query(cast, "SELECT * FROM review_rung")}
    assert (rungs[2].overtaken_because, rungs[3].answered_by) == ("answered higher up", cast.quality_lead)
    with pytest.raises(AlreadySettled):
        await answer_for_late(cast.office, signed_in(cast.manager), review, "We do it tomorrow.", None, NEXT)


async def test_whoever_is_late_with_it_does_not_answer_for_it(cast: Cast) -> None:
    async with cast.office.engine.begin() as connection:
        ended = text("UPDATE role_assignment SET ends_on = '2026-11-05' WHERE role = 'deputy manager'")
        await connection.execute(ended)
    review = await opened(cast)
    await climb(cast, review, WEDNESDAY)
    rung = (await query(cast, "SELECT * FROM review_rung WHERE rung = 2"))[0]
    assert rung.asked_id == cast.quality_lead
    with pytest.raises(NotAllowed, match="send it"):
        await answer_for_late(cast.office, signed_in(cast.manager), review, "I do it tomorrow.", None, WEDNESDAY)


async def test_the_next_review_ends_one_that_nobody_sent_as_missed(cast: Cast) -> None:
    first = await opened(cast)
    await climb(cast, first, WEDNESDAY)
    second = await planned(cast, WEDNESDAY)
    await advance_review(cast.office, second, NEXT)
    assert ((await of(cast, first)).status, (await of(cast, second)).status) == ("missed", "open")
    assert "quill" in await mails(cast, "review escalated")
    with pytest.raises(AlreadySettled, match="kept on the record"):
        await fill(cast, first, "progress", now=NEXT)
    late = await query(cast, "SELECT words FROM trail_entry WHERE what = 'review answer kept as late'")
    assert "night shift" in str(late[0].words)


async def test_another_day_moves_what_is_planned_and_is_for_managers_to_choose(cast: Cast) -> None:
    review = await planned(cast)
    friday = Schedule(4, time(14))
    for _ in range(2):
        await choose_schedule(cast.office, signed_in(cast.manager), cast.location, friday, SUNDAY)
    assert (await of(cast, review)).opens_at == datetime(2026, 11, 13, 14, tzinfo=UTC)
    assert len(await query(cast, "SELECT 1 FROM trail_entry WHERE what = 'review schedule changed'")) == 1
    for who in (cast.deputy, cast.outsider, cast.owner):
        with pytest.raises(NotAllowed):
            await choose_schedule(cast.office, signed_in(who), cast.location, Schedule(), SUNDAY)


async def test_a_review_that_has_not_opened_is_nobodys_to_fill_in(cast: Cast) -> None:
    review = await planned(cast)
    with pytest.raises(NotFound):
        await send(cast.office, signed_in(cast.deputy), review, uuid4(), SUNDAY)
