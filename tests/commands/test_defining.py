"""Defining: drafts completed, what cannot be refused, strength and references kept."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from commands.define import complete
from db.frameworks import load_references
from domain.defining import Direction, Measure
from domain.errors import Invalid, NotAllowed
from domain.frameworks import Reference
from tests.cast import MONDAY, Cast, a_care_plan_action, a_definition, signed_in

SAFEGUARDING = Reference("cqc-saf", "2023.1", "S3")
GOVERNANCE = Reference("cqc-saf", "2023.1", "W5")


async def facts(cast: Cast, ref: str) -> dict[str, object]:
    found = text(
        "SELECT a.*, v.key AS pathway, f.theme, f.theme_key FROM action a JOIN finding f ON f.id = a.finding_id"
        " JOIN pathway_version v ON v.id = a.pathway_version_id WHERE a.ref = :ref"
    )
    async with cast.office.engine.connect() as connection:
        return dict((await connection.execute(found, {"ref": ref})).one()._mapping)


async def test_the_whole_measure_the_strength_and_the_theme_are_kept(cast: Cast) -> None:
    whole = Measure("falls", "9", "3", "a month", Direction.DOWN, "Deputy manager", "incident forms", "monthly")
    made = await a_care_plan_action(
        cast, measure=whole, theme="  Falls  at NIGHT ", what_will_change="Sensor mats are installed in nine rooms."
    )
    kept = await facts(cast, made.ref)
    assert Measure(**kept["measure"]) == whole  # type: ignore[arg-type]
    assert (kept["theme"], kept["theme_key"], kept["strength"]) == ("Falls at NIGHT", "falls at night", "strong")


async def test_a_plan_of_reminders_is_kept_as_weak(cast: Cast) -> None:
    made = await a_care_plan_action(cast, title="Weights", what_will_change="Remind all staff about weekly weights.")
    assert (await facts(cast, made.ref))["strength"] == "weak"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"due_at": MONDAY}, "due_at"),
        ({"found_on": date(2026, 11, 3)}, "found_on"),
        ({"references": (Reference("cqc-saf", "2023.1", "S99"),)}, "references"),
        ({"measure": Measure("plans", "42 %", "12 %", direction=Direction.UP)}, "measure_target"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_kept(
    cast: Cast, engine: AsyncEngine, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await a_care_plan_action(cast, **changes)
    assert list(refused.value.fields) == [field]
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM action"))).scalar_one() == 0


async def test_references_are_kept_with_their_version_in_the_order_chosen(cast: Cast, engine: AsyncEngine) -> None:
    made = await a_care_plan_action(cast, references=(GOVERNANCE, SAFEGUARDING, GOVERNANCE))
    async with engine.connect() as connection:
        assert await load_references(connection, made.action_id) == (GOVERNANCE, SAFEGUARDING)


async def test_a_draft_is_completed_under_the_pathway_that_was_chosen_last(cast: Cast, engine: AsyncEngine) -> None:
    made = await a_care_plan_action(cast, risk=None, references=(GOVERNANCE,))
    whole = a_definition(cast, pathway="general", references=(SAFEGUARDING,))
    await complete(cast.office, signed_in(cast.quality_lead), made.action_id, whole, MONDAY)
    kept = await facts(cast, made.ref)
    assert (kept["pathway"], kept["original_due_at"], kept["status"]) == (
        "general",
        whole.due_at,
        "awaiting acceptance",
    )
    async with engine.connect() as connection:
        assert await load_references(connection, made.action_id) == (SAFEGUARDING,)


async def test_a_draft_without_a_place_is_completed_by_those_who_may_define_there(cast: Cast) -> None:
    made = await a_care_plan_action(cast, location_id=None)
    whole = a_definition(cast)
    with pytest.raises(NotAllowed):
        await complete(cast.office, signed_in(cast.outsider), made.action_id, whole, MONDAY)
    with pytest.raises(NotAllowed):
        await complete(cast.office, signed_in(cast.owner), made.action_id, whole, MONDAY)
    await complete(cast.office, signed_in(cast.manager), made.action_id, whole, MONDAY)
    assert (await facts(cast, made.ref))["location_id"] == cast.location


async def test_a_past_date_is_refused_in_words_when_completing(cast: Cast) -> None:
    made = await a_care_plan_action(cast, risk=None)
    late = replace(a_definition(cast), due_at=MONDAY - timedelta(days=1))
    with pytest.raises(Invalid, match="The due date must be in the future"):
        await complete(cast.office, signed_in(cast.quality_lead), made.action_id, late, MONDAY)
