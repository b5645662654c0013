"""Photos are drawn anew: place, device and anything hidden behind the picture do not come along."""

import warnings
from pathlib import Path

from PIL import Image, ImageOps

from evidence.refusals import Broken

MOST_PIXELS = 60_000_000
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}


def redraw(source: Path, target: Path, media_type: str) -> None:
    """Write the picture alone to `target`, upright. Refuses what can't be decoded or has too many pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=[FORMATS[media_type]]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Broken("This picture has too many pixels. Take it again in a smaller size.")
                upright = ImageOps.exif_transpose(picture)
                clean = Image.new(upright.mode, upright.size)
                if upright.mode == "P" and (palette := upright.getpalette()):
                    clean.putpalette(palette)
                clean.paste(upright)
                clean.save(target, format=FORMATS[media_type], quality=90)
    except Broken:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Broken from None
