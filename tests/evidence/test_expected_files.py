"""Every file of data/EXPECTED.md."""

import io

import pytest
from PIL import Image

from evidence.refusals import EmptyFile, Infected, WebPage
from evidence.scan import Clamd
from evidence.store import EvidenceStore
from tests.evidence.making import DATA, TEA, TEA_NAME, arriving, clamd, files_under, left_over, sha256

OFFICE = "application/vnd.openxmlformats-officedocument."


@pytest.mark.parametrize(
    ("name", "media_type", "digest"),
    [
        ("handover-note-2026-06-15.pdf", "application/pdf", "6a5bf9350e0dc993"),
        ("staff-briefing-record.docx", f"{OFFICE}wordprocessingml.document", "35dd54b6245739b6"),
        ("post-action-sample.xlsx", f"{OFFICE}spreadsheetml.sheet", "49c5068b72c4fe1a"),
        ("daily-records.csv", "text/csv", "8621ab36e20f2f6c"),
    ],
)
async def test_documents_are_kept_byte_for_byte(store: EvidenceStore, name: str, media_type: str, digest: str) -> None:
    content = (DATA / name).read_bytes()
    kept = await store.receive(arriving(content), name)
    assert (kept.media_type, kept.filename, kept.size) == (media_type, name, len(content))
    assert kept.sha256 == kept.original_sha256
    assert kept.sha256.hex().startswith(digest)
    assert store.path_of(kept.sha256).read_bytes() == content
    assert not left_over(store)


async def test_a_phone_photo_loses_place_device_and_name(store: EvidenceStore) -> None:
    content = (DATA / "phone-photo-texture-board.jpg").read_bytes()
    assert Image.open(io.BytesIO(content)).getexif(), "the sample must have what is to be dropped"
    kept = await store.receive(arriving(content), "phone-photo-texture-board.jpg")
    path = store.path_of(kept.sha256)
    with Image.open(path) as photo:
        assert not photo.getexif()
        assert not {"exif", "xmp", "comment", "icc_profile"} & set(photo.info)
    assert b"Exif" not in path.read_bytes()
    assert kept.original_sha256 == sha256(content)
    assert kept.sha256 == sha256(path.read_bytes()) != kept.original_sha256


async def test_a_chart_keeps_its_pixels(store: EvidenceStore) -> None:
    kept = await store.receive(
        arriving((DATA / "records-complete-by-week.png").read_bytes()), "records-complete-by-week.png"
    )
    with Image.open(DATA / "records-complete-by-week.png") as sent, Image.open(store.path_of(kept.sha256)) as drawn:
        assert drawn.format == "PNG"
        assert drawn.convert("RGBA").tobytes() == sent.convert("RGBA").tobytes()


async def test_a_pdf_called_jpg_is_kept_and_served_as_pdf_and_is_the_same_file(store: EvidenceStore) -> None:
    kept = await store.receive(arriving((DATA / "wrong-extension.jpg").read_bytes()), "wrong-extension.jpg")
    same = await store.receive(arriving((DATA / "handover-note-2026-06-15.pdf").read_bytes()), "note.pdf")
    assert (kept.media_type, kept.filename) == ("application/pdf", "wrong-extension.pdf")
    assert kept.original_filename == "wrong-extension.jpg"
    assert kept.sha256 == same.sha256
    served = store.download(kept.sha256, kept.filename, kept.media_type)
    assert served.headers["Content-Type"] == "application/pdf"


@pytest.mark.parametrize(
    ("name", "refusal"),
    [("empty-file.pdf", EmptyFile), ("html-renamed.pdf", WebPage), ("chart-with-script.svg", WebPage)],
)
async def test_what_is_empty_or_could_run_is_refused(store: EvidenceStore, name: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal, match=r"Choose|Save"):
        await store.receive(arriving((DATA / name).read_bytes()), name)
    assert not files_under(store.folder)


@pytest.mark.parametrize("name", ["eicar.txt", "photo.jpg", "plan.pdf"])
async def test_the_test_virus_is_refused_where_a_scanner_is_set_up(store: EvidenceStore, name: str) -> None:
    virus = bytes.fromhex((DATA / "eicar.hex").read_text())
    assert len(virus) == 68
    async with clamd(finds={virus: "Win.Test.EICAR_HDB-1"}) as scanner:
        guarded = EvidenceStore(store.folder, scanner=Clamd(scanner.address))
        with pytest.raises(Infected, match="Tell your administrator"):
            await guarded.receive(arriving(virus), name)
    assert not files_under(store.folder)


async def test_a_name_with_quotes_letters_and_an_emoji_survives(store: EvidenceStore) -> None:
    kept = await store.receive(arriving(TEA), TEA_NAME)
    assert (kept.filename, kept.media_type) == (TEA_NAME, "text/plain")
    assert kept.sha256.hex().startswith("406dcce0c73bfbee")
