"""Every mail names whom to ask: the registered manager, and for her the quality lead."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.absences import Away, end_absence, record_absence
from commands.accept import accept, decline
from commands.digest import send_digests
from commands.leaving import change_person
from commands.people import Holds, add_location, add_person, first_sign_in_link
from commands.reviews import advance_review, climb_review, plan_reviews
from commands.small_home import decide, record_small_home
from commands.undelivered import ask_about_dead_mail
from domain.actors import OPERATOR
from domain.vocabulary import Role
from tests.cast import MONDAY, Cast, a_care_plan_action, by_link, open_step, signed_in


async def questions(engine: AsyncEngine, kind: str) -> list[Any]:
    query = text("SELECT context->>'questions' AS words FROM message WHERE kind = :kind ORDER BY created_at, id")
    async with engine.connect() as connection:
        return list((await connection.execute(query, {"kind": kind})).scalars())


async def test_the_owner_may_ask_the_manager_and_the_manager_the_quality_lead(cast: Cast, engine: AsyncEngine) -> None:
    made = await a_care_plan_action(cast)
    assert await questions(engine, "assignment") == ["Mina Pretendall, registered manager, mina@example.org."]
    step_id = await open_step(cast, made.action_id, "accept")
    await decline(cast.office, await by_link(cast, step_id), step_id, uuid4(), "I am on nights", None, MONDAY)
    assert await questions(engine, "account step") == ["Quill Imaginer, quality lead, quill@example.org."]


async def test_nobody_is_sent_to_somebody_who_has_left(cast: Cast, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        left = text("UPDATE person SET left_at = :now WHERE id = :id")
        await connection.execute(left, {"now": MONDAY, "id": cast.manager})
    await a_care_plan_action(cast)
    assert await questions(engine, "assignment") == ["Quill Imaginer, quality lead, quill@example.org."]


async def test_the_digest_names_the_manager_of_each_home(
    cast: Cast,
    engine: AsyncEngine,
) -> None:
    await taken_on(cast)
    day = MONDAY + timedelta(days=14)
    await send_digests(cast.office, "Hartwell Care", day)
    assert set(await questions(engine, "digest")) == {"Mina Pretendall, registered manager, mina@example.org."}
    other = await add_location(cast.office, OPERATOR, "Fir Lodge", MONDAY)
    await add_person(
        cast.office, OPERATOR, "Oona Fabricott", "oona@example.org", (Holds(Role.KEY_WORKER, other),), MONDAY
    )
    await taken_on(cast, location_id=other, due_at=day + timedelta(days=1))
    await send_digests(cast.office, "Hartwell Care", day + timedelta(days=1))
    both = "About Cedar View: Mina Pretendall, registered manager, mina@example.org. About Fir Lodge: Quill"
    assert any(words.startswith(both) for words in await questions(engine, "digest"))


async def test_who_chooses_a_password_may_ask_whoever_sent_the_link_or_their_own_manager(
    cast: Cast, engine: AsyncEngine
) -> None:
    await first_sign_in_link(cast.office, OPERATOR, "dara@example.org", MONDAY)
    await first_sign_in_link(cast.office, signed_in(cast.manager), "dara@example.org", MONDAY)
    await first_sign_in_link(cast.office, signed_in(cast.deputy), "dara@example.org", MONDAY)
    manager = "Mina Pretendall, registered manager, mina@example.org."
    assert await questions(engine, "set password") == [manager, "Mina Pretendall, mina@example.org.", manager]


async def test_nobody_is_sent_to_an_address_that_no_mail_reaches(cast: Cast, engine: AsyncEngine) -> None:
    roles = (Holds(Role.ADMINISTRATOR),)
    first = await add_person(cast.office, OPERATOR, "First administrator", "administrator@home.invalid", roles, MONDAY)
    await first_sign_in_link(cast.office, signed_in(first), "dara@example.org", MONDAY)
    assert await questions(engine, "set password") == ["Mina Pretendall, registered manager, mina@example.org."]


async def test_who_decides_on_a_small_home_may_ask_who_recorded_it_and_the_other_way_round(
    cast: Cast, engine: AsyncEngine
) -> None:
    today = MONDAY.date()
    why = "Three people work here, and two of them share every shift."
    manager, until = signed_in(cast.manager), today + timedelta(days=90)
    key = await record_small_home(cast.office, manager, cast.location, uuid4(), why, until, MONDAY)
    assert await questions(engine, "small home asked") == ["Mina Pretendall, mina@example.org."]
    await decide(cast.office, signed_in(cast.nominated), key, True, "", MONDAY)
    assert await questions(engine, "small home decided") == ["Nia Testwick, nia@example.org."]


async def test_who_covers_may_ask_whoever_named_them(cast: Cast, engine: AsyncEngine) -> None:
    today = MONDAY.date()
    away = Away(today, today + timedelta(days=5), cast.owner)
    key = await record_absence(cast.office, signed_in(cast.manager), cast.team_leader, away, uuid4(), MONDAY)
    await end_absence(cast.office, signed_in(cast.team_leader), key, MONDAY)
    assert await questions(engine, "covering") == ["Mina Pretendall, mina@example.org."]
    assert await questions(engine, "covering ended") == ["Tam Inventby, tam@example.org."]


async def test_whose_address_was_changed_may_ask_who_did_it_at_both_addresses(cast: Cast, engine: AsyncEngine) -> None:
    manager, address = signed_in(cast.manager), "oona.f@example.org"
    await change_person(cast.office, manager, cast.owner, "Oona Fabricott", address, MONDAY)
    assert await questions(engine, "address changed") == ["Mina Pretendall, mina@example.org."] * 2


async def test_the_weekly_review_and_refused_mail_name_the_next_manager(cast: Cast, engine: AsyncEngine) -> None:
    await a_care_plan_action(cast)
    await refuse_everything(engine)
    await ask_about_dead_mail(cast.office, MONDAY)
    assert await questions(engine, "undelivered") == ["Quill Imaginer, quality lead, quill@example.org."]
    await plan_reviews(cast.office, MONDAY)
    opens = MONDAY + timedelta(days=7)
    async with engine.connect() as connection:
        mine = text("SELECT id FROM review WHERE location_id = :here")
        review = (await connection.execute(mine, {"here": cast.location})).scalar_one()
    await advance_review(cast.office, review, opens)
    assert await questions(engine, "review asked") == ["Mina Pretendall, registered manager, mina@example.org."]
    for rung in (1, 2):
        await climb_review(cast.office, review, rung, opens + timedelta(days=3))
    assert await questions(engine, "review escalated") == ["Quill Imaginer, quality lead, quill@example.org."]


async def refuse_everything(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE message SET status = 'dead', last_error = '550 no such mailbox'"))


async def taken_on(cast: Cast, **changes: Any) -> None:
    made = await a_care_plan_action(cast, **changes)
    step_id = await open_step(cast, made.action_id, "accept")
    await accept(cast.office, await by_link(cast, step_id), step_id, uuid4(), MONDAY)
