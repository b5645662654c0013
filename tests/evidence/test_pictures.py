import contextlib
import io
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

import evidence.store
from evidence.images import LONGEST_SIDE, redraw
from evidence.inspect import media_type_of
from evidence.refusals import FileRefused, TooManyPixels
from evidence.store import EvidenceStore, StoredFile
from tests.evidence.making import arriving, files_under, picture, zipped


def drawn(store: EvidenceStore, kept: StoredFile) -> Image.Image:
    return Image.open(io.BytesIO(store.path_of(kept.sha256).read_bytes()))


@pytest.mark.parametrize(
    "behind", [zipped({"payload.exe": b"MZ"}), b"<html><script>alert(1)</script>", b"%PDF-1.7 %%EOF"]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_what_is_appended_to_a_picture_does_not_come_along(
    store: EvidenceStore, kind: str, behind: bytes
) -> None:
    kept = await store.receive(arriving(picture(kind) + behind), "photo.jpg")
    assert behind not in store.path_of(kept.sha256).read_bytes()
    assert kept.media_type == f"image/{kind.lower()}"


def everything_said(kind: str) -> dict[str, Any]:
    """Whatever a picture of this kind can carry beside its pixels."""
    exif, text = Image.Exif(), PngInfo()
    exif[0x010F] = "hidden maker"
    text.add_text("Author", "hidden author")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    own = {"JPEG": {"comment": b"hidden comment"}, "PNG": {"pnginfo": text}, "WEBP": {"xmp": b"<x>hidden</x>"}}
    return {"exif": exif, "icc_profile": profile, **own[kind]}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_nothing_beside_the_pixels_comes_along(store: EvidenceStore, kind: str) -> None:
    sent = picture(kind, **everything_said(kind))
    assert b"hidden" in sent
    kept = await store.receive(arriving(sent), "photo")
    assert b"hidden" not in store.path_of(kept.sha256).read_bytes()
    with drawn(store, kept) as clean:
        assert not {"exif", "icc_profile", "comment", "xmp", "Author"} & set(clean.info)


async def test_a_broken_colour_profile_does_not_cost_the_photo(store: EvidenceStore) -> None:
    kept = await store.receive(arriving(picture(icc_profile=b"no profile at all")), "photo.jpg")
    assert kept.media_type == "image/jpeg"


async def test_a_photo_taken_sideways_is_kept_upright(store: EvidenceStore) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = await store.receive(arriving(picture(size=(40, 20), exif=exif)), "photo.jpg")
    with drawn(store, kept) as upright:
        assert upright.size == (20, 40)
        assert not upright.getexif()


@pytest.mark.parametrize(
    ("kind", "mode", "becomes"),
    [
        ("JPEG", "CMYK", "RGB"),
        ("JPEG", "L", "L"),
        ("PNG", "P", "RGB"),
        ("PNG", "RGBA", "RGBA"),
        ("PNG", "1", "1"),
        ("PNG", "I;16", "I;16"),
        ("WEBP", "RGBA", "RGBA"),
    ],
)
async def test_every_kind_of_colour_is_taken(store: EvidenceStore, kind: str, mode: str, becomes: str) -> None:
    kept = await store.receive(arriving(picture(kind, mode=mode)), "picture")
    with drawn(store, kept) as result:
        assert (result.mode, result.size) == (becomes, (40, 20))


async def test_what_shows_through_a_palette_still_does(store: EvidenceStore) -> None:
    kept = await store.receive(arriving(picture("PNG", mode="P", transparency=128)), "logo.png")
    with drawn(store, kept) as result:
        assert result.mode == "RGBA"


async def test_a_very_large_photo_is_made_smaller(store: EvidenceStore) -> None:
    kept = await store.receive(arriving(picture(size=(6000, 3000))), "panorama.jpg")
    with drawn(store, kept) as smaller:
        assert max(smaller.size) <= LONGEST_SIDE
        assert smaller.width == 2 * smaller.height


async def test_a_picture_that_would_fill_the_memory_is_refused(store: EvidenceStore) -> None:
    def part(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(bytes(1000))) + part(b"IEND", b"")
    with pytest.raises(TooManyPixels, match="smaller"):
        await store.receive(arriving(bomb), "bomb.png")
    with pytest.raises(TooManyPixels):
        await store.receive(arriving(picture("PNG", mode="1", size=(8000, 7000))), "scan.png")
    assert not files_under(store.folder)


async def test_pictures_are_drawn_away_from_the_event_loop(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def noticed(*arguments: object) -> None:
        threads.append(threading.get_ident())
        redraw(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(evidence.store, "redraw", noticed)
    await store.receive(arriving(picture()), "photo.jpg")
    assert threads
    assert threading.get_ident() not in threads


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["JPEG", "PNG", "WEBP"]), data=st.data())
def test_a_damaged_picture_is_drawn_or_refused_and_nothing_else(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    content = bytearray(picture(kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "sent").write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with contextlib.suppress(FileRefused):
        media_type = media_type_of(tmp_path / "sent", "photo.jpg")
        if media_type.startswith("image/"):
            redraw(tmp_path / "sent", tmp_path / "drawn", media_type)
            with Image.open(tmp_path / "drawn") as clean:
                clean.load()
                assert not clean.getexif()
