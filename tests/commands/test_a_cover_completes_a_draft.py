"""A draft that went to a cover is theirs to complete, as far as whoever they cover for may define."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from commands.absences import Away, record_absence
from commands.define import complete
from commands.drafting import revise_draft
from commands.people import Holds, add_person
from domain.actors import OPERATOR
from domain.defining import seen_as
from domain.errors import AlreadySettled, NotAllowed
from domain.vocabulary import Role
from tests.cast import MONDAY, Cast, a_care_plan_action, a_definition, signed_in
from tests.commands.watching import open_steps, rows

TODAY = MONDAY.date()


async def away(cast: Cast, person: UUID, cover: UUID) -> None:
    week = Away(TODAY, TODAY + timedelta(days=4), cover)
    await record_absence(cast.office, signed_in(person), person, week, uuid4(), MONDAY)


async def test_whoever_stands_in_completes_it_and_the_record_says_for_whom(cast: Cast) -> None:
    before = (await a_care_plan_action(cast, risk=None)).action_id
    await away(cast, cast.quality_lead, cast.team_leader)
    draft = (await a_care_plan_action(cast, risk=None)).action_id
    assert await open_steps(cast, draft) == {"define": ("Tam", "Quill")}
    tam, risk = signed_in(cast.team_leader), a_definition(cast).risk
    seen = seen_as(a_definition(cast, risk=None), ("risk",))
    for _ in range(2):
        await revise_draft(cast.office, tam, draft, {"risk": risk}, seen, MONDAY)
    await complete(cast.office, tam, draft, a_definition(cast), MONDAY)
    with pytest.raises(AlreadySettled):
        await complete(cast.office, tam, draft, a_definition(cast), MONDAY)
    said = "SELECT what FROM trail_entry WHERE action_id = :a AND words->>'for' = :q AND actor_id = :t ORDER BY seq"
    found = await rows(cast, said, a=draft, q=str(cast.quality_lead), t=cast.team_leader)
    assert [row.what for row in found] == ["draft changed", "defined"]
    with pytest.raises(NotAllowed):  # what Quill had before stays with Quill until it is handed over
        await complete(cast.office, tam, before, a_definition(cast), MONDAY)


async def test_nobody_defines_as_a_cover_where_whom_they_cover_for_may_not(cast: Cast) -> None:
    held = (Holds(Role.SAFEGUARDING_LEAD, cast.location),)
    lead = await add_person(cast.office, OPERATOR, "Safi Contriver", "safi@example.org", held, MONDAY)
    await away(cast, lead, cast.team_leader)
    draft = (await a_care_plan_action(cast, risk=None, pathway="safeguarding-learning")).action_id
    [elsewhere] = await rows(cast, "SELECT id FROM location WHERE name = 'Elm Court'")
    moved = a_definition(cast, location_id=elsewhere.id, owner_id=None)
    for _ in range(2):
        with pytest.raises(NotAllowed):
            await complete(cast.office, signed_in(cast.team_leader), draft, moved, MONDAY)
    assert await open_steps(cast, draft) == {"define": ("Tam", "Safi")}
