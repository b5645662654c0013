"""A form that names somebody whom its list did not offer gives them nothing, whoever made it up."""

from uuid import UUID, uuid4

import pytest

from commands.accept import decline
from commands.assign import choose_owner, give_step
from commands.define import complete
from commands.drafting import revise_draft
from commands.people import Holds, add_person
from commands.reassigning import change_owner
from domain.actors import OPERATOR
from domain.defining import seen_as
from domain.errors import Invalid
from domain.vocabulary import Risk, Role
from tests.cast import MONDAY, Cast, a_care_plan_action, a_definition, by_link, open_step, signed_in
from tests.commands.watching import open_steps, rows


async def an_inspector(cast: Cast) -> UUID:
    held = (Holds(Role.INSPECTOR, cast.location),)
    return await add_person(cast.office, OPERATOR, "Ines Supposit", "ines@example.org", held, MONDAY)


async def test_nobody_of_another_home_and_no_reader_is_given_a_step(cast: Cast) -> None:
    action = (await a_care_plan_action(cast)).action_id
    step = await open_step(cast, action, "accept")
    before = await open_steps(cast, action)
    for person in (cast.outsider, await an_inspector(cast)):
        with pytest.raises(Invalid, match="Choose somebody from the list"):
            await give_step(cast.office, signed_in(cast.manager), step, person, "They have time.", MONDAY)
    assert await open_steps(cast, action) == before


async def test_nobody_of_another_home_and_no_reader_becomes_owner(cast: Cast) -> None:
    action = (await a_care_plan_action(cast)).action_id
    for person in (cast.outsider, await an_inspector(cast)):
        with pytest.raises(Invalid, match="Choose somebody from the list"):
            await change_owner(cast.office, signed_in(cast.manager), action, uuid4(), person, "They asked.", MONDAY)


async def test_nor_are_they_chosen_after_somebody_declined(cast: Cast) -> None:
    action = (await a_care_plan_action(cast)).action_id
    asked = await open_step(cast, action, "accept")
    await decline(cast.office, await by_link(cast, asked), asked, uuid4(), "I am on nights", None, MONDAY)
    step = await open_step(cast, action, "owner")
    for person in (cast.outsider, await an_inspector(cast), uuid4()):
        with pytest.raises(Invalid, match="Choose somebody from the list"):
            await choose_owner(cast.office, signed_in(cast.manager), step, uuid4(), person, MONDAY)
    await choose_owner(cast.office, signed_in(cast.manager), step, uuid4(), cast.team_leader, MONDAY)
    assert await open_steps(cast, action) == {"accept": ("Tam", None)}


async def test_a_draft_is_given_to_somebody_who_may_define(cast: Cast) -> None:
    action = (await a_care_plan_action(cast, measure=None)).action_id
    step = await open_step(cast, action, "define")
    with pytest.raises(Invalid, match="They may not define actions here"):
        await give_step(cast.office, signed_in(cast.manager), step, cast.nominated, "Nia asked for it.", MONDAY)
    await give_step(cast.office, signed_in(cast.manager), step, cast.deputy, "Dara knows them.", MONDAY)
    assert await open_steps(cast, action) == {"define": ("Dara", None)}


async def test_nor_is_an_action_defined_for_them_or_a_draft_completed(cast: Cast) -> None:
    lead, draft = signed_in(cast.quality_lead), (await a_care_plan_action(cast, risk=None, owner_id=None)).action_id
    before, seen = await rows(cast, "SELECT ref FROM action"), seen_as(a_definition(cast, owner_id=None), ("owner_id",))
    for person in (cast.outsider, await an_inspector(cast), uuid4()):
        for risk in (Risk.MEDIUM, None):
            with pytest.raises(Invalid, match="Choose somebody from the list"):
                await a_care_plan_action(cast, owner_id=person, risk=risk)
        with pytest.raises(Invalid, match="Choose somebody from the list"):
            await revise_draft(cast.office, lead, draft, {"owner_id": person}, seen, MONDAY)
        with pytest.raises(Invalid, match="Choose somebody from the list"):
            await complete(cast.office, lead, draft, a_definition(cast, owner_id=person), MONDAY)
    assert await rows(cast, "SELECT ref FROM action") == before
    assert await open_steps(cast, draft) == {"define": ("Quill", None)}
    await complete(cast.office, lead, draft, a_definition(cast), MONDAY)
    assert await open_steps(cast, draft) == {"accept": ("Oona", None)}
