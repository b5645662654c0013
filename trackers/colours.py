"""Which colour a cell is filled with, and what people call that colour."""

import colorsys
import zipfile

from trackers.marks import Attributes, parse

STYLES = "xl/styles.xml"
# The first colours of Excel's old palette and of its usual themes; others are read as none.
INDEXED = {
    2: "FF0000",
    3: "00FF00",
    4: "0000FF",
    5: "FFFF00",
    10: "FF0000",
    11: "00FF00",
    12: "0000FF",
    13: "FFFF00",
    17: "008000",
    43: "FFFF99",
    45: "FF99CC",
    50: "99CC00",
    51: "FFCC00",
    52: "FF9900",
    53: "FF6600",
}
THEME = {4: "4472C4", 5: "ED7D31", 6: "A5A5A5", 7: "FFC000", 8: "5B9BD5", 9: "70AD47"}


def fills_of_styles(archive: zipfile.ZipFile) -> list[str]:
    """For each cell style its fill as RRGGBB; empty for none."""
    walk = _StylesWalk()
    if STYLES in archive.namelist():
        parse(archive.read(STYLES), walk.start, walk.end)
    return [walk.fills[number] if number < len(walk.fills) else "" for number in walk.styles]


class _StylesWalk:
    """Collects fills, and which style uses which."""

    def __init__(self) -> None:
        self.fills: list[str] = []
        self.styles: list[int] = []
        self.inside: str = ""

    def start(self, tag: str, has: Attributes) -> None:
        if tag in ("fills", "cellXfs", "dxfs"):
            self.inside = tag
        elif self.inside == "fills":
            self._fill(tag, has)
        elif self.inside == "cellXfs" and tag == "xf":
            self.styles.append(int(has.get("fillId", 0)))

    def _fill(self, tag: str, has: Attributes) -> None:
        if tag == "fill":
            self.fills.append("")
        elif tag == "fgColor" and self.fills:
            self.fills[-1] = _rgb(has)

    def end(self, tag: str) -> None:
        if tag == self.inside:
            self.inside = ""


def _rgb(has: Attributes) -> str:
    if "rgb" in has:
        return has["rgb"][-6:].upper()
    if "theme" in has:
        return THEME.get(int(has["theme"]), "")
    return INDEXED.get(int(has.get("indexed", 64)), "")


def colour_word(rgb: str) -> str:
    """Green, amber, red, blue or nothing: as a care manager would name it."""
    try:
        red, green, blue = (int(rgb[at : at + 2], 16) / 255 for at in (0, 2, 4))
    except ValueError:
        return ""
    hue, saturation, brightness = colorsys.rgb_to_hsv(red, green, blue)
    if saturation < 0.25 or brightness < 0.25:
        return ""
    degrees = hue * 360
    bands = ((18, "red"), (68, "amber"), (165, "green"), (262, "blue"), (330, ""), (361, "red"))
    return next(word for limit, word in bands if degrees < limit)
