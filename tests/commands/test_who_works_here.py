"""Roles by location and date, and what follows for the steps of those who get or lose them."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from commands.advance import advance_action
from commands.leaving import change_person, leave
from commands.people import Holds, add_person
from commands.roles import end_role, follow_ended_roles, give_role
from domain.actors import OPERATOR
from domain.errors import Invalid, NotAllowed
from domain.vocabulary import Role
from tests.cast import MONDAY, Cast, a_care_plan_action, accept_it, by_link, open_step, send_evidence, signed_in
from tests.commands.watching import mailed, open_steps, rows, told, working_links

TODAY = MONDAY.date()
LATER = MONDAY + timedelta(days=2)


async def administrator(cast: Cast, name: str = "Ada Keyholder") -> UUID:
    address = f"{name.split()[0].lower()}@example.org"
    return await add_person(cast.office, OPERATOR, name, address, (Holds(Role.ADMINISTRATOR),), MONDAY)


async def role_id(cast: Cast, person: UUID) -> UUID:
    [row] = await rows(cast, "SELECT id FROM role_assignment WHERE person_id = :p", p=person)
    return row.id


async def give(
    cast: Cast, person: UUID, role: Role, starts: date = TODAY, ends: date | None = None, by: UUID | None = None
) -> bool:
    actor = signed_in(by or cast.manager)
    return await give_role(cast.office, actor, person, role, cast.location, starts, ends, MONDAY)


async def in_evidence(cast: Cast) -> UUID:
    action = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action, MONDAY)
    return action


async def test_a_role_is_given_once_however_often_it_is_sent(cast: Cast) -> None:
    assert await give(cast, cast.owner, Role.TEAM_LEADER)
    assert not await give(cast, cast.owner, Role.TEAM_LEADER)
    with pytest.raises(Invalid, match="hold this role already"):
        await give(cast, cast.owner, Role.TEAM_LEADER, TODAY + timedelta(days=5), TODAY + timedelta(days=9))
    assert len(await rows(cast, "SELECT 1 FROM role_assignment WHERE person_id = :p", p=cast.owner)) == 2


async def test_two_roles_one_after_the_other_are_two_periods(cast: Cast) -> None:
    assert await give(cast, cast.owner, Role.TEAM_LEADER, TODAY, TODAY + timedelta(days=9))
    assert await give(cast, cast.owner, Role.TEAM_LEADER, TODAY + timedelta(days=10))


async def test_who_leads_a_location_gives_its_roles_and_no_others(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="above"):
        await give(cast, cast.owner, Role.NOMINATED_INDIVIDUAL)
    with pytest.raises(NotAllowed, match="Nobody gives themselves"):
        await give(cast, cast.manager, Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed, match="own location"):
        await give(cast, cast.owner, Role.KEY_WORKER, by=cast.outsider)
    with pytest.raises(NotAllowed, match="administrators and registered managers"):
        await give(cast, cast.owner, Role.KEY_WORKER, by=cast.deputy)
    with pytest.raises(NotAllowed, match="own location"):
        await add_person(
            cast.office, signed_in(cast.outsider), "Eve Extra", None, (Holds(Role.KEY_WORKER, cast.location),), MONDAY
        )


async def test_the_last_administrator_stays(cast: Cast) -> None:
    ada = await administrator(cast)
    with pytest.raises(NotAllowed, match="last administrator"):
        await end_role(cast.office, signed_in(ada), await role_id(cast, ada), None, MONDAY)
    with pytest.raises(NotAllowed, match="last administrator"):
        await leave(cast.office, signed_in(ada), ada, MONDAY)
    bea = await administrator(cast, "Bea Spare")
    await end_role(cast.office, signed_in(ada), await role_id(cast, ada), None, LATER)
    with pytest.raises(NotAllowed, match="last administrator"):
        await end_role(cast.office, signed_in(bea), await role_id(cast, bea), TODAY + timedelta(days=30), LATER)


async def test_what_waits_for_a_role_goes_to_whoever_gets_it(cast: Cast) -> None:
    await end_role(cast.office, OPERATOR, await role_id(cast, cast.team_leader), None, MONDAY)
    action = await in_evidence(cast)
    assert (await open_steps(cast, action))["briefing"] == (None, None)
    asked = len(await mailed(cast, "evidence asked"))
    for _ in range(2):
        await give(cast, cast.deputy, Role.TEAM_LEADER)
    assert (await open_steps(cast, action))["briefing"] == ("Dara", None)
    assert (await mailed(cast, "evidence asked"))[asked:] == ["dara"]
    await send_evidence(cast, action, "briefing", LATER)


async def test_a_role_that_begins_later_is_noticed_that_morning(cast: Cast) -> None:
    await end_role(cast.office, OPERATOR, await role_id(cast, cast.team_leader), None, MONDAY)
    action, tuesday = await in_evidence(cast), TODAY + timedelta(days=1)
    await give(cast, cast.deputy, Role.TEAM_LEADER, tuesday)
    plan = await advance_action(cast.office, action, MONDAY)
    morning = datetime(2026, 11, 3, tzinfo=MONDAY.tzinfo)
    assert plan.until == morning
    assert (await open_steps(cast, action))["briefing"] == (None, None)
    for _ in range(2):
        await advance_action(cast.office, action, morning)
    assert (await open_steps(cast, action))["briefing"] == ("Dara", None)
    assert (await mailed(cast, "evidence asked")).count("dara") == 1


async def test_who_loses_a_role_loses_its_steps(cast: Cast) -> None:
    action = await in_evidence(cast)
    tam = await role_id(cast, cast.team_leader)
    await give(cast, cast.deputy, Role.TEAM_LEADER)
    for _ in range(2):
        await end_role(cast.office, signed_in(cast.manager), tam, None, LATER)
    assert (await open_steps(cast, action))["briefing"] == ("Dara", None)
    assert await working_links(cast, cast.team_leader) == 0
    assert await told(cast, "role ended") == 1


async def test_a_role_that_ends_on_a_day_keeps_its_steps_until_then(cast: Cast) -> None:
    action = await in_evidence(cast)
    await give(cast, cast.deputy, Role.TEAM_LEADER)
    last = LATER.date()
    await end_role(cast.office, signed_in(cast.manager), await role_id(cast, cast.team_leader), last, MONDAY)
    assert await follow_ended_roles(cast.office, LATER) == 0
    assert (await open_steps(cast, action))["briefing"] == ("Tam", None)
    assert await follow_ended_roles(cast.office, LATER + timedelta(days=1)) == 1
    assert await follow_ended_roles(cast.office, LATER + timedelta(days=1)) == 0
    assert (await open_steps(cast, action))["briefing"] == ("Dara", None)


async def test_a_leaver_gets_in_nowhere_and_the_work_goes_on(cast: Cast) -> None:
    action = await in_evidence(cast)
    await give(cast, cast.deputy, Role.TEAM_LEADER)
    for person in (cast.owner, cast.team_leader):
        await leave(cast.office, signed_in(cast.manager), person, LATER)
        assert await working_links(cast, person) == 0
    assert await open_steps(cast, action) == {
        "owner": ("Mina", None),
        "care-plans": (None, None),
        "briefing": ("Dara", None),
    }
    [held] = await rows(
        cast, "SELECT count(*) AS n FROM role_assignment WHERE person_id = :p AND ends_on IS NULL", p=cast.owner
    )
    assert held.n == 0


async def test_what_nobody_is_left_for_is_told_to_a_manager_in_one_mail(cast: Cast) -> None:
    for _ in range(2):
        await in_evidence(cast)
    await leave(cast.office, signed_in(cast.manager), cast.team_leader, LATER)
    assert await mailed(cast, "lies idle") == ["mina"]
    [mail] = await rows(cast, "SELECT context->>'subject' AS subject FROM message WHERE kind = 'lies idle'")
    assert mail.subject == "2 steps at Cedar View with nobody – team leader missing"
    await give(cast, cast.deputy, Role.TEAM_LEADER)
    await leave(cast.office, signed_in(cast.manager), cast.owner, LATER)
    assert await mailed(cast, "lies idle") == ["mina"]


async def test_somebody_who_comes_back_begins_anew(cast: Cast) -> None:
    ada, _ = await administrator(cast), await administrator(cast, "Bea Spare")
    await leave(cast.office, OPERATOR, ada, LATER)
    roles = (Holds(Role.KEY_WORKER, cast.location),)
    again = await add_person(cast.office, signed_in(cast.manager), "Ada Keyholder", "ada@example.org", roles, LATER)
    assert again == ada
    held = await rows(
        cast,
        "SELECT role FROM role_assignment WHERE person_id = :p AND (ends_on IS NULL OR ends_on >= :d)",
        p=ada,
        d=LATER.date(),
    )
    assert [row.role for row in held] == ["key worker"]


async def test_a_new_address_ends_what_was_sent_to_the_old_one(cast: Cast) -> None:
    action = await in_evidence(cast)
    old = await by_link(cast, await open_step(cast, action, "care-plans"))
    for _ in range(2):
        await change_person(
            cast.office, signed_in(cast.manager), cast.owner, "Oona Fabricott-Lee", "O.Lee@example.org", LATER
        )
    assert await mailed(cast, "address changed") == ["oona", "o.lee"]
    new = await by_link(cast, await open_step(cast, action, "care-plans"))
    assert new.link_id != old.link_id
    assert await mailed(cast, "link renewed") == ["o.lee"]
    with pytest.raises(Invalid, match="has this address already"):
        await change_person(cast.office, signed_in(cast.manager), cast.owner, "Oona", "tam@example.org", LATER)
    with pytest.raises(NotAllowed):
        await change_person(cast.office, signed_in(cast.outsider), cast.owner, "Oona", "odd2@example.org", LATER)
    with pytest.raises(NotAllowed):  # an address is a way in: nobody takes over somebody above them
        await change_person(cast.office, signed_in(cast.manager), cast.nominated, "Nia", "mina2@example.org", LATER)
