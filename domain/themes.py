"""Themes: the same one is the same one, however it was typed."""

import re
import unicodedata

LONGEST_THEME = 200
_SEPARATORS = re.compile(r"[\s_/&–—-]+|\band\b")
_QUIET = re.compile(r"[^\w\s]")


def tidy_theme(stated: str | None) -> str | None:
    """A theme as people read it: one space between words, none around them; None where nothing is said."""
    return " ".join((stated or "").split()) or None


def theme_key(stated: str | None) -> str | None:
    """What two spellings of one theme have in common: case, spaces, hyphens and full stops make no other theme."""
    plain = unicodedata.normalize("NFKC", stated or "").casefold()
    words = _QUIET.sub("", _SEPARATORS.sub(" ", plain)).split()
    return " ".join(words) or (tidy_theme(stated) or "").casefold() or None
