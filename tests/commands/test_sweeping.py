"""What a killed upload leaves behind is taken away; what anybody owns stays where it is."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from commands.office import utc_now
from commands.submit import attach
from commands.sweeping import sweep_files
from evidence.scan import Clamd
from evidence.store import EvidenceStore, StoredFile
from tests.cast import Cast, a_care_plan_action, accept_it, by_link, open_step
from tests.evidence.making import TEA, arriving

DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path)


async def lies_there(store: EvidenceStore, content: bytes, since: timedelta = DAY) -> StoredFile:
    """A file in the store, of that age, that no row speaks of yet."""
    kept = await store.receive(arriving(content), "tea.txt")
    then = (utc_now() - since).timestamp()
    os.utime(store.path_of(kept.sha256), (then, then))
    return kept


async def owned(cast: Cast, store: EvidenceStore, file: StoredFile) -> None:
    action = (await a_care_plan_action(cast, utc_now(), due_at=utc_now() + 14 * DAY)).action_id
    await accept_it(cast, action, utc_now())
    step = await open_step(cast, action, "care-plans")
    await attach(cast.office, await by_link(cast, step), step, file, utc_now())


async def test_files_that_nobody_owns_are_taken_away_and_the_others_stay(cast: Cast, store: EvidenceStore) -> None:
    mine, nobodys = await lies_there(store, TEA), await lies_there(store, b"Cut off before its row was written")
    new = await lies_there(store, b"Its row is about to be written", timedelta(minutes=5))
    await owned(cast, store, mine)
    assert [await sweep_files(cast.office, store, utc_now()) for _ in range(2)] == [1, 0]
    assert [store.is_whole(file.sha256) for file in (mine, nobodys, new)] == [True, False, True]
    assert store.verify().is_good


async def test_half_an_upload_goes_and_one_under_way_stays(cast: Cast, store: EvidenceStore) -> None:
    for name, age in (("killed", DAY), ("running", timedelta(minutes=5))):
        left = store.folder / "incoming" / name
        left.mkdir()
        (left / "received").write_bytes(TEA[:20])
        then = (utc_now() - age).timestamp()
        for path in (left / "received", left):
            os.utime(path, (then, then))
    await sweep_files(cast.office, store, utc_now())
    assert [path.name for path in (store.folder / "incoming").iterdir()] == ["running"]


async def test_a_file_sent_again_while_the_scanner_is_away_stays_until_its_row_is_written(
    cast: Cast, store: EvidenceStore
) -> None:
    left = await lies_there(store, TEA)
    await EvidenceStore(store.folder, scanner=Clamd("127.0.0.1:1", patience=5)).receive(arriving(TEA), "tea.txt")
    assert await sweep_files(cast.office, store, utc_now()) == 0
    assert store.is_whole(left.sha256)


async def test_a_file_comes_back_with_its_row_and_is_gone_after_a_month_without(
    cast: Cast, store: EvidenceStore
) -> None:
    restored, nobodys = await lies_there(store, TEA), await lies_there(store, b"Of nobody")
    await sweep_files(cast.office, store, utc_now())
    await owned(cast, store, restored)
    await sweep_files(cast.office, store, utc_now())
    assert store.is_whole(restored.sha256)
    assert nobodys.sha256 in store.kept()
    await sweep_files(cast.office, store, utc_now() + 31 * DAY)
    assert (restored.sha256 in store.kept(), nobodys.sha256 in store.kept()) == (True, False)
    async with cast.office.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM blob"))).scalar_one() == 1
