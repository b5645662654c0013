"""Two windows decide on one sample: the first counts, and the record keeps what the second had found as well."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from commands.drawing import draw_sample
from commands.sample import SampleAnswer, decide
from db.samples import load_items, load_sample
from domain.saving import ItemResult
from tests.cast import MONDAY, Cast, a_care_plan_action, accept_it, open_step, send_evidence, signed_in


async def drawn(cast: Cast) -> tuple[UUID, list[int]]:
    """The step, and the positions of the items of its sample."""
    action = (await a_care_plan_action(cast)).action_id
    await accept_it(cast, action, MONDAY)
    for key in ("care-plans", "briefing"):
        await send_evidence(cast, action, key, MONDAY)
    step = await open_step(cast, action, "sample")
    await draw_sample(cast.office, signed_in(cast.deputy), step, "daily records since the briefing", 4, MONDAY)
    async with cast.office.engine.connect() as connection:
        sample = await load_sample(connection, step)
        assert sample is not None
        return step, [item.position for item in await load_items(connection, sample.id)]


async def rows(cast: Cast, query: str, step: UUID) -> list[Any]:
    async with cast.office.engine.connect() as connection:
        return list((await connection.execute(text(query), {"s": step})).all())


async def test_a_late_window_is_kept_with_its_own_results_and_changes_nothing(cast: Cast) -> None:
    step, positions = await drawn(cast)
    deputy, reasons = signed_in(cast.deputy), "Weights are missing on the night shift."
    passes = [ItemResult(position, "pass", "") for position in positions]
    fails = [ItemResult(position, "fail", "No weight recorded") for position in positions]
    first = await decide(cast.office, deputy, step, uuid4(), SampleAnswer(passes), MONDAY)
    late = uuid4()
    another = SampleAnswer(fails, reasons=reasons)
    second = [await decide(cast.office, deputy, step, late, another, MONDAY) for _ in range(2)]
    assert [first.counted, *(receipt.counted for receipt in second)] == [True, False, False]
    kept = "SELECT answer FROM submission WHERE step_id = :s AND kept_as = 'late'"
    [(answer,)] = await rows(cast, kept, step)
    assert (answer["passes"], answer["fails"]) == (0, 4)
    assert answer["found"] == {str(position): ["fail", "No weight recorded"] for position in positions}
    results = (
        "SELECT DISTINCT i.result FROM sample_item i JOIN sample_audit m ON m.id = i.sample_id WHERE m.step_id = :s"
    )
    assert await rows(cast, results, step) == [("pass",)]
    assert await rows(cast, "SELECT outcome FROM step WHERE id = :s", step) == [("passed",)]
    trail = "SELECT words ->> 'reasons' FROM trail_entry WHERE object_id = :s AND what = 'answer kept as late'"
    assert await rows(cast, trail, step) == [(reasons,)]
