import asyncio
import os
from datetime import UTC, datetime, timedelta

import pytest

from evidence.refusals import NotThere
from evidence.store import EvidenceStore
from tests.evidence.making import TEA, arriving, files_under, left_over, picture, sha256

NOW = datetime.now(UTC)


async def test_the_same_content_twice_is_one_file(store: EvidenceStore) -> None:
    one = await store.receive(arriving(TEA), "tea.txt")
    two = await store.receive(arriving(TEA), "lunch.txt")
    assert one.sha256 == two.sha256
    assert [path.name for path in files_under(store.folder)] == [sha256(TEA).hex()]


async def test_the_same_photo_twice_is_one_file(store: EvidenceStore) -> None:
    photo = picture(size=(300, 200))
    one, two = await store.receive(arriving(photo), "a.jpg"), await store.receive(arriving(photo), "b.jpg")
    assert (one.sha256, one.original_sha256) == (two.sha256, two.original_sha256)


async def test_the_same_content_at_the_same_moment_is_one_whole_file(store: EvidenceStore) -> None:
    kept = await asyncio.gather(*(store.receive(arriving(TEA * 5000, 1000), f"{n}.txt") for n in range(20)))
    assert {file.sha256 for file in kept} == {sha256(TEA * 5000)}
    assert len(files_under(store.folder)) == 1
    assert store.is_whole(kept[0].sha256)


async def test_file_and_folders_are_synced_before_it_is_called_kept(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    real_sync, real_replace = os.fsync, os.replace

    def sync(handle: int) -> None:
        happened.append(os.path.relpath(os.readlink(f"/proc/self/fd/{handle}"), store.folder))
        real_sync(handle)

    def replace(*paths: os.PathLike[str]) -> None:
        happened.append("replace")
        real_replace(*paths)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    kept = await store.receive(arriving(TEA), "tea.txt")
    received, *after = happened
    assert received.startswith("incoming/")
    assert after == ["replace", kept.sha256.hex()[:2], "."]


async def test_a_damaged_or_missing_file_is_found_and_mended_by_sending_it_again(store: EvidenceStore) -> None:
    kept = await store.receive(arriving(TEA), "tea.txt")
    gone = sha256(b"never there")
    assert store.verify([kept.sha256]).is_good
    store.path_of(kept.sha256).write_bytes(TEA[:-1] + b"!")
    assert not store.is_whole(kept.sha256)
    health = store.verify([kept.sha256, gone])
    assert (health.checked, health.damaged, health.missing) == (1, (kept.sha256,), (gone,))
    await store.receive(arriving(TEA), "tea.txt")
    assert store.is_whole(kept.sha256)


def test_what_is_not_there_is_said_plainly(store: EvidenceStore) -> None:
    assert not store.is_whole(sha256(b"nothing"))
    with pytest.raises(NotThere, match="administrator"):
        store.download(sha256(b"nothing"), "a.txt", "text/plain")


async def test_the_sweep_takes_what_a_killed_process_left_and_nothing_else(store: EvidenceStore) -> None:
    kept = await store.receive(arriving(TEA), "tea.txt")
    running, dead = store.folder / "incoming" / "running", store.folder / "incoming" / "dead"
    for folder in (running, dead):
        folder.mkdir()
        (folder / "received").write_bytes(b"half")
        os.utime(folder, (0, 0))
    os.utime(dead / "received", (0, 0))
    assert store.sweep(NOW) == 1
    assert left_over(store) == [running]
    assert store.sweep(NOW + timedelta(days=1)) == 1
    assert store.is_whole(kept.sha256)


async def test_names_have_no_say_in_where_a_file_lies(store: EvidenceStore) -> None:
    kept = await store.receive(arriving(TEA), "../../../etc/passwd")
    assert kept.filename == "passwd.txt"
    assert files_under(store.folder.parent) == [store.path_of(kept.sha256)]
