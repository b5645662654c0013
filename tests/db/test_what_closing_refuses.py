"""What the database itself refuses of closures, ended actions and exceptions, whatever the code above it does."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.cast import (
    MONDAY,
    Cast,
    a_care_plan_action,
    accept_it,
    sample,
    send_evidence,
)

_CLOSE = text("""
INSERT INTO closure (id, action_id, cycle, step_id, approver_id, owner_id, rationale, outcome, snapshot, snapshot_hash,
    closed_at, small_home_id, small_home_uses)
SELECT gen_random_uuid(), :action, 1, s.id, :approver, :owner, 'Forged', '{}', '{}', '\\x00', :now, :exception,
    CASE WHEN CAST(:exception AS uuid) IS NOT NULL THEN CAST('[]' AS jsonb) END
FROM step s WHERE s.action_id = :action AND s.key = 'approval'
""")
_EXCEPTION = text("""
INSERT INTO small_home (id, location_id, request_id, reason, recorded_by, recorded_at, recorded_on, ends_on, asked_id,
    decided_by, decided_at, confirmed)
VALUES (:id, :location, gen_random_uuid(), 'Two of us', :manager, :now, '2026-11-01', :ends_on, :decider, :decider,
    :now, true)
""")


async def ready(cast: Cast) -> UUID:
    """Evidenced by owner and team leader, sampled by the deputy, waiting for the manager."""
    action_id = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action_id, MONDAY)
    await send_evidence(cast, action_id, "care-plans", MONDAY)
    await send_evidence(cast, action_id, "briefing", MONDAY)
    await sample(cast, action_id, True, MONDAY)
    return action_id


async def except_(cast: Cast, location: UUID, ends_on: str = "2027-03-31", decider: UUID | None = None) -> UUID:
    key = uuid4()
    bound = {"id": key, "location": location, "manager": cast.manager, "decider": decider or cast.nominated}
    async with cast.office.engine.begin() as connection:
        ends = MONDAY.date().fromisoformat(ends_on)
        await connection.execute(_EXCEPTION, {**bound, "ends_on": ends, "now": MONDAY - timedelta(days=1)})
    return key


async def force(cast: Cast, action_id: UUID, approver: UUID, exception: UUID | None = None) -> None:
    bound = {"action": action_id, "approver": approver, "owner": cast.owner, "now": MONDAY, "exception": exception}
    async with cast.office.engine.begin() as connection:
        await connection.execute(_CLOSE, bound)


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("owner", "approver_is_not_owner|owned"),
        ("team_leader", "evidenced or sampled"),
        ("deputy", "evidenced or sampled"),
    ],
)
async def test_nobody_with_part_in_it_is_written_down_as_approver(cast: Cast, who: str, why: str) -> None:
    action_id = await ready(cast)
    with pytest.raises(DBAPIError, match=why):
        await force(cast, action_id, getattr(cast, who))
    await force(cast, action_id, cast.manager)


async def test_somebody_who_sent_evidence_too_late_is_not_written_down_either(cast: Cast) -> None:
    action_id = await ready(cast)
    async with cast.office.engine.begin() as connection:
        late = text(
            "INSERT INTO submission (id, step_id, person_id, identified_by, request_id, kept_as, answer, form_version,"
            " after_due, received_at) SELECT gen_random_uuid(), id, :person, 'login', gen_random_uuid(), 'late', '{}',"
            " '1', false, :now FROM step WHERE action_id = :action AND key = 'briefing'"
        )
        await connection.execute(late, {"person": cast.quality_lead, "action": action_id, "now": MONDAY})
    with pytest.raises(DBAPIError, match="evidenced or sampled"):
        await force(cast, action_id, cast.quality_lead)


async def test_a_confirmed_exception_of_this_home_lets_the_sampler_approve_and_never_an_owner(cast: Cast) -> None:
    action_id = await ready(cast)
    here, there = await except_(cast, cast.location), await except_(cast, await elsewhere(cast))
    with pytest.raises(DBAPIError, match="not confirmed for this home"):
        await force(cast, action_id, cast.deputy, there)
    with pytest.raises(DBAPIError, match=r"owned|approver_is_not_owner"):
        await force(cast, action_id, cast.owner, here)
    await force(cast, action_id, cast.deputy, here)


async def test_an_exception_that_has_ended_lets_nobody_approve(cast: Cast) -> None:
    action_id, here = await ready(cast), await except_(cast, cast.location)
    async with cast.office.engine.begin() as connection:
        end = text("UPDATE small_home SET ended_at = :at, ended_by = :by, ended_reason = 'Grew' WHERE id = :id")
        await connection.execute(end, {"at": MONDAY - timedelta(hours=1), "by": cast.manager, "id": here})
    with pytest.raises(DBAPIError, match="evidenced or sampled"):
        await force(cast, action_id, cast.deputy, here)


async def test_nobody_confirms_their_own_exception_and_none_lasts_longer_than_a_year(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="decided_by_another"):
        await except_(cast, cast.location, decider=cast.manager)
    with pytest.raises(IntegrityError, match="ends_within_a_year"):
        await except_(cast, cast.location, "2027-11-02")
    with pytest.raises(IntegrityError, match="ends_after_it_begins"):
        await except_(cast, cast.location, "2026-10-31")


CHANGES = [
    ("UPDATE action SET status = 'cancelled'", "ended_has_reason"),
    ("UPDATE action SET status = 'cancelled', ended_at = now()", "ended_has_reason"),
    ("UPDATE action SET status = 'superseded', ended_at = now(), ended_reason = 'x'", "superseded_by_another"),
    (
        "UPDATE action SET status = 'superseded', ended_at = now(), ended_reason = 'x', superseded_by_id = id",
        "superseded_by_another",
    ),
]


@pytest.mark.parametrize(("change", "why"), CHANGES)
async def test_an_action_ends_only_with_its_reason_and_never_for_itself(cast: Cast, change: str, why: str) -> None:
    await a_care_plan_action(cast)
    async with cast.office.engine.begin() as connection:
        with pytest.raises(IntegrityError, match=why):
            await connection.execute(text(change))


async def test_an_ended_action_cannot_be_opened_again(cast: Cast) -> None:
    await a_care_plan_action(cast)
    async with cast.office.engine.begin() as connection:
        await connection.execute(
            text("UPDATE action SET status = 'cancelled', ended_at = now(), ended_reason = 'Entered twice'")
        )
        await connection.execute(text("UPDATE action SET status = 'cancelled', title = 'Still ended'"))
        with pytest.raises(DBAPIError, match="stays so"):
            await connection.execute(
                text("UPDATE action SET status = 'in progress', ended_at = NULL, ended_reason = NULL")
            )


async def elsewhere(cast: Cast) -> UUID:
    async with cast.office.engine.connect() as connection:
        found = await connection.execute(text("SELECT id FROM location WHERE id <> :here"), {"here": cast.location})
        return found.scalar_one()
