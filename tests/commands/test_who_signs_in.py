"""What is answered signed in goes to nobody who cannot sign in, and whoever gives it is told what to do."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commands.absences import Away, record_absence
from commands.accept import decline
from commands.advance import advance_action
from commands.assign import give_step
from commands.people import first_sign_in_link
from commands.sign_in import choose_password
from domain.actors import OPERATOR
from domain.errors import Invalid
from tests.cast import MONDAY, Cast, a_care_plan_action, by_link, open_step, signed_in
from tests.commands.watching import open_steps


async def a_choice_of_owner(cast: Cast) -> tuple[UUID, UUID]:
    action = (await a_care_plan_action(cast)).action_id
    asked = await open_step(cast, action, "accept")
    await decline(cast.office, await by_link(cast, asked), asked, uuid4(), "I am on nights", None, MONDAY)
    return action, await open_step(cast, action, "owner")


async def change(cast: Cast, statement: str, **bound: UUID) -> None:
    async with cast.office.engine.begin() as connection:
        await connection.execute(text(statement), bound)


async def sign_up(cast: Cast, address: str) -> None:
    minted = await first_sign_in_link(cast.office, OPERATOR, address, MONDAY, mail=False)
    await choose_password(cast.office, minted.token, "three plain invented words", MONDAY)


async def test_it_is_given_to_somebody_once_they_have_an_account(cast: Cast) -> None:
    action, step = await a_choice_of_owner(cast)

    async def give() -> None:
        await give_step(cast.office, signed_in(cast.manager), step, cast.team_leader, "Tam knows them.", MONDAY)

    with pytest.raises(Invalid, match="Mail them a link to choose a password"):
        await give()
    assert await open_steps(cast, action) == {"owner": ("Mina", None)}
    await sign_up(cast, "tam@example.org")
    await give()
    assert await open_steps(cast, action) == {"owner": ("Tam", None)}


async def test_what_a_role_without_accounts_is_asked_waits_until_one_of_them_has_one(cast: Cast) -> None:
    action, step = await a_choice_of_owner(cast)
    await change(cast, "UPDATE step SET role = 'team leader', assignee_id = NULL WHERE id = :step", step=step)
    await advance_action(cast.office, action, MONDAY)
    assert await open_steps(cast, action) == {"owner": (None, None)}
    await sign_up(cast, "tam@example.org")
    assert await open_steps(cast, action) == {"owner": ("Tam", None)}


async def test_nobody_covers_for_who_decides_without_an_account_or_an_address(cast: Cast) -> None:
    await change(cast, "UPDATE person SET email = NULL WHERE id = :tam", tam=cast.team_leader)
    today = MONDAY.date()
    away = Away(today, today + timedelta(days=3), cast.team_leader)
    with pytest.raises(Invalid, match="neither an account nor an e-mail address"):
        await record_absence(cast.office, signed_in(cast.manager), cast.manager, away, uuid4(), MONDAY)
    await record_absence(cast.office, signed_in(cast.owner), cast.owner, away, uuid4(), MONDAY)  # who does all by link
