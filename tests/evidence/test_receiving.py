import asyncio
import errno
import io
import os
import threading
from collections.abc import AsyncIterator

import pytest

import evidence.store
from evidence.receive import Limits
from evidence.refusals import CutOff, EmptyFile, NoRoom, TooLarge, TooManyFiles, TooSlow
from evidence.store import EvidenceStore
from tests.evidence.making import TEA, SentByForm, arriving, cut_off, files_under, left_over, picture, sha256

SMALL = Limits(file=1000, files=3, request=1500, patience=5)


async def test_a_form_upload_and_a_stream_are_the_same(store: EvidenceStore) -> None:
    streamed = await store.receive(arriving(TEA, piece=1), "tea.txt")
    sent = await store.receive(SentByForm(io.BytesIO(TEA)), "tea.txt")
    assert streamed == sent
    assert streamed.sha256 == sha256(TEA)


async def test_an_upload_cut_off_leaves_nothing(store: EvidenceStore) -> None:
    with pytest.raises(ConnectionResetError):
        await store.receive(cut_off(b"half a note" * 50_000), "note.txt")
    assert not files_under(store.folder)
    assert not left_over(store)


async def test_an_upload_shorter_than_announced_is_refused(store: EvidenceStore) -> None:
    with pytest.raises(CutOff, match="send it again"):
        await store.receive(arriving(TEA), "note.txt", expected=len(TEA) + 1)
    assert not files_under(store.folder)


async def test_a_slow_upload_is_taken_while_others_go_on(store: EvidenceStore) -> None:
    others_done = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield TEA[:10]
        await others_done.wait()
        yield TEA[10:]

    slow = asyncio.create_task(store.receive(slowly(), "slow.txt"))
    quick = await store.receive(arriving(b"quick"), "quick.txt")
    assert not slow.done()
    others_done.set()
    assert (await slow).sha256 == sha256(TEA)
    assert store.is_whole(quick.sha256)


async def test_an_upload_that_stops_arriving_is_given_up(store: EvidenceStore) -> None:
    async def stalled() -> AsyncIterator[bytes]:
        yield b"a beginning"
        await asyncio.Event().wait()

    impatient = EvidenceStore(store.folder, Limits(patience=0.01))
    with pytest.raises(TooSlow, match="connection"):
        await impatient.receive(stalled(), "note.txt")
    assert not files_under(store.folder)


async def test_a_file_over_its_limit_is_refused_before_it_has_all_arrived(store: EvidenceStore) -> None:
    arrived = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal arrived
        while True:
            arrived += 100
            yield b"x" * 100

    with pytest.raises(TooLarge, match="up to 1000 bytes"):
        await EvidenceStore(store.folder, SMALL).receive(endless(), "big.txt")
    assert arrived == 1100
    assert not files_under(store.folder)


async def test_a_file_of_exactly_the_limit_is_taken(store: EvidenceStore) -> None:
    kept = await EvidenceStore(store.folder, SMALL).receive(arriving(b"x" * 1000), "just.txt")
    assert kept.size == 1000


async def test_files_of_one_request_share_its_limits(store: EvidenceStore) -> None:
    small = EvidenceStore(store.folder, SMALL)
    request = small.allowance()
    await small.receive(arriving(b"x" * 900), "one.txt", request)
    with pytest.raises(TooLarge, match="together"):
        await small.receive(arriving(b"y" * 900), "two.txt", request)
    with pytest.raises(EmptyFile):
        await small.receive(arriving(b""), "three.txt", request)
    with pytest.raises(TooManyFiles, match="Up to 3 files"):
        await small.receive(arriving(b"z"), "four.txt", request)
    assert len(files_under(store.folder)) == 1


@pytest.mark.parametrize("call", ["fsync", "replace", "mkdir"])
async def test_a_full_disk_is_told_in_plain_words(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, call, full)
        with pytest.raises(NoRoom, match="no room"):
            await store.receive(arriving(TEA), "tea.txt")
    assert not files_under(store.folder)
    assert (await store.receive(arriving(TEA), "tea.txt")).size == len(TEA)


async def test_a_disk_that_fills_while_a_photo_is_drawn_is_not_the_photos_fault(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    photo = picture()
    monkeypatch.setattr("PIL.Image.Image.save", full)
    with pytest.raises(NoRoom):
        await store.receive(arriving(photo), "photo.jpg")
    assert not files_under(store.folder)


async def test_cancelled_while_a_photo_is_drawn_it_leaves_nothing(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, drawing, ended = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    real = evidence.store.redraw

    def noticed(*arguments: object) -> None:
        loop.call_soon_threadsafe(drawing.set)
        try:
            real(*arguments)  # type: ignore[arg-type]
        finally:
            ended.set()

    monkeypatch.setattr(evidence.store, "redraw", noticed)
    task = asyncio.create_task(store.receive(arriving(picture(size=(3000, 2000))), "photo.jpg"))
    await drawing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set(), "nothing may still be writing"
    assert not files_under(store.folder)
    assert not left_over(store)
