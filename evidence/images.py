"""Photos are drawn anew: place, device and anything hidden behind the picture do not come along."""

import io
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from evidence.refusals import Broken, FileRefused, TooManyPixels

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 5000
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
OPTIONS = {
    "image/jpeg": {"quality": 90, "optimize": True},
    "image/png": {},
    "image/webp": {"quality": 90},
}
# Kept as they are; every other mode becomes RGB, or RGBA where something shows through.
PLAIN_MODES = {
    "image/jpeg": frozenset({"L", "RGB"}),
    "image/png": frozenset({"1", "L", "LA", "RGB", "RGBA", "I;16"}),
    "image/webp": frozenset({"RGB", "RGBA"}),
}


def redraw(source: Path, target: Path, media_type: str) -> None:
    """Write the picture alone to `target`, upright, no side longer than 5,000 pixels.

    Slow and hungry (three bytes a pixel, twice): call it in a thread. Refuses what can't be decoded
    and what has more than 50 million pixels.
    """
    try:
        with Image.open(source, formats=[FORMATS[media_type]]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise TooManyPixels
            clean = _pixels_of(picture, media_type)
        clean.save(target, format=FORMATS[media_type], **OPTIONS[media_type])
    except FileRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels from None
    except OSError as trouble:
        if trouble.errno is not None:  # the disk's trouble, not the picture's
            raise
        raise Broken from None
    except (ValueError, SyntaxError, EOFError, IndexError, TypeError, ArithmeticError, Warning):
        # Pillow answers damaged files with any of these; a warning only where warnings are errors.
        raise Broken from None


def _pixels_of(picture: Image.Image, media_type: str) -> Image.Image:
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))  # decodes a large JPEG small, so memory stays bounded
    upright = ImageOps.exif_transpose(picture)
    plain = _in_common_colours(upright)
    if plain.mode not in PLAIN_MODES[media_type]:
        see_through = plain.has_transparency_data and media_type != "image/jpeg"
        plain = plain.convert("RGBA" if see_through else "RGB")
    clean = Image.new(plain.mode, plain.size)
    clean.paste(plain)
    return clean


def _in_common_colours(picture: Image.Image) -> Image.Image:
    """In sRGB, since the profile does not come along and the colour of a wound may matter."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA"):
        return picture
    try:
        own, common = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, own, common) or picture
    except (ImageCms.PyCMSError, OSError):
        return picture
