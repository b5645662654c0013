import asyncio
from pathlib import Path

import pytest

from evidence.refusals import Infected, NotThere, Quarantined
from evidence.scan import Clamd, Scan
from evidence.store import EvidenceStore
from tests.evidence.making import TEA, FakeClamd, arriving, clamd, files_under, picture, sha256

NOBODY = Clamd("127.0.0.1:1", patience=5)


def guarded(folder: Path, scanner: FakeClamd, patience: float = 5) -> EvidenceStore:
    return EvidenceStore(folder, scanner=Clamd(scanner.address, patience))


async def test_the_scanner_sees_the_file_as_it_was_sent(tmp_path: Path) -> None:
    photo = picture() + b"hidden behind"
    async with clamd() as scanner:
        kept = await guarded(tmp_path, scanner).receive(arriving(photo, piece=100), "photo.jpg")
    assert scanner.seen == [photo]
    assert kept.scan == "clean"


async def test_a_large_file_goes_in_pieces(tmp_path: Path) -> None:
    content = b"a line of daily records\n" * 100_000
    async with clamd() as scanner:
        await guarded(tmp_path, scanner).receive(arriving(content), "records.txt")
    assert scanner.seen == [content]


async def test_a_scanner_on_a_socket_file_is_asked_too(tmp_path: Path) -> None:
    fake = FakeClamd()
    server = await asyncio.start_unix_server(fake.talk, tmp_path / "s")
    kept = await EvidenceStore(tmp_path / "e", scanner=Clamd(f"unix:{tmp_path / 's'}")).receive(arriving(TEA), "t.txt")
    server.close()
    await server.wait_closed()
    assert kept.scan is Scan.CLEAN


@pytest.mark.parametrize(
    "answer",
    [b"", b"\0", b"stream: OK", b"stream: Heuristics ERROR\0", b"UNKNOWN COMMAND\0", b"x" * 9000, b"stream: OKAY\0"],
)
async def test_only_a_clear_answer_is_clean(tmp_path: Path, answer: bytes) -> None:
    async with clamd(answer=answer) as scanner:
        kept = await guarded(tmp_path, scanner).receive(arriving(TEA), "tea.txt")
    assert kept.scan == "quarantined"


async def test_over_the_scanners_own_limit_it_is_quarantined(tmp_path: Path) -> None:
    async with clamd(largest=100_000) as scanner:
        kept = await guarded(tmp_path, scanner).receive(arriving(b"long note " * 500_000), "long.txt")
    assert kept.scan == "quarantined"


async def test_a_scanner_that_never_answers_does_not_hold_people_up(tmp_path: Path) -> None:
    async with clamd(silent=True) as scanner:
        kept = await guarded(tmp_path, scanner, patience=0.05).receive(arriving(TEA), "tea.txt")
    assert kept.scan == "quarantined"


async def test_without_the_scanner_a_file_is_kept_and_not_served(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path, scanner=NOBODY)
    kept = await store.receive(arriving(TEA), "tea.txt")
    assert kept.scan == "quarantined"
    assert store.is_whole(kept.sha256)
    assert not store.path_of(kept.sha256).exists()
    with pytest.raises(Quarantined, match="scanner"):
        store.download(kept.sha256, kept.filename, kept.media_type)


async def test_when_the_scanner_is_back_the_file_is_released(tmp_path: Path) -> None:
    kept = await EvidenceStore(tmp_path, scanner=NOBODY).receive(arriving(TEA), "tea.txt")
    async with clamd() as scanner:
        store = guarded(tmp_path, scanner)
        assert store.in_quarantine() == (kept.sha256,)
        assert await store.scan_again(kept.sha256) is Scan.CLEAN
    assert store.in_quarantine() == ()
    assert store.download(kept.sha256, "tea.txt", "text/plain").size == len(TEA)
    with pytest.raises(NotThere):
        await store.scan_again(kept.sha256)


async def test_what_the_scanner_finds_later_stays_in_quarantine(tmp_path: Path) -> None:
    kept = await EvidenceStore(tmp_path, scanner=NOBODY).receive(arriving(TEA), "tea.txt")
    async with clamd(finds={b"soup": "Soup.Test"}) as scanner:
        with pytest.raises(Infected):
            await guarded(tmp_path, scanner).scan_again(kept.sha256)
    assert EvidenceStore(tmp_path).in_quarantine() == (kept.sha256,)


async def test_sent_again_and_clean_it_leaves_quarantine(tmp_path: Path) -> None:
    await EvidenceStore(tmp_path, scanner=NOBODY).receive(arriving(TEA), "tea.txt")
    async with clamd() as scanner:
        kept = await guarded(tmp_path, scanner).receive(arriving(TEA), "tea.txt")
    assert kept.scan == "clean"
    assert [path.name for path in files_under(tmp_path)] == [sha256(TEA).hex()]


async def test_a_file_already_served_is_not_hidden_by_a_second_upload(tmp_path: Path) -> None:
    await EvidenceStore(tmp_path).receive(arriving(TEA), "tea.txt")
    kept = await EvidenceStore(tmp_path, scanner=NOBODY).receive(arriving(TEA), "tea.txt")
    assert kept.scan == "not scanned"
    assert EvidenceStore(tmp_path).download(kept.sha256, "tea.txt", "text/plain").path.exists()
